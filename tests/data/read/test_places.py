"""A folder, or a CSV, for each place; a column of places in one CSV."""

import pytest
from made_up_photos import fill

from leafgraft.data.read.manifest import manifest_text, read_manifest
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import join, open_photos, open_source
from leafgraft.errors import PhotosError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.study import Study


def two_places(folder):
    fill(folder, {"PLD/A/1.jpg": 1, "PLD/B/1.jpg": 2, "FIELD/A/1.jpg": 3, "FIELD/Rust/1.jpg": 4})
    return {"home": str(folder / "PLD"), "field": str(folder / "FIELD")}


def test_paths_begin_at_the_folder_that_holds_all_places(tmp_path):
    source = join(two_places(tmp_path), {}, ())
    assert source.root == tmp_path.resolve()
    assert [(file.path, file.label, file.place) for file in source.files] == [
        ("FIELD/A/1.jpg", "A", "field"),
        ("FIELD/Rust/1.jpg", "Rust", "field"),
        ("PLD/A/1.jpg", "A", "home"),
        ("PLD/B/1.jpg", "B", "home"),
    ]


def test_classes_of_a_place_may_be_called_otherwise_and_be_left_out(tmp_path):
    places = two_places(tmp_path)
    study = Study("s", "", (Recipe(Choice("resnet18")),), places=places, class_names={"field": {"Rust": "B"}})
    assert {(file.place, file.label) for file in open_photos(study).files} == {
        *(("home", "A"), ("home", "B"), ("field", "A"), ("field", "B")),
    }
    fill(tmp_path, {"PLD/C/1.jpg": 5})
    left = Study("s", "", study.recipes, places=places, class_names=study.class_names, exclude=("C",))
    assert {file.label for file in open_photos(left).files} == {"A", "B"}


def test_groups_of_a_csv_are_of_its_own_place(tmp_path):
    two_places(tmp_path)
    for name in ("PLD", "FIELD"):
        (tmp_path / name / "p.csv").write_text(
            f"path,label,group\nA/1.jpg,A,7\n{'B' if name == 'PLD' else 'Rust'}/1.jpg,B,8\n"
        )
    places = {"home": str(tmp_path / "PLD/p.csv"), "field": str(tmp_path / "FIELD/p.csv")}
    assert {file.group for file in join(places, {}, ()).files} == {"home/7", "home/8", "field/7", "field/8"}


def test_a_place_goes_from_the_source_into_the_manifest_and_its_file(tmp_path, cache):
    manifest = scan(join(two_places(tmp_path), {}, ()), cache, Silent()).manifest
    assert manifest.places == ("field", "home")
    (tmp_path / "manifest.csv").write_text(manifest_text(manifest))
    back = read_manifest(tmp_path / "manifest.csv", manifest.root)
    assert [photo.place for photo in back.photos] == ["field", "field", "home", "home"]
    plain = Manifest("", (Photo("0a", "A/1.jpg", "A", 8, 8, "g-0a"),))
    assert manifest_text(plain).splitlines()[0] == "photo_id,path,label,width,height,group"
    assert plain.places == ()


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("path,label,place\nA/1.jpg,A,x\nB/1.jpg,B,x\n", "home", ("'home' must be of that place", "column place")),
        (
            "path,label,split\nA/1.jpg,A,train\nB/1.jpg,B,test\n",
            "home",
            ("or those of none", "home do; those of field"),
        ),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(tmp_path, text, place, words):
    places = two_places(tmp_path)
    (tmp_path / "PLD/p.csv").write_text(text)
    with pytest.raises(PhotosError) as caught:
        join({**places, place: str(tmp_path / "PLD/p.csv")}, {}, ())
    for word in words:
        assert word in str(caught.value)


def test_a_photo_lies_in_one_place(tmp_path):
    fill(tmp_path, {"A/1.jpg": 1, "B/1.jpg": 2})
    with pytest.raises(PhotosError, match=r"'A/1.jpg' lies in 'home' and in 'field'"):
        join({"home": str(tmp_path), "field": str(tmp_path)}, {}, ())


def test_a_photo_that_two_tables_write_in_two_ways_lies_in_two_places(tmp_path):
    fill(tmp_path, {f"{place}/{label}.jpg": 1 for place in ("a", "b") for label in "AB"})
    (tmp_path / "a/p.csv").write_text("path,label\nA.jpg,A\nB.jpg,B\n")
    (tmp_path / "b/p.csv").write_text(f"path,label\nA.jpg,A\n{tmp_path / 'a/B.jpg'},B\n")
    with pytest.raises(PhotosError, match=r"B.jpg' lies in 'one' and in 'two'"):
        join({"one": str(tmp_path / "a/p.csv"), "two": str(tmp_path / "b/p.csv")}, {}, ())


def test_names_of_places_differ_in_more_than_case(tmp_path):
    places = two_places(tmp_path)
    with pytest.raises(PhotosError, match="There are 'home' and 'Home'"):
        join({"home": places["home"], "Home": places["field"]}, {}, ())


def test_numbers_in_a_class_alone_are_no_classes_where_other_places_have_the_class(tmp_path):
    fill(tmp_path, {"home/A/1.jpg": 1, "home/B/1.jpg": 2, "field/A/01/1.jpg": 3, "field/A/02/1.jpg": 4})
    with pytest.raises(PhotosError, match=r"'field' must have.*folder 'A' alone, which is a class elsewhere.*01, 02"):
        join({"home": str(tmp_path / "home"), "field": str(tmp_path / "field")}, {}, ())


def test_class_names_must_be_of_the_place(tmp_path):
    with pytest.raises(PhotosError, match=r"place 'field' must be its own.*It has A, Rust, not Rost\."):
        join(two_places(tmp_path), {"field": {"Rost": "B"}}, ())


def test_a_csv_has_a_column_of_places(tmp_path):
    two_places(tmp_path)
    table = tmp_path / "photos.csv"
    table.write_text("path,label,place\nPLD/A/1.jpg,A,home\nFIELD/Rust/1.jpg,B, field 2 \n")
    assert {file.path: file.place for file in open_source(str(table)).files} == {
        "PLD/A/1.jpg": "home",
        "FIELD/Rust/1.jpg": "field 2",
    }
    table.write_text("path,label,place\nPLD/A/1.jpg,A,\nFIELD/Rust/1.jpg,B,\n")
    assert {file.place for file in open_source(str(table)).files} == {""}
    table.write_text("path,label,place\nPLD/A/1.jpg,A,home\nFIELD/A/1.jpg,A,nan\nFIELD/Rust/1.jpg,B,field\n")
    with pytest.raises(PhotosError, match=r"Line 3 of .* must name the place of its photo.*2 other rows have one"):
        open_source(str(table))


def test_places_on_two_drives_are_refused(tmp_path, monkeypatch):
    def apart(paths):
        raise ValueError("Paths don't have the same drive")

    monkeypatch.setattr("os.path.commonpath", apart)
    with pytest.raises(PhotosError, match="one drive"):
        join(two_places(tmp_path), {}, ())
