"""Commands as processes of their own: what they say lies in the study folder, and they outlive the page."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

from leafgraft.errors import LeafgraftError
from leafgraft.languages.speaking import VARIABLE, spoken
from leafgraft.storage.files.atomic import cannot_write, write_json
from leafgraft.storage.files.folder_lock import Holder
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.limits import Refusal
from leafgraft.web.opening.asked import OPENED, Asked, keep_asked
from leafgraft.web.opening.steps import Step

PROGRAM = (sys.executable, "-m", "leafgraft")
TAIL = 6000  # bytes of what a command said that are shown
TERMINATED = -15  # exit code of what a signal ended
PATIENCE_S = 5.0  # for pages to end
WIDTH = "100"  # of what they print
APART: Any = {
    "start_new_session": True,  # Ctrl+C of the page leaves a run alone
    "creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
}


@dataclass(slots=True, eq=False)
class Child:
    """A command under way, or at its end.

    Attributes:
        step: What it does.
        process: The running process.
        told: What it told of the page that it opened; none of a command that ends by itself.
        ended: Whether it was told to end.
    """

    step: Step
    process: subprocess.Popen[bytes]
    told: dict[str, Any] | None = None
    ended: bool = False

    @property
    def code(self) -> int | None:
        """Its exit code; None while it is under way. Windows ends a process with 1, which is the code of a failure."""
        code = self.process.poll()
        return TERMINATED if self.ended and code == 1 else code

    def end(self) -> None:
        """Tell it to end."""
        self.ended = True
        self.process.terminate()


class Children:
    """The commands that this process started."""

    def __init__(self) -> None:
        self._of: dict[Path, dict[str, Child]] = {}
        self._one_at_a_time, self._opening = Lock(), Lock()

    def start(self, folder: StudyFolder, step: Step, asked: Asked | None = None) -> None:
        """Start a command that ends by itself, and write down what it was asked for.

        Raises:
            Refusal: It is under way, or another that writes to the study.
            StudyFolderError: The disk is full, or the folder cannot be written.
        """
        with self._one_at_a_time:
            alive = [one.step for one in self._children(folder).values() if one.code is None]
            busy = step.writes and (any(one.writes for one in alive) or folder.holder() is not None)
            if busy or step.name in {one.name for one in alive}:
                raise Refusal(409, "busy", "A command of this study is under way. Wait for it, or stop it first.")
            if step.writes:
                self._end_plans(folder)
            if asked and step.writes:
                keep_asked(folder, asked)
            child = Child(step, _begin(folder, step))
            self._children(folder).pop(step.name, None)  # so that they stand in the order in which they were started
            self._children(folder)[step.name] = child

    def codes(self, folder: StudyFolder) -> dict[str, int | None]:
        """Exit code of every command that ends by itself, the last one at the end; None while it is under way."""
        with self._one_at_a_time:
            found = {name: one.code for name, one in self._children(folder).items() if one.told is None}
            for name, code in found.items():
                if code == 0:
                    _keep(folder, self._children(folder)[name].step)
            return found

    def pids(self, folder: StudyFolder) -> dict[str, int]:
        """Process of every command: its log, or that of the run before, names the one that writes it."""
        with self._one_at_a_time:
            return {name: one.process.pid for name, one in self._children(folder).items()}

    def stop(self, folder: StudyFolder) -> None:
        """Ask what writes to the study to end; what is finished is kept.

        Raises:
            Refusal: It runs on another machine, or may not be stopped.
        """
        with self._one_at_a_time:
            own = [one for one in self._children(folder).values() if one.step.writes and one.code is None]
        for one in own:
            one.end()
        holder = folder.holder()
        if own or holder is None:
            return
        if holder.host != socket.gethostname():
            raise Refusal(409, "elsewhere", f"It runs on {holder.host}: stop it there.")
        with suppress(psutil.NoSuchProcess):
            try:
                psutil.Process(holder.pid).terminate()
            except psutil.AccessDenied:
                found = f"Process {holder.pid} is of another user, who alone can stop it."
                raise Refusal(403, "not yours", found) from None

    def page(self, folder: StudyFolder, step: Step) -> dict[str, Any]:
        """Open a page of its own, or find the one that is open; what the command told of it.

        Raises:
            Refusal: It ended without one; what it said.
            StudyFolderError: The disk is full, or the folder cannot be written.
        """
        with self._opening:
            before = self._children(folder).get(step.name)
            if before and before.told and before.code is None:
                if before.step == step:
                    return before.told
                _end(before)  # it shows another bundle, or what was there before
            if step.found_again and (told := _find_again(folder, step)):
                return told
            child = _listen_to(folder, step, _begin(folder, step, answers=True))
            with self._one_at_a_time:
                self._children(folder)[step.name] = child
            return child.told or {}

    def close(self) -> None:
        """End the pages; runs go on."""
        pages = [one for children in self._of.values() for one in children.values() if one.told is not None]
        for one in pages:
            _end(one)

    def _end_plans(self, folder: StudyFolder) -> None:
        """Nobody waits for them any more, and they would take the time of what begins."""
        for one in self._children(folder).values():
            if one.step.kept and one.code is None:
                _end(one)

    def _children(self, folder: StudyFolder) -> dict[str, Child]:
        return self._of.setdefault(folder.path, {})


def _end(child: Child) -> None:
    child.end()
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(PATIENCE_S)


def _listen_to(folder: StudyFolder, step: Step, process: subprocess.Popen[bytes]) -> Child:
    """Wait for the line in which a command tells of its page.

    Raises:
        Refusal: It ended without one.
    """
    with process.stdout or io.BytesIO() as printed:
        line = printed.readline()
    if not line:
        process.wait()
        raise Refusal(422, "stopped", said(folder, step.name).partition("\n")[2].strip())
    told = json.loads(line)
    if step.found_again:
        holder = Holder.of(process.pid)
        of = {"study": str(folder.path), "words": list(step.words), "shows": step.shows}
        write_json(_page_file(folder, step), {**told, **of, "holder": asdict(holder)})
    return Child(step, process, told)


def _page_file(folder: StudyFolder, step: Step) -> Path:
    return folder.file(f"{OPENED}/{step.name}.json")


def said(folder: StudyFolder, name: str) -> str:
    """The end of what a command said."""
    try:
        with folder.file(f"{OPENED}/{name}.txt").open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return text if size <= TAIL else text.partition("\n")[2]


def _begin(folder: StudyFolder, step: Step, *, answers: bool = False) -> subprocess.Popen[bytes]:
    """Start it; what it says goes to a file, and what it prints beside it, to a file of its own, or to a pipe."""
    talk = folder.file(f"{OPENED}/{step.name}.txt")
    settings = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "COLUMNS": WIDTH, VARIABLE: spoken()}
    try:
        talk.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            words = opened.enter_context(talk.open("wb"))
            words.write(f"$ {step.shown}\n\n".encode(errors="replace"))
            words.flush()
            printed: Any = words
            if answers:
                printed = subprocess.PIPE
            elif step.kept:
                _drop_stale(folder, step)
                printed = opened.enter_context(_new(folder, step).open("wb"))
            command = [*PROGRAM, *step.words]
            return subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=printed, stderr=words, env=os.environ | settings, **APART
            )
    except OSError as error:
        raise cannot_write(talk, error) from error


def _new(folder: StudyFolder, step: Step) -> Path:
    """What a command prints, until it is whole; another page of the same study has its own."""
    return folder.file(f"{step.kept}.{os.getpid()}.new")


def _drop_stale(folder: StudyFolder, step: Step) -> None:
    """Delete what pages left that are gone, which nobody will give its name."""
    kept = folder.file(step.kept)
    for path in kept.parent.glob(f"{kept.name}*.new"):
        pid = path.name.split(".")[-2]
        if not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            with suppress(OSError):
                path.unlink()


def _keep(folder: StudyFolder, step: Step) -> None:
    """Give what a command printed its name, now that it is whole."""
    if step.kept:
        with suppress(FileNotFoundError):  # it has it already
            _new(folder, step).replace(folder.file(step.kept))


def _find_again(folder: StudyFolder, step: Step) -> dict[str, Any] | None:
    """What an earlier process told of its page, if that is still open; one that shows or writes another file is ended.

    A study that was copied or renamed tells of a page of the folder that it was: that one is let be.
    """
    try:
        told = read_json_file(_page_file(folder, step))
        holder, study = Holder(**told["holder"]), told.get("study", str(folder.path))
    except (LeafgraftError, KeyError, TypeError):
        return None
    if holder.host != socket.gethostname() or not holder.may_live():
        return None
    if study != str(folder.path):
        return None
    if told.get("words") == list(step.words) and told.get("shows") == step.shows:
        return told
    with suppress(psutil.Error):
        process = psutil.Process(holder.pid)
        process.terminate()
        process.wait(PATIENCE_S)
    return None
