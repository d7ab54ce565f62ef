"""Public plant sets as they are unpacked: recognised as what they are, or refused with the folder to name."""

import os

import pytest
from made_up_photos import fill

from leafgraft.data.read.listing import are_plants
from leafgraft.data.read.source import join, list_all, open_source
from leafgraft.errors import PhotosError

PHOTO = b"not read when a source is opened"


def unpack(root, *folders):
    return fill(root, {f"{folder}/{number}.jpg": PHOTO for folder in folders for number in (1, 2)})


def read(root, exclude=()):
    """Where the class folders were found, and labels with their splits."""
    source = open_source(str(root), exclude)
    return source.root.relative_to(root.resolve()).as_posix(), sorted(
        {(file.label, file.split) for file in source.files}
    )


def refused(root, *words):
    with pytest.raises(PhotosError) as caught:
        open_source(str(root))
    for word in words:
        assert word in str(caught.value)
    return caught.value


BOTH = [("Early", ""), ("Late", "")]
SPLIT = [("Early", "test"), ("Early", "train"), ("Late", "test"), ("Late", "train")]


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (("Early", "Late"), (".", BOTH)),
        (("PlantVillage/Early", "PlantVillage/Late"), ("PlantVillage", BOTH)),
        (("PlantVillage/PlantVillage/Early", "PlantVillage/PlantVillage/Late"), ("PlantVillage/PlantVillage", BOTH)),
        (("Early/Early", "Late/Late"), (".", BOTH)),
        (("Early", "Early/Early", "Late"), (".", BOTH)),
        (("Early/plant_1", "Early/plant_02", "Late/plant_1", "Late/plant_3"), (".", BOTH)),
        (("Early/2021-05-03", "Early/2021-06-11", "Late/2022-01-01"), (".", BOTH)),
        (("train/Early", "train/Late", "test/Early", "test/Late"), (".", SPLIT)),
        (("train_set/Early", "train_set/Late", "test_set/Early", "test_set/Late"), (".", SPLIT)),
        (
            (
                "seg_train/seg_train/Early",
                "seg_train/seg_train/Late",
                "seg_test/seg_test/Early",
                "seg_test/seg_test/Late",
            ),
            (".", SPLIT),
        ),
        (
            ("Cotton/Train Data/Early", "Cotton/Train Data/Late", "Cotton/Test Data/Early", "Cotton/Test Data/Late"),
            ("Cotton", SPLIT),
        ),
        (("Early/train", "Early/test", "Late/train", "Late/test"), (".", SPLIT)),
        (
            ("tomato/train/Early", "tomato/train/Late", "tomato/val/Early", "tomato/val/Late"),
            ("tomato", [("Early", "train"), ("Early", "validation"), ("Late", "train"), ("Late", "validation")]),
        ),
        (("train2017/Early", "train2017/Late", "test_1/Early", "test_1/Late"), (".", SPLIT)),
        (("train/Early", "train/Late"), ("train", BOTH)),
        (("PlantVillage/c_0", "PlantVillage/c_1"), ("PlantVillage", [("c_0", ""), ("c_1", "")])),
        (("images/Early", "images/Late"), ("images", BOTH)),
        (("Early/1", "Early/2", "Late/1", "Late/3"), (".", BOTH)),
        (tuple(f"{name}/{plant}" for name in ("Early", "Late") for plant in (1, 2, 3)), (".", BOTH)),
        (tuple(f"{name}/{day}" for name in ("Early", "Late") for day in (20230710, 20230717)), (".", BOTH)),
        (tuple(f"{name}/{year}" for name in ("Early", "Late") for year in (2021, 2022)), (".", BOTH)),
        (tuple(f"{part}/{name}/{plant}" for name, part in SPLIT for plant in (1, 2)), (".", SPLIT)),
        (tuple(f"c{name}/{day}" for name in (1, 2) for day in (20230710, 20230717)), (".", [("c1", ""), ("c2", "")])),
        (("Early/train", "Early/test", "Late/Training", "Late/testing"), (".", SPLIT)),
        (("interval", "testate"), (".", [("interval", ""), ("testate", "")])),
    ],
)
def test_layouts_that_can_be_read_in_one_way(tmp_path, folders, found):
    assert read(unpack(tmp_path, *folders)) == found


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (
            ("N (A)/N (A)/train/Early", "N (A)/N (A)/train/Late", "N (A)/N (A)/valid/Early", "test/test"),
            ("'N (A)' holds train, valid", "N (A)/N (A)'"),
        ),
        (
            ("set/color/Early", "set/color/Late", "set/grayscale/Early", "set/grayscale/Late"),
            ("'color' holds Early, Late; 'grayscale' holds Early, Late", "set/color'"),
        ),
        (
            ("Potato/Early", "Potato/Healthy", "Tomato/Early", "Tomato/Mosaic"),
            ("'Potato' holds Early, Healthy", "Potato'"),
        ),
        (
            ("Early", "Late", "PlantVillage/Early", "PlantVillage/Late"),
            ("'PlantVillage' holds", "exclude: [PlantVillage]"),
        ),
        (
            ("potato/train/Early", "potato/val/Early", "tomato/train/Early", "tomato/val/Late"),
            ("'potato' holds train, val",),
        ),
        (("A/x/1", "A/x/2", "B/y/1", "B/y/2", "A/z/1", "A/z/2"), ("folders of folders", "'A' holds x, z")),
        (("Early", "Early/Late", "Late"), ("lies in class 'Early' and has the name of class 'Late'", "Move it")),
        (("train/Early", "train/Late", "test/test"), ("'test' holds photos directly", "train' alone")),
        (("train/Early", "train/Late", "test"), ("'test' holds photos directly", "CSV")),
        (
            ("Early", "Late", "test"),
            ("'test' has the name of a part of a split", "beside it: Early, Late", "exclude: [test]"),
        ),
        (("Early", "Late", "No/0", "No/Late", "No/1"), ("'No' holds 0, 1, Late", "exclude: ['No']")),
        (("Early", "Late", "Validation_set"), ("'Validation_set' has the name of a part", "give it another name")),
        (("train/Early", "test/Early", "extra/Early"), ("'extra' lies beside",)),
        (("train2017", "val2017"), ("'train2017' holds photos directly", "Give a CSV with the columns")),
        (
            ("train1/Early", "train2/Early", "test1/Early"),
            ("'train2' is of the same part as 'train1'", "into one of them"),
        ),
        (
            ("train1/Early", "training/Early", "test/Early"),
            ("'training' is of the same part as 'train1'", "into one of them"),
        ),
        (("train/Early", "test/Early", "testing/Early"), ("'testing' is of the same part as 'test'",)),
        (("Train/Early", "train/Early", "val/Early"), ("'train' is of the same part as 'Train'",)),
        (("train/Early", "val/Early", "valid/Early"), ("'valid' is of the same part as 'val'",)),
        (("Early/train", "Early/test", "Early/testing", "Late/train", "Late/test"), ("'testing' is of the same part",)),
        (
            ("tomato_train/0", "tomato_train/1", "tomato_train/2", "tomato_test/0", "tomato_test/1"),
            ("tomato_test, tomato_train have names of parts of a split", "Call them train"),
        ),
        (
            tuple(f"tomato_{part}/{name}" for part in ("train", "test") for name in "012"),
            ("tomato_test, tomato_train have names of parts of a split",),
        ),
        (("훈련/0", "훈련/1", "시험/0", "시험/1"), ("have names of parts of a split", "Call them train")),
        (("학습데이터", "시험데이터"), ("have names of parts of a split", "If they are classes")),
        (("test_oval", "val-oval"), ("have names of parts of a split", "If they are classes")),
        (
            ("camera1/1", "camera1/2", "camera2/1", "camera2/2"),
            (
                "If 1, 2 are the classes, name one folder that holds them",
                *("If camera1, camera2 are, put the photos", "path,label,group"),
            ),
        ),
        (
            ("Early/augmented", "Early/original", "Late/augmented", "Late/original"),
            ("If augmented, original are the classes", "If Early, Late are, put the photos of each into one folder"),
        ),
        (("train_images", "test_images"), ("'test_images' holds photos directly", "Give a CSV with the columns")),
        (
            ("train/Early", "train/Late", "test/0"),
            ("'test' holds '0' alone, which is no class of another part", "train' alone"),
        ),
        (("train/Early", "train/Late", "test/images"), ("'test' holds 'images' alone", "train' alone")),
        (
            ("train/Potato/Early", "train/Potato/Late", "train/Tomato/Early", "train/Tomato/Late", "test/Potato/Early"),
            ("'Potato' holds Early, Late",),
        ),
    ],
)
def test_layouts_that_can_be_read_in_two_ways_are_refused_with_the_folder_to_name(tmp_path, folders, words):
    refused(unpack(tmp_path, *folders), *words)


