import json
import re
import unicodedata

import pytest
from made_up_photos import fill

from leafgraft.data.groups.from_names import name_groups
from leafgraft.data.groups.leaf_groups import given_groups
from leafgraft.data.read.group_file import read_group_file
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.errors import PhotosError, UsageError
from leafgraft.records.progress import Silent


def draw(root, names, first=0):
    fill(root, {f"{name}.jpg": first + number for number, name in enumerate(names)})


@pytest.fixture
def manifest(tmp_path, cache):
    """Two classes of four photos, called alike in both."""
    root = tmp_path / "photos"
    draw(root, ["Rust/0", "Rust/1", "Rust/2", "Rust/3", "Healthy/0", "Healthy/1", "Healthy/2", "Healthy/3"])
    copy = root / "Rust/0.jpg"
    (root / "Rust/copy.jpg").write_bytes(copy.read_bytes())
    return scan(open_source(str(root)), cache, Silent()).manifest


def given(manifest, found):
    before = {photo.path: photo.group for photo in manifest.photos}
    return {photo.path: photo.group for photo in found.photos if photo.group != before[photo.path]}


def written(tmp_path, text, name="groups.csv"):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def test_photos_that_a_file_does_not_name_keep_their_own_group(manifest, tmp_path):
    text = "note,group, path\n,leaf1,Rust/0.jpg\n\n,,Rust/1.jpg\n,leaf1,.\\Healthy\\2.jpg\n"
    found = read_group_file(written(tmp_path, text), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "leaf1", "Healthy/2.jpg": "leaf1"}


@pytest.mark.parametrize("cell", ["2.02301E+13", "2,02301e+13", "#REF!", "#NAME?", "#DIV/0!", "########"])
def test_a_group_that_a_spreadsheet_lost_is_refused(manifest, tmp_path, cell):
    text = f'path,group\nRust/0.jpg,leaf1\nRust/1.jpg,"{cell}"\nRust/2.jpg,"{cell}"\n'
    with pytest.raises(PhotosError, match=rf"has '{re.escape(cell)}' \(line 3\): a .*Make the column text"):
        read_group_file(written(tmp_path, text), manifest)
    with pytest.raises(PhotosError, match=r"Make the column text"):
        read_group_file(written(tmp_path, {cell: ["Rust/1.jpg", "Rust/2.jpg"]}, "groups.json"), manifest)


