"""The label page as a person uses it in headless Chromium, and the command behind it, killed in the middle."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from visits import PHONE, LabelCommand, Visit, need_page, press

from leafgraft.storage.field_labels import read_labels

need_page()
Start = Callable[..., Visit]
NAMES = ("a.jpg", "잎, 둘.jpg", "c.jpg", "d.jpg")
DESK = {"viewport": {"width": 1280, "height": 800}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}


class Command(LabelCommand):
    """`leafgraft label PICKS`, and what it wrote."""

    def __init__(self, picks: Path, *options: str) -> None:
        self.labels = picks.with_name("labels.csv")
        super().__init__(picks, *options)

    @property
    def said(self) -> list[tuple[str, str, str]]:
        return [(one.path, one.label, one.note) for one in read_labels(self.labels)] if self.labels.exists() else []


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    rows = []
    for place, name in enumerate(NAMES):
        Image.new("RGB", (400, 300), (60, 40 * place, 60)).save(tmp_path / name)
        rows.append(f'"{name}",{place},typical,{("Late_Blight", "Early_Blight")[place % 2]},0.{place + 5}')
    (tmp_path / "picks.csv").write_text("\n".join(["path,order,reason,suggested,probability", *rows]), encoding="utf-8")
    (tmp_path / "picks.json").write_text('{"classes": ["Early_Blight", "Late_Blight"], "study": "my study"}', "utf-8")
    started = Command(tmp_path / "picks.csv", "--place", "뒷밭")
    yield started
    started.process.kill()
    started.process.communicate()


def test_labels_by_keys_with_reload_and_back(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    assert person.text("#count") == "0 of 4 labelled"
    press(person, "1", "1")
    assert command.said == [(NAMES[0], "Early_Blight", "")]
    person.tab.keyboard.press("n")
    person.tab.keyboard.type("wet, 역병 1?")
    person.tab.keyboard.press("Enter")
    press(person, "?", "2")
    assert command.said[1] == (NAMES[1], "cannot tell", "wet, 역병 1?")
    person.tab.reload()
    person.until("document.body?.dataset.ready === '2'")
    assert person.text("#count") == "2 of 4 labelled"
    press(person, "0", "3")
    press(person, "Backspace", "2")
    press(person, "ArrowLeft", "1")
    assert person.tab.locator("[aria-pressed=true]").inner_text().split("\n")[-1].startswith("Cannot tell")
    assert person.tab.input_value("#note") == "wet, 역병 1?"
    press(person, "2", "2")
    press(person, "ArrowRight", "3")
    person.tab.keyboard.press("ArrowRight")  # a photo without an answer is not passed over
    person.tab.keyboard.press("7")  # there are two classes
    press(person, "2", "end")
    assert [label for _, label, _ in command.said] == ["Early_Blight", "Late_Blight", "none of these", "Late_Blight"]
    assert "All photos are labelled: 4." in person.text("#done")
    assert f"leafgraft adapt 'my study' {command.labels} --place '뒷밭'" in person.text("#done")
    assert person.problems == []


def test_a_click_that_leaves_the_note_is_an_answer_too(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    press(person, "1", "1")
    press(person, "Backspace", "0")
    person.tab.fill("#note", "wet")
    person.tab.route("**/labels/*", lambda route: (time.sleep(0.5), route.continue_()))  # the click comes meanwhile
    person.tab.click("[data-answer='Late_Blight']")
    person.until("document.body?.dataset.ready === '1'")
    assert command.said == [(NAMES[0], "Late_Blight", "wet")]
    assert person.problems == []


def test_a_note_that_is_typed_before_the_photo_stands_is_kept(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    press(person, "1", "1")
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    person.tab.route("**/photos/0*", hold)
    person.tab.reload()
    person.until("document.body?.dataset.ready === '1'")
    person.tab.keyboard.press("Backspace")
    person._wait(lambda: late, "the page did not ask for the photo")
    person.tab.fill("#note", "wet")
    person.tab.press("#note", "Enter")
    person._wait(lambda: command.said == [(NAMES[0], "Early_Blight", "wet")], "the note is not saved")
    assert person.tab.locator("[data-answer='Late_Blight']").get_attribute("aria-disabled") == "true", "nobody saw it"
    for one in late:
        one.continue_()
    person.until("document.body?.dataset.ready === '0'")
    press(person, "2", "1")
    assert command.said == [(NAMES[0], "Late_Blight", "wet")]


def test_a_note_that_is_typed_while_the_answer_is_saved_is_kept(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    person.tab.route("**/labels/0", hold, times=1)
    person.tab.keyboard.press("1")
    person._wait(lambda: late, "the page did not send the answer")
    person.tab.fill("#note", "wet")
    late.pop().continue_()
    person.until("document.body?.dataset.ready === '1'")
    assert command.said == [(NAMES[0], "Early_Blight", "wet")]


def test_an_answer_that_was_given_in_another_browser_is_shown_before_it_is_replaced(
    command: Command, visit: Start
) -> None:
    desk, phone = visit(command.told["page"], **DESK), visit(command.told["page"], **PHONE)
    press(desk, "1", "1")
    phone.tab.click("[data-answer='Late_Blight']")
    phone.until("!document.getElementById('problem').hidden")
    assert "answered in another browser meanwhile" in phone.text("#problem")
    assert phone.tab.get_attribute("[data-answer='Early_Blight']", "aria-pressed") == "true"
    assert command.said == [(NAMES[0], "Early_Blight", "")]
    phone.tab.click("[data-answer='Late_Blight']")
    phone.until("document.body?.dataset.ready === '1'")
    assert command.said == [(NAMES[0], "Late_Blight", "")]


def test_the_suggestion_shows_only_when_asked_for(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    assert "Late blight" not in person.text("#suggestion")
    person.tab.keyboard.press("s")
    assert person.text("#suggested") == "Suggested: Late blight, 50%"
    press(person, "2", "1")
    assert person.text("#suggested") == ""
    person.tab.click("#suggest")
    assert person.text("#suggested") == "Suggested: Early blight, 60%"


def test_kill_loses_no_answer_and_the_page_says_what_to_do(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    press(person, "1", "1")
    press(person, "2", "2")
    command.end(signal.SIGKILL)
    person.tab.keyboard.press("1")
    person.until("!document.getElementById('problem').hidden && document.body?.dataset.ready === '2'")
    assert "Not saved: the label page does not answer." in person.text("#problem")
    assert person.text("#count") == "2 of 4 labelled"
    command.start()
    assert command.told["labelled"] == 2
    person.tab.keyboard.press("1")
    person.until("document.getElementById('problem').textContent.includes('started anew')")
    assert len(command.said) == 2
    person.tab.click("#reload button")
    person.until("document.body?.dataset.ready === '2'")
    press(person, "1", "3")
    assert [path for path, _, _ in command.said] == list(NAMES[:3])
    words = command.end(signal.SIGTERM)
    assert "3 of 4 labelled" in words
    assert "Traceback" not in words


def test_a_full_disk_is_said_and_the_photo_stays(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    refusal = {"status": 507, "json": {"error": "not saved", "reason": "The disk is full."}}
    person.tab.route("**/labels/*", lambda route: route.fulfill(**refusal))
    press(person, "1", "0")
    person.until("!document.getElementById('problem').hidden")
    assert "Not saved: the disk is full." in person.text("#problem")
    assert person.text("#count") == "0 of 4 labelled"
    person.tab.unroute("**/labels/*")
    press(person, "1", "1")
    assert not person.tab.locator("#problem").is_visible()


def test_a_photo_that_goes_is_said_and_passed_over(command: Command, visit: Start) -> None:
    command.labels.with_name(NAMES[1]).unlink()
    person = visit(command.told["page"], **DESK)
    press(person, "1", "1")
    assert "there is no such file" in person.text("#broken")
    person.tab.keyboard.press("1")
    press(person, "ArrowRight", "2")
    press(person, "1", "3")
    press(person, "1", "end")
    assert "3 of 4 are labelled; 1 cannot be shown." in person.text("#done")
    assert [path for path, _, _ in command.said] == [NAMES[0], *NAMES[2:]]


def scale(person: Visit) -> float:
    return float(person.tab.evaluate("new DOMMatrix(getComputedStyle(photo).transform).a"))


def test_a_photo_is_looked_at_closely(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **DESK)
    person.tab.click("#stage")
    assert scale(person) == 3
    person.tab.click("#stage")
    assert scale(person) == 1
    person.tab.keyboard.press("+")
    assert scale(person) > 1
    press(person, "1", "1")
    assert scale(person) == 1


def pinch(person: Visit) -> None:
    session: Any = person.tab.context.new_cdp_session(person.tab)
    for kind, apart in (("touchStart", 40), ("touchMove", 80), ("touchMove", 120), ("touchEnd", 0)):
        points = [{"x": 195 + side * apart, "y": 250, "id": side + 1} for side in (-1, 1)] if apart else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_on_a_phone_by_touch_and_in_korean(command: Command, visit: Start) -> None:
    person = visit(command.told["page"], **PHONE, locale="ko-KR")
    assert person.text("#count") == "4장 가운데 0장 완료"
    assert person.tab.evaluate("document.documentElement.scrollWidth") == 390
    pinch(person)
    assert 2.5 < scale(person) < 3.5
    person.tab.click("[data-answer='Late_Blight']")  # a tap that takes a busy machine long is a long press
    person.until("document.body?.dataset.ready === '1'")
    assert command.said == [(NAMES[0], "Late_Blight", "")]
    assert person.text("[data-answer='Late_Blight']") == "Late blight"
    assert person.problems == []


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Command]:
    """The label page of 40 classes."""
    for name in NAMES[:2]:
        Image.new("RGB", (400, 300), (60, 160, 60)).save(tmp_path / name)
    rows = [f'"{name}",{place},typical,,' for place, name in enumerate(NAMES[:2])]
    (tmp_path / "picks.csv").write_text("\n".join(["path,order,reason,suggested,probability", *rows]), encoding="utf-8")
    started = Command(tmp_path / "picks.csv", "--classes", ",".join(f"class {number}" for number in range(40)))
    yield started
    started.process.kill()
    started.process.communicate()


def test_of_many_classes_photo_and_problem_are_in_sight_on_a_phone(many: Command, visit: Start) -> None:
    person = visit(many.told["page"], **PHONE)
    person.tab.tap("[data-answer='class 39']")
    person.until("document.body?.dataset.ready === '1'")
    assert person.tab.evaluate("scrollY") > 800
    assert person.tab.evaluate("document.elementFromPoint(195, 100).id") == "photo"
    many.process.kill()
    person.tab.tap("[data-answer='class 39']")
    person.tab.wait_for_selector("#problem")
    place = "problem.getBoundingClientRect()"
    assert person.tab.evaluate(f"document.elementFromPoint({place}.x + 9, {place}.y + 9).id") == "problem"


def test_of_many_classes_the_photo_is_in_sight_on_a_phone_on_its_side(many: Command, visit: Start) -> None:
    person = visit(many.told["page"], **{**PHONE, "viewport": {"width": 844, "height": 390}})
    person.tab.tap("[data-answer='class 39']")
    person.until("document.body?.dataset.ready === '1'")
    assert person.tab.evaluate("scrollY") == 0


def test_who_goes_back_with_the_keyboard_sees_the_button(many: Command, visit: Start) -> None:
    person = visit(many.told["page"], viewport={"width": 700, "height": 900}, is_mobile=False, has_touch=False)
    person.tab.focus("#note")
    place = "document.activeElement.getBoundingClientRect()"
    hidden = []
    for _ in range(30):
        person.tab.keyboard.press("Shift+Tab")
        if not person.tab.evaluate(
            f"document.activeElement.contains(document.elementFromPoint({place}.x + 9, {place}.y + 9))"
        ):
            hidden.append(person.tab.evaluate("document.activeElement.outerHTML"))
    assert hidden == []


def test_of_many_classes_the_name_of_the_photo_stands_at_a_desk(many: Command, visit: Start) -> None:
    person = visit(many.told["page"], **DESK)
    assert person.tab.evaluate("document.getElementById('name').clientHeight") > 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(command: Command, visit: Start, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    person = visit(command.told["page"], color_scheme=scheme)
    found = []
    for key in ("s", "1", "Backspace"):
        person.tab.keyboard.press(key)
        person.tab.wait_for_timeout(200)
        rules = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
        found += Axe().run(person.tab, options=rules).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found] == []