def test_a_picture_of_the_crop_beside_its_diseases_does_not_make_one_class_of_them(tmp_path):
    unpack(tmp_path, "Potato/Early", "Potato/Healthy", "Tomato/Early", "Tomato/Mosaic")
    fill(tmp_path, {f"{crop}/cover.jpg": PHOTO for crop in ("Potato", "Tomato")})
    refused(tmp_path, "'Potato' holds Early, Healthy; 'Tomato' holds Early, Mosaic", "Potato'")


def test_a_picture_beside_numbered_folders_does_not_make_one_class_of_them(tmp_path):
    unpack(tmp_path, "camera1/1", "camera1/2", "camera2/1", "camera2/2")
    fill(tmp_path, {"camera1/cover.jpg": PHOTO})
    refused(tmp_path, "If 1, 2 are the classes")


def test_folders_below_a_class_are_of_that_class_which_is_said(tmp_path):
    unpack(tmp_path, "Apple/0", "Apple/1", "Pear/0", "Pear/1", "Plum")
    source = open_source(str(tmp_path), ())
    assert source.below == {"Apple": ("0", "1"), "Pear": ("0", "1")}
    assert open_source(str(tmp_path), ("Apple",)).below == {"Pear": ("0", "1")}


def test_the_same_numbers_below_two_classes_are_said(tmp_path):
    unpack(tmp_path, "shade/0", "shade/1", "sun/0", "sun/1")
    assert open_source(str(tmp_path), ()).below == {"shade": ("0", "1"), "sun": ("0", "1")}


