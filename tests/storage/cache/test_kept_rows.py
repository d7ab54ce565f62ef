"""Arrays of the cache whose rows are made when they are asked for."""

import errno
import json
import multiprocessing
import os
import random
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

from heard import Heard
from leafgraft.errors import StudyFolderError
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import GIGABYTE, CacheFolder
from leafgraft.storage.cache.entry_lock import WAITING
from leafgraft.storage.cache.kept_rows import KeptRows, Work

NAMES = tuple(f"photo{number}" for number in range(20))
EVERY = np.arange(len(NAMES))


class Maker:
    """Gives each row its own number, and remembers which it was asked for."""

    def __init__(self, names=NAMES, stop_after=None):
        self.names, self.made, self.stop_after = names, [], stop_after

    def __call__(self, rows):
        if self.stop_after is not None and len(self.made) >= self.stop_after:
            raise KeyboardInterrupt
        self.made.extend(rows.tolist())
        return expected(self.names)[rows]


def expected(names=NAMES):
    numbers = np.array([int(name.removeprefix("photo")) for name in names], dtype=np.float32)
    return np.repeat(numbers[:, None] + 0.5, 3, axis=1)


@pytest.fixture
def cache(tmp_path):
    return CacheFolder(tmp_path / "cache")


def kept(cache, names=NAMES, what="numbers"):
    return KeptRows(cache, "features", what, names, (3,), np.float32)


def read(cache, wanted=EVERY, make=None, names=NAMES, progress=None, what="numbers"):
    work = Work("Numbers", make or Maker(names), batch=4)
    return kept(cache, names, what).read(np.asarray(wanted), work, progress or Silent()).array


def test_only_rows_that_are_asked_for_are_made_and_only_once(cache):
    make = Maker()
    some = read(cache, [3, 1, 7], make)
    np.testing.assert_array_equal(some[[1, 3, 7]], expected()[[1, 3, 7]])
    assert sorted(make.made) == [1, 3, 7]
    everything = read(cache, EVERY, make)
    np.testing.assert_array_equal(everything, expected())
    assert sorted(make.made) == list(range(20))
    read(cache, EVERY, make)
    assert len(make.made) == 20
    with pytest.raises(ValueError, match="read-only"):
        everything[0] = 1


def test_what_was_made_before_a_stop_counts(cache):
    stopped, again = Maker(stop_after=8), Maker()
    with pytest.raises(KeyboardInterrupt):
        read(cache, EVERY, stopped)
    np.testing.assert_array_equal(read(cache, EVERY, again), expected())
    assert sorted(stopped.made + again.made) == list(range(20))


def test_rows_of_the_same_kind_are_shared_between_arrays(cache):
    read(cache, EVERY)
    others = ("photo30", *NAMES[5:9], "photo40")
    make = Maker(others)
    np.testing.assert_array_equal(read(cache, np.arange(6), make, others), expected(others))
    assert sorted(make.made) == [0, 5]
    make = Maker(others)
    read(cache, np.arange(6), make, others, what="other numbers")
    assert sorted(make.made) == list(range(6))


def test_a_damaged_source_is_not_copied_from(cache):
    read(cache, EVERY)
    path = kept(cache).path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # the last row
    path.write_bytes(content)
    others = (*NAMES[10:], "photo50")
    make = Maker(others)
    np.testing.assert_array_equal(read(cache, np.arange(11), make, others), expected(others))
    assert sorted(make.made) == [9, 10]


def test_a_source_that_is_damaged_throughout_gives_nothing(cache):
    read(cache, EVERY)
    path = kept(cache).path
    content = bytearray(path.read_bytes())
    content[-len(NAMES) * 12 :] = bytes(255 - byte for byte in content[-len(NAMES) * 12 :])
    path.write_bytes(content)
    others = (*NAMES[10:], "photo50")
    make = Maker(others)
    np.testing.assert_array_equal(read(cache, np.arange(11), make, others), expected(others))
    assert sorted(make.made) == list(range(11))


def test_any_damage_is_found_and_only_damaged_rows_are_made_anew(cache):
    read(cache, EVERY)
    path, chance = kept(cache).path, random.Random(0)
    whole, sums = path.read_bytes(), path.with_suffix(".json").read_bytes()
    for attempt in range(150):
        damaged = bytearray(whole)
        if attempt % 3:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        else:
            damaged = damaged[: chance.randrange(len(damaged))]
        path.write_bytes(damaged)
        path.with_suffix(".json").write_bytes(sums)
        heard, make = Heard(), Maker()
        np.testing.assert_array_equal(read(cache, EVERY, make, progress=heard), expected())
        assert len(heard.lines) == (1 if make.made else 0)
        assert all("damaged" in line and str(path) in line for line in heard.lines)
        if attempt % 3:
            assert len(make.made) in {0, 1, 20}


