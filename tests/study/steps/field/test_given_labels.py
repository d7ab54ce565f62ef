"""Labels as people name them: tables and zips of a phone, of one place, with their groups."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from leafgraft.errors import LabelsError, UsageError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.given_labels import read_given
from leafgraft.study.steps.field.labels import read_place

HEADER = "path,label,labeller,time,note,place,group,answered\n"
HOME = Manifest("home", tuple(Photo(name, f"{name}.jpg", name, 8, 8, f"g-{name}") for name in ("Healthy", "Late")))


def pack(path: Path, rows: list[str], more: dict[str, str] | None = None) -> Path:
    """A phone's zip; the photos that rows name are drawn, each by its name."""
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("labels.csv", HEADER + "".join(f"{row}\n" for row in rows))
        for name in dict.fromkeys(row.split(",")[0] for row in rows):
            pixels = np.random.default_rng(sum(name.encode())).integers(0, 255, (24, 24, 3), dtype=np.uint8)
            with opened.open(name, "w") as file:
                Image.fromarray(pixels).save(file, "PNG")
        for name, text in (more or {}).items():
            opened.writestr(name, text)
    return path


def photo(number: int, label: str = "Healthy", place: str = "밭 1", group: str = "", time: str = "10") -> str:
    return f"photos/{number}.jpg,{label},,2026-05-04T{time}:00:00+09:00,,{place},{group},Late"


def test_the_place_is_what_the_phone_calls_it(tmp_path: Path) -> None:
    zipped = pack(tmp_path / "a.zip", [photo(1), photo(2, place="밭  1"), photo(3, place="")])
    assert read_given([zipped], None, tmp_path / "into").place == "밭 1"
    assert read_given([zipped], "north", tmp_path / "into").place == "north"
    assert len(read_given([zipped], "north", tmp_path / "into").given[0].labels) == 3
    (tmp_path / "own.csv").write_text("path,label\na.jpg,Healthy\n", encoding="utf-8")
    assert read_given([tmp_path / "own.csv"], None, tmp_path / "into").place == "field"


def test_two_places_are_refused_until_one_is_named(tmp_path: Path) -> None:
    both = [pack(tmp_path / "a.zip", [photo(1)]), pack(tmp_path / "b.zip", [photo(2, place="South")])]
    with pytest.raises(UsageError, match=r"of 2: 밭 1, South\. Name one: --place '밭 1'; another name takes all"):
        read_given(both, None, tmp_path / "into")
    found = read_given(both, "south", tmp_path / "into")
    assert [[one.path for one in of.labels] for of in found.given] == [[], ["photos/2.jpg"]]
    assert found.said == ("Left out: 1 label of other places than south.",)
    together = read_given(both, "farm", tmp_path / "into")
    assert [len(of.labels) for of in together.given] == [1, 1]
    assert together.said == ()


def test_a_zip_twice_is_one_and_a_later_answer_counts(tmp_path: Path) -> None:
    first = pack(tmp_path / "a.zip", [photo(1), photo(2, "Late")])
    later = pack(tmp_path / "b.zip", [photo(1, "Late", time="11"), photo(2, "Late"), photo(3)])
    for files in ([first, first, later], [later, first]):
        given = read_given(files, None, tmp_path / "into").given
        assert sorted((one.path, one.label) for of in given for one in of.labels) == [
            ("photos/1.jpg", "Late"),
            ("photos/2.jpg", "Late"),
            ("photos/3.jpg", "Healthy"),
        ]


def look(tmp_path: Path, *files: Path) -> dict[str, str]:
    """Groups by file name."""
    given = read_given(files, None, tmp_path / "into").given
    read = read_place(given, HOME, Looking(CacheFolder(tmp_path / "cache"), Silent(), 1))
    return {Path(one.path).name: one.group for one in read.manifest.photos}


def test_leaves_of_one_plant_stay_in_their_group(tmp_path: Path) -> None:
    rows = [photo(number, "Late" if number % 2 else "Healthy") for number in range(10)]
    rows += [photo(20, group="plant-a"), photo(21, group="plant-a"), photo(22, group="plant-b")]
    groups = look(tmp_path, pack(tmp_path / "a.zip", rows))
    assert groups["20.jpg"] == groups["21.jpg"] == "plant-a"
    assert groups["22.jpg"] == "plant-b"
    assert len(set(groups.values())) == 12


def test_photos_that_are_labelled_later_keep_the_group_that_the_phone_gave(tmp_path: Path) -> None:
    rows = [photo(number, "Late" if number % 2 else "Healthy") for number in range(10)]
    picks = "path,suggested,probability,group\nunlabelled/1-x.jpg,Late,0.7,plant-c\n"
    zipped = pack(tmp_path / "a.zip", rows, {"picks.csv": picks})
    Image.new("RGB", (24, 24), "green").save(tmp_path / "1-x.jpg")
    (tmp_path / "a-labels.csv").write_text("path,label\n1-x.jpg,Late\n", encoding="utf-8")
    assert look(tmp_path, zipped, tmp_path / "a-labels.csv")["1-x.jpg"] == "plant-c"


def test_a_zip_of_another_model_is_refused_by_its_name(tmp_path: Path) -> None:
    zipped = pack(tmp_path / "a.zip", [photo(1), photo(2, "Rust")])
    with pytest.raises(LabelsError, match=r"a\.zip' must be Healthy, Late.*'photos/2\.jpg' is labelled 'Rust'"):
        look(tmp_path, zipped)
    nothing = pack(tmp_path / "b.zip", [], {"picks.csv": "path\nunlabelled/1.jpg\n"})
    with pytest.raises(LabelsError, match=r"b\.zip' must label at least 10 photos.*It labels 0 \(none\)"):
        look(tmp_path, nothing)