def test_one_folder_beside_the_photos_of_a_class_is_said_unless_it_repeats_the_class(tmp_path):
    unpack(tmp_path, "Healthy", "Healthy/doubtful", "Late", "Late/late")
    assert open_source(str(tmp_path), ()).below == {"Healthy": ("doubtful",)}


def test_one_folder_that_is_stepped_into_is_said_unless_it_repeats_the_class(tmp_path):
    unpack(
        tmp_path, "Apple/scab", "Corn/leaf/rust", "Pear/pear", "Plum/Plum/0", "Plum/Plum/1", "Fig/old/0", "Fig/old/1"
    )
    assert open_source(str(tmp_path), ()).below == {
        "Apple": ("scab",),
        "Corn": ("leaf/rust",),
        "Fig": ("old/0", "old/1"),
        "Plum": ("0", "1"),
    }


def test_folders_below_a_class_are_of_all_parts_and_places(tmp_path):
    unpack(tmp_path, "train/A", "train/A/x", "train/B", "test/A", "test/A/y", "test/B")
    assert open_source(str(tmp_path), ()).below == {"A": ("y", "x")}
    unpack(tmp_path / "places", "home/A", "home/A/x", "home/B", "field/A", "field/A/y", "field/B")
    places = {name: str(tmp_path / "places" / name) for name in ("home", "field")}
    assert join(places, {}, ()).below == {"A": ("x", "y")}
    unpack(tmp_path / "places", "field/C", "field/C/z")
    assert join(places, {"field": {"C": "A"}}, ()).below == {"A": ("x", "y", "z")}


MASKED = (
    ("images/train", "images/val", "annotations/train", "annotations/val"),
    ("data/images", "data/masks"),
    ("train/images", "train/masks", "test/images", "test/masks"),
    ("JPEGImages", "SegmentationClass", "SegmentationObject"),
    ("Image", "Ground Truth"),
    ("images/Early", "images/Late", "masks/Early", "masks/Late"),
    ("Early/img", "Early/Label_Images", "Late/img", "Late/Label_Images"),
)


