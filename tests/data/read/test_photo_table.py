"""Rows of a CSV that cannot be used as they are, refused by line; paths that are written otherwise on the disk."""

import unicodedata

import pytest
from made_up_photos import fill

from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_photos, open_source
from leafgraft.errors import PhotosError
from leafgraft.records.photo import Respelled
from leafgraft.records.progress import Silent
from leafgraft.storage.study_file import load_study, study_for_photos


def write(folder, text):
    (folder / "photos.csv").write_text(text, encoding="utf-8")
    return str(folder / "photos.csv")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "path,label\na.jpg,Early\nb.jpg,Pepper,_bell\n",
            ("2 values", "Line 3 has 3: b.jpg,Pepper,_bell", "quotes"),
        ),
        ("path,label\na.jpg,Early\nb.jpg,nan\n", ("Line 3", "It is 'nan'")),
        ("path,label\na.jpg,N/A\nb.jpg,Late\n", ("Line 2", "It is 'N/A'")),
        ("path,label\na.jpg,Early\nb.jpg,#NV\n", ("Line 3", "It is '#NV'")),
        ("path,label,place\na.jpg,E,home\nb.jpg,E,Home\n", ("Line 3", "It is 'Home'; line 2 has 'home'", "one way")),
        ("path,label,place\na.jpg,E,field 1\nb.jpg,E,Ｆield  1\n", ("Line 3", "line 2 has 'field 1'")),
        ("path,label\na.jpg,0\nb.jpg,1\nc.jpg,0.0\n", ("Line 4", "It is '0.0'; line 2 has '0'", "one way")),
        ("path,label\na.jpg,1\nb.jpg,01\n", ("Line 3", "line 2 has '1'")),
        ("path,label\na.jpg,Early\nb.jpg,#REF!\n", ("Line 3", "It is '#REF!'")),
        ("path,label\na.jpg,Early\nb.jpg,?\n", ("Line 3", "It is '?'")),
        ("path,label,place\na.jpg,E,home\nb.jpg,E,-\n", ("Line 3", "It has none; 1 other row has one")),
        (
            "path,label,group\na.jpg,E,2.02301E+13\nb.jpg,E,7\n",
            ("Line 2", "It is '2.02301E+13': a number that", "text"),
        ),
        ("path,label,group\na.jpg,E,007\nb.jpg,E,7\n", ("Line 3", "It is '7'; line 2 has '007'", "leading zeros")),
        ("path,label,label\na.jpg,Early,E\n", ("'label' stands twice",)),
        ("path,Label, label\na.jpg,Early,E\n", ("2 columns are called label",)),
        ("path,path,label\na.jpg,b.jpg,E\n", ("'path' stands twice",)),
        ("path,label\na.jpg,Early\nb.jpg,Late\na.jpg,Early\n", ("Line 4", "It names 'a.jpg', as line 2 does")),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_line(tmp_path, text, words):
    with pytest.raises(PhotosError) as caught:
        open_source(write(tmp_path, text))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "other", ["{root}/imgs/0.jpg", "imgs/../imgs/0.jpg", "link/0.jpg", "{root}/link/0.jpg", "./imgs//0.jpg"]
)
def test_a_photo_that_is_written_in_two_ways_is_named_once(tmp_path, other):
    fill(tmp_path, {"imgs/0.jpg": 1, "imgs/1.jpg": 2})
    (tmp_path / "link").symlink_to("imgs")
    other = other.format(root=tmp_path)
    with pytest.raises(PhotosError, match=r"Line 4 of .* must name each photo once") as caught:
        open_source(write(tmp_path, f"path,label\nimgs/0.jpg,A\nimgs/1.jpg,B\n{other},A\n"))
    assert f"It names '{other}', as line 2 does" in str(caught.value)
    assert len(open_source(write(tmp_path, f"path,label\nimgs/0.jpg,A\n{other},B\n")).files) == 2


def test_links_to_one_file_are_copies_not_one_photo(tmp_path):
    """As git-annex keeps equal files."""
    fill(tmp_path, {"objects/0": 1, "c.jpg": 2})
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).symlink_to("objects/0")
    assert len(open_source(write(tmp_path, "path,label\na.jpg,A\nb.jpg,A\nc.jpg,B\n")).files) == 3


def test_quoted_commas_numbers_and_a_photo_under_two_labels_are_read(tmp_path):
    text = 'path,label\na.jpg,"Pepper,_bell"\nb.jpg,0\nc.jpg,1\nd.jpg,1\nd.jpg,0\n\n'
    source = open_source(write(tmp_path, text))
    assert [(file.path, file.label) for file in source.files] == [
        ("a.jpg", "Pepper,_bell"),
        *(("b.jpg", "0"), ("c.jpg", "1"), ("d.jpg", "1"), ("d.jpg", "0")),
    ]


