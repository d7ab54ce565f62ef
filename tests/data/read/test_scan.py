import os
import random
import sqlite3
import warnings
from contextlib import closing, contextmanager

import numpy as np
import pytest
from made_up_photos import Talk, class_folders, draw, encode, fill, png_header
from PIL import Image

from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.decode.thumbnails import open_thumbnails
from leafgraft.data.read import scan as scan_module
from leafgraft.data.read.facts import FACTS_VERSION
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.errors import PhotosError, StudyFolderError
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder


def scan_folder(root, cache, progress=None):
    return scan(open_source(str(root)), cache, progress or Silent())


def test_photos_come_in_the_order_of_their_paths_with_their_facts(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"B": 3, "A": 2})
    talk = Talk()
    scanned = scan_folder(root, cache, talk)
    assert [photo.path for photo in scanned.manifest.photos] == sorted(
        f"{p.parent.name}/{p.name}" for p in root.rglob("*.jpg")
    )
    assert [facts.photo_id for facts in scanned.facts] == [photo.photo_id for photo in scanned.manifest.photos]
    assert scanned.manifest.classes == ("A", "B")
    assert scanned.manifest.root == str(root.resolve())
    assert {(photo.width, photo.height) for photo in scanned.manifest.photos} == {(32, 24)}
    assert len({photo.group for photo in scanned.manifest.photos}) == 5
    assert talk.tasks == {"Scan photos": [5, 5]}


def test_it_says_what_folders_below_classes_are_taken_for(tmp_path, cache):
    talk = Talk()
    scan_folder(fill(tmp_path, {f"{name}/{of}/a.jpg": at for at, (name, of) in enumerate(FOLDERS_BELOW)}), cache, talk)
    assert (
        "Folders below a class are taken as part of it: Apple/0, Apple/1, Apple/2 and 3 more. "
        "If they are classes, name the folder 'Apple' instead."
    ) in talk.lines


FOLDERS_BELOW = [("Apple", "0"), ("Apple", "1"), ("Apple", "2"), ("Pear", "0"), ("Pear", "1"), ("Plum", "0")]


