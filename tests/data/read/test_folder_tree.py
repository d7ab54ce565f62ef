"""What is a photo is read from the content of a file, not from its name."""

from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace

import pytest
from made_up_photos import draw, encode, fill
from PIL import Image

from leafgraft.data.read.folder import shortened
from leafgraft.data.read.folder_tree import Tree, listed
from leafgraft.data.read.source import below_place, open_source
from leafgraft.records.photo import kind_of_file
from leafgraft.web.photos import list_photos


def paths_of(root):
    return [file.path for file in open_source(str(root)).files]


PHOTOS = {
    "a.jpg_large": encode(draw(1)),
    "b.JPG ": encode(draw(2)),
    "c": encode(draw(3), "PNG"),
    "d.jp2": encode(draw(4), "JPEG2000"),
    "e.ppm": encode(draw(5), "PPM"),
    "f.tga": encode(draw(6), "TGA"),
    "g.mpo": encode(Image.fromarray(draw(7)), "MPO", save_all=True, append_images=[Image.fromarray(draw(8))]),
    "h.jpeg.download": encode(draw(9)),
    "i.txt": encode(draw(10), "WEBP"),
    "j.heic?raw=1": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
}


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_are_taken_whatever_their_name(tmp_path, name):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, f"A/{name}": PHOTOS[name]})
    assert f"A/{name}" in paths_of(tmp_path)
    assert open_source(str(tmp_path)).passed_over == ()


OTHERS = {
    "box.xml": b"<annotation/>",
    "labels.csv": b"path,label\n",
    "notes.txt": b"early blight\n" * 99,
    "data.json": b"{}",
    "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(600),
    ".DS_Store": b"\0\0\0\1Bud1" + bytes(600),
    "icon.ico": encode(draw(1, 16, 16), "ICO"),
    "paper.pdf": b"%PDF-1.4\n",
    "drawing.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "weights.npy": b"\x93NUMPY\1\0v\0",
    "README": b"read me",
    "empty.dat": b"",
    "._1.jpg": b"\0\5\x16\7",
}


def test_what_is_no_photo_is_passed_over_and_listed(tmp_path):
    fill(
        tmp_path,
        {"A/1.jpg": 1, "B/1.jpg": 2, "notes.md": b"# Leaves", **{f"A/{name}": OTHERS[name] for name in OTHERS}},
    )
    source = open_source(str(tmp_path))
    assert paths_of(tmp_path) == ["A/1.jpg", "B/1.jpg"]
    assert set(source.passed_over) == {"notes.md", *(f"A/{name}" for name in OTHERS)}
    assert source.skipped == ()


def test_a_file_that_is_called_a_photo_is_listed_when_it_is_read_and_not_passed_over(tmp_path):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, "A/x.jpg": b"no photo", "A/y.NEF": b"no photo", "A/z.heic": b""})
    assert paths_of(tmp_path) == ["A/1.jpg", "A/x.jpg", "A/y.NEF", "A/z.heic", "B/1.jpg"]


KINDS = {
    "a.XML": ".xml",
    "x.jpg ": ".jpg",
    "Thumbs.db": "Thumbs.db",
    ".DS_Store": ".DS_Store",
    "._IMG_0001.jpg": "hidden",
    "README": "without suffix",
}


@pytest.mark.parametrize("name", KINDS)
def test_files_are_counted_by_suffix_or_name(name):
    assert kind_of_file(name) == KINDS[name]


@pytest.mark.parametrize(("kind", "root"), [(PureWindowsPath, "C:\\p"), (PurePosixPath, "/p")])
def test_what_is_passed_over_is_told_from_the_folder_on_every_system(kind, root):
    top = kind(root)
    of_system = [shortened(listed(top / one), top / "photos", top) for one in ("photos/Rust/notes.txt", "cover.jpg")]
    assert of_system == ["Rust/notes.txt", "cover.jpg"]
    found = [below_place(kind("field", "2"), one) for one in (*of_system, "Rust/.git/", listed(top / "away.jpg"))]
    assert found == ["field/2/Rust/notes.txt", "field/2/cover.jpg", "field/2/Rust/.git/", listed(top / "away.jpg")]


