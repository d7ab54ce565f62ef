"""How soon is 97.5% of the test photos reached, from JPEG files? leafgraft's first frozen recipe against fastai.

    python benchmarks/to_accuracy.py PHOTOS --backbone squeezenet1_1 --runs 3

leafgraft's clock runs from the files to the predictions of a trained trial, scan, decoding and the check of the engine
included; fastai's runs to the end of the first epoch of `fine_tune` (one epoch frozen, then the whole network) after
which as many test photos are right. Both start from the same weights, split and photos, in turns, in one process.
`LEAFGRAFT_WEIGHTS` must hold the weights, and fastai must be installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torchvision
from safetensors.torch import load_file

import fastai_peer
from frozen_speed import train_all
from leafgraft.choices.resolve import resolve
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.cache.cache_folder import weights_folder_path
from measured import copy_some, open_inputs, spread, text, write_result
from peers import files_of

WANTED_PERCENT = 97.5


def ours(photos: Path, recipe: Recipe, scratch: Path) -> tuple[float, float]:
    """Seconds to the predictions of a trained frozen recipe, and percent of the test photos right."""
    started_s = time.perf_counter()
    inputs = open_inputs(photos, recipe.image_size, scratch / "cache")
    (percent,) = train_all([Trial(recipe, Training(views=0), 0, 0)], inputs, scratch / "study")
    return time.perf_counter() - started_s, percent


def theirs(photos: Path, recipe: Recipe, scratch: Path, epochs: int) -> list[tuple[float, float]]:
    """Seconds and percent after each epoch of fastai."""
    inputs = open_inputs(photos, recipe.image_size, scratch / "cache")
    fold = inputs.fold(0)
    train, held_out, test = (
        files_of(inputs, ids, recipe.image_size) for ids in (fold.train, fold.validation, fold.test)
    )
    name = recipe.backbone.name
    network = getattr(torchvision.models, name)(weights=None)
    network.load_state_dict(load_file(weights_folder_path() / f"{name}.safetensors"), strict=False)
    return fastai_peer.fine_tune(network, (train, held_out), test, Training().batch_size, epochs)


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--backbone", choices=["squeezenet1_1", "mobilenet_v2"], default="squeezenet1_1")
    parser.add_argument("--count", type=int, default=0, help="photos; 0 takes all")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=5, help="of fastai, after the frozen one")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/to_accuracy.json"))
    given = parser.parse_args()
    if not fastai_peer.INSTALLED:
        sys.exit("fastai is what leafgraft is measured against here: pip install fastai")
    recipe = resolve(Recipe(Choice(given.backbone), Choice("frozen"), image_size=given.image_size))
    runs: list[dict[str, Any]] = []
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            photos = copy_some(given.photos, given.count, Path(first) / "photos")
            seconds, percent = ours(photos, recipe, Path(first))
            reached = theirs(photos, recipe, Path(second), given.epochs)
        late = [at for at, right in reached if right >= WANTED_PERCENT]
        runs.append(
            {"seconds": seconds, "percent": percent, "fastai": reached, "fastai_seconds": late[0] if late else None}
        )
        print(runs[-1], flush=True)
    told = [run["fastai_seconds"] / run["seconds"] for run in runs if run["fastai_seconds"]]
    print(f"leafgraft: {text([run['seconds'] for run in runs])} s to {text([run['percent'] for run in runs], 2)}%")
    print(
        f"fastai reaches {WANTED_PERCENT}% in {len(told)} of {len(runs)} runs"
        + (f", {text(told)} times later" if told else "")
    )
    result = {"backbone": given.backbone, "runs": runs, "times_as_fast": spread(told) if told else None}
    write_result(given.out, result)


if __name__ == "__main__":
    main()