@pytest.mark.parametrize("folders", MASKED)
def test_photos_and_their_masks_are_no_two_classes(tmp_path, folders):
    refused(unpack(tmp_path, *folders), "holds masks of '", "alone, if it holds one folder per class", "CSV")


def test_masks_in_a_class_folder_are_not_photos_of_it(tmp_path):
    unpack(tmp_path, "Early", "Early/masks", "Late")
    refused(tmp_path, "'masks' holds masks of 'Early'", "masks' elsewhere")
    unpack(tmp_path / "other", "Early", "Late", "images", "masks")
    assert read(tmp_path / "other", ["masks", "images"]) == (".", BOTH)
    unpack(
        tmp_path / "parts", *(f"{part}/{name}" for part in ("train", "test") for name in (*("Early", "Late"), "masks"))
    )
    unpack(tmp_path / "parts", "train/images", "train/Unknown/images", "train/Unknown/masks")
    assert {label for label, _ in read(tmp_path / "parts", ["masks", "images", "Unknown"])[1]} >= {"Early", "Late"}


@pytest.mark.parametrize(
    "days", [("plant_01", "plant_02"), ("Tree 1", "Tree 2"), ("2021-05-03", "2021-06-11"), ("Day7",)]
)
def test_a_class_alone_with_a_folder_for_each_plant_or_day_is_a_class(tmp_path, days):
    unpack(tmp_path, *(f"field/LateBlight/{day}" for day in days))
    assert {file.label for file in list_all(str(tmp_path / "field")).files} == {"LateBlight"}
    refused(tmp_path, "It holds 1: LateBlight")


def test_a_wrapper_is_no_class_whatever_it_or_its_folders_are_called(tmp_path):
    unpack(tmp_path / "a", "farm/2024-05-01/Early", "farm/2024-05-01/Late")
    assert read(tmp_path / "a") == ("farm/2024-05-01", BOTH)
    unpack(tmp_path / "b", "swedish/leaf1", "swedish/leaf2")
    assert read(tmp_path / "b") == ("swedish", [("leaf1", ""), ("leaf2", "")])
    unpack(tmp_path / "c", *(f"{part}/{part}/plant{number}" for part in ("train", "test") for number in (1, 2)))
    assert {label for label, _ in read(tmp_path / "c")[1]} == {"plant1", "plant2"}


def test_some_photos_beside_folders_of_more_are_of_their_class(tmp_path):
    unpack(tmp_path, "Late", *(f"Early/{more}" for more in ("field", "lab")))
    fill(tmp_path, {f"Early/{name}{number}.jpg": PHOTO for name in ("field/", "lab/") for number in range(9)})
    fill(tmp_path, {f"Early/own{number}.jpg": PHOTO for number in range(3)})
    assert read(tmp_path) == (".", BOTH)


@pytest.mark.parametrize("loose", [1, 9])
def test_a_split_that_photos_lie_beside_is_not_dropped(tmp_path, loose):
    unpack(tmp_path, "Early/train", "Early/test", "Late/train", "Late/test")
    fill(tmp_path, {f"{name}/cover{number}.jpg": PHOTO for name in ("Early", "Late") for number in range(loose)})
    refused(tmp_path, "Beside test, train it holds", "such as cover0.jpg", "out of the class")


def test_a_class_of_two_test_folders_that_a_study_excludes_is_left_out(tmp_path):
    unpack(tmp_path, *(f"{name}/{part}" for name in ("Early", "Late", "No") for part in ("train", "test")), "No/Test")
    refused(tmp_path, "must be one folder")
    assert read(tmp_path, ["No"]) == (".", SPLIT)


def test_a_folder_of_folders_that_a_study_excludes_is_left_out(tmp_path):
    unpack(tmp_path, "Early", "Late", "PlantVillage/Early", "PlantVillage/Late", "test")
    assert read(tmp_path, ["PlantVillage", "test"]) == (".", BOTH)


SYSTEMS = (
    *("@eaDir", "#recycle", "$RECYCLE.BIN", ".thumbnails", "lost+found", "System Volume Information"),
    *("found.007", "~snapshot", "Thumbs", "_thumbs", "@__thumb"),
    *("__pycache__", "__MACOSX", ".ipynb_checkpoints", ".git", "@Recycle"),
)


