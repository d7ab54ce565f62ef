"""The review page's service: what is shown, and corrections that are on the disk before the next."""

from __future__ import annotations

import errno
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audited_study import ITEMS, NAMES, write_study
from starlette.testclient import TestClient

from leafgraft.errors import LabelsError, StudyFolderError, UsageError
from leafgraft.storage.corrections import read_corrections
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.field.label import Review, open_review


class Person:
    """A browser on the review page."""

    def __init__(self, review: Review) -> None:
        self.file, self.told = review.sheet.corrections, list[str]()
        app = review.app("127.0.0.1", self.told.append)
        self.client = TestClient(app, base_url="http://127.0.0.1:8300", raise_server_exceptions=False)
        found = re.search(r'name="token" content="([^"@]{20,})"', self.client.get("/").text)
        assert found
        self._token = found[1]

    def say(self, number: Any, choice: Any, note: Any = "", **headers: str) -> Any:
        given = {"X-Leafgraft-Token": self._token, **headers}
        return self.client.post(f"/corrections/{number}", json={"choice": choice, "note": note}, headers=given)

    @property
    def items(self) -> Any:
        return self.client.get("/sheet.json").json()["photos"]

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        return [(row.path, row.label, row.group, row.action) for row in read_corrections(self.file)]


@pytest.fixture
def ana(tmp_path: Path) -> Iterator[Person]:
    with open_review(write_study(tmp_path), labeller="Ana") as review:
        yield Person(review)


def test_the_firmest_fault_comes_first_and_a_photo_once(ana: Person) -> None:
    items = ana.items
    assert tuple(tuple(photo["path"] for photo in one["photos"]) for one in items) == ITEMS
    assert [[reason["code"] for reason in one["reasons"]] for one in items] == [
        ["crossing"],
        ["suspect", "blurred"],
        ["blurred"],
        ["same_leaf"],
        ["same_leaf"],
    ]
    assert items[1]["reasons"][0] == {"code": "suspect", "name": "Late_Blight", "share": 0.97}
    assert [photo["tested"] for one in items for photo in one["photos"]] == [False, False, True, *[False] * 5]
    assert ana.client.get("/photos/0/1").headers["content-type"] == "image/jpeg"
    for path in ("/photos/0/2", "/photos/9/0", "/photos/-1/0"):
        assert ana.client.get(path).status_code == 404, path


def test_an_answer_is_on_the_disk_when_it_is_acknowledged(ana: Person) -> None:
    assert ana.say(1, 1, 'says "late",\n or 역병').json() == {"choice": 1, "note": 'says "late", or 역병', "by": "Ana"}
    (row,) = read_corrections(ana.file)
    assert (row.path, row.label, row.action, row.labeller) == (NAMES[0], "Late_Blight", "relabel", "Ana")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", row.time)
    ana.say(1, 0)
    assert ana.rows == [(NAMES[0], "", "", "keep")]
    ana.say(1, 2)
    assert ana.rows == [(NAMES[0], "", "", "exclude")]


def test_a_pair_takes_every_answer_and_another_one_replaces_it(ana: Person) -> None:
    one, other = ITEMS[0]
    wanted = [
        (other, "Early_Blight", "", "relabel"),
        (one, "Late_Blight", "", "relabel"),
        (one, "", other, "not_same_leaf"),
        (one, "", other, "same_leaf"),
        (one, "", "", "exclude"),
        (other, "", "", "exclude"),
    ]
    for choice, row in enumerate(wanted):
        assert ana.say(0, choice).status_code == 200
        assert ana.rows == [row]
        assert ana.items[0]["choice"] == choice
    ana.say(3, 0)
    assert ana.rows[-1] == (*ITEMS[3][:1], "", ITEMS[3][1], "not_same_leaf")
    assert len(ana.items[3]["choices"]) == 4


def test_it_says_how_much_was_changed_by_whom(ana: Person) -> None:
    assert ana.client.get("/summary.json").json()["stale"] == []
    ana.say(2, 0)
    assert ana.client.get("/summary.json").json()["stale"] == []  # it was kept
    ana.say(1, 1)
    told = ana.client.get("/summary.json").json()
    assert (told["relabel"], told["keep"], told["by"]) == (1, 1, {"Ana": 2})
    assert (told["test_labels_changed"], told["test_photos_excluded"], told["stale"]) == (1, 0, ["one"])


