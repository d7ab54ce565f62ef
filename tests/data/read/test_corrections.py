"""Corrections find their photos, change labels, leave photos out, and are refused where they cannot be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.data.read.corrections import correct, corrections_of
from leafgraft.data.read.scan import Scan
from leafgraft.errors import LabelsError, PhotosError
from leafgraft.records.correction import corrected_photos, corrections_to_json, corrections_words
from leafgraft.records.photo import Manifest, Photo, Unreadable
from leafgraft.records.split import Fold, Splits

PATHS = ("healthy/1.jpg", "healthy/2.jpg", "rust/1.jpg", "rust/leaf 3.jpg", "역병/4.jpg")
PHOTOS = tuple(Photo(f"{number:016x}", path, path.split("/")[0], 9, 9, "") for number, path in enumerate(PATHS))
MANIFEST = Manifest(
    "/photos",
    PHOTOS,
    unreadable=(Unreadable("rust/broken.jpg", "cut"),),
    copies=(("rust/leaf 3.jpg", "rust/leaf 3 copy.jpg"),),
    empty={"mould": "no photo"},
)


def splits(trained: str, tested: str) -> Splits:
    train, test = (tuple(PHOTOS[int(number)].photo_id for number in of) for of in (trained, tested))
    return Splits((Fold(train, (), test),), 0, keep_groups=True)


def corrected(folder: Path, *lines: str, header: str = "path,label,group,action,labeller"):
    (folder / "c.csv").write_text("\n".join([header, *lines]), encoding="utf-8")
    return corrections_of(folder / "c.csv", MANIFEST)


def test_labels_change_and_photos_go(tmp_path: Path) -> None:
    found = corrected(
        tmp_path,
        "healthy/1.jpg,rust,,relabel,Ana",
        "4.jpg,,,exclude,Ana",
        "/photos/healthy/2.jpg,,,keep,Ben",
        "rust\\1.jpg,,rust/leaf 3 copy.jpg,not_same_leaf,Ana",
    )
    scanned = correct(Scan(MANIFEST, (None,) * len(PHOTOS)), found)  # type: ignore[arg-type]
    assert {one.path: one.label for one in scanned.manifest.photos} == {
        "healthy/1.jpg": "rust",
        "healthy/2.jpg": "healthy",
        "rust/1.jpg": "rust",
        "rust/leaf 3.jpg": "rust",
    }
    assert len(scanned.facts) == 4
    assert scanned.manifest.empty["역병"] == "all its photos were relabelled or excluded by corrections"
    assert found.pairs("not_same_leaf") == (("rust/1.jpg", "rust/leaf 3.jpg"),)
    assert found.settled == {"healthy/1.jpg", "healthy/2.jpg"}
    told = corrections_to_json(found, splits("1234", "0"), splits("123", "04"))
    assert (told["relabel"], told["exclude"], told["keep"], told["by"]) == (1, 1, 1, {"Ana": 3, "Ben": 1})
    assert corrected_photos(told) == {PHOTOS[0].photo_id: ("rust", True), PHOTOS[4].photo_id: ("", True)}
    one_fold = corrections_to_json(found, splits("1234", "2"), splits("123", "2"))
    assert corrected_photos(one_fold) == {PHOTOS[0].photo_id: ("rust", False), PHOTOS[4].photo_id: ("", False)}
    first, moved, second = corrections_words(told)
    assert first.startswith("1 label corrected, 1 photo excluded, 1 pair told apart, 1 photo looked at and kept, by")
    assert moved.startswith("1 photo lies in another part of the split")
    assert second.startswith("The labels of 1 test photo were changed and 1 test photo was excluded: these test")
    assert "cannot be compared" in second


def test_what_is_left_out_already_needs_no_correction(tmp_path: Path) -> None:
    found = corrected(tmp_path, "rust/broken.jpg,,,exclude,", "healthy/1.jpg,,rust/broken.jpg,same_leaf,")
    assert found.rows == ()
    assert found.idle == ("rust/broken.jpg", "healthy/1.jpg")
    assert corrections_words(corrections_to_json(found, None, None)) == []


def test_two_who_say_the_same_count_once(tmp_path: Path) -> None:
    lines = (f"{path},rust,,relabel,{name}" for path, name in (("healthy/1.jpg", "Ana"), ("./healthy/1.jpg", "Ben")))
    (row,) = corrected(tmp_path, *lines).rows
    assert row.labeller == "Ana and Ben"


def test_a_labeller_whose_name_holds_and_is_one(tmp_path: Path) -> None:
    names = ("Ben and Carl", "Carl", "Ben and Carl", "")
    (row,) = corrected(tmp_path, *(f"healthy/1.jpg,rust,,relabel,{name}" for name in names)).rows
    assert row.labeller == "Ben and Carl and Carl"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("rust/leaf 33.jpg,,,keep,", "rust/1.jpg,,,keep,"), "Did you mean 'rust/leaf 3.jpg'?"),
        (("x/IMG.jpg,,,keep,", "x/IMG2.jpg,,,exclude,"), "It seems to correct photos of another folder"),
        (("x/IMG.jpg,,,keep,", "rust/1.jpg,,,exclude,"), "such as healthy/1.jpg"),
        (("1.jpg,,,keep,",), "is the name of 2 photos: healthy/1.jpg, rust/1.jpg"),
        (("rust/1.jpg,helthy,,relabel,",), "Did you mean 'healthy'?"),
        (("rust/1.jpg,rust,,relabel,",), "It has the label 'rust' already"),
        (("rust/leaf 3.jpg,,rust/leaf 3 copy.jpg,same_leaf,",), "They are byte-identical copies"),
        (
            ("rust/1.jpg,healthy,,relabel,Ana", "rust/1.jpg,,,keep,Ben"),
            "Line 2 says 'relabel healthy' by Ana, line 3 says 'keep' by Ben",
        ),
        (("rust/1.jpg,,4.jpg,same_leaf,", "4.jpg,,rust/1.jpg,not_same_leaf,"), "must say one thing of"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, lines: tuple[str, ...], words: str) -> None:
    with pytest.raises(LabelsError) as caught:
        corrected(tmp_path, *lines)
    assert words in str(caught.value)


def test_a_class_without_a_photo_can_be_the_right_one(tmp_path: Path) -> None:
    found = corrected(tmp_path, "rust/1.jpg,mould,,relabel,")
    assert found.rows[0].label == "mould"
    scanned = correct(Scan(MANIFEST, (None,) * len(PHOTOS)), found)  # type: ignore[arg-type]
    assert "mould" not in scanned.manifest.empty


def test_two_classes_must_be_left(tmp_path: Path) -> None:
    found = corrected(tmp_path, "healthy/1.jpg,,,exclude,", "healthy/2.jpg,rust,,relabel,", "4.jpg,,,exclude,")
    with pytest.raises(PhotosError, match="It leaves 3 photos of rust"):
        correct(Scan(MANIFEST, (None,) * len(PHOTOS)), found)  # type: ignore[arg-type]


def test_a_class_with_blanks_around_it_is_meant(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("path,label,action\nhealthy/1.jpg,leaf rust,relabel\n", encoding="utf-8")
    photos = (*PHOTOS[:2], Photo("9" * 16, "leaf  rust /1.jpg", "leaf  rust ", 9, 9, ""))
    (row,) = corrections_of(tmp_path / "c.csv", Manifest("/photos", photos)).rows
    assert row.label == "leaf  rust "
