"""An epoch of full fine-tuning, and one with the last stage learning, against torchvision's, timm's and fastai's loops.

    python benchmarks/epoch_speed.py PHOTOS --backbones squeezenet1_1 mobilenet_v2 resnet18 --count 180 --runs 3

An epoch is one pass that learns over the training photos and one over the validation photos. Of every side the second
epoch counts: loader processes stand by then, and outputs of frozen stages are kept. What keeping them costs once is
shown beside. All sides run in turns, in one process, on the same photos, from random weights: time does not depend
on them.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from pathlib import Path
from typing import Any

from leafgraft.choices.resolve import resolve
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trial
from measured import copy_some, open_inputs, spread, text, write_result
from peers import PEERS, peer_epochs

NETWORKS = ["squeezenet1_1", "mobilenet_v2", "resnet18", "googlenet", "efficientnet_b0"]
STRATEGIES = (Choice("uniform"), Choice("partial", {"last": 1}))
TRAINING = Training(epochs=2, patience=2, views=0)


def our_epochs(recipe: Recipe, inputs: TrialInputs) -> list[float]:
    """Seconds of each epoch, as history.csv says."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = TrialFolder(Path(scratch))
        train_trial(Trial(recipe, TRAINING, 0, 0), inputs, folder, Silent())
        with folder.history.open(newline="", encoding="utf-8") as file:
            return [float(row["seconds"]) for row in csv.DictReader(file)]


def measure(recipe: Recipe, photos: Path, runs: int) -> dict[str, Any]:
    """All sides in turns."""
    sides: dict[str, list[list[float]]] = {name: [] for name in ("leafgraft", *PEERS)}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as cache:
            inputs = open_inputs(photos, recipe.image_size, Path(cache))
            sides["leafgraft"].append(our_epochs(recipe, inputs))
            for name in PEERS:
                sides[name].append(peer_epochs(name, recipe, inputs, TRAINING.batch_size, TRAINING.epochs))
    seconds = {name: [epochs[-1] for epochs in measured] for name, measured in sides.items()}
    ours = seconds["leafgraft"]
    ratios = {name: [b / a for a, b in zip(ours, seconds[name], strict=True)] for name in PEERS}
    first = [epochs[0] for epochs in sides["leafgraft"]]
    name, strategy = recipe.backbone.name, recipe.strategy.name
    for peer in PEERS:
        print(f"| {name} | {strategy} | {text(ours)} | {text(first)} | {peer} | {text(seconds[peer])} "
              f"| {text(ratios[peer], 2)} |", flush=True)  # fmt: skip
    return {
        "backbone": name,
        "strategy": strategy,
        "epoch_seconds": seconds,
        "first_epoch_seconds": first,
        "times_as_fast": {peer: spread(values) for peer, values in ratios.items()},
    }


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--backbones", nargs="+", default=NETWORKS)
    parser.add_argument("--count", type=int, default=0, help="photos; 0 takes all")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/epoch_speed.json"))
    given = parser.parse_args()
    print("| network | strategy | leafgraft, s | its first epoch, s | peer | peer, s | times as fast |")
    print("|---|---|---|---|---|---|---|")
    rows, started_s = [], time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        photos = copy_some(given.photos, given.count, Path(scratch) / "photos")
        for backbone in given.backbones:
            for strategy in STRATEGIES:
                recipe = resolve(Recipe(Choice(backbone), strategy, image_size=given.image_size, weights="none"))
                rows.append(measure(recipe, photos, given.runs))
    total_s = round(time.monotonic() - started_s)
    write_result(given.out, {"photos": given.count, "runs": given.runs, "total_seconds": total_s, "rows": rows})


if __name__ == "__main__":
    main()
