import os
import unicodedata
import warnings

import pytest
from made_up_photos import class_folders, fill

from leafgraft.data.read.folder import read_unlabelled
from leafgraft.data.read.source import SourceFile, open_source
from leafgraft.errors import PhotosError
from leafgraft.records.pick import PICKS_BEGIN
from leafgraft.storage.study_file import study_for_photos

PHOTO = b"not read when a source is opened"


def refused(photos, *words, exclude=()):
    with pytest.raises(PhotosError) as caught:
        open_source(str(photos), exclude)
    error = caught.value
    assert error.asked
    assert error.found
    assert error.mend
    for word in words:
        assert word in str(error)
    return error


def paths_of(source):
    return [file.path for file in source.files]


def test_class_folders_are_read_to_any_depth_in_the_order_of_their_paths(tmp_path):
    fill(tmp_path, dict.fromkeys(("B/2.JPG", "B/deep/er/1.png", "A/x.webp", "A/a b.tiff", "C/only.BMP"), PHOTO))
    source = open_source(str(tmp_path))
    assert paths_of(source) == ["A/a b.tiff", "A/x.webp", "B/2.JPG", "B/deep/er/1.png", "C/only.BMP"]
    assert [file.label for file in source.files] == ["A", "A", "B", "B", "C"]
    assert {file.split for file in source.files} == {""}


def test_what_is_no_photo_or_hidden_is_passed_over(tmp_path):
    names = ("A/1.jpg", "B/1.jpg", "A/notes.txt", "A/Thumbs.db", "A/.hidden.txt", ".git/1.jpg", "__MACOSX/A/1.jpg")
    fill(tmp_path, dict.fromkeys((*names, "A/__MACOSX/._1.jpg", "A/.trash/2.jpg"), PHOTO))
    source = open_source(str(tmp_path))
    assert paths_of(source) == ["A/1.jpg", "B/1.jpg"]
    assert source.skipped == ()


def test_names_with_spaces_hangul_and_emoji_are_kept(tmp_path):
    names = ["건강한 잎/잎 사진 1.jpg", "늦은 역병/🍃.jpg"]
    source = open_source(str(fill(tmp_path, dict.fromkeys(names, PHOTO))))
    assert paths_of(source) == names
    assert [file.label for file in source.files] == ["건강한 잎", "늦은 역병"]