def test_another_person_goes_on_in_the_same_file(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "corrections.csv").write_text(f"path,action\n./{NAMES[0]},exclude\nphotos/5.jpg,keep\n", "utf-8")
    with pytest.raises(LabelsError, match=r"It names 1 that are not among them: photos/5\.jpg"), open_review(study):
        pass
    (tmp_path / "corrections.csv").write_text(
        f"path,action,labeller\n./{NAMES[0]},exclude,Ana\n5.jpg,keep,Ana\n", "utf-8"
    )
    with open_review(study, labeller="Ben") as review:
        ben = Person(review)
        assert [one["by"] for one in ben.items] == ["", "Ana", "", "", ""]
        ben.say(1, 0)
        assert [(row.path, row.action, row.labeller) for row in read_corrections(ben.file)] == [
            (NAMES[4], "keep", "Ana"),
            (NAMES[0], "keep", "Ben"),
        ]


def test_what_the_study_took_already_is_not_asked_again(tmp_path: Path) -> None:
    rows = [
        {"path": NAMES[0], "action": "keep", "given": "Early_Blight", "label": "", "group": "", "labeller": "Ana"},
        {"path": NAMES[5], "action": "same_leaf", "given": "", "label": "", "group": NAMES[4], "labeller": "Ana"},
        {"path": NAMES[1], "action": "relabel", "given": "Rust", "label": "Early_Blight", "group": "", "labeller": ""},
    ]
    study = write_study(tmp_path, corrections={"rows": rows})
    with pytest.raises(UsageError, match="must be in one file"), open_review(study):
        pass
    lines = (f"{one['path']},{one['label']},{one['group']},{one['action']}" for one in rows)
    (tmp_path / "corrections.csv").write_text("\n".join(["path,label,group,action", *lines]), "utf-8")
    with open_review(study, labeller="Ana") as review:
        assert [tuple(photo.path for photo in one.photos) for one in review.sheet.items] == [ITEMS[0], *ITEMS[2::2]]
        assert review.sheet.classes == ("Early_Blight", "Late_Blight", "Rust")
        choices = review.sheet.items[0].choices
        assert (choices[1].path, choices[1].label) == (NAMES[1], "Late_Blight")


def test_a_study_that_was_moved_is_reviewed_in_the_corrections_in_its_folder(tmp_path: Path) -> None:
    row = {"path": NAMES[3], "action": "exclude", "given": "Late_Blight", "label": "", "group": "", "labeller": ""}
    study = write_study(tmp_path, corrections={"rows": [row]})
    own = study / "corrections.csv"
    own.write_text(f"path,action\n{NAMES[3]},exclude\n", "utf-8")
    resolved = StudyFolder(study).file("resolved.yaml").read_text("utf-8")
    StudyFolder(study).write_text("resolved.yaml", f"{resolved}corrections: {tmp_path / 'before' / own.name}\n")
    with open_review(study) as review:
        assert review.sheet.corrections == own
    own.unlink()
    with pytest.raises(UsageError, match="does not say what the last run took") as refused, open_review(study):
        pass
    assert refused.value.mend.startswith("Bring back the file that says it, or name it with --out")
    StudyFolder(study).write_text("resolved.yaml", f"{resolved}corrections: {own}\n")
    own.write_text("path,action\n", "utf-8")
    with pytest.raises(UsageError, match="does not say what the last run took"), open_review(study):
        pass
    with pytest.raises(UsageError, match="It takes"), open_review(study, out=tmp_path / "another.csv"):
        pass


def test_of_a_pair_under_two_labels_each_button_names_its_class_and_is_heard(tmp_path: Path) -> None:
    """One of them was relabelled, so that they are of two classes now."""
    one = ITEMS[0][0]
    rows = [
        {"path": one, "action": "relabel", "given": "Late_Blight", "label": "Early_Blight", "group": "", "labeller": ""}
    ]
    study = write_study(tmp_path, corrections={"rows": rows})
    (tmp_path / "corrections.csv").write_text(f"path,label,action\n{one},Early_Blight,relabel\n", "utf-8")
    with open_review(study, labeller="Ana") as review:
        ana = Person(review)
        told = [(choice["photo"], choice["action"], choice["label"]) for choice in ana.items[0]["choices"][:2]]
        assert told == [(1, "relabel", "Early_Blight"), (0, "keep", "Late_Blight")]
        assert ana.say(0, 1).json()["choice"] == 1
        assert ana.rows == [(one, "", "", "keep")]
        assert ana.items[0]["choice"] == 1