def test_a_link_that_leads_nowhere_is_no_class(tmp_path):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, "notes.txt": b"words"})
    for name in ("labels.csv", "A/README.md", "A/2.jpg"):
        (tmp_path / name).symlink_to(tmp_path / ".git/annex" / name)
    (tmp_path / "B/notes.txt").symlink_to("../notes.txt")
    source = open_source(str(tmp_path))
    assert {file.path for file in source.files} == {"A/1.jpg", "A/2.jpg", "B/1.jpg"}
    reason = "a link that leads nowhere"
    assert [(one.path, one.reason) for one in source.skipped] == [("A/README.md", reason), ("labels.csv", reason)]
    assert source.passed_over == ("B/notes.txt", "notes.txt")


def test_a_link_is_to_a_folder_by_its_name_unless_it_leads_to_content_of_git_annex(tmp_path):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2})
    for name in ("v1.2", "sp. 1", "Early.blight"):
        (tmp_path / name).symlink_to("../gone")
    for name in ("README", "LICENSE", "A/notes.v2 final"):
        (tmp_path / name).symlink_to(tmp_path / ".git/annex/objects/Xx" / name)
    for name in ("data.json", "model.safetensors", "photos.7z"):
        (tmp_path / name).symlink_to("../gone")
    skipped = {one.path: one.reason for one in Tree(tmp_path).skipped}
    nowhere = dict.fromkeys(
        ("README", "LICENSE", "A/notes.v2 final", "data.json", "model.safetensors", "photos.7z"),
        "a link that leads nowhere",
    )
    assert {path.removeprefix(f"{tmp_path}/"): reason for path, reason in skipped.items()} == {
        **dict.fromkeys(("v1.2", "sp. 1", "Early.blight"), "a link to a folder is not followed"),
        **nowhere,
    }


def test_a_junction_of_windows_is_not_followed(tmp_path, monkeypatch):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, "A/joined/2.jpg": 3})
    state = Path.lstat

    def of_windows(path):
        tag = 0xA0000003 if path.name == "joined" else 0
        return SimpleNamespace(st_mode=state(path).st_mode, st_reparse_tag=tag)

    monkeypatch.setattr(Path, "lstat", of_windows)
    source = open_source(str(tmp_path))
    assert [file.path for file in source.files] == ["A/1.jpg", "B/1.jpg"]
    assert [(one.path, one.reason) for one in source.skipped] == [("A/joined", "a link to a folder is not followed")]
    assert [one.inside.as_posix() for one in list_photos([tmp_path]).photos] == ["A/1.jpg", "B/1.jpg"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".2.jpg.icloud", "a photo that iCloud keeps elsewhere"),
        (".2.JPG", "a photo whose name begins with a full stop is hidden"),
        ("._2.jpg", ""),
        (".trashed-1700000000-2.jpg", ""),
        (".picasa.ini", ""),
        (".notes.txt.icloud", ""),
    ],
)
def test_photos_under_hidden_names_are_left_out_not_passed_over_as_no_photos(tmp_path, name, reason):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, f"A/{name}": b"bplist00"})
    source = open_source(str(tmp_path))
    assert [one.reason for one in source.skipped] == [reason] * bool(reason)
    assert source.passed_over == (() if reason else (f"A/{name}",))


def test_a_hidden_folder_of_photos_is_left_out_not_passed_over_as_no_photos(tmp_path):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, ".Rust/1.jpg": 3, "A/.old/1.jpg": 4, ".idea/notes.txt": b"x"})
    source = open_source(str(tmp_path))
    assert {one.path: one.mend for one in source.skipped} == dict.fromkeys(
        (".Rust", "A/.old"), "rename it, or move it elsewhere"
    )
    assert source.empty == {".Rust": "a folder whose name begins with a full stop is hidden"}
    assert source.passed_over == (".idea/",)
    assert paths_of(tmp_path) == ["A/1.jpg", "B/1.jpg"]


@pytest.mark.parametrize(
    "name",
    [".ipynb_checkpoints", ".thumbnails", ".Trash-1000", ".picasaoriginals", ".git", ".recycle", ".backup", ".preview"],
)
def test_hidden_copies_and_thumbnails_of_programs_are_passed_over(tmp_path, name):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2, f"{name}/1.jpg": 3, f"A/{name}/1.jpg": 4})
    assert open_source(str(tmp_path)).passed_over == tuple(sorted([f"{name}/", f"A/{name}/"]))
