import os
import time
from pathlib import Path

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.progress import Silent
from leafgraft.storage.cache import entry_lock
from leafgraft.storage.cache.cache_folder import GIGABYTE, CacheFolder, default_cache_path, weights_folder_path
from leafgraft.storage.cache.kept_rows import KeptRows, Work


@pytest.fixture
def cache(tmp_path):
    return CacheFolder(tmp_path / "cache")


def keep(cache, kind, name, rows, used_s_ago=0):
    path = kept_rows(cache, kind, name, rows).path
    read(cache, kind, name, rows)
    os.utime(path, (time.time() - used_s_ago,) * 2)
    return path


def kept_rows(cache, kind, name, rows):
    return KeptRows(cache, kind, name, [str(row) for row in range(rows)], (100,), np.uint8)


def read(cache, kind, name, rows):
    make = Work("Sevens", lambda wanted: np.full((len(wanted), 100), 7, np.uint8), rows)
    return kept_rows(cache, kind, name, rows).read(np.arange(rows), make, Silent()).array


def test_a_user_without_a_home_is_told_what_to_name(monkeypatch):
    def homeless(_path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("LEAFGRAFT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", homeless)
    with pytest.raises(UsageError, match="home folder") as refused:
        default_cache_path()
    assert "$LEAFGRAFT_CACHE" in refused.value.mend


def test_the_folder_is_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "a"))
    assert default_cache_path() == tmp_path / "a"
    monkeypatch.delenv("LEAFGRAFT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert default_cache_path() == tmp_path / "b" / "leafgraft"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache_path() == Path.home() / ".cache" / "leafgraft"
    monkeypatch.setenv("LEAFGRAFT_CACHE", "~cache")
    assert default_cache_path() == Path("~cache")


def test_a_folder_below_the_home_is_named_by_the_environment(monkeypatch, tmp_path):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("LEAFGRAFT_CACHE", "~/kept")
    assert default_cache_path() == tmp_path / "kept"
    assert weights_folder_path() == tmp_path / "kept" / "weights"
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", "~/weights")
    assert weights_folder_path() == tmp_path / "weights"


def test_nothing_is_made_before_it_is_needed(cache):
    assert cache.size_bytes() == 0
    assert cache.make_room(10) == 0
    cache.empty()
    assert not cache.path.exists()


def test_sizes_are_told_by_kind(cache):
    path = keep(cache, "pixels", "a", 50)
    cache.entry("facts", "facts.sqlite").write_bytes(b"x" * 30)
    sizes = cache.sizes()
    assert sizes["facts"] == 30
    assert sizes["pixels"] == path.stat().st_size + path.with_suffix(".json").stat().st_size
    assert cache.size_bytes() == sum(sizes.values())


def test_emptying_leaves_downloaded_weights(cache):
    keep(cache, "pixels", "a", 5)
    weights = cache.entry("weights", "net.safetensors")
    weights.write_bytes(b"w")
    cache.empty()
    assert cache.size_bytes() == 0
    assert weights.read_bytes() == b"w"


def test_the_least_recently_used_arrays_make_room(cache, monkeypatch):
    oldest = keep(cache, "features", "oldest", 300, used_s_ago=300)
    older = keep(cache, "pixels", "older", 300, used_s_ago=200)
    newest = keep(cache, "pixels", "newest", 300, used_s_ago=100)
    cache.entry("facts", "facts.sqlite").write_bytes(b"x" * 30)
    monkeypatch.setenv("LEAFGRAFT_CACHE_GB", str((cache.size_bytes() + 10) / GIGABYTE))
    assert cache.make_room(5) == 0
    array = read(cache, "features", "oldest", 300)
    assert cache.make_room(20_000) >= 20_000
    assert oldest.is_file()
    assert not older.exists()
    assert not older.with_suffix(".json").exists()
    assert newest.is_file()
    assert cache.make_room(10 * GIGABYTE) > 0
    assert cache.sizes()["pixels"] == cache.sizes()["features"] == 0
    assert cache.sizes()["facts"] == 30
    assert (array == 7).all()


def test_what_dead_writers_left_goes_first_and_what_is_being_written_stays(cache, monkeypatch):
    kept = keep(cache, "pixels", "kept", 300, used_s_ago=9 * 24 * 3600)
    left = cache.entry("pixels", ".a.npy.1.part")
    left.write_bytes(b"x" * 5000)
    os.utime(left, (1, 1))
    writing = cache.entry("pixels", ".b.npy.2.part")
    writing.write_bytes(b"x" * 5000)
    monkeypatch.setenv("LEAFGRAFT_CACHE_GB", str(cache.size_bytes() / GIGABYTE))
    assert cache.make_room(4000) == 5000
    assert not left.exists()
    assert writing.is_file()
    assert kept.is_file()


def test_a_file_that_another_process_deletes_meanwhile_is_borne(cache, monkeypatch):
    keep(cache, "pixels", "a", 5)
    gone = keep(cache, "pixels", "gone", 5)
    real = Path.stat

    def stat(path, **options):
        if path == gone:
            raise FileNotFoundError(path)
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    assert 0 < cache.size_bytes() < 10_000
    assert cache.make_room(100 * GIGABYTE) > 0


@pytest.mark.parametrize("value", ["much", "-1", "nan", "inf"])
def test_a_limit_that_is_no_size_is_refused(cache, monkeypatch, value):
    monkeypatch.setenv("LEAFGRAFT_CACHE_GB", value)
    with pytest.raises(UsageError, match=value):
        cache.make_room(1)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StudyFolderError, match="LEAFGRAFT_CACHE"):
        CacheFolder(tmp_path / "file" / "cache").entry("pixels", "a.npy")


def test_a_disk_that_is_read_only_is_said_in_words(cache, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(StudyFolderError, match="must be writable") as refused:
        cache.entry("measured", "a.json")
    assert "Permission denied" in refused.value.found


@pytest.mark.parametrize(("of", "name"), [(entry_lock, "locked"), (np.lib.format, "open_memmap")])
def test_a_file_that_cannot_be_made_names_the_variable_that_helps(cache, monkeypatch, of, name):
    def refuse(*_given, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(of, name, refuse)
    with pytest.raises(StudyFolderError, match="must be writable") as refused:
        read(cache, "features", "a", 3)
    assert "$LEAFGRAFT_CACHE" in refused.value.mend
    assert "--out" not in refused.value.mend


def test_what_windows_will_not_delete_while_it_is_mapped_is_passed_over(cache, monkeypatch):
    mapped = keep(cache, "features", "mapped", 300, used_s_ago=300)
    mapped.with_suffix(".json").write_text("{}")
    newer = keep(cache, "pixels", "newer", 300, used_s_ago=100)
    delete = Path.unlink

    def refuse(path, missing_ok=False):
        if path == mapped:
            raise PermissionError(13, "The file is mapped")
        delete(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setenv("LEAFGRAFT_CACHE_GB", str((cache.size_bytes() + 10) / GIGABYTE))
    assert 20_000 <= cache.make_room(20_000) < 40_000
    assert mapped.is_file()
    assert mapped.with_suffix(".json").is_file()
    assert not newer.exists()
