"""The service behind the page: who may ask, what it refuses, and that it does what it shows."""

from __future__ import annotations

import re
import shutil
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import app as opening
from leafgraft.web.opening.app import open_page
from leafgraft.web.opening.children import Children

Until = Callable[[Callable[[], object]], None]


class Person:
    """A browser that came by the address that was printed."""

    def __init__(self, given: Path | None = None) -> None:
        self.told: list[str] = []
        self.opened = open_page(given, "127.0.0.1", self.told.append)
        self.client = TestClient(self.opened.app, base_url="http://127.0.0.1:8400", raise_server_exceptions=False)
        found = re.search(r'name="token" content="([^"@]{20,})"', self.get("").text)
        assert found
        self.token = found[1]

    def get(self, address: str, **values: str) -> Any:
        return self.client.get(f"/{self.opened.token}/{address}", params=values)

    def do(self, what: str, study: StudyFolder, headers: dict[str, str] | None = None, **given: str) -> Any:
        sent = {"X-Leafgraft-Token": self.token} if headers is None else headers
        words = {"do": what, "study": str(study.path), **given}
        return self.client.post(f"/{self.opened.token}/do", json=words, headers=sent)


@pytest.fixture
def person(home: Path, started: Children, monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(opening, "Children", lambda: started)
    return Person()


ADDRESSES = (
    "",
    "start.json",
    "folder.json?path=~",
    "study.json?path=/",
    "events?path=/",
    "report/index.html?path=/",
    "open.js",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_without_the_token_nothing_is_told(person: Person, address: str) -> None:
    for token in ("", "x/", f"{person.opened.token}x/"):
        refused = person.client.get(f"/{token}{address}")
        assert (refused.status_code, refused.json()["error"]) == (403, "no token")


def test_the_address_without_its_last_slash_leads_to_the_page(person: Person) -> None:
    led = person.client.get(f"/{person.opened.token}", follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (307, f"/{person.opened.token}/")
    assert person.client.get(f"/{person.opened.token[:-1]}", follow_redirects=False).status_code == 403


def test_only_the_page_itself_may_start_commands(person: Person, study: StudyFolder) -> None:
    """The report has the first token in its address, and must not be able to start anything."""
    own = {"X-Leafgraft-Token": person.token}
    for headers in (
        {},
        {"X-Leafgraft-Token": person.opened.token},
        {**own, "Origin": "null"},
        {**own, "Host": "x.test"},
    ):
        assert person.do("audit", study, headers).status_code in {403, 421}
    assert list(study.file("open").glob("*.txt")) == []
    assert person.do("audit", study).status_code == 200


def test_a_report_runs_without_the_rights_of_the_page(person: Person, study: StudyFolder) -> None:
    assert person.get("report/index.html", path=str(study.path)).status_code == 404
    study.write_text("report/index.html", "<script>x</script>")
    study.write_text("adaptation/밭/index.html", "of the place")
    report = person.get("report/index.html", path=str(study.path))
    policy = report.headers["Content-Security-Policy"]
    assert report.text == "<script>x</script>"
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert person.get("report/index.html", path=str(study.path), place="밭").text == "of the place"
    assert person.get("report/index.ko.html", path=str(study.path)).text == report.text  # of an earlier version
    study.write_text("report/index.ko.html", "한국어")
    assert person.get("report/index.ko.html", path=str(study.path)).text == "한국어"
    for place in ("..", "../adaptation/밭", "a\\b", "."):
        assert person.get("report/index.html", path=str(study.path), place=place).status_code == 422
    assert "default-src 'none'" in person.get("").headers["Content-Security-Policy"]


@pytest.mark.parametrize(("language", "mend"), [("ko", "다른 폴더를 적으세요."), ("en", "Name another folder.")])
def test_findings_are_in_the_language_of_the_page(person: Person, study: StudyFolder, language: str, mend: str) -> None:
    words = {"title": "A sentence of a later version.", "why": "", "mend": "Name another folder."}
    finding = {"code": "LG001", "severity": "note", **words, "photos": []}
    study.write_json("audit.json", {"counts": {"classes": {}, "photos": 0}, "findings": [finding]})
    address, asks = f"/{person.opened.token}/study.json", {"Accept-Language": language}
    held = person.client.get(address, params={"path": str(study.path)}, headers=asks).json()
    (told,) = held["audit"]["findings"]
    assert (told["title"], told["mend"], told["severity"]) == (words["title"], mend, "note")


def test_what_is_no_study_is_refused(person: Person, home: Path) -> None:
    for path in (str(home), "results", "", str(home / "nowhere")):
        for address in ("study.json", "events", "report/index.html"):
            refused = person.get(address, path=path)
            assert (refused.status_code, refused.json()["error"]) == (404, "no study")


def test_a_path_that_the_system_does_not_look_at_is_refused_in_words(person: Person, study: StudyFolder) -> None:
    path = f"{study.path}/{'a' * 300}/b"
    for address in ("study.json", "events", "report/index.html", "folder.json"):
        refused = person.get(address, path=path)
        assert (refused.status_code, refused.json()["error"]) == (403, "not readable")
    assert person.do("pick", study, folder=f"{path}.zip").json()["error"] == "not readable"


def test_a_study_begins_and_its_photos_are_told_at_once(person: Person, home: Path, until: Until) -> None:
    folder = StudyFolder(home / "results" / "잎 사진")
    begun = person.do("audit", StudyFolder(Path("results/잎 사진")), photos="잎 사진")  # as it may be typed
    assert begun.json() == {"study": str(folder.path)}
    held = person.get("study.json", path=str(folder.path)).json()
    assert (held["photos"], held["audit"]) == (str(home / "잎 사진"), None)
    assert [one["name"] for one in held["presets"]] == ["minutes", "hour", "overnight"]
    assert held["commands"]["audit"].startswith("leafgraft run '")
    refused = person.do("run", folder, preset="hour")
    assert (refused.status_code, refused.json()["error"]) == (409, "busy")
    until(folder.file("log.jsonl").is_file)
    assert person.do("stop", folder).status_code == 200
    assert [one["path"] for one in person.get("start.json").json()["studies"]] == [str(folder.path)]


def test_photos_that_will_not_do_leave_nothing_behind(person: Person, home: Path) -> None:
    folder = StudyFolder(home / "results" / "x")
    refused = person.do("audit", folder, photos=str(home / "잎 사진" / "Healthy"))
    assert refused.json()["error"] == "no photos"
    inside = person.do("audit", StudyFolder(home / "잎 사진" / "out"), photos="잎 사진")
    assert inside.json()["error"] == "among photos"
    assert not folder.path.exists()
    assert not (home / "잎 사진" / "out").exists()


def test_results_that_go_nowhere_are_refused(person: Person, home: Path) -> None:
    for empty in ("", " "):
        words = {"do": "audit", "study": empty, "photos": "잎 사진"}
        sent = {"X-Leafgraft-Token": person.token}
        refused = person.client.post(f"/{person.opened.token}/do", json=words, headers=sent)
        assert (refused.status_code, refused.json()["error"]) == (422, "no folder")
    assert not (home / "open").exists()


def test_a_zip_that_was_labelled_on_the_phone_needs_no_picks(person: Person, home: Path, study: StudyFolder) -> None:
    with zipfile.ZipFile(home / "a.zip", "w") as opened:
        opened.writestr("labels.csv", "path,label\nphotos/1.jpg,Healthy\n")
    assert person.do("pick", study, folder=str(home / "a.zip"), place="밭").status_code == 200
    decomposed = unicodedata.normalize("NFD", "밭")
    assert person.do("pick", study, folder=str(home / "a.zip"), place=decomposed).status_code == 200
    held = person.get("study.json", path=str(study.path)).json()
    assert decomposed not in held["field"]
    assert (held["place"], held["field"]["밭"]["phone"], held["field"]["밭"]["picks"]) == ("밭", 1, 0)
    assert held["field"]["밭"]["commands"]["adapt"].endswith(" --place '밭'")
    assert not study.file("open/pick.txt").exists()
    (home / "b.zip").touch()
    refused = person.do("pick", study, folder=str(home / "b.zip"))
    assert (refused.status_code, refused.json()["error"]) == (422, "no zip")


@pytest.mark.parametrize("place", ["a:b", "a?", "home", "Home", " home ", "x" * 300])
def test_a_place_that_adapt_would_refuse_is_refused_first(person: Person, study: StudyFolder, place: str) -> None:
    assert person.do("pick", study, folder="잎 사진", place=place).json()["error"] == "no place"


def test_a_study_of_other_photos_is_not_begun_again_with_these(person: Person, home: Path, study: StudyFolder) -> None:
    other = home / "other"
    shutil.copytree(home / "잎 사진", other)
    refused = person.do("audit", study, photos=str(other))
    assert (refused.status_code, refused.json()["error"]) == (409, "other photos")
    assert f"holds a study of '{home / '잎 사진'}', not of '{other}'" in refused.json()["reason"]
    assert not study.file("log.jsonl").exists()
    assert person.do("audit", study, photos="잎 사진").status_code == 200


def test_plans_say_what_each_preset_takes(person: Person, study: StudyFolder, started: Children, until: Until) -> None:
    assert person.do("plan", study, preset="minutes").status_code == 200
    until(lambda: started.codes(study)["plan-minutes"] is not None)
    first, *others = person.get("study.json", path=str(study.path)).json()["presets"]
    assert first["plan"] == {"seconds": 720.0, "memory": 2_000_000_000, "trials": 2}
    assert [one["plan"] for one in others] == [None, None]


@pytest.mark.parametrize("given", [{"preset": "never"}, {"do": "nothing"}, {"do": ""}])
def test_what_cannot_be_done_is_refused(person: Person, study: StudyFolder, given: dict[str, str]) -> None:
    refused = person.do(given.pop("do", "run"), study, **given)
    assert (refused.status_code, refused.json()["error"]) == (422, "unknown")


def test_a_phone_is_led_by_the_page_with_the_code(person: Person, study: StudyFolder) -> None:
    study.bundle.mkdir(parents=True)
    assert person.do("phone", study).json() == {"page": "http://127.0.0.1:2/send"}
    assert person.do("try", study).json() == {"page": "http://127.0.0.1:1/serve"}


def test_a_disk_that_is_full_is_said(person: Person, study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("leafgraft.web.opening.children.subprocess.Popen", lambda *_, **__: fail())
    assert person.do("audit", study).status_code == 507
    assert person.told[0].startswith("'audit' could not begin.")
    assert "The disk is full" in person.told[0]


def test_results_that_cannot_be_written_are_refused_with_what_to_do(person: Person, home: Path) -> None:
    (home / "file").touch()
    refused = person.do("audit", StudyFolder(home / "file" / "x"), photos="잎 사진")
    assert (refused.status_code, refused.json()["error"]) == (500, "not saved")
    assert "Choose a place that you may write to" in refused.json()["reason"]


def test_files_of_another_version_hide_nothing_else(person: Person, study: StudyFolder) -> None:
    finding = {"code": "LG001", "severity": "note", "title": "", "why": "", "mend": "", "photos": []}
    study.write_json("audit.json", {"findings": [finding]})
    study.write_json("verdict.json", {"recipe": "resnet18 probe", "test": {"accuracy": 0.9}})
    study.write_json("open/plan-hour.json", {"seconds": 1})
    study.write_json("bundle/bundle.json", {})
    held = person.get("study.json", path=str(study.path)).json()
    assert (held["audit"], held["verdict"], held["bundle"]) == (None, None, True)
    assert held["unread"] == ["audit.json", "open/plan-hour.json", "verdict.json"]
    study.write_json("audit.json", {"counts": {"classes": {"a": 2}, "photos": 2}, "findings": [finding]})
    held = person.get("study.json", path=str(study.path)).json()
    assert (held["audit"]["photos"], held["unread"]) == (2, ["open/plan-hour.json", "verdict.json"])


def test_an_unknown_case_is_said_in_the_language_of_the_page(
    person: Person, study: StudyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "overview", lambda _folder: {}["gone"])
    address, asks = f"/{person.opened.token}/study.json", {"Accept-Language": "ko"}
    failed = person.client.get(address, params={"path": str(study.path)}, headers=asks)
    assert (failed.status_code, failed.json()["error"]) == (500, "failed")
    assert "로그" in failed.json()["reason"]


def test_it_begins_with_what_the_command_named(home: Path, study: StudyFolder) -> None:
    assert Person(study.path).get("start.json").json()["study"] == str(study.path)
    roundabout = study.path.parent / "x" / ".." / study.path.name
    person = Person(roundabout)
    assert person.get("start.json").json()["study"] == str(study.path)
    assert person.get("study.json", path=str(roundabout)).json()["path"] == str(study.path)
    told = Person(home / "잎 사진").get("start.json").json()
    assert (told["study"], told["folder"]) == ("", str(home / "잎 사진"))
    assert Person().get("start.json").json()["folder"] == str(home)
