"""Whatever goes wrong is said in three parts, with the right exit code."""

from __future__ import annotations

import errno
import os
import signal
from typing import NoReturn

import pytest

from leafgraft import study
from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import MAKE_ROOM


def raises(error: BaseException):
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (StudyFolderError("asked [x].", "found.", "mend."), ["asked [x].", "found.", "mend."]),
        (OSError(errno.ENOSPC, "No space left on device", "a/b"), ["'a/b' must", "disk is full", "goes on"]),
        (OSError(errno.EDQUOT, "Disk quota exceeded", "a/b"), ["'a/b' must", "quota of the disk", "goes on"]),
        (OSError(errno.EROFS, "Read-only file system", "a/b"), ["'a/b' must", "Read-only file system", "same command"]),
        (PermissionError(errno.EACCES, "Permission denied"), ["Permission denied", "what is finished is kept"]),
        (MemoryError(), ["memory is full", "batch_size"]),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory"), ["memory is full", "batch_size"]),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"), ["memory is full", "batch_size"]),
    ],
)
def test_known_faults(cli, words, monkeypatch, error, parts):
    monkeypatch.setattr(study, "menu_to_json", raises(error), raising=False)
    text = words(cli("menu"), 1)
    for part in parts:
        assert part in text


@pytest.mark.parametrize("error", [StudyFolderError("a must.", "full.", MAKE_ROOM), OSError(errno.ENOSPC, "No space")])
def test_a_full_disk_says_of_a_command_that_keeps_nothing_that_it_begins_anew(cli, words, monkeypatch, tmp_path, error):
    monkeypatch.setattr(study, "sample", raises(error), raising=False)
    text = words(cli("sample", tmp_path / "leaves"), 1)
    assert "Free some space and run the same command again: it begins anew." in text
    assert "goes on" not in text


def test_an_unknown_fault_keeps_its_details_in_a_file(cli, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(study, "menu_to_json", raises(RuntimeError("odd [thing]\nline two")), raising=False)
    result = cli("menu")
    assert result.exit_code == 1
    text = " ".join(result.stderr.split())
    assert "RuntimeError: odd [thing] line two" in text
    assert "Traceback" not in text
    (kept,) = tmp_path.iterdir()
    assert kept.name in "".join(result.stderr.split())
    assert "Traceback" in kept.read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_is_stopped_says_how_to_go_on(cli, monkeypatch, number, code):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(study, "menu_to_json", lambda *_: os.kill(os.getpid(), number), raising=False)
    result = cli("menu")
    assert result.exit_code == code
    assert "the same command goes on from there" in " ".join(result.stderr.split())
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_an_extra_brings_is_named_where_it_is_missing(cli, words, monkeypatch):
    monkeypatch.setattr(study, "menu_to_json", raises(ModuleNotFoundError(name="torch.nn")), raising=False)
    text = words(cli("menu"), 2)
    assert "This needs the extra 'train' of leafgraft." in text
    assert 'pip install "leafgraft[train]"' in text


def test_ctrl_break_of_windows_ends_a_command_as_the_system_does(cli, monkeypatch):
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    monkeypatch.setattr(study, "menu_to_json", lambda *_: os.kill(os.getpid(), signal.SIGUSR1), raising=False)
    assert cli("menu").exit_code == 143
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL


@pytest.mark.parametrize("html", [".", "..", "taken", "missing/.."])
def test_a_page_that_is_to_be_a_folder_is_refused_before_the_work(
    cli, words, monkeypatch, tmp_path, drawn_leaves, html
):
    (tmp_path / "taken").mkdir()
    monkeypatch.chdir(tmp_path)
    for command in ("audit", "compare"):
        text = words(cli(command, drawn_leaves, "--html", html), 2)
        assert "--html must name a file." in text
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


NAME_STUDY = "It is a file. to do: Name the folder that a run filled."
NAME_BUNDLE = "It is a file. to do: Name the folder that `leafgraft export STUDY_DIR` wrote."


@pytest.mark.parametrize(
    ("command", "found"),
    [
        *((f"{name} FILE", NAME_STUDY) for name in ("report", "paper", "export")),
        *((f"{name} FILE PHOTOS", NAME_STUDY) for name in ("pick", "adapt")),
        ("compare FILE", "It is a study file. to do: Name the folder that a run filled."),
        ("label FILE", "It is a study file. to do: To review its photos, name the folder that a run filled."),
        *((command, NAME_BUNDLE) for command in ("predict FILE PHOTOS", "serve FILE", "serve FILE --phone")),
    ],
)
def test_a_study_file_in_place_of_the_folder_of_its_study_is_called_a_file(
    cli, words, study_of, drawn_leaves, command, found
):
    named = {"FILE": study_of(), "PHOTOS": drawn_leaves}
    refused = cli(*(named.get(one, one) for one in command.split()))
    assert f"found: {found}" in words(refused, refused.exit_code)
    assert refused.exit_code in {1, 2}


@pytest.mark.parametrize("given", [("report", ""), ("run", "photos", "--out", ""), ("audit", "photos", "--html=")])
def test_an_empty_argument_is_not_this_folder(cli, words, given):
    text = words(cli(*given), 2)
    assert "Each argument must hold something." in text
    assert ". is this folder." in text
