"""Labels as people name them: tables and zips of a phone, of one place, with their groups."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from leafgraft.data.drawn.leaf import draw_leaf
from leafgraft.errors import LabelsError, UsageError
from leafgraft.languages.speaking import said as in_words
from leafgraft.languages.speaking import speaking
from leafgraft.records.digest import photo_id_of
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.field_zip import unpack
from leafgraft.study.commands.field.adapt import _answered
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.given_labels import as_adapted_before, check_one_place, read_given
from leafgraft.study.steps.field.known import Labelled
from leafgraft.study.steps.field.labels import PlaceLabels, read_place

HEADER = "path,label,labeller,time,note,place,group,answered\n"
CLASSES = ("Healthy", "Late")


def home_in(folder: Path, *classes: str) -> Manifest:
    """The study's own photos, one of each class."""
    folder.mkdir(exist_ok=True)
    photos = []
    for number, label in enumerate(classes or CLASSES):
        file = folder / f"{number}.png"
        Image.fromarray(draw_leaf("Healthy", 96, np.random.default_rng(number))).save(file)
        photo_id = photo_id_of(file.read_bytes())
        photos.append(Photo(photo_id, file.name, label, 96, 96, f"g-{photo_id}"))
    return Manifest(str(folder), tuple(photos))


def pack(path: Path, rows: list[str], more: dict[str, str | bytes] | None = None) -> Path:
    """A phone's zip; the photos that rows name are drawn, each by its name."""
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("labels.csv", HEADER + "".join(f"{row}\n" for row in rows))
        for name in dict.fromkeys(row.split(",")[0] for row in rows):
            pixels = np.random.default_rng(sum(name.encode())).integers(0, 255, (24, 24, 3), dtype=np.uint8)
            with opened.open(name, "w") as file:
                Image.fromarray(pixels).save(file, "PNG")
        for name, content in (more or {}).items():
            opened.writestr(name, content)
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


def test_an_answer_that_was_taken_back_is_left_out_and_said(tmp_path: Path) -> None:
    first = pack(tmp_path / "a.zip", [photo(1), photo(2, "Late")], exported("12"))
    with zipfile.ZipFile(first) as opened:
        same = opened.read("photos/1.jpg")
    later = pack(tmp_path / "b.zip", [photo(2, "Late")], {"unlabelled/1.jpg": same} | exported("13"))
    for files in ([first, later], [later, first]):
        found = read_given(files, None, tmp_path / "into")
        assert {one.path for of in found.given for one in of.labels} == {"photos/2.jpg"}
        assert found.said == ("Left out: 1 answer taken back on the phone later.",)
    twice = pack(tmp_path / "d.zip", [photo(1), photo(2, "Late")], {"unlabelled/9.jpg": same} | exported("13"))
    found = read_given([first, twice], None, tmp_path / "into")
    assert {one.path for of in found.given for one in of.labels} == {"photos/1.jpg", "photos/2.jpg"}
    before = pack(tmp_path / "c.zip", [photo(2, "Late")], {"unlabelled/1.jpg": same} | exported("09"))
    found = read_given([first, before], None, tmp_path / "into")
    assert {one.path for of in found.given for one in of.labels} == {"photos/1.jpg", "photos/2.jpg"}
    assert found.said == ()


def exported(hour: str) -> dict[str, str | bytes]:
    return {"picks.json": f'{{"classes": ["Healthy", "Late"], "exported": "2026-05-04T{hour}:00:00+09:00"}}'}


def test_two_photos_of_one_name_in_two_zips_are_two(tmp_path: Path) -> None:
    zips = [pack(tmp_path / "a.zip", [photo(1)]), tmp_path / "b.zip"]
    with zipfile.ZipFile(zips[1], "w") as opened:
        opened.writestr("labels.csv", HEADER + photo(1, "Late", time="11") + "\n")
        opened.writestr("photos/1.jpg", b"another photo")
    given = read_given(zips, None, tmp_path / "into").given
    assert [[one.label for one in of.labels] for of in given] == [["Healthy"], ["Late"]]


def look(tmp_path: Path, *files: Path) -> dict[str, str]:
    """Groups by file name."""
    given = read_given(files, None, tmp_path / "into").given
    read = read_place(given, home_in(tmp_path / "home"), Looking(CacheFolder(tmp_path / "cache"), Silent(), 1))
    return {Path(one.path).name: one.group for one in read.manifest.photos}


