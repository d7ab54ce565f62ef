"""Trials at a time, trials on Ray, and settings tried on kept features: seconds, on drawn leaves.

    python benchmarks/trials_speed.py [--runs 3] [--photos 120] [--trials 8] [--settings 100]

Every way trains the same trials in a folder of its own; the ways take turns, so that other work on the machine meets
all of them. Features are kept from a first run that is not counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from leafgraft.data.drawn.sample import draw_sample
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study import tune
from leafgraft.study.commands.request import check_study, open_study
from leafgraft.study.context import StudyContext
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.prepare import open_context
from leafgraft.study.trial_list import list_trials
from leafgraft.training.launch import choose_device, run_trials
from leafgraft.training.workers.ray_cluster import connected

STUDY = """
photos: {photos}
image_size: 64
weights: none
training: {{epochs: {epochs}, patience: 50, batch_size: 16, seeds: [{seeds}]}}
recipes:
  - {{backbone: squeezenet1_1, strategy: {strategy}}}
"""
SEARCH = """
photos: {photos}
image_size: 64
weights: none
augmentation: [flip]
training: {{epochs: 30, patience: 7, batch_size: 16}}
recipes:
  - backbone: squeezenet1_1
    strategy: frozen
    tune:
      trials: {settings}
      learning_rate: {{log: [1e-4, 1e-1]}}
      head: [linear, {{mlp: {{hidden: [[16], [64]], dropout: {{range: [0.0, 0.5]}}}}}}]
"""


def open_at(study_file: Path, folder: Path) -> StudyContext:
    """The context of a study with its photos decoded."""
    study = open_study(str(study_file))
    looking = Looking(CacheFolder(folder / "cache"), Silent(), 0)
    return open_context(study, check_study(study), StudyFolder(folder), looking, choose_device("cpu"))


def seconds(context: StudyContext, launch: Launch, folder: Path) -> float:
    """Train all trials of a study anew."""
    folder.mkdir(parents=True)
    trials = list_trials(context.study, context.recipes, 1)
    start = time.perf_counter()
    failed = run_trials(trials, context.inputs_of, StudyFolder(folder), Silent(), launch)
    if failed:
        raise RuntimeError(failed)
    return time.perf_counter() - start


def measure(given: argparse.Namespace, home: Path) -> dict[str, list[float]]:
    """Seconds of every way, by its name."""
    photos = home / "leaves"
    draw_sample(photos, given.photos, side=64, seed=0)
    found: dict[str, list[float]] = {}
    seeds = ", ".join(map(str, range(given.trials)))
    for strategy, epochs in (("uniform", 3), ("frozen", 3)):
        file = home / f"{strategy}.yaml"
        file.write_text(STUDY.format(photos=photos, strategy=strategy, epochs=epochs, seeds=seeds), encoding="utf-8")
        context = open_at(file, home / strategy)
        seconds(context, Launch(), home / strategy / "first")
        with connected("local"):
            ways = {"one process": Launch(), "--jobs 2": Launch(jobs=2), "--engine ray": Launch(2, "ray")}
            for run in range(given.runs):
                for name, launch in ways.items():
                    spent = seconds(context, launch, home / strategy / f"{name}-{run}")
                    found.setdefault(f"{given.trials} trials, {strategy}, {name}", []).append(spent)
    for run in range(given.runs):
        file = home / f"search{run}.yaml"
        file.write_text(SEARCH.format(photos=photos, settings=given.settings), encoding="utf-8")
        times = [time.perf_counter()]
        for _ in range(2):  # the second time all is done: what is left is not the search
            tune(str(file), out=home / f"search{run}")
            times.append(time.perf_counter())
        spent = (times[1] - times[0]) - (times[2] - times[1])
        found.setdefault(f"{given.settings} settings on kept features", []).append(spent)
    return found


def main() -> None:
    """Print medians and spread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--runs", 3), ("--photos", 120), ("--trials", 8), ("--settings", 100)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        found = measure(given, Path(home))
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print("| what | seconds, median (least to most) |\n|---|---|")
    for name, spent in found.items():
        print(f"| {name} | {statistics.median(spent):.1f} ({min(spent):.1f} to {max(spent):.1f}) |")


if __name__ == "__main__":
    main()