def test_a_line_that_names_a_copy_locks_nothing(tmp_path: Path) -> None:
    rows = [{"path": NAMES[2], "action": "exclude", "given": "Early_Blight", "label": "", "group": "", "labeller": ""}]
    study = write_study(tmp_path, corrections={"rows": rows})
    folder, copy = StudyFolder(study), "Early_Blight/copy.jpg"
    (tmp_path / "photos" / copy).write_bytes((tmp_path / "photos" / NAMES[2]).read_bytes())
    audit = folder.read_json("audit.json")
    audit["findings"].append({"code": "LG003", "photos": [NAMES[2], copy], "measured": {"sets": [[NAMES[2], copy]]}})
    folder.write_json("audit.json", audit)
    (tmp_path / "corrections.csv").write_text(f"path,action\n{copy},exclude\n", "utf-8")
    with open_review(study, labeller="Ana") as review:
        assert Person(review).client.get("/summary.json").json()["stale"] == []


@pytest.mark.parametrize("choice", [3, -1, None, "1", True, 1.0])
def test_what_is_no_choice_is_refused(ana: Person, choice: Any) -> None:
    assert ana.say(1, choice).status_code == 422
    assert not ana.file.exists()


def test_another_page_and_another_item_write_nothing(ana: Person) -> None:
    assert ana.say(9, 0).status_code == 404
    assert ana.say(0, 0, Origin="http://evil.example").status_code == 403
    assert ana.say(0, 0, **{"X-Leafgraft-Token": "guess"}).status_code == 403
    assert ana.say(0, 0, "x" * 1001).status_code == 422
    for path in ("/", "/sheet.json", "/summary.json", "/photos/0/0"):
        assert ana.client.get(path, headers={"Host": "evil.example:8300"}).status_code == 421
    assert not ana.file.exists()


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 500)])
def test_an_answer_that_cannot_be_written_is_said(
    ana: Person, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    ana.say(1, 1)

    def fail(_file: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        assert ana.say(2, 0).status_code == status
    assert "not saved" in ana.told[0]
    assert len(ana.rows) == 1
    assert ana.say(2, 0).status_code == 200


def test_a_file_that_somebody_broke_is_not_written_over(ana: Person) -> None:
    ana.file.write_text("path,action\na.jpg,relable\n", encoding="utf-8")
    before = ana.file.read_bytes()
    assert "Did you mean 'relabel'?" in ana.client.get("/sheet.json").json()["reason"]
    assert ana.say(0, 0).status_code == 500
    assert ana.file.read_bytes() == before


def test_the_command_that_takes_the_corrections_names_the_preset(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    StudyFolder(study).write_json("run.json", {"root": "leaves", "asked": "leaves", "preset": "hour"})
    with open_review(study) as review:
        assert f"leafgraft run leaves --out {study} --preset hour --corrections" in review.sheet.command


def test_corrections_lie_beside_the_photos_and_never_among_them(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    with open_review(study) as review:
        assert review.sheet.corrections == tmp_path / "corrections.csv"
        assert review.sheet.command == (
            f"leafgraft run '{tmp_path}/my study.yaml' --out {study} --corrections {tmp_path}/corrections.csv"
        )
        with pytest.raises(StudyFolderError, match="takes one review page at a time"), open_review(study):
            pass
    for inside in (tmp_path / "photos" / "c.csv", tmp_path / "photos" / "Late_Blight" / "c.csv"):
        with pytest.raises(UsageError, match="to which nothing is ever written"), open_review(study, out=inside):
            pass
    with pytest.raises(UsageError, match="is a folder"), open_review(study, out=tmp_path):
        pass
    assert sorted(path.name for path in (tmp_path / "photos").rglob("*.csv")) == []


def test_corrections_are_found_however_their_name_is_composed(tmp_path: Path) -> None:
    apart, whole = (unicodedata.normalize(form, "수정.csv") for form in ("NFD", "NFC"))
    (tmp_path / apart).write_text("path,action\n", encoding="utf-8")
    with open_review(write_study(tmp_path), out=tmp_path / whole) as review:
        assert review.sheet.corrections == tmp_path / apart


def test_those_of_a_table_lie_beside_the_folder_of_its_photos(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "list.csv").touch()
    with open_review(write_study(tmp_path, photos="photos/list.csv")) as review:
        assert review.sheet.corrections == tmp_path / "corrections.csv"


@pytest.mark.parametrize(("table", "link"), [("objects/1.csv", "photos/list.csv"), ("photos/1.csv", "links/list.csv")])
def test_those_of_a_link_to_a_table_lie_beside_the_photos(table: str, link: str, tmp_path: Path) -> None:
    for path in (tmp_path / table, tmp_path / link):
        path.parent.mkdir(exist_ok=True)
    (tmp_path / table).touch()
    (tmp_path / link).symlink_to(tmp_path / table)
    with open_review(write_study(tmp_path, photos=link)) as review:
        assert review.sheet.corrections == tmp_path / "corrections.csv"


def test_those_of_several_places_lie_beside_their_folders(tmp_path: Path) -> None:
    places = {"home": tmp_path / "photos" / "Early_Blight", "field": tmp_path / "photos" / "Late_Blight"}
    named = "{" + ", ".join(f"{place}: {folder}" for place, folder in places.items()) + "}"
    study = write_study(tmp_path, photos=named)
    with open_review(study) as review:
        assert review.sheet.corrections == tmp_path / "photos" / "corrections.csv"
    for folder in places.values():
        inside = folder / "c.csv"
        with pytest.raises(UsageError, match="to which nothing is ever written"), open_review(study, out=inside):
            pass


def test_a_study_without_an_audit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyFolderError, match="until audit"), open_review(tmp_path):
        pass


def test_corrections_by_whole_paths_are_those_of_their_own_photos(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    (tmp_path / "another farm").mkdir()
    (tmp_path / "corrections.csv").write_text(f"path,action\n{tmp_path}/photos/{NAMES[0]},keep\n", encoding="utf-8")
    with open_review(study) as review:
        assert review.sheet.corrections == tmp_path / "corrections.csv"


def test_a_folder_beside_the_photos_that_may_not_be_entered_is_of_no_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, state = write_study(tmp_path), os.stat
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "corrections.csv").write_text(f"path,action\n{NAMES[0]},exclude\n", encoding="utf-8")

    def closed(path: Any, **settings: Any) -> os.stat_result:
        if str(path).startswith(str(tmp_path / "lost+found") + os.sep):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return state(path, **settings)

    monkeypatch.setattr(os, "stat", closed)
    with open_review(study) as review:
        assert review.sheet.corrections == tmp_path / "corrections.csv"


def test_corrections_of_another_folder_beside_the_photos_are_not_taken_for_theirs(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    shutil.copytree(tmp_path / "photos", tmp_path / "photos of another farm")
    (tmp_path / "corrections.csv").write_text(f"path,action\n{NAMES[0]},exclude\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"are in '.*another farm', too, and this study has not"), open_review(study):
        pass
    with open_review(study, out=tmp_path / "corrections.csv") as review:
        assert len(read_corrections(review.sheet.corrections)) == 1
    with open_review(study) as review:  # the same command goes on where it was
        assert review.sheet.corrections == tmp_path / "corrections.csv"


def test_those_of_a_table_of_photos_elsewhere_lie_beside_the_table(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "list.csv").touch()
    study = write_study(tmp_path, photos="lists/list.csv")
    with open_review(study) as review:
        assert review.sheet.corrections == lists / "corrections.csv"
    with open_review(study, out=tmp_path / "mine.csv") as review:  # beside the folders of the photos, in none
        assert review.sheet.corrections == tmp_path / "mine.csv"
    for inside in ("Early_Blight", "Late_Blight"):
        own = tmp_path / "photos" / inside / "c.csv"
        with pytest.raises(UsageError, match="to which nothing is ever written"), open_review(study, out=own):
            pass


def test_photos_that_share_no_folder_can_be_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.csv").touch()

    def of_two_drives(_paths: object) -> str:
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr(os.path, "commonpath", of_two_drives)
    with open_review(write_study(tmp_path, photos="lists/list.csv")) as review:
        assert review.sheet.corrections == tmp_path / "lists" / "corrections.csv"


def test_a_photo_that_a_second_folder_shares_is_shown(tmp_path: Path) -> None:
    away = tmp_path / "unpacked" / "field"
    away.mkdir(parents=True)
    shared = {"field": {"findings": [], "root": str(away), "shared": [[NAMES[0], "1.jpg"]]}}
    study = write_study(tmp_path, second=shared)
    shutil.copy(tmp_path / "photos" / NAMES[0], away / "1.jpg")
    with open_review(study) as review:
        (pair,) = [one for one in review.sheet.items if any(reason.code == "shared" for reason in one.reasons)]
        assert [photo.file.is_file() for photo in pair.photos] == [True, True]