BROKEN = {
    "empty.jpg": (b"", "the file is empty"),
    "text.jpg": (b"this is no photo at all\n", "not an image"),
    "cut.jpg": (encode(draw(1, 200, 200))[:-800], "truncated"),
    "cut.png": (encode(draw(1, 200, 200), "PNG")[:-800], "truncated"),
    "half.gif": (encode(draw(1, 200, 200), "GIF")[:-9000], "truncated"),
    "bomb.png": (png_header(30_000, 30_000), "200,000,000"),
    "large.png": (png_header(15_000, 14_000), "200,000,000"),
    "header.png": (png_header(10, 10), "truncated or damaged"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_photo_that_cannot_be_read_is_listed_with_the_reason_and_left_out(tmp_path, cache, name):
    content, reason = BROKEN[name]
    root = fill(class_folders(tmp_path / "photos", {"A": 2, "B": 2}), {f"A/{name}": content})
    manifest = scan_folder(root, cache).manifest
    assert len(manifest.photos) == 4
    assert [one.path for one in manifest.unreadable] == [f"A/{name}"]
    assert reason in manifest.unreadable[0].reason


def test_bytes_flipped_anywhere_in_a_file_never_stop_a_scan(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    exif = Image.Exif()
    exif[274], exif[271], exif[306] = 6, "Maker", "2026:01:01 10:00:00"
    wholes = [encode(draw(5), kind) for kind in ("PNG", "GIF", "BMP", "TIFF", "WEBP")]
    wholes += [
        encode(draw(5), exif=exif),
        encode(draw(5), "PNG", exif=exif),
        encode(draw(5), "TIFF", compression="tiff_lzw"),
    ]
    generator = np.random.default_rng(0)
    for number in range(240):
        content = bytearray(wholes[number % len(wholes)])
        reach = min(len(content), 200)
        for place in generator.integers(0, reach, 4):
            content[place] = generator.integers(256)
        fill(root, {f"A/broken{number}.jpg": bytes(content)})
    manifest = scan_folder(root, cache).manifest
    broken = [photo for photo in manifest.photos if "broken" in photo.path]
    assert len(broken) + len(manifest.unreadable) + sum(len(paths) - 1 for paths in manifest.copies) == 240
    assert manifest.unreadable
    assert all(one.reason for one in manifest.unreadable)


def test_photos_of_a_csv_that_are_missing_or_no_files_are_listed(tmp_path, cache):
    fill(tmp_path, {"a.jpg": 1, "b.jpg": 2, "folder.jpg/x.txt": b""})
    rows = "a.jpg,A\nb.jpg,B\ngone.jpg,A\nfolder.jpg,B\n" + "n" * 300 + ".jpg,A\n"
    (tmp_path / "photos.csv").write_text("path,label\n" + rows)
    manifest = scan(open_source(str(tmp_path / "photos.csv")), cache, Silent()).manifest
    assert [photo.path for photo in manifest.photos] == ["a.jpg", "b.jpg"]
    reasons = {one.path[:10]: one.reason for one in manifest.unreadable}
    assert reasons["gone.jpg"] == "there is no such file"
    assert reasons["folder.jpg"] == "it is not a file"
    assert {one.mend for one in manifest.unreadable if one.path in {"gone.jpg", "folder.jpg"}} == {"mend the path"}
    assert "too long" in reasons["n" * 10]


@pytest.mark.parametrize("address", ["https://example.org/1.jpg", "s3://leaves/1.jpg", "file:///data/1.jpg"])
def test_addresses_in_a_csv_are_called_that(tmp_path, cache, address):
    fill(tmp_path, {"a.jpg": 1, "b.jpg": 2})
    (tmp_path / "photos.csv").write_text(f"path,label\na.jpg,A\nb.jpg,B\n{address},A\n")
    (left_out,) = scan(open_source(str(tmp_path / "photos.csv")), cache, Silent()).manifest.unreadable
    assert (left_out.reason, left_out.mend) == ("it is an address, not a path", "download the photo and name its file")


def test_links_left_out_by_the_source_are_listed_with_the_unreadable(tmp_path, cache):
    root = fill(class_folders(tmp_path / "photos", {"A": 2, "B": 2}), {"B/empty.jpg": b""})
    (root / "A" / "out.jpg").symlink_to(fill(tmp_path, {"outside.jpg": 77}) / "outside.jpg")
    manifest = scan_folder(root, cache).manifest
    assert [one.path for one in manifest.unreadable] == ["A/out.jpg", "B/empty.jpg"]


def test_byte_identical_copies_are_left_out_all_but_the_first(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    fill(root, {"A/copy.jpg": (root / "A/001.jpg").read_bytes(), "A/zz.jpg": (root / "A/001.jpg").read_bytes()})
    manifest = scan_folder(root, cache).manifest
    assert [photo.path for photo in manifest.photos] == ["A/000.jpg", "A/001.jpg", "B/000.jpg", "B/001.jpg"]
    assert manifest.copies == (("A/001.jpg", "A/copy.jpg", "A/zz.jpg"),)
    assert manifest.conflicts == ()


def test_byte_identical_copies_under_two_labels_are_all_left_out(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    fill(root, {"B/copy.jpg": (root / "A/001.jpg").read_bytes()})
    manifest = scan_folder(root, cache).manifest
    assert [photo.path for photo in manifest.photos] == ["A/000.jpg", "B/000.jpg", "B/001.jpg"]
    assert manifest.conflicts == (("A/001.jpg", "B/copy.jpg"),)
    assert manifest.copies == ()


def test_photos_of_equal_pixels_share_a_group(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    pixels = draw(50)
    fill(
        root,
        {"A/p.png": encode(pixels, "PNG"), "A/q.bmp": encode(pixels, "BMP"), "A/r.png": encode(pixels[::-1], "PNG")},
    )
    group = {photo.path: photo.group for photo in scan_folder(root, cache).manifest.photos}
    assert group["A/p.png"] == group["A/q.bmp"]
    assert len(set(group.values())) == 6
    assert all(group.values())


def test_groups_of_a_csv_are_kept_and_extend_to_equal_pixels(tmp_path, cache):
    pixels = draw(50)
    fill(tmp_path, {"a.png": encode(pixels, "PNG"), "b.bmp": encode(pixels, "BMP"), "c.jpg": 1, "d.jpg": 2})
    (tmp_path / "p.csv").write_text("path,label,group\na.png,A,\nb.bmp,A,plant\nc.jpg,B,plant\nd.jpg,B,\n")
    photos = scan(open_source(str(tmp_path / "p.csv")), cache, Silent()).manifest.photos
    assert [photo.group == "plant" for photo in photos] == [True, True, True, False]


def test_a_second_scan_measures_only_what_is_new(tmp_path, cache, monkeypatch):
    root = class_folders(tmp_path / "photos", {"A": 3, "B": 3})
    first = scan_folder(root, cache)
    fill(root, {"B/new.jpg": 90})
    (root / "A/000.jpg").rename(root / "A/moved.jpg")
    measured = []
    monkeypatch.setattr(
        scan_module,
        "measure",
        lambda content, photo_id, also: measured.append(photo_id) or original(content, photo_id, also),
    )
    second = scan_folder(root, cache)
    assert len(measured) == 1
    assert set(first.facts) < set(second.facts)


original = scan_module.measure


def test_a_damaged_facts_file_is_made_anew(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    first = scan_folder(root, cache)
    (file,) = (cache.path / "facts").iterdir()
    for content in (b"not a database" * 500, b""):
        file.write_bytes(content)
        assert scan_folder(root, cache) == first
        with sqlite3.connect(file) as database:
            assert database.execute("SELECT count(*) FROM facts").fetchone() == (4,)
        database.close()


def test_damaged_facts_of_a_photo_are_said_and_measured_anew(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    first = scan_folder(root, cache)
    (file,) = (cache.path / "facts").iterdir()
    with closing(sqlite3.connect(file)) as database, database:
        ((photo_id, text),) = database.execute("SELECT photo_id, facts FROM facts LIMIT 1").fetchall()
        changed = text.replace('"width": ', '"width": 1')
        database.execute("UPDATE facts SET facts = ? WHERE photo_id = ?", (changed, photo_id))
    talk = Talk()
    assert scan_folder(root, cache, talk) == first
    assert "Facts of 1 photo in" in talk.lines[0]
    again = Talk()
    assert scan_folder(root, cache, again) == first
    assert again.lines == []


def test_a_facts_file_damaged_anywhere_gives_the_same_scan(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 3, "B": 3})
    first = scan_folder(root, cache)
    (file,) = (cache.path / "facts").iterdir()
    whole, chance = file.read_bytes(), random.Random(0)
    for _ in range(60):
        damaged = bytearray(whole)
        place = chance.randrange(len(damaged))
        damaged[place : place + 64] = bytes(chance.randrange(256) for _ in damaged[place : place + 64])
        file.write_bytes(damaged[: chance.randrange(len(damaged))] if chance.random() < 0.3 else damaged)
        assert scan_folder(root, cache) == first


@contextmanager
def stopped_after(count, monkeypatch):
    """Within it a scan is stopped once so many photos are measured."""
    measured, original = [], scan_module.measure

    def measure(content, photo_id, also):
        if len(measured) == count:
            raise KeyboardInterrupt
        measured.append(photo_id)
        return original(content, photo_id, also)

    with monkeypatch.context() as patch:
        patch.setattr(scan_module, "measure", measure)
        with pytest.raises(KeyboardInterrupt):
            yield


def test_a_scan_that_is_cut_keeps_what_it_measured(tmp_path, cache, monkeypatch):
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 4})
    with stopped_after(5, monkeypatch):
        scan(open_source(str(root)), cache, Silent(), jobs=1)
    talk = Talk()
    assert len(scan_folder(root, cache, talk).facts) == 8
    assert talk.tasks["Scan photos"] == [3, 3]


def test_what_is_no_file_is_listed(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    os.mkfifo(root / "A" / "pipe.jpg")
    (root / "A" / "loop.jpg").symlink_to("loop.jpg")
    with (root / "B" / "disk.jpg").open("wb") as file:
        file.truncate(600_000_000)
    csv = root / "photos.csv"
    rows = [f"{path.relative_to(root)},{path.parent.name}" for path in sorted(root.glob("*/*.*"))]
    csv.write_text("path,label\n" + "\n".join([*rows, "/dev/zero,A", ".,B"]) + "\n")
    reasons = {one.path: one.reason for one in scan(open_source(str(csv)), cache, Silent()).manifest.unreadable}
    assert set(reasons) == {"A/pipe.jpg", "A/loop.jpg", "B/disk.jpg", "/dev/zero", "."}
    assert reasons["A/pipe.jpg"] == reasons["/dev/zero"] == reasons["."] == "it is not a file"
    assert "500,000,000 bytes" in reasons["B/disk.jpg"]
    assert "symbolic links" in reasons["A/loop.jpg"]
    assert len(scan_folder(root, cache).manifest.photos) == 4


def test_a_facts_file_that_cannot_be_written_is_said_in_words(tmp_path):
    root = class_folders(tmp_path / "photos", {"A": 2, "B": 2})
    cache = CacheFolder(tmp_path / "cache")
    cache.entry("facts", f"facts-{FACTS_VERSION}.sqlite").mkdir()
    with pytest.raises(StudyFolderError, match="LEAFGRAFT_CACHE"):
        scan_folder(root, cache)


def test_fewer_than_two_readable_classes_are_refused_naming_a_file(tmp_path, cache):
    root = fill(class_folders(tmp_path / "photos", {"A": 3}), {"B/empty.jpg": b""})
    with pytest.raises(PhotosError, match="at least 2 classes") as caught:
        scan_folder(root, cache)
    assert "B/empty.jpg: the file is empty" in caught.value.found


def test_the_number_of_threads_does_not_change_a_scan_nor_the_warning_filters(tmp_path):
    root = fill(class_folders(tmp_path / "photos", {"A": 20, "B": 20}), {"A/x.jpg": b"x", "B/y.jpg": b""})
    before = list(warnings.filters)
    scans = [scan(open_source(str(root)), CacheFolder(tmp_path / f"cache{n}"), Silent(), jobs=n) for n in (1, 8)]
    assert scans[0] == scans[1]
    assert list(warnings.filters) == before


def looked_at(manifest, cache, side):
    """Small versions and pixels of all photos, and the titles of what was done for them."""
    talk = Talk()
    small, pixels = open_thumbnails(manifest, cache, talk), open_pixel_map(manifest, side, cache, talk)
    return [small.grey_nhw, small.colour_nhwc, pixels.array], set(talk.tasks)


def test_a_photo_is_decoded_once_for_its_facts_small_versions_and_pixels(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 5, "B": 4})
    later, _ = looked_at(scan_folder(root, cache).manifest, cache, 16)
    other = CacheFolder(tmp_path / "other")
    manifest = scan(open_source(str(root)), other, Silent(), side=16).manifest
    for photo in manifest.photos:
        (root / photo.path).write_bytes(b"")  # whoever reads it again finds nothing
    at_once, titles = looked_at(manifest, other, 16)
    assert titles == set()
    for one, two in zip(at_once, later, strict=True):
        np.testing.assert_array_equal(one, two)


def test_where_some_files_cannot_be_used_the_others_are_decoded_once_too(tmp_path, cache):
    root = fill(
        class_folders(tmp_path / "photos", {"A": 5, "B": 4}), {"A/a.jpg": b"", "B/cut.jpg": BROKEN["cut.jpg"][0]}
    )
    copy = next((root / "B").glob("*.jpg"))
    (root / "A" / "copy.jpg").write_bytes(copy.read_bytes())  # under two labels: neither is used
    later, _ = looked_at(scan_folder(root, cache).manifest, cache, 16)
    other = CacheFolder(tmp_path / "other")
    at_once, titles = looked_at(scan(open_source(str(root)), other, Silent(), side=16).manifest, other, 16)
    assert titles == set()
    assert len(list((other.path / "pixels").glob("*.npy"))) == 1  # not once with and once without the others
    assert len(list((other.path / "thumbnails").glob("*.npy"))) == 1
    for one, two in zip(at_once, later, strict=True):
        np.testing.assert_array_equal(one, two)


def test_pixels_of_a_scan_that_was_cut_count(tmp_path, cache, monkeypatch):
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 4})
    with stopped_after(5, monkeypatch):
        scan(open_source(str(root)), cache, Silent(), jobs=1, side=16)
    manifest = scan_folder(root, cache).manifest
    talk = Talk()
    open_pixel_map(manifest, 16, cache, talk)
    assert talk.tasks["Decode photos at 16 px"] == [3, 3]


def test_a_second_study_at_another_side_reads_the_photos_once_more(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 4})
    scan(open_source(str(root)), cache, Silent(), side=16)
    manifest = scan(open_source(str(root)), cache, Silent(), side=24).manifest
    assert looked_at(manifest, cache, 16)[1] == set()
    assert looked_at(manifest, cache, 24)[1] == {"Decode photos at 24 px"}


def test_a_photo_that_changes_while_it_is_scanned_is_refused(tmp_path, cache, monkeypatch):
    """Else the pixels of the one would be kept under the name of the other."""
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 4})
    changed = next((root / "A").glob("*.jpg"))
    identify = scan_module._identify

    def change_after(source, jobs):
        found = identify(source, jobs)
        changed.write_bytes(encode(draw(77)))
        return found

    monkeypatch.setattr(scan_module, "_identify", change_after)
    with pytest.raises(PhotosError, match="must not change"):
        scan(open_source(str(root)), cache, Silent(), side=16)
    monkeypatch.undo()
    manifest = scan(open_source(str(root)), cache, Silent(), side=16).manifest
    other = CacheFolder(tmp_path / "other")
    one, two = (looked_at(manifest, kept, 16)[0] for kept in (cache, other))
    for kept, made in zip(one, two, strict=True):
        np.testing.assert_array_equal(kept, made)


