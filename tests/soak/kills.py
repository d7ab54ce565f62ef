"""Kills runs of a study at random moments, spread over its stages, and proves that nothing was lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]

# What a killed run must give in the end, byte by byte.
SAME = (
    *("manifest.csv", "splits.json", "audit.json", "evaluation.json", "verdict.json", "diagnosis.json"),
    *(
        "learning_curve.json",
        "robustness.json",
        "heat_maps.npz",
        "trials/*/predictions.npz",
        "trials/*/also_test-*.npz",
    ),
    "trials/*/weights.safetensors",
)
PHASES: dict[str, Callable[[Event], bool]] = {
    "start": lambda event: event["event"] == "stage started" and event["stage"] == "photos",
    "scan": lambda event: _task(event, "Scan photos"),
    "cache": lambda event: _task(event, "features (") or _task(event, "maps ("),
    "training": lambda event: event["event"] == "epoch",
    "derived": lambda event: _task(event, "Test-time augmentation"),
    "evaluation": lambda event: event["event"] == "stage started" and event["stage"] == "evaluation",
    "diagnosis": lambda event: event["event"] == "stage started" and event["stage"] == "diagnosis",
    "report": lambda event: event["event"] == "stage started" and event["stage"] == "report",
    "export": lambda event: event["event"] == "stage started" and event["stage"] == "export",
}
STOPPED_BY = {signal.SIGKILL: -9, signal.SIGINT: 130, signal.SIGTERM: 143}
LONGEST_RUN_S = 1800.0


def _task(event: Event, part: str) -> bool:
    return event["event"] == "task started" and part in event["task"]


class ForkedCommands:
    """Starts commands by forking from a process that has everything imported."""

    def __init__(self, environment: dict[str, str]) -> None:
        server = [sys.executable, str(Path(__file__).with_name("command_server.py"))]
        pipe = subprocess.PIPE
        self._server = subprocess.Popen(server, stdin=pipe, stdout=pipe, text=True, env=environment)

    def start(self, arguments: Sequence[object], output: Path) -> int:
        """Start a command; return its pid."""
        return self._ask({"arguments": [str(one) for one in arguments], "output": str(output)})

    def wait(self, pid: int) -> int:
        """Exit code, negative for a signal."""
        return self._ask({"wait": pid})

    def close(self) -> None:
        """End the server."""
        self._server.communicate("", timeout=60)

    def _ask(self, question: object) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


class RealCommands:
    """Starts commands as a person does."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, arguments: Sequence[object], output: Path) -> int:
        """Start a command; return its pid."""
        command = [sys.executable, "-m", "leafgraft", *(str(one) for one in arguments)]
        with output.open("ab") as file:
            started = subprocess.Popen(command, stdout=file, stderr=file, env=self._environment, start_new_session=True)
        self._running[started.pid] = started
        return started.pid

    def wait(self, pid: int) -> int:
        """Exit code, negative for a signal."""
        return self._running.pop(pid).wait(timeout=LONGEST_RUN_S)

    def close(self) -> None:
        """Nothing is left to end."""


@dataclass
class Killer:
    """Runs one study again and again.

    Attributes:
        commands: Starts them.
        study: The study file.
        folder: Its results; log.jsonl tells where a run is.
        chance: Draws the moments.
    """

    commands: ForkedCommands | RealCommands
    study: Path
    folder: Path
    chance: random.Random

    def run_whole(self) -> None:
        """Run to the end."""
        output = self.folder.with_suffix(".txt")
        pid = self.commands.start(["run", self.study, "--out", self.folder], output)
        code = self.commands.wait(pid)
        assert code == 0, (code, output.read_text(encoding="utf-8", errors="replace")[-3000:])

    def stop_in(self, phase: str, longest_s: float, number: signal.Signals = signal.SIGKILL) -> str:
        """Run, and stop at a random moment after a phase began; return where it was, empty if it came to its end.

        Args:
            phase: Of `PHASES`. Where an earlier run did all of it, the next one that is begun counts.
            longest_s: The moment lies within so many seconds.
            number: SIGKILL, or one that asks to end.
        """
        log, output = self.folder / "log.jsonl", self.folder.with_suffix(".txt")
        seen = log.stat().st_size if log.exists() else 0
        pid = self.commands.start(["run", self.study, "--out", self.folder], output)
        at, begun = "", time.monotonic()
        for event in self._follow(log, seen, pid):
            at = _phase_of(event) or at
            asked = PHASES[phase](event) and (phase != "training" or self.chance.random() < 0.2)
            if asked or _comes_after(at, phase):
                time.sleep(self.chance.uniform(0, longest_s))
                break
            assert time.monotonic() - begun < LONGEST_RUN_S, f"no {phase} within {LONGEST_RUN_S} s"
        os.killpg(pid, number)
        code = self.commands.wait(pid)
        words = output.read_text(encoding="utf-8", errors="replace")[-3000:]
        if code == STOPPED_BY[number]:
            assert number == signal.SIGKILL or "the same command goes on" in " ".join(words.split()), words
            return _last_phase(log, seen) or at or "start"
        assert code == 0, (code, words)
        return ""

    def _follow(self, log: Path, seen: int, pid: int) -> Iterator[Event]:
        """Events as they come, until the process ends."""
        rest = b""
        while True:
            over = not _lives(pid)
            if log.exists():
                with log.open("rb") as file:
                    file.seek(seen)
                    new = file.read()
                seen += len(new)
                *lines, rest = (rest + new).split(b"\n")
                yield from (json.loads(line) for line in lines if line)
            if over:
                return
            time.sleep(0.002)


def durations_s(log: Path) -> dict[str, float]:
    """How long each phase of a whole run took, from its first event to the first of another phase."""
    begun = [(phase, event["time"]) for event in events_of(log) if (phase := _phase_of(event))]
    firsts = [(phase, at) for index, (phase, at) in enumerate(begun) if not index or begun[index - 1][0] != phase]
    ends = [*(at for _, at in firsts[1:]), events_of(log)[-1]["time"]]
    found: dict[str, float] = {}
    for (phase, at), end in zip(firsts, ends, strict=True):
        found[phase] = max(found.get(phase, 0.0), end - at)
    return found


def complaints(log: Path) -> list[str]:
    """What runs called damaged: a kill must never damage a file."""
    return [str(event) for event in events_of(log) if "amaged" in f"{event['event']} {event.get('line', '')}"]


def _lives(pid: int) -> bool:
    """Whether it runs; one that ended and was not waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _phase_of(event: Event) -> str:
    return next((name for name, begins in PHASES.items() if begins(event)), "")


def _comes_after(at: str, phase: str) -> bool:
    order = list(PHASES)
    return at in order and order.index(at) > order.index(phase)


def _last_phase(log: Path, seen: int) -> str:
    phases = [_phase_of(event) for event in events_of(log, seen)]
    return next((phase for phase in reversed(phases) if phase), "")


def events_of(log: Path, seen: int = 0) -> list[Event]:
    """Whole lines of a log."""
    content = log.read_bytes()[seen:] if log.exists() else b""
    return [json.loads(line) for line in content.split(b"\n")[:-1] if line]


def results_of(folder: Path) -> dict[str, bytes]:
    """Everything that must be the same however often a run was killed."""
    paths = sorted(path for pattern in SAME for path in folder.glob(pattern))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def differences(wanted: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Names of files that are missing, new or other."""
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