def test_leaves_of_one_plant_stay_in_their_group(tmp_path: Path) -> None:
    rows = [photo(number, "Late" if number % 2 else "Healthy") for number in range(10)]
    rows += [photo(20, group="plant-a"), photo(21, group="plant-a"), photo(22, group="plant-b")]
    groups = look(tmp_path, pack(tmp_path / "a.zip", rows))
    assert groups["20.jpg"] == groups["21.jpg"] == "plant-a"
    assert groups["22.jpg"] == "plant-b"
    assert len(set(groups.values())) == 12


def test_a_plant_that_is_written_in_two_ways_is_refused(tmp_path: Path) -> None:
    rows = [photo(number, "Late" if number % 2 else "Healthy") for number in range(1, 10)]
    rows += [photo(20, group="Plant A"), photo(21, group="plantA")]
    with pytest.raises(LabelsError, match=r"must write each group in one way.* has 'Plant A' .* and 'plantA'"):
        look(tmp_path, pack(tmp_path / "a.zip", rows))


def test_photos_that_are_labelled_later_keep_the_group_that_the_phone_gave(tmp_path: Path) -> None:
    rows = [photo(number, "Late" if number % 2 else "Healthy") for number in range(10)]
    picks = "path,suggested,probability,group\nunlabelled/1-x.jpg,Late,0.7,plant-c\n"
    zipped = pack(tmp_path / "a.zip", rows, {"picks.csv": picks})
    Image.new("RGB", (24, 24), "green").save(tmp_path / "1-x.jpg")
    (tmp_path / "a-labels.csv").write_text("path,label\n1-x.jpg,Late\n", encoding="utf-8")
    assert look(tmp_path, zipped, tmp_path / "a-labels.csv")["1-x.jpg"] == "plant-c"


