"""Time and memory of a large comparison: predictions files from disk to evaluation.

python benchmarks/compare_speed.py --photos 10000 --recipes 20 --seeds 5 --format csv
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.named_files import name_files
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.storage.predictions import Predictions, write_predictions


def write_files(folder: Path, given: argparse.Namespace) -> list[Path]:
    """Drawn predictions: one CSV per recipe, or one npz per recipe and seed."""
    generator = np.random.default_rng(0)
    photos, classes = given.photos, [f"class{index}" for index in range(given.classes)]
    ids = np.array([f"{index:016x}" for index in range(photos)])
    group = np.array([f"g{index // 2}" for index in range(photos)])
    label = generator.integers(0, given.classes, photos)
    paths = []
    for recipe in range(given.recipes):
        for seed in range(given.seeds):
            logits = generator.normal(size=(photos, given.classes)).astype(np.float32)
            logits[np.arange(photos), label] += 3
            found = Predictions(ids, np.full(photos, "test"), label, logits, np.array(classes), group)
            if given.format == "npz":
                paths.append(folder / f"recipe{recipe}-s{seed}.npz")
                write_predictions(paths[-1], found)
                continue
            path = folder / f"recipe{recipe}.csv"
            with path.open("a" if seed else "w") as file:
                if not seed:
                    file.write(f"photo_id,label,{','.join(classes)},group,seed\n")
                    paths.append(path)
                for row, values in enumerate(found.probabilities):
                    text = ",".join(f"{value:.7f}" for value in values)
                    file.write(f"{ids[row]},{classes[label[row]]},{text},{group[row]},{seed}\n")
    return paths


def main() -> None:
    """Write the files, then measure reading and evaluating them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--format", choices=("csv", "npz"), default="npz")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(Path(folder), given)
        started, began = time.perf_counter(), time.process_time()
        recipes, _ = read_files(name_files(paths))
        read = time.perf_counter()
        evaluation = evaluate(recipes)
        done, worked = time.perf_counter(), time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{given.format}, {given.recipes} recipes x {given.seeds} seeds x {given.photos} photos x {given.classes} "
        f"classes: read {read - started:.1f} s, evaluate {done - read:.1f} s, {worked:.1f} s of processor time, "
        f"peak {peak:.2f} GB, {len(evaluation.pairs)} pairs"
    )


if __name__ == "__main__":
    main()