def test_labels_with_underscores_are_no_numbers(tmp_path):
    source = open_source(write(tmp_path, "path,label\na.jpg,1_1\nb.jpg,11\n"))
    assert [file.label for file in source.files] == ["1_1", "11"]


def test_groups_of_a_manifest_are_groups_that_were_given(tmp_path):
    text = f"path,label,group\na.jpg,A,g-{'0a' * 8}\nb.jpg,A,g-{'0a' * 8}\nc.jpg,B,g-1\n"
    source = open_source(write(tmp_path, text))
    assert [file.group for file in source.files] == [f"leaf-{'0a' * 8}"] * 2 + ["g-1"]


def test_a_missing_group_is_no_group_and_columns_that_are_not_used_are_told(tmp_path):
    text = "path,label,Group,plant,date\na.jpg,A,nan,1,May\nb.jpg,A,N/A,1,May\nc.jpg,B,leaf1,2,May\nd.jpg,B,,2,May\n"
    source = open_source(write(tmp_path, text))
    assert [file.group for file in source.files] == ["", "", "leaf1", ""]
    assert source.unused == ("plant", "date")


def test_cells_that_say_no_group_are_none_and_12_0_is_12(tmp_path):
    cells = ["None", "none", "-", "--", "?", "#NV", r"\N", "12", "12.0", "12.5"]
    text = "path,label,group\n" + "".join(f"{row}.jpg,{'AB'[row % 2]},{cell}\n" for row, cell in enumerate(cells))
    assert [file.group for file in open_source(write(tmp_path, text)).files] == [""] * 7 + ["12", "12", "12.5"]


def test_places_that_differ_in_more_than_spelling_are_two(tmp_path):
    text = "path,label,place\na.jpg,A,plot 1 12\nb.jpg,B,plot 11 2\n"
    assert {file.place for file in open_source(write(tmp_path, text)).files} == {"plot 1 12", "plot 11 2"}


def test_blanks_around_a_name_which_tables_lose_are_found(tmp_path):
    fill(tmp_path, {"Early /b.JPG ": 1, "Late/ 1.jpg": 2, "Late/2.jpg": 3, "Late/2.jpg ": 4})
    text = "path,label\nEarly /b.JPG ,E\nlate/1.jpg,L\nLate/2.jpg,L\n"
    source = open_source(write(tmp_path, text))
    assert [file.path for file in source.files] == ["Early /b.JPG ", "Late/ 1.jpg", "Late/2.jpg"]


def test_composed_and_decomposed_letters_are_one_name(tmp_path):
    apart, whole = (unicodedata.normalize(form, "건강/잎.jpg") for form in ("NFD", "NFC"))
    fill(tmp_path, {apart: 1, "B/1.jpg": 2})
    for written in (apart, whole):
        source = open_source(write(tmp_path, f"path,label\n{written},{whole[:2]}\nB/1.jpg,B\n"))
        assert [file.path for file in source.files] == ["B/1.jpg", apart]
        assert source.respelled == ()
    folder = unicodedata.normalize("NFD", "사진")
    fill(tmp_path / folder, {"A/1.jpg": 1, "B/1.jpg": 2})
    assert len(open_source(str(tmp_path / unicodedata.normalize("NFC", "사진"))).files) == 2


@pytest.mark.parametrize(
    "written",
    [
        *("Early\\1.JPG", "Early/1.JPG", "early/1.jpg", ".\\Early\\1.jpg"),
        *("C:\\photos\\Early\\1.jpg", "D:/x/y/Early/1.jpg", "/mnt/y/Early/1.jpg"),
    ],
)
def test_back_slashes_and_other_cases_are_found_and_said(tmp_path, written):
    fill(tmp_path, {"Early/1.jpg": 1, "Late/1.jpg": 2})
    source = open_source(write(tmp_path, f"path,label\n{written},E\nLate/1.jpg,L\n"))
    assert [file.path for file in source.files] == ["Early/1.jpg", "Late/1.jpg"]
    assert source.respelled == (Respelled(written, "Early/1.jpg"),)


def test_a_name_of_two_files_is_not_guessed(tmp_path):
    fill(tmp_path, {"Early/a.jpg": 1, "Early/A.jpg": 2, "Late/1.jpg": 3})
    source = open_source(write(tmp_path, "path,label\nEarly/a.JPG,E\nEarly/A.jpg,E\nLate/1.jpg,L\n"))
    assert [file.path for file in source.files] == ["Early/A.jpg", "Early/a.JPG", "Late/1.jpg"]
    assert source.respelled == ()


def test_a_group_that_is_written_in_two_ways_is_refused(tmp_path):
    table = write(tmp_path, "path,label,group\na.jpg,A,leaf 1\nb.jpg,A,\nc.jpg,B,Leaf1\n")
    with pytest.raises(
        PhotosError, match=r"Line 4 .* must write its group as the others do.* 'Leaf1'; line 2 has 'leaf 1'"
    ) as caught:
        open_source(table)
    assert "if they are two leaves, call them otherwise" in str(caught.value)