@pytest.mark.skipif(os.name == "nt", reason="Names are text there.")
def test_below_a_folder_whose_name_is_no_text_nothing_is_begun(tmp_path, monkeypatch):
    above = tmp_path / os.fsdecode(b"\xb0\xa8")
    try:
        fill(above / "leaves", {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    except OSError:
        pytest.skip("Names are text on this file system.")
    monkeypatch.chdir(above)
    for photos in ("leaves", above / "leaves"):
        refused(photos, "text in UTF-8", "\\xb0\\xa8/leaves", "Rename")


def test_hangul_classes_have_one_spelling_whatever_the_file_system_wrote(tmp_path):
    apart, whole = unicodedata.normalize("NFD", "건강"), unicodedata.normalize("NFC", "건강")
    fill(tmp_path, {f"{apart}/1.jpg": PHOTO, "A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    source = open_source(str(tmp_path))
    assert {file.label for file in source.files} == {"A", "B", whole}
    assert {file.label for file in open_source(str(tmp_path), [apart]).files} == {"A", "B"}


def test_a_name_that_is_no_text_is_listed_and_left_out(tmp_path):
    fill(tmp_path, {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    with (tmp_path / "A").joinpath(b"\xb0\xa8.jpg".decode(errors="surrogateescape")).open("wb") as file:
        file.write(PHOTO)
    source = open_source(str(tmp_path))
    assert paths_of(source) == ["A/1.jpg", "B/1.jpg"]
    assert [(one.path, one.reason) for one in source.skipped] == [
        ("A/\\xb0\\xa8.jpg", "its name is not text in UTF-8: rename it")
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("train", "validation", "test"),
        ("Training", "Validation", "Testing"),
        ("TRAIN", "val", "Test"),
        ("training", "valid", "test"),
    ],
)
def test_a_folder_with_its_own_split_keeps_it(tmp_path, names):
    for name in names:
        fill(tmp_path, {f"{name}/A/1.jpg": PHOTO, f"{name}/B/deep/1.jpg": PHOTO})
    source = open_source(str(tmp_path))
    given = {file.path.split("/")[0]: file.split for file in source.files}
    assert given == dict(zip(names, ("train", "validation", "test"), strict=True))
    assert {file.label for file in source.files} == {"A", "B"}
    assert len(source.files) == 6


def test_a_split_folder_without_classes_or_with_neighbours_is_not_taken_for_classes(tmp_path):
    fill(tmp_path / "flat", {"train/A/1.jpg": PHOTO, "train/B/1.jpg": PHOTO, "test/1.jpg": PHOTO})
    refused(tmp_path / "flat", "'test' holds photos directly", "CSV")
    beside = {"train/A/1.jpg": PHOTO, "train/B/1.jpg": PHOTO, "test/A/1.jpg": PHOTO, "extra/A/1.jpg": PHOTO}
    refused(fill(tmp_path / "beside", beside), "'extra' lies beside test, train")
    fill(tmp_path / "papers", {"train/A/1.jpg": PHOTO, "test/B/1.jpg": PHOTO, "docs/readme.txt": PHOTO})
    assert {file.label for file in open_source(str(tmp_path / "papers")).files} == {"A", "B"}


def test_folders_that_wrap_the_class_folders_are_stepped_into(tmp_path):
    fill(tmp_path, {"archive/PLD/A/1.jpg": PHOTO, "archive/PLD/B/1.jpg": PHOTO, "readme.txt": PHOTO})
    source = open_source(str(tmp_path))
    assert source.root == (tmp_path / "archive" / "PLD").resolve()
    assert paths_of(source) == ["A/1.jpg", "B/1.jpg"]


def test_photos_beside_the_class_folders_are_listed(tmp_path):
    fill(tmp_path, {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO, "cover.jpg": PHOTO})
    source = open_source(str(tmp_path))
    assert [(one.path, one.reason) for one in source.skipped] == [("cover.jpg", "it lies beside the class folders")]


def test_links_that_leave_the_folder_are_listed_and_not_followed(tmp_path):
    outside = fill(tmp_path / "outside", {"secret.jpg": PHOTO, "C/1.jpg": PHOTO})
    root = fill(tmp_path / "photos", {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    (root / "A" / "leaving.jpg").symlink_to(outside / "secret.jpg")
    (root / "A" / "inside.jpg").symlink_to(root / "A" / "1.jpg")
    (root / "A" / "folder").symlink_to(outside)
    (root / "A" / "loop.jpg").symlink_to(root / "A" / "loop.jpg")
    (root / "C").symlink_to(outside / "C")
    source = open_source(str(root))
    assert paths_of(source) == ["A/1.jpg", "A/inside.jpg", "A/loop.jpg", "B/1.jpg"]
    assert [one.path for one in source.skipped] == ["A/folder", "A/leaving.jpg", "C"]
    assert all("not followed" in one.reason for one in source.skipped)


@pytest.mark.parametrize("lost", ["train", "val", "val/A", "A/val"])
def test_a_part_of_a_split_that_is_a_link_is_refused(tmp_path, lost):
    parts = ("A/train", "A/test", "B/train") if lost == "A/val" else ("test/A", "test/B", "train/A", "train/B")
    root = fill(tmp_path / "photos", {f"{one}/1.jpg": PHOTO for one in parts if not one.startswith(lost)})
    (root / lost).parent.mkdir(exist_ok=True)
    (root / lost).symlink_to(fill(tmp_path / "outside", {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO}))
    name = lost.removesuffix("/A").removeprefix("A/")
    refused(root, f"'{name}' does not", "a link to a folder is not followed", f"move '{name}' elsewhere")
    source = open_source(str(fill(tmp_path / "papers", {"train/A/1.jpg": PHOTO, "test/B/1.jpg": PHOTO, "val/x": b""})))
    assert len(source.files) == 2


def test_a_linked_wrapping_folder_is_not_followed_either(tmp_path):
    outside = fill(tmp_path / "outside", {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    (tmp_path / "wrapped").mkdir()
    (tmp_path / "wrapped" / "inner").symlink_to(outside)
    refused(tmp_path / "wrapped", "a link to a folder is not followed")


def test_a_root_that_is_itself_a_link_is_followed(tmp_path):
    fill(tmp_path / "real", {"A/1.jpg": PHOTO, "B/1.jpg": PHOTO})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert open_source(str(tmp_path / "link")).root == (tmp_path / "real").resolve()


def test_missing_empty_flat_and_single_class_folders_are_refused(tmp_path):
    refused(tmp_path / "nowhere", "does not exist")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "It holds no folders")
    refused(fill(tmp_path / "no_photos", {"A/x.txt": PHOTO, "B/y.txt": PHOTO}), "no photos")
    refused(fill(tmp_path / "flat", {"1.jpg": PHOTO, "2.jpg": PHOTO}), "directly in it", "class folders")
    refused(class_folders(tmp_path / "one", {"Healthy": 2}), "at least 2 classes", "It holds 1: Healthy")


def test_an_archive_or_another_file_is_refused(tmp_path):
    refused(fill(tmp_path, {"photos.zip": b"PK"}) / "photos.zip", "Unpack it")
    refused(fill(tmp_path, {"leaf.jpg": PHOTO}) / "leaf.jpg", "is a file")
    refused(fill(tmp_path, {"photos.tsv": b"path\tlabel\n"}) / "photos.tsv", "Save the table as NAME.csv")


def test_a_folder_that_may_not_be_listed_is_refused(tmp_path, monkeypatch):
    def not_listed(root):
        raise PermissionError(13, "Permission denied", str(root))

    monkeypatch.setattr(os, "scandir", not_listed)
    refused(tmp_path, "Permission denied")


def test_excluded_classes_are_left_out_and_unknown_ones_refused(tmp_path):
    fill(tmp_path, {f"{label}/1.jpg": PHOTO for label in ("EarlyBlight", "LateBlight", "Healthy")})
    source = open_source(str(tmp_path), ["Healthy"])
    assert {file.label for file in source.files} == {"EarlyBlight", "LateBlight"}
    refused(tmp_path, "There is no class 'LateBligth'", "Did you mean 'LateBlight'?", exclude=["LateBligth"])
    refused(tmp_path, "at least 2 classes", exclude=["Healthy", "LateBlight"])


def write_csv(folder, text, name="photos.csv"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def test_a_csv_names_photos_labels_groups_and_splits(tmp_path):
    text = "\ufeffpath,label,group,split\n잎/b 1.jpg,건강,plant 1,Training\n잎/a.jpg,역병,plant 2,testing\n,,,\n"
    source = open_source(str(write_csv(tmp_path, text)))
    assert source.root == tmp_path.resolve()
    assert source.files == (
        SourceFile("잎/a.jpg", "역병", "plant 2", "test"),
        SourceFile("잎/b 1.jpg", "건강", "plant 1", "train"),
    )


def test_a_csv_with_path_and_label_is_enough_and_its_photos_need_not_exist_yet(tmp_path):
    source = open_source(str(write_csv(tmp_path, "label,path\nA,x.jpg\nB,y.jpg\n", "PHOTOS.CSV")))
    assert source.files == (SourceFile("x.jpg", "A"), SourceFile("y.jpg", "B"))


def test_a_csv_of_any_spreadsheet_is_read(tmp_path):
    text = "path;label\n잎/감.jpg;건강\n잎/밤.jpg;역병\n"
    for encoding in ("utf-8", "cp949", "utf-16"):
        source = open_source(str(write_csv(tmp_path, text.encode(encoding))))
        assert source.files == (SourceFile("잎/감.jpg", "건강"), SourceFile("잎/밤.jpg", "역병"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,class\nx.jpg,A\n", ("lacks path, label", "its columns are file, class")),
        ("", ("its columns are none",)),
        ("path,label\n", ("It has no rows",)),
        ("path,label\nx.jpg\ny.jpg,B\n", ("Line 2 has 1",)),
        ("path,label\nx.jpg,\ny.jpg,B\n", ("Line 2 lacks one",)),
        ("path,label,split\nx.jpg,A,train\ny.jpg,B,middle\n", ("line 3", "'middle'")),
        ("path,label,split\nx.jpg,A,train\ny.jpg,B,\n", ("1 of 2 rows",)),
        (b"PK\x03\x04 a workbook", ("CSV UTF-8",)),
    ],
)
def test_a_csv_that_cannot_be_used_is_refused(tmp_path, text, words):
    refused(write_csv(tmp_path, text), *words)


@pytest.fixture
def kaggle(monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library's own imports
        import kagglehub

    def answer(result):
        def download(name):
            if isinstance(result, Exception):
                raise result
            assert name == "owner/leaves-1.0"
            return str(result)

        monkeypatch.setattr(kagglehub, "dataset_download", download)

    return answer


def test_a_kaggle_dataset_is_downloaded_and_its_wrapping_folder_stepped_into(tmp_path, kaggle):
    fill(tmp_path, {"PLD/Training/A/1.jpg": PHOTO, "PLD/Testing/B/1.jpg": PHOTO})
    kaggle(tmp_path)
    assert [(file.label, file.split) for file in open_source("kaggle:owner/leaves-1.0").files] == [
        ("B", "test"),
        ("A", "train"),
    ]


def test_without_a_connection_kaggle_says_what_to_download_and_where_to_put_it(kaggle):
    kaggle(ConnectionError("no route\nto host"))
    error = refused(
        "kaggle:owner/leaves-1.0", "https://www.kaggle.com/datasets/owner/leaves-1.0", "cannot be reached from here."
    )
    assert "unpack it" in error.mend
    assert "leafgraft run" in error.mend


def test_what_kaggle_itself_says_is_passed_on(kaggle):
    kaggle(RuntimeError("404 Client Error: no such dataset.\nmore"))
    refused("kaggle:owner/leaves-1.0", "It cannot be had: 404 Client Error: no such dataset.")


def test_a_malformed_kaggle_name_is_refused():
    refused("kaggle:leaves", "kaggle:OWNER/NAME")
    refused("kaggle:../../etc/passwd", "kaggle:OWNER/NAME")


def test_a_text_without_a_suffix_is_no_link_however_long_its_words_are(tmp_path):
    fill(tmp_path, {"Rust/0.jpg": 0, "Rust/1.jpg": 1, "Healthy/0.jpg": 2})
    for place in ("README", "Rust/README"):
        (tmp_path / place).write_text("x" * 300 + " https://example.org/leaves", encoding="utf-8")
    source = open_source(str(tmp_path))
    assert paths_of(source) == ["Healthy/0.jpg", "Rust/0.jpg", "Rust/1.jpg"]
    assert source.skipped == ()


def test_the_folder_of_nobody_is_refused_in_words():
    refused("~nosuchuser/photos", "~nosuchuser/photos")


def test_the_contact_sheet_of_picks_is_no_photo_of_the_place(tmp_path):
    fill(tmp_path, {"a.jpg": 1, "picks.jpg": 2, "mine.jpg": 3})
    (tmp_path / "picks.csv").write_text(f"{PICKS_BEGIN}\na.jpg,1,typical,A,0.5\n", encoding="utf-8")
    (tmp_path / "mine.csv").write_text("path,label\n", encoding="utf-8")
    source = read_unlabelled(tmp_path)
    assert [file.path for file in source.files] == ["a.jpg", "mine.jpg"]
    assert source.passed_over == ("mine.csv", "picks.csv", "picks.jpg")


def test_an_empty_name_is_not_this_folder(tmp_path, monkeypatch):
    class_folders(tmp_path, {"A": 1, "B": 1})
    monkeypatch.chdir(tmp_path)
    assert open_source(".").files
    for named in (open_source, study_for_photos):
        with pytest.raises(PhotosError, match="The name is empty"):
            named("")