@pytest.mark.parametrize("cell", ["1e+05", "2.0E+3", "E+13"])
def test_a_group_that_may_hold_all_that_was_given_is_one(manifest, tmp_path, cell):
    found = read_group_file(written(tmp_path, f"path,group\nRust/0.jpg,{cell}\nRust/1.jpg,{cell}\n"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": cell, "Rust/1.jpg": cell}


@pytest.mark.parametrize("other", ["LEAF 1", "leaf1 ", "Leaf1\u200b", "Ｌeaf１", "Leaf01", "Le\u0430f1"])
def test_a_group_that_is_written_in_two_ways_is_refused(manifest, tmp_path, other):
    text = f'path,group\nRust/0.jpg,Leaf-1\nRust/1.jpg,Leaf1\nRust/2.jpg,"{other}"\nRust/3.jpg,leaf-1\n'
    with pytest.raises(PhotosError, match=r"has 'Leaf1' \(line 3\) and '.*' \(line 4\), the same but for case"):
        read_group_file(written(tmp_path, text), manifest)
    with pytest.raises(PhotosError, match=r"has 'Leaf1' \('Leaf1'\) and '.*' \('.*'\), the same"):
        read_group_file(written(tmp_path, {"Leaf1": ["Rust/1.jpg"], other: ["Rust/2.jpg"]}, "groups.json"), manifest)


def test_a_photo_of_two_groups_is_refused(manifest, tmp_path):
    text = "path,group\nRust/0.jpg,leaf1\nRust/1.jpg,leaf1;leaf2\n"
    with pytest.raises(PhotosError, match=r"'leaf1;leaf2' \(line 3\) and 'leaf1', which is a group of its own"):
        read_group_file(written(tmp_path, text), manifest)


def test_columns_that_are_not_used_and_labels_of_other_classes_are_said(manifest, tmp_path):
    text = "photo_id,path,Label,width,group,plant,place\n1,Rust/0.jpg,Healthy,8,a,7,p\n2,Rust/1.jpg,Rust,8,a,7,p\n"
    found = read_group_file(written(tmp_path, text), manifest)
    assert found.taken.since(manifest.taken) == found.taken
    assert found.taken.unused == ("plant",)
    assert found.taken.other_labels == {"Rust/0.jpg": "Healthy"}
    assert found.taken.since(found.taken).in_words() == []
    columns, labels = found.taken.in_words()
    assert "not used: plant" in columns
    assert "1 photo another class, which counts for nothing: Rust/0.jpg is 'Healthy' there" in labels


@pytest.mark.parametrize("label", ["rust", "RUST", "Ru st", "ＲＵＳＴ"])
def test_a_label_that_is_spelled_otherwise_is_of_no_other_class(manifest, tmp_path, label):
    found = read_group_file(written(tmp_path, f"path,label,group\nRust/0.jpg,{label},a\n"), manifest)
    assert found.taken.other_labels == {}


def test_an_archive_is_told_that_groups_are_text(manifest, tmp_path):
    path = tmp_path / "groups.json"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(PhotosError, match=r"groups.json' must be text\. It is an archive.*or unpack it"):
        read_group_file(path, manifest)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_json_of_any_encoding(manifest, tmp_path, encoding):
    path = tmp_path / "groups.json"
    path.write_bytes('{"잎 하나": ["Rust/0.jpg", "Rust/1.jpg"]}'.encode(encoding))
    assert given(manifest, read_group_file(path, manifest)) == dict.fromkeys(("Rust/0.jpg", "Rust/1.jpg"), "잎 하나")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_files_of_any_spreadsheet(manifest, tmp_path, encoding):
    path = tmp_path / "groups.csv"
    path.write_bytes("path;group\r\nRust/0.jpg;잎 하나\r\nRust/1.jpg;잎 하나\r\n".encode(encoding))
    assert given(manifest, read_group_file(path, manifest)) == dict.fromkeys(("Rust/0.jpg", "Rust/1.jpg"), "잎 하나")


MISSING = (
    "",
    "nan",
    "<NA>",
    "N/A",
    "null",
    "None",
    "-",
    "--",
    "?",
    "#NV",
    r"\N",
    "unknown",
    "N.A.",
    "—",
    "모름",
    "\u200b",
)


@pytest.mark.parametrize("missing", MISSING)
def test_blank_cells_are_groups_of_their_own(manifest, tmp_path, missing):
    text = f"path,group\nRust/0.jpg,a\nRust/1.jpg,{missing}\nRust/2.jpg,{missing}\n"
    found = read_group_file(written(tmp_path, text), manifest)
    assert len({photo.group for photo in found.photos}) == len(found.photos)


def test_a_copy_stands_for_the_photo_that_is_kept(manifest, tmp_path):
    assert ("Rust/0.jpg", "Rust/copy.jpg") in manifest.copies
    found = read_group_file(written(tmp_path, "path,group\nRust/copy.jpg,a\nRust/1.jpg,a\n"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "a", "Rust/1.jpg": "a"}
    with pytest.raises(PhotosError, match=r"its copy Rust/copy.jpg twice: 'b' .* and 'a'"):
        read_group_file(written(tmp_path, "path,group\nRust/0.jpg,b\nRust/copy.jpg,a\n"), manifest)


@pytest.mark.parametrize(
    "content",
    [
        {"leaf1": ["Rust/0.jpg", "Rust/1.jpg"], "leaf2": ["Healthy/0.jpg"]},
        {"Rust/0.jpg": "leaf1", "Rust/1.jpg": "leaf1", "Healthy/0.jpg": "leaf2", "Rust/2.jpg": None},
    ],
)
def test_json_either_way_round(manifest, tmp_path, content):
    found = read_group_file(written(tmp_path, content, "groups.json"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "leaf1", "Rust/1.jpg": "leaf1", "Healthy/0.jpg": "leaf2"}


def test_plant_village_leaf_map(tmp_path, cache):
    """Names in small letters, of all crops; one name may stand for leaves of several classes."""
    root = tmp_path / "photos"
    names = ["0a1b-2c___RS_Early.B 12", "0a1b-2d___RS_Early.B 12 copy", "0a1b-2e___RS_Early.B 13"]
    draw(root, [*(f"Potato___Early_blight/{name}" for name in names), "healthy/0", "healthy/1"])
    manifest = scan(open_source(str(root)), cache, Silent()).manifest
    content = {
        "rs_early.b 12": ["Tomato___Early_blight:::3.0", "Potato___Early_blight:::7.0"],
        "rs_early.b 13": ["Apple___rust:::1.0"],
        "rs_hl 1": ["Apple___rust:::2.0"],
        "healthy 0": ["Potato___healthy:::1.0"],
        "1": ["Potato___healthy:::1.0"],
    }
    found = read_group_file(written(tmp_path, content, "leaf-map.json"), manifest)
    early = {f"Potato___Early_blight/{name}.jpg": "Potato___Early_blight:::7.0" for name in names[:2]}
    healthy = dict.fromkeys(("healthy/0.jpg", "healthy/1.jpg"), "Potato___healthy:::1.0")
    assert given(manifest, found) == early | healthy


def test_a_leaf_map_may_name_any_of_the_copies_of_a_photo(tmp_path, cache):
    root = tmp_path / "photos"
    draw(root, ["Rust/a 1", "Rust/a 2", "Rust/a 3", "Healthy/b 1", "Healthy/b 2"])
    for name, of in {"Rust/_x.jpg": "Rust/a 1.jpg", "Rust/a 2 twin.jpg": "Rust/a 2.jpg"}.items():
        (root / name).write_bytes((root / of).read_bytes())
    manifest = scan(open_source(str(root)), cache, Silent()).manifest
    assert manifest.copies == (("Rust/_x.jpg", "Rust/a 1.jpg"), ("Rust/a 2 twin.jpg", "Rust/a 2.jpg"))
    leaves = {"a 1": 1, "a 2": 2, "a 2 twin": 1, "a 3": 2}
    content = {name: [f"Rust:::{leaf}"] for name, leaf in leaves.items()}
    found = read_group_file(written(tmp_path, content, "leaf-map.json"), manifest)
    rust = ["Rust/_x.jpg", "Rust/a 2 twin.jpg", "Rust/a 3.jpg"]
    assert given(manifest, found) == dict.fromkeys(rust, "Rust:::1")
    assert found.taken.joined == {"Rust:::2": "Rust:::1"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("path,group\nRust/0.jpg,a\nRust/0.jpg,b\n", "twice: 'a' \\(line 2\\) and 'b' \\(line 3\\)"),
        ("path,group\nRust/0.jpg,a\nRust/0.jpg,a\n", "twice"),
        ("path,group\nRust/0.jpg\n", "must have 2 values.* Line 2 has 1: Rust/0.jpg"),
        ("path,group\nRust/0.jpg,a,b\n", "must have 2 values.* Line 2 has 3"),
        ("path,group\n0.jpg,a\n", "line 2: '0.jpg' is the name of 2 photos: Healthy/0.jpg, Rust/0.jpg"),
        ("path,group\nRust/9.jpg,a\n", "1 that are not there: Rust/9.jpg \\(line 2\\)"),
        ("path,group\n,a\n", "Line 2 names no photo"),
        ("path,group\nRust/0.jpg,\n", "gives no photo"),
        ("path,group\n", "gives no photo"),
        ("photo,group\nRust/0.jpg,a\n", "no column path.* such as Healthy/0.jpg,leaf1"),
        ("", "no column path and no column group"),
    ],
)
def test_csv_is_refused_by_line(manifest, tmp_path, text, wanted):
    with pytest.raises(PhotosError, match=wanted):
        read_group_file(written(tmp_path, text), manifest)


@pytest.mark.parametrize(
    "text",
    ["[1]", "{", '{"a": 1}', '{"a": [["b"]]}', "[]", "1", '{"Rust/0.jpg": "a", "Rust/0.jpg": "b"}', "[" * 100_000],
)
def test_json_is_refused_in_words(manifest, tmp_path, text):
    with pytest.raises(PhotosError, match="must"):
        read_group_file(written(tmp_path, text, "groups.json"), manifest)


def test_photos_of_a_class_that_is_left_out_may_be_named(manifest, tmp_path, cache):
    draw(tmp_path / "photos", ["Scab/0", "Scab/1"], first=50)
    rest = scan(open_source(manifest.root, ["Scab"]), cache, Silent()).manifest
    found = read_group_file(written(tmp_path, "path,group\nScab/0.jpg,a\nRust/0.jpg,a\n"), rest)
    assert given(rest, found) == {"Rust/0.jpg": "a"}


def test_rows_that_are_not_spelled_exactly_count(manifest, tmp_path):
    text = "path,group\nRust//0.jpg,a\nRust/./1.jpg,a\nRust\\\\2.jpg,a\nrust/3.JPG,a\n"
    found = read_group_file(written(tmp_path, text), manifest)
    assert given(manifest, found) == {f"Rust/{number}.jpg": "a" for number in range(4)}


@pytest.mark.parametrize("name", ["manifest.csv", "groups.json"])
def test_an_edited_manifest_gives_groups(manifest, tmp_path, name):
    own = manifest.photos[0].group
    paths = [manifest.photos[0].path, manifest.photos[1].path]
    text = "".join(["path,label,group\n", *(f"{path},x,{own}\n" for path in paths)])
    found = read_group_file(written(tmp_path, text if name.endswith("csv") else {own: paths}, name), manifest)
    assert given_groups(found.photos)[:3] == [own.replace("g-", "leaf-")] * 2 + [""]


def test_names_give_groups(manifest):
    found = name_groups(r"^([01])\.", manifest)
    assert given(manifest, found) == {f"{label}/{n}.jpg": n for label in ("Rust", "Healthy") for n in "01"}
    of_class = name_groups(r"([^/]+/[01])\.", manifest)
    assert given(manifest, of_class) == {
        f"{label}/{n}.jpg": f"{label}/{n}" for label in ("Rust", "Healthy") for n in "01"
    }


def test_names_that_tell_two_groups_of_copies_join_them(tmp_path, cache):
    root = tmp_path / "named"
    draw(root, ["A/1_a", "A/1_b", "A/2_a", "A/3_a", "B/4_a", "B/5_a"])
    (root / "A/2_copy.jpg").write_bytes((root / "A/1_b.jpg").read_bytes())
    (root / "A/x.jpg").write_bytes((root / "A/3_a.jpg").read_bytes())
    found = name_groups(r"^(\d)_", scan(open_source(str(root)), cache, Silent()).manifest)
    group_of = {photo.path: photo.group for photo in found.photos}
    assert group_of["A/1_a.jpg"] == group_of["A/1_b.jpg"] == group_of["A/2_a.jpg"] == "1"
    assert group_of["A/3_a.jpg"] == "3"
    assert found.taken.joined == {"2": "1"}


def test_names_of_copies_tell_the_groups_of_their_own_place_in_folders_of_several(tmp_path, cache):
    draw(tmp_path, ["Rust/17_a", "Rust/17_b", "Rust/90_x", "Scab/90_y", "Scab/12_a", "Scab/17_y"])
    (tmp_path / "Rust/17_b copy.jpg").write_bytes((tmp_path / "Rust/17_b.jpg").read_bytes())
    (tmp_path / "Scab/90_z.jpg").write_bytes((tmp_path / "Scab/12_a.jpg").read_bytes())
    field = ["Rust/90_x.jpg", "Scab/90_y.jpg", "Scab/90_z.jpg"]
    home = ["Rust/17_a.jpg", "Rust/17_b copy.jpg", "Rust/17_b.jpg", "Scab/12_a.jpg", "Scab/17_y.jpg"]
    rows = [f"{one},{one[:4]},{place}" for place, of in (("home", home), ("field", field)) for one in of]
    table = tmp_path / "photos.csv"
    table.write_text("\n".join(["path,label,place", *rows]))
    found = name_groups(r"^(\d+)_", scan(open_source(str(table)), cache, Silent()).manifest)
    group_of = {photo.path: photo.group for photo in found.photos}
    assert {group_of[f"Rust/17_{one}.jpg"] for one in ("a", "b copy")} == {"home/17"} == {group_of["Scab/17_y.jpg"]}
    assert {group_of[one] for one in ("Rust/90_x.jpg", "Scab/90_y.jpg", "Scab/12_a.jpg")} == {"home/12"}
    assert found.taken.joined == {"field/90": "home/12"}


def test_names_leave_groups_of_a_file_alone(manifest, tmp_path):
    of_file = read_group_file(written(tmp_path, "path,group\nRust/0.jpg,mine\n"), manifest)
    assert given(manifest, name_groups(r"^(0)\.", of_file)) == {"Rust/0.jpg": "mine", "Healthy/0.jpg": "0"}


@pytest.mark.parametrize(
    ("pattern", "error", "wanted"),
    [
        (r"^(\d+_", UsageError, "It cannot be read: missing \\)"),
        (r"^\d+", UsageError, "It has no parentheses"),
        (r"^(x\d+)_", PhotosError, "It matches none of 8; the first is Healthy/0.jpg"),
    ],
)
def test_expressions_are_refused_in_words(manifest, pattern, error, wanted):
    with pytest.raises(error, match=wanted):
        name_groups(pattern, manifest)


@pytest.mark.parametrize(
    "content",
    [
        {"Rust/0.jpg": "nan", "Rust/1.jpg": "NaN", "Rust/2.jpg": "a", "Rust/3.jpg": "a"},
        {"nan": ["Rust/0.jpg", "Rust/1.jpg"], "a": ["Rust/2.jpg", "Rust/3.jpg"]},
    ],
)
def test_what_json_says_of_missing_values_is_no_group(manifest, tmp_path, content):
    found = read_group_file(written(tmp_path, content, "groups.json"), manifest)
    assert given(manifest, found) == {"Rust/2.jpg": "a", "Rust/3.jpg": "a"}


def test_numbers_of_json_are_groups_without_their_zeros(manifest, tmp_path):
    text = '{"Rust/0.jpg": 12.0, "Rust/1.jpg": 12, "Rust/2.jpg": NaN}'
    found = read_group_file(written(tmp_path, text, "groups.json"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "12", "Rust/1.jpg": "12"}


def test_numbers_of_a_csv_are_groups_without_their_zeros(manifest, tmp_path):
    found = read_group_file(written(tmp_path, "path,group\nRust/0.jpg,12\nRust/1.jpg,12.0\nRust/2.jpg,1.2\n"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "12", "Rust/1.jpg": "12", "Rust/2.jpg": "1.2"}


def test_columns_are_found_in_any_case(manifest, tmp_path):
    found = read_group_file(written(tmp_path, "Path,Group\nRust/0.jpg,a\n"), manifest)
    assert given(manifest, found) == {"Rust/0.jpg": "a"}


def test_a_leaf_map_that_gives_a_photo_two_leaves_is_refused(manifest, tmp_path):
    content = {"0": ["Potato___Rust:::1", "Potato___Rust:::2"]}
    with pytest.raises(PhotosError, match="names '0' twice"):
        read_group_file(written(tmp_path, content, "leaf-map.json"), manifest)


def test_hangul_in_names_and_expressions_is_one_however_it_is_composed(tmp_path, cache):
    root = tmp_path / "photos"
    names = [unicodedata.normalize("NFD", "잎12_1"), "잎12_2", "잎13_1", "잎14_1"]
    draw(root, [f"{label}/{name}" for label in ("Rust", "Healthy") for name in names])
    photos = scan(open_source(str(root)), cache, Silent()).manifest
    found = name_groups(r"^(잎\d+)_", photos)
    assert {photo.group for photo in found.photos} == {"잎12", "잎13", "잎14"}