@pytest.mark.parametrize("name", SYSTEMS)
def test_folders_of_systems_are_no_class_at_any_level(tmp_path, name):
    unpack(tmp_path, "Early", "Late", name, f"Early/{name}", f"Late/{name}/Late")
    source = open_source(str(tmp_path))
    assert [file.path for file in source.files] == ["Early/1.jpg", "Early/2.jpg", "Late/1.jpg", "Late/2.jpg"]
    assert set(source.passed_over) == {f"{name}/", f"Early/{name}/", f"Late/{name}/"}
    assert source.empty == {}


def test_classes_without_a_file_are_named_with_the_reason(tmp_path):
    unpack(tmp_path / "photos", "Early", "Late")
    unpack(tmp_path, "store/Rust")
    (tmp_path / "photos/Blackleg").mkdir()
    fill(tmp_path / "photos", {"Docs/a.txt": b"words", "Docs/b.TXT": b"words", "Docs/c.csv": b"a,b\n"})
    (tmp_path / "photos/Rust").symlink_to(tmp_path / "store/Rust")
    (tmp_path / "photos/Gone").symlink_to(tmp_path / "store/Gone")
    (tmp_path / "photos/Text").write_text("../store/Rust\n")  # as Git leaves a link where there are none
    source = open_source(str(tmp_path / "photos"))
    assert source.empty == {
        "Blackleg": "the folder is empty",
        "Docs": "no file in it is a photo: 2 .txt, 1 .csv",
        "Gone": "a link to a folder is not followed",
        "Rust": "a link to a folder is not followed",
        "Text": "a link to a folder is not followed",
    }
    assert source.passed_over == ("Docs/a.txt", "Docs/b.TXT", "Docs/c.csv")
    assert set(open_source(str(tmp_path / "photos"), ["Docs", "Gone"]).empty) == {"Blackleg", "Rust", "Text"}


def test_folders_whose_content_is_left_out_are_not_called_empty(tmp_path):
    unpack(tmp_path / "photos", "Early", "Late")
    unpack(tmp_path, "store")
    for name in ("Links", "Names", "Closed", "Both"):
        (tmp_path / "photos" / name).mkdir()
    for name in ("Links/1.jpg", "Links/2.jpg", "Both/1.jpg"):
        (tmp_path / "photos" / name).symlink_to(tmp_path / "store/1.jpg")
    fill(tmp_path / "photos", {"Both/a.txt": b"words"})
    (tmp_path / "photos/Both/more").symlink_to(tmp_path / "store")
    (tmp_path / "photos/Names" / os.fsdecode(b"\xff.jpg")).write_bytes(PHOTO)
    assert open_source(str(tmp_path / "photos")).empty == {
        "Both": "no file in it is a photo: 1 .txt; left out: a link that leaves the folder is not followed (1), "
        "a link to a folder is not followed (1)",
        "Closed": "the folder is empty",
        "Links": "all in it is left out: a link that leaves the folder is not followed (2)",
        "Names": "all in it is left out: its name is not text in UTF-8: rename it (1)",
    }


def test_a_folder_that_may_not_be_listed_is_not_called_empty(tmp_path, monkeypatch):
    unpack(tmp_path, "Early", "Late", "Closed")
    listed = os.scandir

    def refuse(path):
        if str(path).endswith("Closed"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert open_source(str(tmp_path)).empty == {"Closed": "the folder cannot be listed: Permission denied"}


def test_folders_far_below_are_left_out_with_the_reason(tmp_path):
    unpack(tmp_path, "Early", "Late", "Late/" + "/".join(["d"] * 400))
    source = open_source(str(tmp_path))
    assert len(source.files) == 4
    (left_out,) = source.skipped
    assert (left_out.path.count("/"), left_out.reason) == (100, "the folder lies below 100 others")


def test_a_class_that_only_one_split_lacks_is_not_empty(tmp_path):
    unpack(tmp_path, "train/Early", "train/Late", "test/Early")
    (tmp_path / "test/Late").mkdir()
    assert open_source(str(tmp_path)).empty == {}


def test_plants_may_have_several_numbers():
    assert are_plants(["plot_1_2", "plot 1-13", "Plot 01"])
    assert not are_plants(["plot_1_a", "plot_1_2"])