def test_a_file_without_checksums_was_only_begun_and_is_no_damage(cache):
    read(cache, EVERY)
    kept(cache).path.with_suffix(".json").unlink()
    heard, make = Heard(), Maker()
    np.testing.assert_array_equal(read(cache, EVERY, make, progress=heard), expected())
    assert len(make.made) == len(EVERY)
    assert heard.lines == []


@pytest.mark.parametrize("sums", ["", "[]", "{}", '{"format": 2}', '{"format": 2, "crc32": [-1]}', "{half"])
def test_damaged_checksums_are_said(cache, sums):
    read(cache, EVERY)
    kept(cache).path.with_suffix(".json").write_text(sums)
    heard = Heard()
    np.testing.assert_array_equal(read(cache, EVERY, progress=heard), expected())
    assert len(heard.lines) == 1
    assert "made anew" in heard.lines[0]


def test_another_version_is_made_anew_and_said(cache):
    read(cache, EVERY)
    path = kept(cache).path.with_suffix(".json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))
    heard, make = Heard(), Maker()
    read(cache, EVERY, make, progress=heard)
    assert len(make.made) == 20
    assert "another version" in heard.lines[0]


def test_who_waits_for_another_says_so(cache):
    heard, alone = Heard(), Heard()

    def fill_too():
        with kept(cache).fill(0, heard):
            pass

    with kept(cache).fill(0, alone):
        other = threading.Thread(target=fill_too)
        other.start()
        while not heard.lines:
            assert other.is_alive()
    other.join(60)
    assert (heard.lines, alone.lines) == ([WAITING], [])


def test_a_full_disk_is_said_and_what_was_made_stays(cache, monkeypatch):
    real, calls = os.posix_fallocate, []

    def full(*arguments):
        calls.append(arguments)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(StudyFolderError, match="disk is full"):
            read(cache, EVERY)
    make = Maker()
    np.testing.assert_array_equal(read(cache, EVERY, make), expected())
    assert len(make.made) == 12


def test_another_study_that_makes_room_takes_nothing_from_this_one(cache, monkeypatch):
    """The file is deleted while its rows are being made, and while they are read."""
    monkeypatch.setenv("LEAFGRAFT_CACHE_GB", str(100 / GIGABYTE))

    def make(rows):
        cache.make_room(10 * GIGABYTE)
        return expected()[rows]

    mine = read(cache, EVERY, make)
    np.testing.assert_array_equal(mine, expected())
    assert not kept(cache).path.exists()
    heard = Heard()
    np.testing.assert_array_equal(read(cache, EVERY, progress=heard), expected())
    assert heard.lines == []
    np.testing.assert_array_equal(mine, expected())


def fill_from_another_process(path, counter):
    def make(rows):
        with counter.get_lock():
            counter.value += len(rows)
        return expected()[rows]

    np.testing.assert_array_equal(read(CacheFolder(path), EVERY, make), expected())


def test_two_studies_that_fill_one_cache_at_once_share_the_work(cache):
    context = multiprocessing.get_context("fork")
    counter = context.Value("i", 0)
    others = [context.Process(target=fill_from_another_process, args=(cache.path, counter)) for _ in range(4)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert [other.exitcode for other in others] == [0] * 4
    assert counter.value == 20


@pytest.fixture
def as_on_windows(monkeypatch):
    """No array can be deleted while it is mapped."""
    mapped, open_memmap, delete = [], np.lib.format.open_memmap, Path.unlink

    def map_file(path, *given, **named):
        array = open_memmap(path, *given, **named)
        mapped.append((Path(path), weakref.ref(array)))
        return array

    def unlink(path, missing_ok=False):
        if any(one() is not None for other, one in mapped if other == path):
            raise PermissionError(13, "The file is mapped", str(path))
        delete(path, missing_ok=missing_ok)

    monkeypatch.setattr(np.lib.format, "open_memmap", map_file)
    monkeypatch.setattr(Path, "unlink", unlink)


@pytest.mark.usefixtures("as_on_windows")
@pytest.mark.parametrize("sums", ["{half", "{}", '{"format": 1, "crc32": []}', '{"format": 2, "crc32": [1]}'])
def test_an_array_that_cannot_be_used_is_not_mapped_when_it_is_deleted(cache, sums):
    read(cache)
    kept(cache).path.with_suffix(".json").write_text(sums)
    np.testing.assert_array_equal(read(cache), expected())


@pytest.mark.usefixtures("as_on_windows")
def test_an_array_that_is_read_elsewhere_is_deleted_whole_or_not_at_all(cache):
    held = read(cache)
    kept(cache).delete()
    assert kept(cache).path.is_file()
    assert kept(cache).path.with_suffix(".json").is_file()
    del held
    kept(cache).delete()
    assert not list(kept(cache).path.parent.glob("*.[nj]*"))
