"""kill -9 at any moment, then the same command: the same results, bit for bit."""

from __future__ import annotations

import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from kills import (
    PHASES,
    ForkedCommands,
    Killer,
    RealCommands,
    complaints,
    differences,
    durations_s,
    events_of,
    results_of,
)

KILL, INTERRUPT, END = signal.SIGKILL, signal.SIGINT, signal.SIGTERM
SMALL = (
    *(("scan", KILL), ("cache", KILL), ("training", END), ("training", KILL)),
    *(("evaluation", INTERRUPT), ("export", KILL)),
)
FRESH = (("cache", KILL), ("training", KILL), ("derived", KILL))
LARGE_ROUNDS = 7


@pytest.fixture(scope="module")
def reference(whole_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a run that nobody disturbed, and its log."""
    folder = tmp_path_factory.mktemp("reference")
    environment = whole_environment(folder)
    commands = ForkedCommands(environment)
    Killer(commands, whole_study, folder / "study", random.Random(0)).run_whole()
    commands.close()
    return folder / "study"


def whole_environment(folder: Path) -> dict[str, str]:
    by_rule = {name: value for name, value in os.environ.items() if name != "LEAFGRAFT_FROZEN_ENGINE"}
    return {**by_rule, "LEAFGRAFT_CACHE": str(folder / "cache"), "COLUMNS": "80"}


def test_the_reference_passes_through_every_phase(reference: Path) -> None:
    lasting = durations_s(reference / "log.jsonl")
    assert {"start", "scan", "cache", "training", "derived", "evaluation", "diagnosis", "report"} <= set(lasting)
    results = results_of(reference)
    assert {"evaluation.json", "verdict.json", "diagnosis.json"} <= set(results)
    assert sum(name.endswith("predictions.npz") for name in results) > 10


def forget(cache: Path, emptied: bool) -> None:
    """Empty the cache, if it shall be: which engine was chosen, and what it gave, is then found out anew."""
    if emptied and cache.exists():
        shutil.rmtree(cache)


@pytest.mark.slow
@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("emptied", [False, True], ids=["one_cache", "an_empty_cache_each_time"])
def test_stopped_runs_end_as_if_never_stopped(
    reference: Path, whole_study: Path, tmp_path: Path, nightly: bool, tell: Callable[[str], None], emptied: bool
) -> None:
    lasting, chance = durations_s(reference / "log.jsonl"), random.Random(20261125)
    phases = [name for name in PHASES if name in lasting]
    large = [(name, KILL) for name in sorted([*phases, "training"], key=phases.index)]
    large[-1:-1] = [("training", END), ("diagnosis", INTERRUPT)]
    killed: Counter[str] = Counter()
    asked, went_on = 0, 0
    for number in range(LARGE_ROUNDS if nightly else 1):
        home = tmp_path / f"round{number}"
        home.mkdir()
        real = nightly and number == LARGE_ROUNDS - 1
        commands = (RealCommands if real else ForkedCommands)(whole_environment(home))
        killer = Killer(commands, whole_study, home / "study", chance)
        for phase, signal_number in large if nightly else FRESH if emptied else SMALL:
            forget(home / "cache", emptied)
            at = killer.stop_in(phase, lasting[phase], KILL if real else signal_number)
            killed[at] += signal_number == KILL or real
            asked += bool(at) and not real and signal_number != KILL
        forget(home / "cache", emptied)
        killer.run_whole()
        commands.close()
        log = home / "study" / "log.jsonl"
        assert differences(results_of(reference), results_of(home / "study")) == []
        assert complaints(log) == []
        went_on += sum(event["event"] == "trial goes on" for event in events_of(log))
        shutil.rmtree(home)
    del killed[""]
    tell(f"kills survived: {killed.total()} of {killed.total()}; asked to stop and gone on: {asked}")
    tell("kills by phase: " + ", ".join(f"{name} {killed[name]}" for name in PHASES if killed[name]))
    tell(f"trials that went on from a checkpoint: {went_on}")
    assert killed.total() >= (50 if nightly else 3)
