"""The review page as a person uses it in headless Chromium, and the command behind it, killed in the middle."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from audited_study import NAMES, write_study
from visits import PHONE, LabelCommand, Visit, need_page, press

from leafgraft.storage.corrections import read_corrections

need_page()
Start = Callable[..., Visit]
DESK = {"viewport": {"width": 1280, "height": 800}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}


class Command(LabelCommand):
    """`leafgraft label STUDY_DIR`, and what it wrote."""

    def __init__(self, home: Path) -> None:
        self.file = home / "corrections.csv"
        super().__init__(write_study(home))

    @property
    def said(self) -> list[tuple[str, str, str, str]]:
        rows = read_corrections(self.file) if self.file.exists() else ()
        return [(row.path, row.label, row.group, row.action) for row in rows]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    started = Command(tmp_path)
    yield started
    started.process.kill()
    started.process.communicate()


def test_reviews_by_keys_to_the_end(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    assert person.text("#count") == "0 of 5 reviewed"
    assert person.tab.locator(".stage:visible").count() == 2
    assert "under two labels: Early blight and Late blight" in person.text("#reasons")
    press(person, "3", "1")
    assert command.said == [(NAMES[1], "", NAMES[3], "not_same_leaf")]
    assert person.tab.locator(".stage:visible").count() == 1
    assert "more likely Late blight (97%)" in person.text("#reasons")
    assert "It is blurred" in person.text("#reasons")
    assert "test photo" in person.text("#photo-path")
    person.tab.keyboard.press("3")  # it stands on no button: leaving out is x
    person.tab.wait_for_timeout(300)
    assert len(command.said) == 1
    press(person, "2", "2")
    assert command.said[1] == (NAMES[0], "Late_Blight", "", "relabel")
    person.tab.keyboard.press("n")
    person.tab.keyboard.type("wet, 역병 1x?")
    person.tab.keyboard.press("Enter")
    press(person, "x", "3")
    assert command.said[2] == (NAMES[2], "", "", "exclude")
    press(person, "ArrowLeft", "2")
    assert person.tab.input_value("#note") == "wet, 역병 1x?"
    assert "Answered by Ana" in person.text("#by")
    assert person.tab.locator("[aria-pressed=true]").inner_text().split("\n")[-1].startswith("Leave it out")
    press(person, "k", "3")
    assert command.said[2] == (NAMES[2], "", "", "keep")
    press(person, "1", "4")
    press(person, "2", "end")
    assert command.said[3:] == [
        (NAMES[4], "", NAMES[5], "not_same_leaf"),
        (NAMES[3], "", NAMES[4], "same_leaf"),
    ]
    person.until("document.getElementById('warned').textContent")
    words = person.text("#done")
    for wanted in ("All 5 are reviewed", "Labels corrected: 1", "Pairs told apart: 2", "By Ana (5)", str(command.file)):
        assert wanted in words
    assert "Labels of test photos changed: 1. Test figures cannot be compared" in words
    assert "Finished trials that are stale now: 1 (one)" in words
    assert "--corrections" in person.text("#command")
    assert person.problems == []


def test_kill_loses_no_answer_and_the_same_command_goes_on(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    press(person, "1", "1")
    command.end(signal.SIGKILL)
    person.tab.keyboard.press("1")
    person.until("!document.getElementById('problem').hidden && document.body?.dataset.ready === '1'")
    assert "Not saved: the label page does not answer." in person.text("#problem")
    command.start()
    assert (command.told["items"], command.told["reviewed"]) == (5, 1)
    person.tab.keyboard.press("1")
    person.until("document.getElementById('problem').textContent.includes('started anew')")
    person.tab.click("#reload button")
    person.until("document.body?.dataset.ready === '1'")
    press(person, "2", "2")
    assert [action for _, _, _, action in command.said] == ["relabel", "relabel"]
    words = command.end(signal.SIGTERM)
    assert "2 of 5 reviewed" in words
    assert "Next: leafgraft run" in words
    assert "Traceback" not in words


def test_a_photo_that_goes_is_said_and_passed_over(command: Command, visit: Start) -> None:
    (command.file.parent / "photos" / NAMES[3]).unlink()
    person = visit(command.told["page"], **DESK)
    assert "there is no such file" in person.text("#broken")
    person.tab.keyboard.press("3")
    press(person, "ArrowRight", "1")
    assert command.said == []


def test_who_saw_no_photo_is_not_told_that_all_are_reviewed(command: Command, visit: Start) -> None:
    for photo in sorted((command.file.parent / "photos").rglob("*.*")):
        photo.unlink()
    person = visit(command.told["page"], **DESK)
    for place in range(1, 5):
        press(person, "ArrowRight", str(place))
    press(person, "ArrowRight", "end")
    assert person.text("#done-title") == "0 of 5 are reviewed; 5 cannot be shown."
    assert not person.tab.is_visible("#kept-in")
    assert not person.tab.is_visible("#following")
    assert command.said == []


def test_on_a_phone_by_touch_and_in_korean(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **PHONE, locale="ko-KR")
    assert person.text("#count") == "5건 가운데 0건 검토함"
    assert person.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert "같은 잎으로 보이는데 라벨이 서로 다릅니다: Early blight, Late blight." in person.text("#reasons")
    person.tab.click("[data-answer='2']")
    person.until("document.body?.dataset.ready === '1'")
    assert command.said == [(NAMES[1], "", NAMES[3], "not_same_leaf")]
    assert person.text("[data-answer='0']") == "Early blight (지금 라벨이 맞음)"
    assert person.tab.evaluate("document.documentElement.scrollWidth") == 390
    assert person.problems == []


@pytest.mark.parametrize(
    "shape",
    [{**PHONE, "viewport": {"width": 390, "height": 400}}, {**DESK, "viewport": {"width": 1280, "height": 300}}],
)
def test_what_is_suspected_next_is_in_sight(command: Command, visit: Start, shape: dict[str, Any]) -> None:
    person = visit(command.told["page"], **shape)
    person.tab.locator("#next").scroll_into_view_if_needed()
    press(person, "3", "1")
    assert person.tab.evaluate("Math.max(scrollY, panel.scrollTop)") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(command: Command, visit: Start, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    person = visit(command.told["page"], color_scheme=scheme)
    found = []
    for then in ("1", "2"):
        rules = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
        found += Axe().run(person.tab, options=rules).response["violations"]
        press(person, "1", then)
    person.tab.keyboard.press("Backspace")
    person.tab.wait_for_timeout(200)
    found += Axe().run(person.tab, options=rules).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] == []
