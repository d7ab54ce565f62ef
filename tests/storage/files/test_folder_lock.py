"""One writer per folder."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files import file_lock, folder_lock
from leafgraft.storage.study_folder import StudyFolder

HOLDER = """
import sys, time
from pathlib import Path
from leafgraft.storage.study_folder import StudyFolder
with StudyFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(120)
"""


def held_by(folder: Path, **changed: Any) -> Path:
    """Write a lock as another process would have left it."""
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "started": psutil.Process().create_time()}
    folder.mkdir(exist_ok=True)
    lock = folder / ".lock"
    lock.write_text(json.dumps(holder | changed), encoding="utf-8")
    return lock


def test_a_folder_is_made_held_and_given_back(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "a" / "study")
    for _ in range(2):
        with folder.lock():
            assert json.loads((folder.path / ".lock").read_text())["pid"] == os.getpid()
    with pytest.raises(ValueError, match="failed"), folder.lock():
        raise ValueError("failed")
    with folder.lock():
        pass


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota of the disk")])
def test_a_full_disk_is_called_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str) -> None:
    def full(*_: object) -> None:
        raise OSError(number, "No space left on device")

    monkeypatch.setattr(folder_lock.os, "write", full)
    with pytest.raises(StudyFolderError, match=words) as caught, StudyFolder(tmp_path).lock():
        pytest.fail("it is held")
    assert "permissions" not in caught.value.mend


def test_the_second_is_refused_with_pid_and_start(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    with folder.lock():
        with pytest.raises(StudyFolderError) as caught, folder.lock():
            pytest.fail("two at once")
        assert f"Process {os.getpid()} on {socket.gethostname()}" in caught.value.found
        assert time.strftime("%Y-%m-%d", time.localtime(psutil.Process().create_time())) in caught.value.found
        assert str(tmp_path / ".lock") in caught.value.mend
        with pytest.raises(StudyFolderError), folder.lock():
            pytest.fail("the refusal gave the folder away")


def test_a_killed_holder_frees_the_folder(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StudyFolderError, match=f"Process {holder.pid} "), StudyFolder(tmp_path).lock():
            pytest.fail("two at once")
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=60)
    with StudyFolder(tmp_path).lock():
        pass


def test_a_later_process_of_the_same_number_is_no_holder(tmp_path: Path) -> None:
    held_by(tmp_path, started=psutil.Process().create_time() - 3600)
    with StudyFolder(tmp_path).lock():
        pass


def test_a_holder_on_another_machine_is_believed(tmp_path: Path) -> None:
    lock = held_by(tmp_path, pid=1, host="another-machine", started=0.0)
    with pytest.raises(StudyFolderError, match="another-machine"), StudyFolder(tmp_path).lock():
        pytest.fail("taken from another machine")
    lock.unlink()
    with StudyFolder(tmp_path).lock():
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"pid": 1}', '{"pid": "x", "host": "", "started": 0}'])
def test_a_half_written_lock_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / ".lock").write_text(text)
    with StudyFolder(tmp_path).lock():
        pass


@pytest.mark.parametrize("pid", [-1, 0, 2**31 - 1, 2**80])
def test_numbers_that_no_process_has(tmp_path: Path, pid: int) -> None:
    held_by(tmp_path, pid=pid)
    with StudyFolder(tmp_path).lock():
        pass


def test_an_odd_start_time_does_not_break_the_refusal(tmp_path: Path) -> None:
    held_by(tmp_path, host="another-machine", started=1e300)
    with pytest.raises(StudyFolderError, match="another-machine"), StudyFolder(tmp_path).lock():
        pytest.fail("taken from another machine")


def test_a_lock_given_to_another_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with StudyFolder(tmp_path).lock():
        lock = held_by(tmp_path, pid=1)
    assert json.loads(lock.read_text())["pid"] == 1


def test_a_folder_deleted_meanwhile_is_no_fault(tmp_path: Path) -> None:
    with StudyFolder(tmp_path / "study").lock():
        (tmp_path / "study" / ".lock").unlink()
        (tmp_path / "study").rmdir()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    named_by_out = StudyFolder(tmp_path / "file").lock(named_by_out=True)
    with pytest.raises(StudyFolderError, match="Name another with --out"), named_by_out:
        pytest.fail("a file is no folder")


def test_commands_whose_out_is_not_the_study_do_not_advise_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    refused = pytest.raises(StudyFolderError, match="Mend its permissions, or copy it")
    with refused as caught, StudyFolder(tmp_path / "file").lock():
        pytest.fail("a file is no folder")
    assert "--out" not in str(caught.value)
    waits, folder = pytest.raises(StudyFolderError, match=r"Wait for it\. If"), StudyFolder(tmp_path)
    with folder.lock(), waits as caught, folder.lock():
        pytest.fail("two at once")
    assert "--out" not in str(caught.value)


def test_what_cannot_be_written_is_read_without_a_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def read_only(path: Any, flags: int, *further: Any) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, flags, *further)

    folder = StudyFolder(tmp_path)
    with folder.lock(), pytest.raises(StudyFolderError, match="one run at a time"), folder.lock_to_read():
        pytest.fail("a run may change what is read")
    with folder.lock():  # of another person, who may write
        monkeypatch.setattr(os, "open", read_only)
        with pytest.raises(StudyFolderError, match="one run at a time"), folder.lock_to_read():
            pytest.fail("that run may change what is read")
        monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "open", read_only)
    with folder.lock_to_read():
        pass
    with pytest.raises(StudyFolderError, match="must be writable"), folder.lock():
        pytest.fail("it cannot be written")


def test_file_systems_without_locks_still_name_the_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(file_lock.fcntl, "flock", none)
    with (
        StudyFolder(tmp_path).lock(),
        pytest.raises(StudyFolderError, match="one run at a time"),
        StudyFolder(tmp_path).lock(),
    ):
        pytest.fail("two at once")


def test_whoever_looks_while_another_takes_hold_waits_for_it(tmp_path: Path) -> None:
    inside = threading.Event()

    def take_slowly() -> None:
        with file_lock.locked(tmp_path / ".lock"):
            inside.set()
            time.sleep(0.3)
            held_by(tmp_path)

    taker = threading.Thread(target=take_slowly)
    taker.start()
    assert inside.wait(60)
    with pytest.raises(StudyFolderError, match="one run at a time"), StudyFolder(tmp_path).lock():
        pytest.fail("two at once")
    taker.join(60)


def grab(folder: str, start: Any, found: Any, done: Any) -> None:
    """Try to hold the folder at the same moment as the others, and keep it until all have tried."""
    start.wait(60)
    try:
        with StudyFolder(Path(folder)).lock():
            found.put("held")
            done.wait(60)
    except StudyFolderError:
        found.put("refused")
        done.wait(60)


@pytest.mark.parametrize("stale", [False, True])
def test_of_many_that_start_at_once_one_holds(tmp_path: Path, stale: bool) -> None:
    context, many = multiprocessing.get_context("spawn"), 4
    start, done, found = context.Barrier(many), context.Barrier(many), context.Queue()
    if stale:
        held_by(tmp_path, pid=2**31 - 1)
    workers = [context.Process(target=grab, args=(str(tmp_path), start, found, done)) for _ in range(many)]
    for worker in workers:
        worker.start()
    results = sorted(found.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join(60)
    assert results == ["held"] + ["refused"] * (many - 1)


@pytest.mark.skipif(
    not folder_lock.BOOT_ID.is_file(), reason="only Linux reckons the start of a process from the clock"
)
def test_a_clock_that_is_set_frees_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, told = StudyFolder(tmp_path), psutil.Process.create_time
    boot_s = psutil.boot_time()
    with folder.lock():
        with monkeypatch.context() as later:
            later.setattr(psutil.Process, "create_time", lambda process: told(process) + 3600.0)
            later.setattr(psutil, "boot_time", lambda: boot_s + 3600.0)
            assert folder.holder() is not None
            with pytest.raises(StudyFolderError, match=f"Process {os.getpid()} "), folder.lock():
                pytest.fail("two at once")
        kept = (tmp_path / ".lock").read_text(encoding="utf-8")
    assert (tmp_path / ".lock").read_text(encoding="utf-8") == ""
    before = json.loads(kept)
    lock = held_by(tmp_path, started=before["started"] - 3600.0, since_boot=f"another start {before['since_boot']}")
    with folder.lock():
        assert json.loads(lock.read_text(encoding="utf-8"))["since_boot"] == before["since_boot"]


@pytest.mark.skipif(
    not folder_lock.BOOT_ID.is_file(), reason="only Linux reckons the start of a process from the clock"
)
def test_before_7_1_psutil_kept_the_clock_that_it_had_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_s = [1000.0]

    class Process:
        def __init__(self, _pid: int) -> None:
            self._started = asked_s[0] + 60.0

        def create_time(self) -> float:
            return self._started

    def boot_time() -> float:
        asked_s[0] = 4600.0  # it was set an hour on since
        return asked_s[0]

    monkeypatch.setattr(psutil, "Process", Process)
    monkeypatch.setattr(psutil, "boot_time", boot_time)
    holder = folder_lock.Holder.of(os.getpid())
    assert holder.may_live()  # as a process that asks for the first time sees it
    asked_s[0] = 1000.0
    assert holder.may_live()  # and one that asked before
