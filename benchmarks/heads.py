"""Do the defaults learn? Every head × optimizer × scheduler × loss on frozen features, against the best linear head.

    LEAFGRAFT_WEIGHTS=WEIGHTS python benchmarks/heads.py POTATO

All settings are the defaults of the menus. So few photos are trained on that all others, some 3,700, can tell. Figures
are accuracies on the validation and test photos together; the best linear head is
`leafgraft.choices.heads.optimum.best_head` on the same rows. A combination passes if it ends no more than 2 points
below.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from leafgraft.choices.heads.optimum import LinearHead, best_head
from leafgraft.choices.menu import NAMES
from leafgraft.choices.resolve import resolve
from leafgraft.data.split import split
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.frozen.features import plain_features
from leafgraft.training.heads.head_trials import head_group
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trials
from measured import open_inputs, write_result

NETWORKS = ("squeezenet1_1", "mobilenet_v2", "resnet18", "resnet50")
KINDS = {"head": "heads", "optimizer": "optimizers", "scheduler": "schedulers", "loss": "losses"}
ALLOWED = 2.0  # points below the best linear head


def draw_some(photos: Path, per_class: int, target: Path, seed: int = 0) -> Path:
    """So many photos of each class; all of them if it is 0."""
    if not per_class:
        return photos
    generator = np.random.default_rng(seed)
    for folder in sorted(path for path in photos.iterdir() if path.is_dir()):
        (target / folder.name).mkdir(parents=True)
        there = sorted(folder.iterdir())
        for index in generator.choice(len(there), per_class, replace=False):
            shutil.copyfile(there[index], target / folder.name / there[index].name)
    return target


def combinations(network: str, seeds: int) -> Iterator[Trial]:
    """Trials of all combinations."""
    training = Training(seeds=tuple(range(seeds)))
    for names in itertools.product(*(NAMES[menu] for menu in KINDS.values())):
        chosen = {kind: Choice(name) for kind, name in zip(KINDS, names, strict=True)}
        recipe = resolve(Recipe(Choice(network), **chosen))  # type: ignore[arg-type]
        yield from (Trial(replace(recipe, name=" ".join(names)), training, seed, 0) for seed in training.seeds)


def optimum(network: str, inputs: TrialInputs) -> dict[str, float]:
    """Accuracy in percent of the best linear head on held-out rows, and on those it was fitted to."""
    recipe = resolve(Recipe(Choice(network)))
    features = plain_features(recipe, inputs.pixels, inputs.cache, Silent())
    row_of = {photo_id: row for row, photo_id in enumerate(inputs.pixels.photo_ids)}
    fold = inputs.fold(0)

    def rows(*parts: tuple[str, ...]) -> tuple[Any, Any]:
        photos = [inputs.photos(ids) for ids in parts]
        at = [row_of[one] for ids in parts for one in ids]
        return features[at], np.concatenate([one.labels for one in photos])

    head: LinearHead = best_head(rows(fold.train), rows(fold.validation), len(inputs.classes))
    pairs = {"held_out": rows(fold.validation, fold.test), "train": rows(fold.train)}
    return {name: 100 * float((head.predict(some) == labels).mean()) for name, (some, labels) in pairs.items()}


def measure(network: str, inputs: TrialInputs, seeds: int, folder: Path) -> dict[str, Any]:
    """Points below the best linear head of every combination, the mean over seeds."""
    best, started_s = optimum(network, inputs), time.perf_counter()
    groups: dict[str | None, list[Trial]] = defaultdict(list)
    for trial in combinations(network, seeds):
        groups[head_group(trial)].append(trial)
    below: dict[str, list[float]] = defaultdict(list)
    for trials in groups.values():
        folders = {trial.key: TrialFolder(folder / trial.key) for trial in trials}
        for trial, outcome in train_trials(trials, inputs, folders, Silent()):
            if not isinstance(outcome, dict):
                raise outcome
            said = folders[trial.key].read_predictions()
            right = (said.logits.argmax(axis=1) == said.label).mean()
            below[trial.recipe.name].append(round(best["held_out"] - 100 * float(right), 2))
    means = {name: round(float(np.mean(some)), 2) for name, some in below.items()}
    return {"optimum": best, "points_below": means, "seconds": round(time.perf_counter() - started_s, 1)}


def print_table(found: dict[str, dict[str, Any]]) -> None:
    """The worst of each head and optimizer, and what does not pass."""
    pairs = list(itertools.product(NAMES["heads"], NAMES["optimizers"]))
    print("| network | best linear head | " + " | ".join(" ".join(pair) for pair in pairs) + " |")
    print("|---" * (len(pairs) + 2) + "|")
    for network, one in found.items():
        worst = [
            max((points, name) for name, points in one["points_below"].items() if name.split()[:2] == list(pair))
            for pair in pairs
        ]
        cells = " | ".join(f"{points:+.1f} ({' '.join(name.split()[2:])})" for points, name in worst)
        print(f"| {network} | {one['optimum']['held_out']:.1f}% | {cells} |")
    failed = [(n, name, p) for n, one in found.items() for name, p in one["points_below"].items() if p > ALLOWED]
    total = sum(len(one["points_below"]) for one in found.values())
    print(f"\n{total - len(failed)} of {total} combinations end within {ALLOWED:g} points.")
    for network, name, points in failed:
        print(f"- {network} {name}: {points:.1f} points below")


def main() -> None:
    """Train, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--per-class", type=int, default=0, help="photos of each class; 0 for all")
    parser.add_argument("--draw", type=int, default=0, help="seed of the draw of photos and of the split")
    parser.add_argument("--train", type=float, default=0.0676, help="share of the photos to train on")
    parser.add_argument("--validation", type=float, default=0.0225, help="share to validate on; the rest is tested on")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="a cache to keep; by default one that is empty")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    given = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        photos = draw_some(given.photos, given.per_class, Path(scratch) / "photos", given.draw)
        inputs = open_inputs(photos, 224, given.cache or Path(scratch) / "cache")
        test = 1 - given.train - given.validation
        plan = SplitPlan(train=given.train, validation=given.validation, test=test, seed=given.draw)
        inputs = replace(inputs, splits=split(inputs.manifest, plan))
        for network in given.networks:
            found[network] = measure(network, inputs, given.seeds, Path(scratch) / network)
            print(f"{network}: {found[network]['seconds']:.0f} s", flush=True)
    fold = inputs.fold(0)
    counts = {part: len(getattr(fold, part)) for part in ("train", "validation", "test")}
    print_table(found)
    write_result(given.out, {"photos": counts, "draw": given.draw, "seeds": given.seeds, "networks": found})


if __name__ == "__main__":
    main()
