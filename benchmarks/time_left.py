"""How honest was the time left that runs showed? Replays the log of each study.

    python benchmarks/time_left.py STUDY_DIR...

From the second minute on: the time left that was shown, over the time that it then took. Writes what the test of the
time left replays: stages, tasks, and trials as they ended.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from leafgraft.records.trial_time import TrialTime
from leafgraft.study.time_left import TimeLeft

TOLD_FROM_S = 60.0
REPLAYED_EVERY_S = 5.0


def _of_trial(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ("trial", "epoch", "validation_loss") if name in line}


def events_of(study: Path) -> list[list[Any]]:
    """Of the last run in the log: seconds since its begin, what happened, and with what."""
    lines = [json.loads(line) for line in (study / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    start = max(number for number, line in enumerate(lines) if line["event"] == "run started")
    found = []
    for line in lines[start:]:
        told = {
            "time expected": lambda one: [one["stages"], one["trials"]],
            "parts expected": lambda one: {"parts": one["parts"]},
            "part done": lambda one: {"part": one["part"]},
            "stage started": lambda one: one["stage"],
            "task started": lambda one: one["total"],
            "task finished": lambda _: None,
            "epoch": _of_trial,
            "trial done": _of_trial,
            "trial failed": _of_trial,
            "run ended": lambda _: None,
        }.get(line["event"])
        if told:
            found.append([round(line["time"] - lines[start]["time"], 2), line["event"], told(line)])
    return found


def replay(events: Sequence[Sequence[Any]]) -> Iterator[tuple[float, float]]:
    """The time left that a run showed, from its log: pairs of seconds since its begin and seconds left.

    Args:
        events: Of log.jsonl: when, in seconds; which event; with what. They begin with the run and end with it.
    """
    time_left, depth = TimeLeft(), 0
    for (at_s, event, what), (until_s, *_) in pairwise(events):
        if event == "task finished":
            depth -= 1
        elif event == "task started":
            depth += 1
            if depth == 1:
                time_left.begin(what, at_s)
        else:
            _hear(time_left, at_s, event, what)
        steps = max(1, int((until_s - at_s) / REPLAYED_EVERY_S))
        for step in range(steps):
            now_s = at_s + step * (until_s - at_s) / steps
            left_s = time_left.left_s(now_s)
            if left_s is not None:
                yield now_s, left_s


def _hear(time_left: TimeLeft, at_s: float, event: str, what: Any) -> None:
    match event:
        case "time expected":
            stages, trials = what
            time_left.expect(stages, {key: TrialTime(**one) for key, one in trials.items()})
        case "stage started":
            time_left.enter(what, at_s)
        case "epoch" | "trial done" | "trial failed" | "parts expected" | "part done":
            time_left.hear(event, what, at_s)


def main() -> None:
    """Print a row per study, and write the events."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", type=Path, nargs="+")
    parser.add_argument("--write", type=Path, help="folder for the events, one file per study")
    given = parser.parse_args()
    print("| study | took | shown over real, from the second minute on |\n|---|---|---|")
    for study in given.studies:
        events = events_of(study)
        took_s = events[-1][0]
        ratios = [left_s / (took_s - at_s) for at_s, left_s in replay(events) if TOLD_FROM_S <= at_s < took_s - 5]
        words = f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "it was done before"
        print(f"| {study.name} | {took_s:.0f} s | {words} |")
        if given.write:
            (given.write / f"{study.name}.json").write_text(json.dumps(events) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