@pytest.mark.parametrize("cell", ["leaf1;leaf2", "leaf 1 | leaf3", "leaf3 & Leaf1", "leaf2+leaf1"])
def test_a_row_that_names_several_groups_is_refused(tmp_path, cell):
    table = write(tmp_path, f"path,label,group\na.jpg,A,leaf1\nb.jpg,A,{cell}\nc.jpg,B,leaf4\n")
    with pytest.raises(PhotosError, match=r"Line 3 .* must have one group\..*eaf ?1' is a group of its own.* of both"):
        open_source(table)


@pytest.mark.parametrize("cell", ["leaf4+", "A;B", "leaf1-leaf2"])
def test_a_name_with_marks_between_that_names_no_other_group_is_one(tmp_path, cell):
    table = write(tmp_path, f"path,label,group\na.jpg,A,leaf1\nb.jpg,A,{cell}\nc.jpg,B,leaf4\n")
    assert open_source(table).files[1].group == cell


def test_a_link_to_a_table_stands_for_the_file_in_a_study_as_in_an_audit(tmp_path, monkeypatch):
    fill(tmp_path, {"here/1.jpg": 3, **{f"there/{one}.jpg": one for one in (1, 2)}})
    (tmp_path / "here/link.csv").symlink_to(write(tmp_path / "there", "path,label\nlost.jpg,A\n1.jpg,A\n2.jpg,B\n"))
    monkeypatch.chdir(tmp_path / "here")
    found = open_source("link.csv")
    assert found.root == (tmp_path / "there").resolve()
    assert found == open_photos(study_for_photos("link.csv"))


def test_photos_beside_a_link_of_git_annex_are_found_there(tmp_path, monkeypatch):
    objects = tmp_path / ".git/annex/objects"
    objects.mkdir(parents=True)
    (tmp_path / "photos.csv").symlink_to(write(objects, "path,label\nlost.jpg,A\nA/1.jpg,A\nB/1.jpg,B\n"))
    fill(tmp_path, {"B/1.jpg": 2})
    (tmp_path / "A").mkdir()
    (tmp_path / "A/1.jpg").symlink_to(objects / "not-fetched")
    (tmp_path / "said.csv").symlink_to(objects / "said")
    text = "photos: photos.csv\ncorrections: said.csv\nrecipes: [{backbone: resnet18}]\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = open_source("photos.csv")
    assert found.root == tmp_path.resolve()
    study = load_study(tmp_path / "study.yaml")
    assert found == open_photos(study_for_photos("photos.csv")) == open_photos(study)
    assert study.corrections == str(objects.resolve() / "said"), "which a review writes to, not in place of the link"


@pytest.mark.parametrize(
    ("encoding", "label"), [("cp1254", "sağlıklı"), ("shift_jis", "さび病"), ("cp1252", "Rouillé")]
)
def test_an_encoding_that_was_guessed_is_said(tmp_path, cache, encoding, label):
    fill(tmp_path, {f"{number}.jpg": number for number in range(4)})
    text = "path,label\n" + "".join(f"{at}.jpg,{label if at % 2 else 'healthy'}\n" for at in range(4))
    (tmp_path / "photos.csv").write_bytes(text.encode(encoding))
    (words,) = scan(open_source(str(tmp_path / "photos.csv")), cache, Silent()).manifest.taken.in_words()
    assert words.startswith("Letters of the CSV were read as cp")
    assert words.endswith("save the CSV as UTF-8.")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "euc_kr"])
def test_an_encoding_that_is_told_is_not_said(tmp_path, cache, encoding):
    fill(tmp_path, {f"{number}.jpg": number for number in range(4)})
    text = "path,label\n" + "".join(f"{at}.jpg,{'잎마름병' if at % 2 else '건강'}\n" for at in range(4))
    (tmp_path / "photos.csv").write_bytes(text.encode(encoding))
    manifest = scan(open_source(str(tmp_path / "photos.csv")), cache, Silent()).manifest
    assert manifest.classes == ("건강", "잎마름병")
    assert manifest.taken.in_words() == []


@pytest.mark.parametrize("labels", [("-", "+", "++"), ("–", "±", "-1"), ("1E+05", "1.5E+06", "0")])
def test_scores_and_concentrations_are_classes(tmp_path, labels):
    fill(tmp_path, {f"{number}.jpg": number for number in range(3)})
    rows = "".join(f"{at}.jpg,{label}\n" for at, label in enumerate(labels))
    (tmp_path / "photos.csv").write_text(f"path,label\n{rows}", encoding="utf-8")
    assert [file.label for file in open_source(str(tmp_path / "photos.csv")).files] == list(labels)
