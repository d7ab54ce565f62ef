"""Frozen recipes from JPEG files: the first, and twenty with three seeds, against loops that read every photo again.

    python benchmarks/frozen_speed.py PHOTOS --backbone squeezenet1_1 --count 900 --runs 3

A peer's epoch is measured, the start of its loader processes with it, and multiplied by epochs and trials.
The limit is what cannot be avoided: decode every photo once, and one pass through the frozen network in its
engine. All sides run in turns, in one process, on the same photos. `LEAFGRAFT_WEIGHTS` must hold the weights.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from leafgraft.choices.resolve import resolve
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training.frozen.engines import batch_size
from leafgraft.training.frozen.features import whole_prefix
from leafgraft.training.launch import run_trials
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import in_order
from measured import copy_some, open_inputs, spread, text, write_result
from peers import PEERS, peer_epochs

HEADS = (Choice("linear"), Choice("mlp", {"hidden": [64]}))
LOSSES = (Choice("cross_entropy"), Choice("cross_entropy", {"label_smoothing": 0.1}), Choice("focal"))
OPTIMIZERS, SCHEDULERS = (Choice("adam"), Choice("sgd")), (Choice("constant"), Choice("cosine"))


def recipes(backbone: str, side: int) -> list[Recipe]:
    """Twenty recipes that share the frozen network, each with its default rate; the first is the plainest."""
    crossed = list(product(HEADS, LOSSES, OPTIMIZERS, SCHEDULERS))[:20]
    return [
        resolve(Recipe(Choice(backbone), Choice("frozen"), head=h, loss=f, optimizer=o, scheduler=s, image_size=side))
        for h, f, o, s in crossed
    ]


def train_all(trials: list[Trial], inputs: TrialInputs, folder: Path) -> list[float]:
    """Train into a study folder; share of right answers on the test photos, in percent."""
    folder.mkdir()
    study = StudyFolder(folder)
    failed = run_trials(trials, lambda _trial: inputs, study, Silent())
    if failed:
        raise RuntimeError(f"trials failed: {failed}")
    tests = [study.trial(trial.key).read_predictions().rows("test") for trial in trials]
    return [100 * float((rows.logits.argmax(axis=1) == rows.label).mean()) for rows in tests]


def one_pass(recipe: Recipe, inputs: TrialInputs) -> float:
    """Seconds of every photo through the frozen network, in its engine, and nothing else."""
    prefix, rows = whole_prefix(recipe, inputs.cache, Silent()), inputs.photos(inputs.pixels.photo_ids)
    size = batch_size(prefix.side)
    prefix(rows.plain(np.arange(min(size, len(rows)))))  # builds the engine
    started_s = time.perf_counter()
    for positions in in_order(len(rows), size):
        prefix(rows.plain(positions))
    return time.perf_counter() - started_s


def run_once(photos: Path, wanted: list[Recipe], training: Training, scratch: Path) -> dict[str, Any]:
    """One run of every side."""
    started_s = time.perf_counter()
    inputs = open_inputs(photos, wanted[0].image_size, scratch / "cache")
    decoded_s = time.perf_counter() - started_s
    first = Trial(wanted[0], training, 0, 0)
    (accuracy,) = train_all([first], inputs, scratch / "first")
    first_s = time.perf_counter() - started_s
    others = [Trial(recipe, training, seed, 0) for recipe in wanted for seed in range(3)]
    accuracies = train_all([trial for trial in others if trial.key != first.key], inputs, scratch / "others")
    all_s = time.perf_counter() - started_s
    limit_s = decoded_s + one_pass(wanted[0], inputs)
    peers = {name: peer_epochs(name, wanted[0], inputs, training.batch_size, 1)[0] for name in PEERS}
    return {
        "decoded_seconds": decoded_s,
        "first_seconds": first_s,
        "all_seconds": all_s,
        "further_seconds_each": (all_s - first_s) / (len(others) - 1),
        "limit_seconds": limit_s,
        "peer_epoch_seconds": peers,
        "first_test_percent": accuracy,
        "other_test_percent": [float(np.min(accuracies)), float(np.max(accuracies))],
        "photos": len(inputs.manifest.photos),
        "trials": len(others),
    }


def summarise(runs: list[dict[str, Any]], epochs: int) -> dict[str, Any]:
    """Seconds and ratios over all runs, printed as a table."""
    trials = runs[0]["trials"]
    ours = {"first recipe": [r["first_seconds"] for r in runs], f"{trials} trials": [r["all_seconds"] for r in runs]}
    print(f"\n{runs[0]['photos']} photos, {epochs} epochs; seconds: middle (lowest to highest) of {len(runs)} runs\n")
    print("| what | leafgraft | peer | peer's seconds | times as fast |\n|---|---|---|---|---|")
    ratios: dict[str, Any] = {}
    for what, count in (("first recipe", 1), (f"{trials} trials", trials)):
        for peer in PEERS:
            theirs = [r["peer_epoch_seconds"][peer] * epochs * count for r in runs]
            factors = [other / own for other, own in zip(theirs, ours[what], strict=True)]
            ratios[f"{what} against {peer}"] = spread(factors)
            print(f"| {what} | {text(ours[what])} | {peer} | {text(theirs, 0)} (one epoch × {epochs * count}) "
                  f"| {text(factors)} |")  # fmt: skip
    over = [r["first_seconds"] / r["limit_seconds"] for r in runs]
    further = [r["further_seconds_each"] for r in runs]
    print(f"\nfirst recipe over the limit: {text(over, 2)}; each further trial: {text(further, 3)} s")
    print(f"test accuracy of the first recipe: {runs[0]['first_test_percent']:.1f}%")
    return {"ratios": ratios, "over_the_limit": spread(over), "further_trial_seconds": spread(further)}


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--backbone", default="squeezenet1_1")
    parser.add_argument("--count", type=int, default=0, help="photos; 0 takes all")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/frozen_speed.json"))
    given = parser.parse_args()
    training = Training(epochs=given.epochs, patience=given.epochs, views=0)
    wanted = recipes(given.backbone, given.image_size)
    runs = []
    with tempfile.TemporaryDirectory() as scratch:
        photos = copy_some(given.photos, given.count, Path(scratch) / "photos")
        for number in range(given.runs):
            (Path(scratch) / str(number)).mkdir()
            runs.append(run_once(photos, wanted, training, Path(scratch) / str(number)))
            print(runs[-1], flush=True)
    result = {"backbone": given.backbone, "epochs": given.epochs, "runs": runs, **summarise(runs, given.epochs)}
    write_result(given.out, result)


if __name__ == "__main__":
    main()