def test_photos_that_are_labelled_later_keep_the_place_that_the_phone_gave(tmp_path: Path) -> None:
    picks = "path,suggested,probability,place,group\nunlabelled/1-x.jpg,Late,0.7,South,\n"
    north = pack(tmp_path / "north.zip", [photo(1, place="North")])
    south = pack(tmp_path / "south.zip", [], {"picks.csv": picks, "unlabelled/1-x.jpg": ""})
    later = tmp_path / "south-labels.csv"
    later.write_text("path,label\nsouth/unlabelled/1-x.jpg,Late\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"photos are of 2: North, South\."):
        read_given([north, south], None, tmp_path / "into")
    found = read_given([north, south, later], "north", tmp_path / "into")
    assert [len(of.labels) for of in found.given] == [1, 0, 0]
    assert found.unlabelled == (), "photos of the south teach the north nothing"
    found = read_given([south, later], None, tmp_path / "into")
    assert (found.place, len(found.unlabelled)) == ("South", 1)
    assert [len(of.labels) for of in found.given] == [0, 1]


def test_a_zip_of_another_model_is_refused_by_its_name(tmp_path: Path) -> None:
    zipped = pack(tmp_path / "a.zip", [photo(1), photo(2, "Rust")])
    with pytest.raises(LabelsError, match=r"a\.zip' must be Healthy, Late.*'photos/2\.jpg' is labelled 'Rust'"):
        look(tmp_path, zipped)
    nothing = pack(tmp_path / "b.zip", [], {"picks.csv": "path\nunlabelled/1.jpg\n"})
    with pytest.raises(LabelsError, match=r"b\.zip' must label at least 10 photos.*It labels 0 \(none\)"):
        look(tmp_path, nothing)


def table(path: Path, rows: list[str]) -> Path:
    path.write_text("path,label,labeller,time\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def drawn(tmp_path: Path, count: int = 12) -> list[str]:
    """Rows of Ana for photos that are there."""
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 255, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return [
        f"{number}.png,{'Late' if number % 2 else 'Healthy'},Ana,2026-05-04T10:00:00+09:00" for number in range(count)
    ]


def labels_of(tmp_path: Path, *files: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    given = read_given(files, None, tmp_path / "into").given
    read = read_place(given, home_in(tmp_path / "home"), Looking(CacheFolder(tmp_path / "cache"), Silent(), 1))
    return {Path(one.path).name: one.label for one in read.manifest.photos}, read.said


def test_a_labeller_counts_once_whatever_files_the_answers_stand_in(tmp_path: Path) -> None:
    ana = table(tmp_path / "ana.csv", drawn(tmp_path))
    both = table(tmp_path / "both.csv", [*drawn(tmp_path), "0.png,Late,Ben,"])
    labels, said = labels_of(tmp_path, ana, both)
    assert len(labels) == 11
    assert said[0].startswith("Left out: 1 photo has labellers who disagree")


def test_the_later_of_two_answers_of_a_labeller_counts(tmp_path: Path) -> None:
    first = table(tmp_path / "first.csv", drawn(tmp_path))
    later = table(tmp_path / "later.csv", ["0.png,Late,Ana,2026-05-04T11:00:00+09:00"])
    for files in ((first, later), (later, first)):
        labels, said = labels_of(tmp_path, *files)
        assert (labels["0.png"], len(labels), said) == ("Late", 12, ())


def test_a_refusal_says_what_was_left_out(tmp_path: Path) -> None:
    rows = [*drawn(tmp_path, 3), *(f"gone/{number}.png,Late,Ana," for number in range(20))]
    with pytest.raises(LabelsError, match=r"It labels 3 .*Left out: 20 photos are not there: .*gone/0\.png"):
        labels_of(tmp_path, table(tmp_path / "labels.csv", rows))


def test_copies_of_a_photo_are_said(tmp_path: Path) -> None:
    rows = drawn(tmp_path)
    (tmp_path / "copy.png").write_bytes((tmp_path / "0.png").read_bytes())
    labels, said = labels_of(tmp_path, table(tmp_path / "labels.csv", [*rows, "copy.png,Healthy,Ana,"]))
    assert len(labels) == 12
    assert any(one.startswith("Copies of one photo, counted once: ") and "copy.png" in one for one in said)


def test_copies_of_many_photos_are_told_in_one_line(tmp_path: Path) -> None:
    rows = drawn(tmp_path)
    names = [row.split(",")[0] for row in rows]
    for name in names:
        (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    copies = [f"copy-{row}" for row in rows]
    (line,) = labels_of(tmp_path, table(tmp_path / "labels.csv", [*rows, *copies]))[1]
    assert line.startswith("Copies of one photo, counted once: ")
    assert line.endswith(f" and {len(names) - 3} more.")
    with speaking("ko"):
        assert " 외 9개" in in_words(line)


def test_paths_of_another_machine_are_found_by_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Field").mkdir()
    rows = drawn(tmp_path)
    for number in range(12):
        (tmp_path / f"{number}.png").rename(tmp_path / "Field" / f"{number}.png")
    rows = [f"C:/Users/kim/field/{row}" if number % 2 else f"field\\{row}" for number, row in enumerate(rows)]
    labels, said = labels_of(tmp_path, table(tmp_path / "labels.csv", rows))
    assert (len(labels), said) == (12, ())
    (told,) = read_given([tmp_path / "labels.csv"], None, tmp_path / "into").said
    assert "taken for photos here: 6; the first is 'C:/Users/kim/field/1.png', here 'Field/1.png'" in told
    monkeypatch.chdir(tmp_path.parent)
    assert labels_of(tmp_path, Path(tmp_path.name) / "labels.csv") == (labels, ())
    ben = table(tmp_path / "ben.csv", ["Field/0.png,Late,Ben,"])
    labels, said = labels_of(tmp_path, tmp_path / "labels.csv", ben)
    assert (len(labels), len(said)) == (11, 1)
    assert "labellers who disagree" in said[0]


def test_a_photo_that_two_paths_of_another_machine_may_mean_is_left_to_none(tmp_path: Path) -> None:
    folder = tmp_path.name
    rows = [*drawn(tmp_path)[1:], f"C:/north/{folder}/0.png,Healthy,Ana,", f"C:/south/{folder}/0.png,Late,Ben,"]
    labels, said = labels_of(tmp_path, table(tmp_path / "labels.csv", rows))
    assert len(labels) == 11
    assert said[0].startswith("Left out: 2 photos are not there: ")


def test_a_photo_that_is_gone_is_not_taken_for_another_of_its_name(tmp_path: Path) -> None:
    rows = [*drawn(tmp_path)[1:], "/media/usb/north/0.png,Healthy,Ana,"]
    labels, said = labels_of(tmp_path, table(tmp_path / "labels.csv", rows))
    assert len(labels) == 11
    assert said[0] == "Left out: 1 photo is not there: /media/usb/north/0.png."


def test_photos_below_a_folder_that_may_not_be_entered_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, state = [*drawn(tmp_path), "closed/0.png,Healthy,Ana,"], os.stat
    (tmp_path / "closed").mkdir()

    def closed(path: Any, **settings: Any) -> os.stat_result:
        if str(path).startswith(str(tmp_path / "closed") + os.sep):
            raise PermissionError(13, "Permission denied", str(path))
        return state(path, **settings)

    monkeypatch.setattr(os, "stat", closed)
    labels, said = labels_of(tmp_path, table(tmp_path / "labels.csv", rows))
    assert len(labels) == 12
    assert said == (f"Left out: 1 photo is not there: {tmp_path}/closed/0.png.",)


def test_who_gives_no_name_is_one_person_in_each_file(tmp_path: Path) -> None:
    drawn(tmp_path)
    tables = []
    for number, label in enumerate(("Healthy", "Healthy", "Late")):
        rows = [f"{photo}.png,{'Late' if photo % 2 else 'Healthy'},," for photo in range(1, 12)]
        tables.append(table(tmp_path / f"{number}.csv", [f"0.png,{label},,", *rows]))
    labels, said = labels_of(tmp_path, *tables)
    assert (labels["0.png"], len(labels), said) == ("Healthy", 12, ())


def test_unlabelled_photos_are_those_of_all_zips_of_the_place(tmp_path: Path) -> None:
    more = {"unlabelled/x.png": "", "picks.csv": "path\nunlabelled/x.png\n"}
    north = [pack(tmp_path / f"north{number}.zip", [photo(number)], more) for number in (1, 2)]
    south = pack(tmp_path / "south.zip", [photo(3, place="South")], more)
    found = read_given([*north, south], "밭 1", tmp_path / "into").unlabelled
    assert len(found) == 2
    assert all("north" in str(one) for one in found)
    assert len(read_given([*north, south], "together", tmp_path / "into").unlabelled) == 3


def test_the_folder_of_a_zip_is_taken_as_the_zip(tmp_path: Path) -> None:
    more = {"unlabelled/x.png": "", "picks.csv": "path,group\nunlabelled/x.png,plant-c\n"}
    first = pack(tmp_path / "a.zip", [photo(1), photo(2)], more)
    later = pack(tmp_path / "b.zip", [photo(1, "Late", time="11")], more)
    zips = read_given([first, later], None, tmp_path / "into")
    folders = read_given([unpack(one, tmp_path / "into") for one in (first, later)], None, tmp_path / "into")
    assert [of.labels for of in folders.given] == [of.labels for of in zips.given]
    assert folders.unlabelled == zips.unlabelled
    assert len(folders.unlabelled) == 2


def labelled_before(tmp_path: Path, place: str, numbers: range) -> list[Labelled]:
    return [Labelled(photo_id_of((tmp_path / f"{one}.png").read_bytes()), "Late", place) for one in numbers]


def test_labels_of_a_place_before_are_not_taken_for_another(tmp_path: Path) -> None:
    labels = table(tmp_path / "labels.csv", drawn(tmp_path))
    before = labelled_before(tmp_path, "north", range(5))
    mend = r"5 of 12 labels are .* as 'north' before.*'south' alone.*--place 'north' takes all"
    with pytest.raises(UsageError, match=mend):
        check_one_place(read_given([labels], "south", tmp_path / "into"), before)
    with pytest.raises(UsageError, match="here to 'field'"):
        check_one_place(read_given([labels], None, tmp_path / "into"), before)
    check_one_place(read_given([labels], "North", tmp_path / "into"), before)
    two = [*labelled_before(tmp_path, "north", range(6)), *labelled_before(tmp_path, "east", range(6, 12))]
    for place in ("north", "east", "south"):  # no name takes all of them
        with pytest.raises(UsageError, match=r"in a column 'place'\.$"):
            check_one_place(read_given([labels], place, tmp_path / "into"), two)


def test_labels_without_a_place_are_of_that_which_all_their_photos_were_adapted_to(tmp_path: Path) -> None:
    rows, into = drawn(tmp_path), tmp_path / "into"
    given = read_given([table(tmp_path / "labels.csv", rows)], None, into)
    found = as_adapted_before(given, labelled_before(tmp_path, "north", range(12)))
    assert found.place == "north"
    (said,) = found.said
    assert said == (
        "12 of 12 labels are of photos that were adapted to as 'north' before: all are taken to be of it. "
        "--place names another."
    )
    check_one_place(found, labelled_before(tmp_path, "north", range(12)))
    some = labelled_before(tmp_path, "north", range(5))
    two = [*labelled_before(tmp_path, "north", range(6)), *labelled_before(tmp_path, "east", range(6, 12))]
    assert as_adapted_before(given, some).place == "north"
    for known in ([], two, labelled_before(tmp_path, "field", range(12))):
        assert as_adapted_before(given, known) is given
    (tmp_path / "told.csv").write_text(
        "path,label,labeller,time,place\n" + "".join(f"{row},field\n" for row in rows), encoding="utf-8"
    )
    told = read_given([tmp_path / "told.csv"], None, into)
    assert as_adapted_before(told, labelled_before(tmp_path, "north", range(12))) is told


def test_a_place_may_get_another_name_and_labels_that_name_theirs_are_believed(tmp_path: Path) -> None:
    rows = drawn(tmp_path)
    given = read_given([table(tmp_path / "labels.csv", rows)], "south", tmp_path / "into")
    check_one_place(given, labelled_before(tmp_path, "north", range(12)))
    (tmp_path / "told.csv").write_text(
        "path,label,labeller,time,place\n" + "".join(f"{row},south\n" for row in rows), encoding="utf-8"
    )
    given = read_given([tmp_path / "told.csv"], "south", tmp_path / "into")
    check_one_place(given, labelled_before(tmp_path, "north", range(5)))


def test_a_label_is_of_the_class_that_differs_in_blanks_alone(tmp_path: Path) -> None:
    rows = drawn(tmp_path)
    labels = table(tmp_path / "labels.csv", [row.replace("Late", "Late  blight") for row in rows])
    given = read_given([labels], None, tmp_path / "into").given
    looking = Looking(CacheFolder(tmp_path / "cache"), Silent(), 1)
    home = home_in(tmp_path / "home", "Healthy ", " Late blight")
    assert read_place(given, home, looking).counts == {"Healthy ": 6, " Late blight": 6}
    with pytest.raises(LabelsError, match="'Late  blight'"):
        read_place(given, home_in(tmp_path / "three", "Healthy", " Late blight", "Late blight"), looking)


def test_photos_of_the_study_that_were_saved_again_are_left_out_and_said(tmp_path: Path) -> None:
    rows, home = drawn(tmp_path), home_in(tmp_path / "home")
    for number, quality in enumerate((70, 88)):
        with Image.open(Path(home.root) / f"{number}.png") as photo:
            photo.save(tmp_path / f"again-{number}.jpg", quality=quality)
        rows.append(f"again-{number}.jpg,Healthy,Ana,2026-05-04T10:00:00+09:00")
    found, said = labels_of(tmp_path, table(tmp_path / "labels.csv", rows))
    assert len(found) == 12
    (left_out,) = [line for line in said if "show leaves that are in the study" in line]
    assert left_out.startswith("Left out: 2 photos")
    assert left_out.endswith("again-1.jpg.")


def test_a_photo_that_may_not_be_read_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, read = drawn(tmp_path), Path.read_bytes

    def closed(path: Path) -> bytes:
        if path == tmp_path / "0.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    labels = table(tmp_path / "labels.csv", rows)
    given = read_given([labels], None, tmp_path / "into")
    check_one_place(given, [Labelled("of another photo", "Late", "north")])
    assert _answered({str(tmp_path / "0.png"): "none of these"}, PlaceLabels(Manifest(str(tmp_path), ()), ())) == {}
    found, said = labels_of(tmp_path, labels)
    assert len(found) == 11
    assert any(one.startswith("Left out: 1 photo cannot be read: ") and "0.png (the system said" in one for one in said)
