"""The page as a person uses it in headless Chromium, beside a program that stands in for leafgraft."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import uvicorn
from visits import PHONE, Visit, need_page

from leafgraft.records.finding import COUNTED, FOUND
from leafgraft.records.progress import Silent
from leafgraft.records.trial_time import TrialTime
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.progress_log import ProgressLog
from leafgraft.web.opening import app as opening
from leafgraft.web.opening import following, steps
from leafgraft.web.opening.app import open_page
from leafgraft.web.opening.asked import read_asked
from leafgraft.web.opening.children import Children, said

need_page()
DESK = {"viewport": {"width": 1280, "height": 900}, "is_mobile": False, "has_touch": False, "device_scale_factor": 1}
TRIAL = "resnet18-full-s0-f0-0a1b2c3d"
STRANGE = "<img src=x onerror=document.title='broken'>"


class Service:
    """The page's service in a thread."""

    def __init__(self, given: Path, port: int = 0) -> None:
        self.opened = open_page(given, "127.0.0.1", lambda _line: None)
        self._listening = socket.create_server(("127.0.0.1", port))
        config = uvicorn.Config(self.opened.app, log_level="warning", timeout_graceful_shutdown=5)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()
        self.port = self._listening.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/{self.opened.token}/"

    def end(self) -> None:
        self.opened.stop()
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