def test_little_room_is_asked_for_where_little_is_new(tmp_path, cache, monkeypatch):
    root = class_folders(tmp_path / "photos", {"A": 5, "B": 5})
    scan(open_source(str(root)), cache, Silent(), side=16)
    (root / "A" / "new.jpg").write_bytes(encode(draw(78)))
    asked = []
    monkeypatch.setattr(CacheFolder, "make_room", lambda self, size_bytes, keep=None: asked.append(size_bytes) or 0)
    scan(open_source(str(root)), cache, Silent(), side=16)
    assert max(asked) <= 128 * 128 + 3 * 64 * 64


def test_a_photo_that_changed_since_its_scan_gives_no_small_version(tmp_path, cache):
    root = class_folders(tmp_path / "photos", {"A": 4, "B": 4})
    manifest = scan_folder(root, cache).manifest
    (root / manifest.photos[0].path).write_bytes(encode(draw(79)))
    with pytest.raises(PhotosError, match="must not change"):
        open_thumbnails(manifest, cache, Silent())


def test_groups_that_hold_copies_of_one_photo_are_joined_and_said(tmp_path, cache):
    fill(tmp_path, {f"{name}.jpg": number for number, name in enumerate("acdef")})
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes())
    (tmp_path / "g.jpg").write_bytes((tmp_path / "c.jpg").read_bytes())
    groups = {"a": "leaf1", "b": "leaf2", "c": "leaf2", "d": "leaf3", "e": "", "f": "leaf4", "g": "leaf4"}
    rows = [f"{name}.jpg,{'healthy' if name in 'de' else 'rust'},{group}" for name, group in groups.items()]
    (tmp_path / "photos.csv").write_text("\n".join(["path,label,group", *rows]), encoding="utf-8")
    talk = Talk()
    manifest = scan(open_source(str(tmp_path / "photos.csv")), cache, talk).manifest
    assert manifest.taken.joined == {"leaf2": "leaf1", "leaf4": "leaf1"}
    assert {photo.path[0]: photo.group for photo in manifest.photos if photo.path[0] != "e"} == {
        "a": "leaf1",
        "c": "leaf1",
        "f": "leaf1",
        "d": "leaf3",
    }
    wanted = "Groups joined, as copies of one photo are in both: 'leaf1' + 'leaf2', 'leaf1' + 'leaf4'."
    assert wanted in talk.lines


@pytest.mark.parametrize(
    ("classes", "said"),
    [(("plant_1", "plant_2"), True), (("2024-05-01", "2024-05-12"), True), (("plant_1", "Rust"), False)],
)
def test_classes_that_are_called_by_plants_or_days_are_said(tmp_path, cache, classes, said):
    fill(tmp_path, {f"{name}/{seed}.jpg": seed for seed, name in enumerate(classes)})
    taken = scan(open_source(str(tmp_path)), cache, Silent()).manifest.taken
    assert taken.plants == (classes if said else ())
    assert [f"by plants or days: {', '.join(classes)}." in words for words in taken.in_words()] == [True] * said
