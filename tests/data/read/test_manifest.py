import pytest

from leafgraft.data.read.manifest import manifest_text, read_manifest
from leafgraft.errors import StudyFolderError
from leafgraft.records.photo import Manifest, Photo, Unreadable

PHOTOS = (
    Photo("00aa", "A/잎 1.jpg", "A", 10, 20, "g-00aa"),
    Photo("11bb", 'B/"quoted", with comma\nand line.jpg', "B,C", 3, 4, "plant 🍃"),
)


def test_a_manifest_is_read_back_as_it_was_written(tmp_path):
    manifest = Manifest("/photos", PHOTOS, (Unreadable("A/x.jpg", "empty"),), (("A/1", "A/2"),))
    (tmp_path / "manifest.csv").write_text(manifest_text(manifest), encoding="utf-8")
    assert read_manifest(tmp_path / "manifest.csv", "/photos") == Manifest("/photos", PHOTOS)


def test_the_columns_are_fixed():
    text = manifest_text(Manifest("/photos", PHOTOS[:1]))
    assert text == "photo_id,path,label,width,height,group\n00aa,A/잎 1.jpg,A,10,20,g-00aa\n"


@pytest.mark.parametrize(
    "content",
    [
        b"photo_id,path,label\n1,2,3\n",
        b"photo_id,path,label,width,height,group\n1,a.jpg,A,wide,3,g\n",
        b"photo_id,path,label,width,height,group\n1,a.jpg,A\n",
        b"\xff\xfe\xff",
    ],
)
def test_a_damaged_manifest_is_refused_in_words(tmp_path, content):
    (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(StudyFolderError, match="photo_id,path,label,width,height,group"):
        read_manifest(tmp_path / "manifest.csv", "/photos")


def test_a_missing_manifest_is_refused_in_words(tmp_path):
    with pytest.raises(StudyFolderError):
        read_manifest(tmp_path / "manifest.csv", "/photos")
