"""Does letting the backbone learn pay? Frozen, gradual and full on the same photos, split and seed.

    python benchmarks/fine_tuning.py PHOTOS --backbone squeezenet1_1 --epochs 3

Prints a table and writes the same figures as JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from leafgraft.choices.resolve import resolve
from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.data.split import split
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trial

FROZEN_EPOCHS = 50


def accuracy(predictions: Predictions, part: str) -> float:
    """Share of right answers in one split, in percent."""
    rows = predictions.rows(part)
    return round(100 * float((rows.logits.argmax(axis=1) == rows.label).mean()), 2)


def measure(trial: Trial, inputs: TrialInputs, folder: TrialFolder) -> dict[str, Any]:
    """Train one trial and read what it left."""
    started_s = time.monotonic()
    train_trial(trial, inputs, folder, Silent())
    seconds = time.monotonic() - started_s
    predictions = folder.read_predictions()
    with folder.history.open(newline="") as file:
        epochs = list(csv.DictReader(file))
    return {
        "strategy": trial.recipe.strategy.name,
        "epochs": len(epochs),
        "test": accuracy(predictions, "test"),
        "validation": accuracy(predictions, "validation"),
        "validation_by_epoch": [round(100 * float(row["validation_accuracy"]), 2) for row in epochs],
        "learning_by_epoch": [row["learning"] for row in epochs],
        "seconds": round(seconds, 1),
        "seconds_per_epoch": [float(row["seconds"]) for row in epochs],
    }


def main() -> None:
    """Measure all three strategies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos")
    parser.add_argument("--backbone", default="squeezenet1_1")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=3, help="epochs in which the backbone learns")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/fine_tuning.json"))
    given = parser.parse_args()
    cache = CacheFolder(default_cache_path())
    manifest = scan(open_source(given.photos), cache, Silent()).manifest
    splits = split(manifest, SplitPlan())
    pixels = open_pixel_map(manifest, given.image_size, cache, Silent())
    inputs = TrialInputs(manifest, splits, pixels, cache, "benchmark")
    plan = {
        "frozen": (Choice("frozen"), FROZEN_EPOCHS),
        "gradual": (Choice("gradual", {"unfreeze_at": given.epochs}), 2 * given.epochs),
        "full": (Choice("full"), given.epochs),
    }
    rows = []
    for strategy, epochs in plan.values():
        recipe = resolve(Recipe(Choice(given.backbone), strategy, batch_norm="fixed", image_size=given.image_size))
        trial = Trial(recipe, Training(epochs=epochs), 0, 0)
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(trial, inputs, TrialFolder(Path(folder))))
        print(
            f"{strategy.name:8} test {rows[-1]['test']:6.2f}%  validation {rows[-1]['validation_by_epoch']}", flush=True
        )
    result = {
        "backbone": given.backbone,
        "image_size": given.image_size,
        "photos": len(manifest.photos),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        "date": time.strftime("%Y-%m-%d"),
        "rows": rows,
    }
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
