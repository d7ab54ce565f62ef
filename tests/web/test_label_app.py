"""The label page's service: answers on the disk, refusals in words, photos that browsers can show."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from leafgraft.records.field_labels import LabelSheet, PhotoToLabel
from leafgraft.storage.field_labels import read_labels, write_labels
from leafgraft.storage.files.atomic import MAKE_ROOM
from leafgraft.web.labelling.answers import Answers
from leafgraft.web.labelling.app import create_label_app

NAMES = ("a.jpg", "잎, 둘/b 🍃.png", "c.jpg")
CLASSES = ("Healthy", "역병", "Leaf, mould")


class Person:
    """A browser on the label page of one labeller."""

    def __init__(self, folder: Path, labeller: str = "Ana", host: str = "127.0.0.1") -> None:
        photos = tuple(PhotoToLabel(folder / name, name, "Healthy", 0.61) for name in NAMES)
        self.labels, self.told = folder / "labels.csv", list[str]()
        sheet = LabelSheet(photos, CLASSES, self.labels, labeller)
        app = create_label_app(Answers(sheet), host, self.told.append)
        self.client = TestClient(app, base_url=f"http://{host}:8300", raise_server_exceptions=False)
        found = re.search(r'name="token" content="([^"@]{20,})"', self.client.get("/").text)
        assert found
        self.token = found[1]

    def say(self, number: Any, label: Any, note: Any = "", was: Any = None, **headers: str) -> Any:
        given = {"X-Leafgraft-Token": self.token, **headers}
        return self.client.post(f"/labels/{number}", json={"label": label, "note": note, "was": was}, headers=given)

    def sheet(self) -> Any:
        return self.client.get("/sheet.json").json()

    def rows(self) -> list[dict[str, str]]:
        with self.labels.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30), (60, 160, 60)).save(tmp_path / name)
    return tmp_path


def test_an_answer_is_on_the_disk_when_it_is_acknowledged(folder: Path) -> None:
    ana = Person(folder)
    assert ana.say(1, "Leaf, mould", 'says "late",\n  or 역병').json()["label"] == "Leaf, mould"
    (row,) = ana.rows()
    assert list(row) == ["path", "label", "labeller", "time", "note"]
    assert (row["path"], row["label"], row["labeller"]) == (NAMES[1], "Leaf, mould", "Ana")
    assert row["note"] == 'says "late", or 역병'
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", row["time"])


def test_another_answer_replaces_the_row_of_that_labeller_alone(folder: Path) -> None:
    ana, ben = Person(folder), Person(folder, "Ben")
    for number, label in ((0, "Healthy"), (1, "cannot tell"), (2, "none of these")):
        ana.say(number, label)
    ben.say(0, "Healthy")
    ana.say(0, "역병")
    said = [(row["path"], row["label"], row["labeller"]) for row in ana.rows()]
    assert said == [
        (NAMES[0], "역병", "Ana"),
        (NAMES[1], "cannot tell", "Ana"),
        (NAMES[2], "none of these", "Ana"),
        (NAMES[0], "Healthy", "Ben"),
    ]
    assert [one["label"] for one in ana.sheet()["photos"]] == ["역병", "cannot tell", "none of these"]
    assert [one["label"] for one in ben.sheet()["photos"]] == ["Healthy", "", ""]


def test_rows_that_came_from_elsewhere_stay(folder: Path) -> None:
    ana = Person(folder)
    text = f"path,label,labeller\nelsewhere.jpg,Rust,Ana\n{folder / 'a.jpg'},Healthy,Ana\n"
    ana.labels.write_text(text, encoding="utf-8")
    assert [one["label"] for one in ana.sheet()["photos"]] == ["Healthy", "", ""]
    ana.say(0, "역병")
    assert [(one.path, one.label) for one in read_labels(ana.labels)] == [("elsewhere.jpg", "Rust"), ("a.jpg", "역병")]


@pytest.mark.parametrize("label", ["healthy", "", None, 3, ["Healthy"], "Rust"])
def test_what_is_no_label_is_refused(folder: Path, label: Any) -> None:
    ana = Person(folder)
    refused = ana.say(0, label)
    assert refused.status_code == 422
    assert "Healthy, 역병, Leaf, mould, none of these, cannot tell" in refused.json()["reason"]
    assert not ana.labels.exists()


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("ko", "사진은 0번부터 2번까지 있습니다."),
        ("de, ko-KR;q=0.8, en;q=0.5", "사진은 0번부터 2번까지 있습니다."),
        ("en-GB,ko;q=0.9", "There are photos 0 to 2."),
        ("", "There are photos 0 to 2."),
    ],
)
def test_a_reason_is_in_the_language_of_the_page(folder: Path, language: str, reason: str) -> None:
    refused = Person(folder).say(3, "Healthy", **{"Accept-Language": language})
    assert refused.json() == {"error": "no such photo", "reason": reason}


def test_odd_requests_are_refused(folder: Path) -> None:
    ana = Person(folder)
    token = {"X-Leafgraft-Token": ana.token}
    assert ana.say(3, "Healthy").status_code == 404
    assert ana.say(-1, "Healthy").status_code == 404
    assert ana.say("..%2Fa.jpg", "Healthy").status_code in {404, 405, 422}
    assert ana.say(0, "Healthy", "x" * 1001).status_code == 422
    assert ana.say(0, "Healthy", 3).status_code == 422
    assert ana.client.post("/labels/0", content=b"{", headers=token).status_code == 422
    assert ana.client.post("/labels/0", content=b"[1]", headers=token).status_code == 422
    assert ana.client.post("/labels/0", content=b"x" * 20_000, headers=token).status_code == 413
    for path in ("/photos/3", "/photos/-1", "/photos/..%2Fa.jpg", "/../labels.csv", "/%2e%2e/%2e%2e/app.py"):
        assert ana.client.get(path).status_code in {404, 422}, path
    assert not ana.labels.exists()


def test_another_page_writes_nothing(folder: Path) -> None:
    ana = Person(folder)
    assert ana.say(0, "Healthy", Origin="http://evil.example").status_code == 403
    assert ana.say(0, "Healthy", Origin="null").status_code == 403
    assert ana.say(0, "Healthy", **{"X-Leafgraft-Token": "guess"}).status_code == 403
    assert ana.say(0, "Healthy", **{"X-Leafgraft-Token": Person(folder).token}).json()["error"] == "old page"
    for path in ("/", "/sheet.json", "/photos/0"):
        assert ana.client.get(path, headers={"Host": "evil.example:8300"}).status_code == 421
    assert ana.say(0, "Healthy", Host="evil.example", Origin="http://evil.example").status_code == 421
    assert not ana.labels.exists()
    assert ana.say(0, "Healthy", Origin="http://127.0.0.1:8300").status_code == 200
    assert Person(folder, host="0.0.0.0").client.get("/", headers={"Host": "192.168.0.7:8300"}).status_code == 200


@pytest.mark.parametrize("own", ["Leaves.local", "leaves"])
def test_a_machine_is_known_by_its_name_in_the_local_network(
    own: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    ana = Person(folder)
    for name in ("leaves.local", "LEAVES"):
        assert ana.client.get("/", headers={"Host": f"{name}:8300"}).status_code == 200
    assert ana.client.get("/", headers={"Host": "leaves.example:8300"}).status_code == 421


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EROFS, 500), (errno.EIO, 500)])
def test_an_answer_that_cannot_be_written_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    ana = Person(folder)
    ana.say(0, "Healthy")

    def fail(_file: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        refused = ana.say(1, "Healthy")
    assert refused.status_code == status
    assert str(ana.labels) in refused.json()["reason"]
    assert refused.json()["reason"].endswith((MAKE_ROOM, "or mend its permissions."))
    assert "not saved" in ana.told[0]
    assert NAMES[1] in ana.told[0]
    assert [one.path for one in read_labels(ana.labels)] == ["a.jpg"]
    assert ana.say(1, "Healthy").status_code == 200


def test_another_browser_does_not_replace_an_answer_that_it_has_not_seen(folder: Path) -> None:
    ana = Person(folder)
    assert ana.say(0, "Healthy", was="").status_code == 200
    refused = ana.say(0, "역병", was="")  # of a page that was opened before
    assert (refused.status_code, refused.json()["error"]) == (409, "answered elsewhere")
    assert ana.rows()[0]["label"] == "Healthy"
    assert ana.say(0, "역병", was="Healthy").status_code == 200
    assert ana.rows()[0]["label"] == "역병"
    assert ana.say(0, "역병", was="Healthy").status_code == 200  # once more, as the acknowledgement was lost
    ana.labels.write_text("path,label,labeller,time,note\n", encoding="utf-8")  # by hand
    assert ana.say(0, "Healthy", was="").status_code == 200


def test_a_file_that_is_gone_is_not_begun_anew(folder: Path) -> None:
    ana = Person(folder)
    ana.say(0, "Healthy")
    ana.labels.unlink()
    refused = ana.say(1, "Healthy")
    assert refused.status_code == 500
    assert "It was there, and is gone" in refused.json()["reason"]
    assert not ana.labels.exists()


def test_a_file_that_somebody_broke_is_not_written_over(folder: Path) -> None:
    ana = Person(folder)
    ana.labels.write_text("path,label,labeller\na.jpg,Healthy,Ana\na.jpg,Rust,Ana\n", encoding="utf-8")
    before = ana.labels.read_bytes()
    refused = ana.say(1, "Healthy")
    assert refused.status_code == 500
    assert "Line 2 says 'Healthy'" in refused.json()["reason"]
    assert ana.client.get("/sheet.json").status_code == 500
    assert ana.labels.read_bytes() == before


def turned(path: Path) -> None:
    photo = Image.new("RGB", (3000, 1500), (200, 30, 30))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(path, exif=exif)


def sixteen_bit(path: Path) -> None:
    Image.new("I;16", (3000, 1500), 51_400).save(path, "TIFF")


def transparent(path: Path) -> None:
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(path, "PNG")


@pytest.mark.parametrize(
    ("make", "size", "colour"),
    [(turned, (800, 1600), (200, 30, 30)), (sixteen_bit, (1600, 800), (200,) * 3), (transparent, (20, 10), (255,) * 3)],
)
def test_photos_are_shown_upright_small_and_as_jpeg(
    folder: Path, make: Callable[[Path], None], size: tuple[int, int], colour: tuple[int, ...]
) -> None:
    make(folder / "a.jpg")
    answer = Person(folder).client.get("/photos/0")
    assert answer.headers["content-type"] == "image/jpeg"
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("JPEG", size)
        middle = shown.getpixel((size[0] // 2, size[1] // 2))
    assert all(abs(found - wanted) < 4 for found, wanted in zip(middle, colour, strict=True))


def test_a_photo_that_vanished_is_said(folder: Path) -> None:
    ana = Person(folder)
    before = ana.sheet()["photos"][0]["source"]
    (folder / "a.jpg").unlink()
    assert ana.client.get("/photos/0").status_code == 422
    assert "no such file" in ana.client.get("/photos/0").json()["reason"]
    assert "'a.jpg' cannot be shown" in ana.told[0]
    assert ana.sheet()["photos"][0]["source"] != before  # no copy that a browser kept


def test_ten_thousand_labels_are_read_and_written(folder: Path) -> None:
    from leafgraft.records.field_labels import FieldLabel

    ana = Person(folder)
    write_labels(ana.labels, [FieldLabel(f"{number}.jpg", "Healthy", "Ana") for number in range(10_000)])
    assert ana.say(0, "역병").status_code == 200
    assert len(read_labels(ana.labels)) == 10_001


def test_the_languages_have_the_same_texts() -> None:
    import json

    from leafgraft.languages.speaking import LANGUAGES
    from leafgraft.records.correction import ACTIONS
    from leafgraft.study.steps.labelling.to_review import ORDER
    from leafgraft.web.labelling.gate import PAGE

    texts = {name: json.loads((PAGE / f"languages/{name}.json").read_text(encoding="utf-8")) for name in LANGUAGES}
    assert {name: one["name"] for name, one in texts.items()} == LANGUAGES
    marks = {
        name: {key: sorted(re.findall(r"\{\w+\}", str(value))) for key, value in one.items() if key != "classes"}
        for name, one in texts.items()
    }
    assert marks["en"] == marks["ko"]
    code = "".join(path.read_text(encoding="utf-8") for path in PAGE.iterdir() if path.suffix in {".js", ".html"})
    used = set(re.findall(r"""(?:\bt\(|key: |counting: |data-text=|data-label=)['"]([\w-]+)['"]""", code))
    used |= {f"did-{action}" for action in ACTIONS} | {f"why-{code}" for code in ORDER}
    assert used <= set(texts["en"]), used - set(texts["en"])


def test_a_class_with_blanks_around_it_is_said_again_as_it_was(folder: Path) -> None:
    classes = ("Late blight ", "Healthy")
    photos = (PhotoToLabel(folder / NAMES[0], NAMES[0]),)
    answers = Answers(LabelSheet(photos, classes, folder / "labels.csv", "Ana"))
    client = TestClient(create_label_app(answers, "127.0.0.1", print), base_url="http://127.0.0.1:8300")
    answers.save(0, classes[0], "")
    assert client.get("/sheet.json").json()["photos"][0]["label"] == classes[0]