@pytest.fixture
def service(home: Path, started: Children, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(opening, "Children", lambda: started)
    running = Service(home)
    yield running
    running.end()


@pytest.fixture
def person(service: Service, visit: Callable[..., Visit]) -> Visit:
    return visit(service.address, **DESK)


def go_to(person: Visit, study: StudyFolder) -> None:
    person.tab.evaluate("path => { location.hash = new URLSearchParams({ study: path }); }", str(study.path))
    person.until("document.body.dataset.ready === 'study' && !document.getElementById('study').hidden")


def see(person: Visit, selector: str, words: str) -> None:
    person._wait(lambda: words in person.tab.locator(selector).inner_text(), f"{selector} does not say '{words}'")


def finish(study: StudyFolder, claim: str = "a claim") -> None:
    """Write what a finished study has, as far as the page reads it."""
    classes = {"Healthy": 3, "역병": 3, STRANGE: 2}
    finding = {"code": "LG020", "severity": "warning", "title": f"label {STRANGE}", "why": "Why.", "mend": "Mend."}
    study.write_json(
        "audit.json", {"counts": {"photos": 8, "classes": classes}, "findings": [{**finding, "photos": ["a"]}]}
    )
    test = {"accuracy": 0.975, "interval": [0.955, 0.987]}
    said = {
        "why": "Best on validation.",
        "why_ko": "검증에서 가장 정확합니다.",
        "claims": [claim],
        "claims_ko": ["주장"],
    }
    study.write_json("verdict.json", {"recipe": "resnet18 probe", "test": test, **said})
    study.write_json("plan.json", {})
    study.write_text("report/index.html", "<!doctype html><title>report</title><h1>The report</h1>")
    study.write_json("bundle/bundle.json", {})
    study.write_text("picks.csv", "path,order\na.jpg,1\nb.jpg,2\n")
    study.write_text("labels.csv", "path,label,labeller,time,note\na.jpg,Healthy,Ana,,\n")
    study.write_json("adaptation/밭/adaptation.json", {"kept": True})
    study.write_text("adaptation/밭/index.html", "<h1>The place</h1>")
    study.write_json("adaptation/밭/bundle/bundle.json", {})


def test_photos_are_chosen_by_clicks_or_by_a_path(person: Visit, home: Path) -> None:
    (home / STRANGE.replace("/", "")).mkdir()
    person.tab.reload()
    person.wait()
    person.tab.click(".folders button:has-text('잎 사진')")
    see(person, "#photos-chooser .crumbs", "잎 사진")
    person.tab.click("#photos-chooser .buttons button")
    see(person, "#found", "6 photos in 2 classes")
    person.tab.fill("#photos-chooser input", "잎 사진/Healthy")
    person.tab.keyboard.press("Enter")
    see(person, "#photos-chooser .crumbs", "Healthy")
    person.tab.click("#photos-chooser .buttons button")
    see(person, "#photos-chooser .problem", "there must be one folder for each class")
    assert not person.tab.locator("#found").is_visible()
    person.tab.fill("#photos-chooser input", "nowhere")
    person.tab.click("#photos-chooser form button")
    see(person, "#photos-chooser .problem", "There is no such folder.")
    (home / "table.csv").write_text("path,label\n잎 사진/Healthy/0.jpg,a\n잎 사진/Healthy/1.jpg,b\n", encoding="utf-8")
    person.tab.fill("#photos-chooser input", "table.csv")
    person.tab.click("#photos-chooser form button")
    see(person, "#found", "2 photos in 2 classes")
    assert person.tab.title() == "leafgraft"
    assert [one for one in person.problems if "status of 4" not in one] == []


def test_photos_are_chosen_with_the_keyboard_alone(person: Visit) -> None:
    def press_until(key: str, focused: str) -> None:
        for _ in range(30):
            person.tab.keyboard.press(key)
            if person.tab.evaluate(f"document.activeElement.matches({json.dumps(focused)})"):
                return
        pytest.fail(f"{focused} cannot be reached with {key}")

    press_until("Tab", ".folders button")
    assert person.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press_until("Tab", ".folders li:last-child button")
    person.tab.keyboard.press("Enter")
    see(person, "#photos-chooser .crumbs", "잎 사진")
    person.until("document.activeElement.matches('.crumbs button:last-child')")
    press_until("Tab", "#photos-chooser .buttons button")
    person.tab.keyboard.press("Enter")
    see(person, "#found", "6 photos in 2 classes")
    press_until("Tab", "#begin")
    person.tab.keyboard.press("Enter")
    see(person, "#now", "Looking at the photos")
    press_until("Tab", "#stop")


def test_a_study_begins_stops_and_goes_on(person: Visit, home: Path) -> None:
    person.tab.click(".folders button:has-text('잎 사진')")
    person.tab.click("#photos-chooser .buttons button")
    person.tab.click("#begin")
    see(person, "#now", "Looking at the photos")
    see(person, "#study-at", str(home / "results" / "잎 사진"))
    person.tab.reload()
    see(person, "#now", "Looking at the photos")
    person.until("document.querySelector('#talk')?.textContent.includes('run begins')")
    person.tab.click("#stop")
    see(person, "#now", "Stopped")
    person.tab.click("#go-on")
    see(person, "#now", "Looking at the photos")
    person.tab.click("#home")
    person.until("!document.getElementById('choose').hidden")
    see(person, "#studies", "잎 사진")
    person.tab.click("#studies a")
    person.until("!document.getElementById('study').hidden")
    see(person, "#now", "Looking at the photos")
    person.tab.click("#home")
    person.until("!document.getElementById('choose').hidden")
    person.tab.fill("#photos-chooser input", "잎 사진")
    person.tab.keyboard.press("Enter")
    see(person, "#photos-chooser .crumbs", "잎 사진")
    person.tab.click("#photos-chooser .buttons button")
    see(person, "#begin", "Go on with a study")
    person.tab.click("#begin")
    see(person, "#now", "Looking at the photos")


def test_a_folder_that_is_taken_before_it_is_there_is_taken(person: Visit, home: Path) -> None:
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    def take_before_it_is_there(name: str) -> None:
        person.tab.route("**/folder.json*", hold, times=1)
        person.tab.fill("#photos-chooser input", name)
        person.tab.keyboard.press("Enter")
        person._wait(lambda: late, "the page did not ask")
        person.tab.click("#photos-chooser .buttons button")
        late.pop().continue_()

    asked: list[str] = []
    person.tab.on("request", lambda request: asked.append(request.url) if "photos.json" in request.url else None)
    person.wait()
    person.tab.route("**/folder.json*", hold, times=1)
    person.tab.click(".folders button:has-text('잎 사진')")
    person._wait(lambda: late, "the page did not ask")
    person.tab.click("#photos-chooser .buttons button")
    late.pop().continue_()
    see(person, "#found", "6 photos in 2 classes")
    assert [unquote_plus(one.partition("path=")[2]) for one in asked] == [str(home / "잎 사진")]
    take_before_it_is_there("nowhere")
    see(person, "#photos-chooser .problem", "There is no such folder.")
    assert len(asked) == 1, "a folder that cannot be read is not taken, nor the one before it"


def test_a_study_that_was_left_before_it_was_there_is_not_shown(person: Visit, study: StudyFolder) -> None:
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    person.wait()
    person.tab.route("**/study.json*", hold, times=1)
    person.tab.evaluate("path => { location.hash = new URLSearchParams({ study: path }); }", str(study.path))
    person._wait(lambda: late, "the page did not ask")
    person.tab.click("#home")
    person.until("document.body.dataset.ready === 'choose'")
    with person.tab.expect_response("**/study.json*"):
        late.pop().continue_()
    person.until("document.title === 'leafgraft' && document.getElementById('study').hidden")
    assert not person.problems


def test_what_a_person_types_or_opens_is_not_replaced_by_a_late_answer(person: Visit, study: StudyFolder) -> None:
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    def come_home() -> None:
        """The page asks where to begin, and is not answered yet."""
        go_to(person, study)
        person.tab.route("**/start.json*", hold, times=1)
        person.tab.click("#home")
        person._wait(lambda: late, "the page did not ask")

    person.wait()
    come_home()
    person.tab.fill("#photos-chooser input", "잎 사진")
    late.pop().continue_()
    person.until("document.body.dataset.ready === 'choose'")
    assert person.tab.input_value("#photos-chooser input") == "잎 사진"
    assert person.tab.evaluate("document.activeElement.matches('#photos-chooser input')"), "nor is the focus taken"
    come_home()
    person.tab.fill("#photos-chooser input", "잎 사진")
    person.tab.keyboard.press("Enter")
    see(person, "#photos-chooser .crumbs", "잎 사진")
    late.pop().continue_()
    person.until("document.body.dataset.ready === 'choose'")
    see(person, "#photos-chooser .crumbs", "잎 사진")


def test_who_types_on_while_photos_are_looked_at_keeps_the_focus(person: Visit, home: Path) -> None:
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    (home / "table.csv").write_text("path,label\n잎 사진/Healthy/0.jpg,a\n잎 사진/Healthy/1.jpg,b\n", encoding="utf-8")
    person.wait()
    for more, focused in (("2", "#photos-chooser input"), ("", "#found")):
        person.tab.route("**/photos.json*", hold, times=1)
        person.tab.fill("#photos-chooser input", "table.csv")
        person.tab.keyboard.press("Enter")
        person._wait(lambda: late, "the page did not ask")
        person.tab.keyboard.type(more)
        late.pop().continue_()
        person.until("!document.getElementById('found').hidden")  # what is hidden has its text, too
        assert person.tab.evaluate(f"document.activeElement.matches('{focused}')")


def test_a_command_that_fails_says_why_on_the_page(person: Visit, study: StudyFolder) -> None:
    study.write_json("open/asked.json", {"asked": "/broken", "preset": ""})
    go_to(person, study)
    see(person, "#audit", "They were not looked at yet.")
    person.tab.click("#look-again")
    see(person, "#now", "The photos could not be looked at")
    see(person, "#error", "'broken' must be photos.")
    see(person, "#error", "to do: Name another.")


def test_a_run_of_elsewhere_is_watched_and_a_reload_loses_nothing(person: Visit, study: StudyFolder) -> None:
    with study.lock():
        log = ProgressLog(Silent(), study)
        log.enter("photos")
        log.enter("training")
        log.expect({"training": 1200.0}, {TRIAL: TrialTime("one", 0.0, ((20.0, 60.0),), 20.0)})
        log.note("epoch", trial=TRIAL, epoch=3, seconds=1.0, validation_accuracy=0.75)
        go_to(person, study)
        for _ in range(2):
            see(person, "#now", "process")
            see(person, "[aria-current=step]", "Training")
            see(person, "#facts", "20 minutes")
            see(person, "#facts", "resnet18-full")
            see(person, "#facts", "75%")
            person.tab.reload()
        log.note("epoch", trial=TRIAL, epoch=4, seconds=1.0, validation_accuracy=0.8)
        see(person, "#facts", "80%")
    see(person, "#now", "The last run did not come to its end")
    assert person.problems == []


def test_the_audit_is_seen_as_it_grows(person: Visit, study: StudyFolder) -> None:
    words = {"why": "Why.", "mend": "Mend."}
    with study.lock():
        log = ProgressLog(Silent(), study)
        log.enter("photos")
        go_to(person, study)
        see(person, "#audit-words", "What is found")
        log.note(COUNTED, photos=9, classes={"Healthy": 5, STRANGE: 4})
        see(person, "#audit-words", "9 photos are read")
        see(person, "#counts", STRANGE)
        assert not person.tab.locator("#found-out").is_visible()
        log.enter("audit")
        log.note(FOUND, code="LG005", severity="warning", photos=2, title=f"one leaf {STRANGE}", **words)
        see(person, "#findings", STRANGE)
        log.note(FOUND, code="LG002", severity="error", photos=1, title="two labels", **words)
        see(person, "#findings-count", "2")
        see(person, "#findings li:first-child", "two labels")
        assert not person.tab.locator("#review-part").is_visible()
        finish(study)
        log.enter("training")
        see(person, "#audit-words", "8 photos were looked at")
        see(person, "#findings-count", "1")
    with study.lock():  # a later run, which may search for hours before it comes to its audit
        log = ProgressLog(Silent(), study)
        log.enter("photos")
        log.note(COUNTED, photos=9, classes={"Healthy": 9})
        log.enter("plan")
        see(person, "[aria-current=step]", "Plan")
        see(person, "#audit-words", "8 photos were looked at")
        see(person, "#findings-count", "1")
        assert person.tab.locator("#review-part").get_attribute("hidden") is None
    assert person.problems == []


def test_a_run_that_was_begun_elsewhere_goes_on_as_it_was_asked_for(person: Visit, study: StudyFolder) -> None:
    study.write_json("run.json", {"asked": "/leaves", "preset": "hour", "until": "export"})
    with study.lock():
        ProgressLog(Silent(), study).enter("photos")
    go_to(person, study)
    see(person, "#now", "The last run did not come to its end")
    person.tab.click("#go-on")
    see(person, "#now", "The study is under way")
    assert (read_asked(study).preset, read_asked(study).until) == ("hour", "export")
    person.tab.click("#stop")
    see(person, "#now", "Stopped")
    person.tab.click("#go-on")
    see(person, "#now", "The study is under way")


def test_the_run_before_is_not_shown_as_the_present_one(
    person: Visit, study: StudyFolder, started: Children, until: Callable[[Callable[[], object]], None]
) -> None:
    with study.lock():
        log = ProgressLog(Silent(), study)
        log.enter("training")
        log.expect({"training": 1200.0}, {TRIAL: TrialTime("one", 0.0, ((20.0, 60.0),), 20.0)})
    go_to(person, study)
    see(person, "#now", "The last run did not come to its end")
    started.start(study, steps.run(study, read_asked(study)))
    see(person, "#now", "It begins in a few seconds.")
    assert "Time left" not in person.text("#now")
    until(lambda: not study.file("log.jsonl").read_bytes())  # as the stand-in begins
    study.log("run started", pid=started.pids(study)["run"])
    study.log("stage started", stage="photos")
    see(person, "[aria-current=step]", "Photos")
    study.log("run ended")
    see(person, "#now", "It is finishing.")


def test_going_on_is_spoken_of_only_where_it_can_be_done(
    person: Visit, study: StudyFolder, started: Children, home: Path
) -> None:
    finish(study)
    started.start(study, steps.pick(study, "", home / "broken"))
    go_to(person, study)
    see(person, "#now", "No photos could be picked")
    assert "going on" not in person.text("#now")


def test_files_of_another_version_are_named_and_the_rest_is_shown(person: Visit, study: StudyFolder) -> None:
    finish(study)
    study.write_json("audit.json", {"findings": []})
    go_to(person, study)
    see(person, "#unread", "written by another version of leafgraft, and cannot be shown: audit.json.")
    see(person, "#accuracy", "97.5% right")
    assert "not looked at" not in person.text("#audit")


def test_presets_say_what_they_take_here(person: Visit, study: StudyFolder) -> None:
    study.write_json("audit.json", {"counts": {"photos": 6, "classes": {"Healthy": 3, "역병": 3}}, "findings": []})
    go_to(person, study)
    see(person, ".preset:nth-child(1)", "About 12 minutes here")
    see(person, ".preset:nth-child(2)", "About 12 minutes here")
    see(person, ".preset:nth-child(3)", "Error: weights must be there.")
    see(person, ".preset:nth-child(3)", "It cannot be started as it is.")
    assert person.tab.locator(".preset:nth-child(3) button").is_disabled()
    person.tab.click("#preset-commands summary")
    see(person, "#preset-commands", "--preset overnight --out")
    person.tab.click(".preset:nth-child(2) button")
    see(person, "#now", "The study is under way")
    person._wait(
        lambda: person.tab.evaluate("document.getElementById('now').getBoundingClientRect().top >= 0"), "not seen"
    )
    assert json.loads(study.file("open/asked.json").read_text())["preset"] == "hour"


def test_measuring_moves_nothing(person: Visit, study: StudyFolder, started: Children) -> None:
    study.write_json("audit.json", {"counts": {"photos": 6, "classes": {"Healthy": 6}}, "findings": []})
    run = steps.run(study, read_asked(study))  # of a program that takes its time
    started.start(study, replace(run, name="plan-hour", writes=False, kept="open/plan-hour.json"))
    go_to(person, study)
    see(person, ".preset:nth-child(2)", "Being measured")
    assert not person.tab.is_visible("#now")
    height = "document.querySelector('.preset:nth-child(2)').offsetHeight"
    before = person.tab.evaluate(height)
    study.write_json("open/plan-hour.json", {"trials": [1, 2], "seconds": 720.0, "memory_bytes": 2_000_000_000})
    see(person, ".preset:nth-child(2)", "About 12 minutes here")
    assert person.tab.evaluate(height) == before


def test_a_plan_that_ended_as_a_run_began_did_not_fail(
    person: Visit, study: StudyFolder, started: Children, until: Callable[[Callable[[], object]], None]
) -> None:
    study.write_json("audit.json", {"counts": {"photos": 6, "classes": {"Healthy": 6}}, "findings": []})
    run = steps.run(study, read_asked(study))
    started.start(study, replace(run, name="plan-hour", writes=False, kept="open/plan-hour.json"))
    until(lambda: "run begins" in said(study, "plan-hour"))
    started.start(study, run)
    assert started.codes(study)["plan-hour"] == 143
    go_to(person, study)
    see(person, "#now-title", "under way")
    see(person, ".preset:nth-child(2)", "Not measured")
    assert person.tab.locator(".preset .problem").count() == 0


def test_a_finished_study_leads_to_report_labels_and_phone(person: Visit, study: StudyFolder) -> None:
    finish(study)
    study.write_text("corrections.csv", "")
    go_to(person, study)
    see(person, "#accuracy", "resnet18 probe: 97.5% right (95% interval 95.5% to 98.7%)")
    see(person, "#labelled", "1 of 2 are labelled.")
    with person.tab.context.expect_page() as report:
        person.tab.click("#report")
    assert report.value.locator("h1").inner_text() == "The report"
    for what in ("review", "label", "try"):
        person.tab.click(f"[data-do={what}]")
        person.tab.wait_for_selector(f"[data-do={what}] + a.opened")
    person.tab.select_option("#models", "밭")
    assert person.tab.locator("#phone a.opened").count() == 0  # the page of the other model
    person.tab.click("[data-do=phone]")
    assert person.tab.locator("[data-do=phone] + a.opened").get_attribute("href") == "http://127.0.0.1:2/send"
    see(person, "#places", "better there")
    assert f"label {STRANGE}" in person.tab.locator("#findings").text_content()
    assert "broken" not in person.tab.title()
    words = person.tab.locator("#study").text_content()
    assert f"leafgraft pick '{study.path}' FOLDER --out" in words
    assert "undefined" not in words
    assert person.problems == []


def test_a_study_is_shown_once_it_is_known_what_happens_in_it(person: Visit, study: StudyFolder) -> None:
    finish(study)
    late: list[Any] = []
    person.tab.route("**/events*", lambda route: late.append(route), times=1)  # noqa: PLW0108 - it marks what it is given
    person.tab.evaluate("path => { location.hash = new URLSearchParams({ study: path }); }", str(study.path))
    person._wait(lambda: late, "the page did not ask what happens")
    assert not person.tab.locator("#study").is_visible()
    late.pop().continue_()
    person.tab.wait_for_selector("#study")
    assert not person.tab.locator("#found-out").evaluate("part => part.open"), "it closes under the finger"


def test_each_place_has_its_own_picks_and_labels(person: Visit, study: StudyFolder, home: Path) -> None:
    finish(study)
    study.write_text("picks-논.csv", "path,order\nc.jpg,1\n")
    with zipfile.ZipFile(home / "논.zip", "w") as opened:
        opened.writestr("labels.csv", "path,label\nphotos/1.jpg,Healthy\nphotos/2.jpg,역병\n")
    os.utime(study.file("picks.csv"), (1, 1))
    go_to(person, study)
    see(person, "#labelled", "0 of 1 are labelled.")
    assert person.tab.input_value("#place") == "논"
    assert person.tab.locator("[data-do=adapt]").is_disabled()
    person.tab.click("[data-do=label]")
    person.tab.wait_for_selector("[data-do=label] + a.opened")
    person.tab.click("#pick-from summary")
    person.tab.fill("#field-chooser input", str(home / "논.zip"))
    person.tab.press("#field-chooser input", "Enter")
    see(person, "#pick-chosen", "논.zip")
    person.tab.click("[data-do=pick]")
    see(person, "#from-phone", "Labels from the phone: 2.")
    assert person.tab.locator("[data-do=adapt]").is_enabled()
    assert "labels-논.csv" not in person.tab.locator("#field-commands code").last.text_content(), "there are none yet"
    person.tab.fill("#place", "")
    see(person, "#labelled", "1 of 2 are labelled.")
    assert person.tab.locator("[data-do=label] + a.opened").count() == 0  # the page of the other place
    person.tab.fill("#place", "constructor")
    see(person, "#labelled", "Pick photos first.")
    assert person.tab.locator("[data-do=label]").is_disabled()
    assert person.tab.locator("#field-commands").inner_text() == ""
    assert [one for one in person.problems if "status of 4" not in one] == []


@pytest.mark.parametrize("photos", ["kaggle:owner/leaves", "/gone/leaves"])
def test_photos_of_a_field_are_chosen_where_those_of_the_study_are_in_no_folder(
    person: Visit, study: StudyFolder, photos: str
) -> None:
    finish(study)
    study.write_json("run.json", {"asked": photos, "preset": "minutes"})
    asked: list[str] = []
    person.tab.on("request", lambda one: asked.append(one.url) if "folder.json" in one.url else None)
    go_to(person, study)
    person.tab.click("#pick-from summary")
    see(person, "#field-chooser .folders", "잎 사진")
    assert not person.tab.locator("#field-chooser .problem").is_visible()
    before = len(asked)
    person.tab.fill("#field-chooser input", "nowhere")
    person.tab.press("#field-chooser input", "Enter")
    see(person, "#field-chooser .problem", "There is no such folder.")
    person.tab.fill("#place", "논")
    see(person, "#labelled", "Pick photos first.")
    assert person.tab.locator("#field-chooser .problem").is_visible()
    assert len(asked) == before + 1


def test_an_address_of_a_study_that_is_gone_says_so(person: Visit, home: Path) -> None:
    asked: list[str] = []
    person.tab.on("request", lambda one: asked.append(one.url) if "/events" in one.url else None)
    person.tab.evaluate("path => { location.hash = new URLSearchParams({ study: path }); }", str(home / "gone"))
    see(person, "#problem", "gone")
    person.tab.wait_for_timeout(300)
    assert "lost" not in person.tab.inner_text("#problem")
    assert asked == []


def test_what_changes_while_a_study_is_opened_is_shown(person: Visit, study: StudyFolder) -> None:
    late: list[Any] = []

    def answer(route: Any) -> None:
        late.append(route.fetch())
        finish(study)
        route.fulfill(response=late[0])

    person.wait()
    person.tab.route("**/study.json*", answer, times=1)
    go_to(person, study)
    see(person, "#accuracy", "97.5% right")
    assert late


def test_corrections_are_taken_by_the_next_run(person: Visit, study: StudyFolder) -> None:
    finish(study)
    study.write_json("run.json", {"asked": "/leaves", "preset": "minutes"})
    go_to(person, study)
    assert not person.tab.locator("#corrected").is_visible()
    person.until("!document.getElementById('choices').open")
    person.tab.click("#choices summary")
    see(person, ".preset.chosen", "has a result")
    study.write_text("corrections.csv", "path,label,group,action\n")
    see(person, "#corrected", "The next run takes it.")
    person.tab.click(".preset.chosen button")
    person.until("document.getElementById('talk').textContent.includes('--corrections')")


def test_a_full_disk_and_a_lost_command_are_said(
    person: Visit, service: Service, study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(study)
    go_to(person, study)
    monkeypatch.setattr(following, "_free_bytes", lambda _path: 1)
    see(person, "#disk", "The disk is almost full.")
    service.end()
    see(person, "#problem", "Start it again: a run goes on, and nothing is lost.")


def test_a_command_that_was_started_anew_is_told_from_one_that_is_gone(
    person: Visit, service: Service, study: StudyFolder, home: Path
) -> None:
    go_to(person, study)
    service.end()
    again = Service(home, service.port)
    try:
        see(person, "#problem", "'leafgraft open' was started anew. Open the address that it shows.")
        person.tab.click("#look-again")
        see(person, "#audit .refused", "'leafgraft open' was started anew.")
        person.tab.reload()
        see(person, "body", "This address is of no command that runs now.")
    finally:
        again.end()


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("ko-KR", "dark")])
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(
    service: Service, visit: Callable[..., Visit], study: StudyFolder, locale: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    device: dict[str, Any] = PHONE if width == 390 else {**DESK, "viewport": {"width": width, "height": 900}}
    person = visit(service.address, locale=locale, color_scheme=scheme, **device)
    finish(study, claim="word" * 40)
    found = []
    for state in ("choose", "study"):
        if state == "study":
            go_to(person, study)
            person.until("document.getElementById('talk') && !document.getElementById('phone').hidden")
            person.tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            person.tab.wait_for_timeout(300)
        assert person.tab.evaluate("document.documentElement.scrollWidth") <= width
        rules = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
        violations = Axe().run(person.tab, options=rules).response["violations"]
        found += [f"{state}: {one['id']}: {one['nodes'][0]['html'][:150]}" for one in violations]
    assert found == []
    korean = any("가" <= letter <= "힣" for letter in person.text("#result-title"))
    assert korean == (locale == "ko-KR")


def test_every_text_is_there_in_both_languages() -> None:
    folder = opening.OPEN
    texts = {name: json.loads((folder / f"languages/{name}.json").read_text("utf-8")) for name in ("en", "ko")}
    assert texts["en"].keys() == texts["ko"].keys()
    page = (folder / "open.html").read_text("utf-8")
    used = set(re.findall(r'data-(?:text|alt)="([^"]+)"', page))
    for file in folder.glob("*.js"):
        used |= set(re.findall(r"\bt\('([^']+)'", file.read_text("utf-8")))
    assert used <= texts["en"].keys()
    for key, words in texts["en"].items():
        if isinstance(words, str):
            marks = [set(re.findall(r"\{\w+\}", one[key])) for one in texts.values()]
            assert marks[0] == marks[1], key
