"""Does time grow in step with the photos, and does memory not? A frozen recipe from JPEG files to predictions.

    python benchmarks/growth.py PHOTOS --counts 1000 10000 100000

Photos are copied again and again, each turned, shifted or brightened a little, at a small side: so there are enough.
Each count runs in a process of its own, whose highest memory is noted; pages that only mirror files are told apart.
`LEAFGRAFT_WEIGHTS` must hold the weights.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from leafgraft.choices.resolve import resolve
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.trial import train_trial
from measured import open_inputs, write_result

MADE_AT_PX = 96


def make_photos(source: Path, count: int, target: Path) -> None:
    """Write `count` photos, none like another."""
    generator = np.random.default_rng(0)
    classes = sorted(path for path in source.iterdir() if path.is_dir())
    squares = {
        folder.name: [np.asarray(Image.open(p).convert("RGB").resize((MADE_AT_PX,) * 2)) for p in
                      sorted(folder.iterdir())[:100]]
        for folder in classes
    }  # fmt: skip
    for folder in classes:
        (target / folder.name).mkdir(parents=True)
    for number in range(count):
        name = classes[number % len(classes)].name
        square = squares[name][int(generator.integers(len(squares[name])))]
        shift = tuple(int(one) for one in generator.integers(-8, 9, 2))
        changed = np.rot90(np.roll(square, shift, (0, 1)), int(generator.integers(4))) * generator.uniform(0.8, 1.2)
        noisy = changed + generator.normal(0, 2, changed.shape)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(target / name / f"{number}.jpg", quality=85)


def run_one(photos: Path, backbone: str, side: int) -> None:
    """Train one frozen recipe on a folder and print seconds by stage and the highest memory."""
    highest, done = [0, 0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            memory: Any = psutil.Process().memory_info()
            highest[:] = [max(highest[0], memory.rss - memory.shared), max(highest[1], memory.rss)]

    threading.Thread(target=watch, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch:
        started_s = time.perf_counter()
        inputs = open_inputs(photos, side, Path(scratch) / "cache")
        opened_s = time.perf_counter() - started_s
        recipe = resolve(Recipe(Choice(backbone), Choice("frozen"), image_size=side))
        folder = TrialFolder(Path(scratch) / "trial")
        train_trial(Trial(recipe, Training(epochs=5, views=0), 0, 0), inputs, folder, Silent())
    done.set()
    whole_s = time.perf_counter() - started_s
    print(len(inputs.manifest.photos), opened_s, whole_s, highest[0] / 1e9, highest[1] / 1e9)


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--counts", nargs="+", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--backbone", default="squeezenet1_1")
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/growth.json"))
    parser.add_argument("--one", action="store_true", help="these photos as they are, in this process")
    given = parser.parse_args()
    if given.one:
        run_one(given.photos, given.backbone, given.image_size)
        return
    print("| photos | decoded, s | whole, s | ms a photo | own memory, GB | with mapped files, GB |")
    print("|---|---|---|---|---|---|")
    rows = []
    options = ["--one", "--backbone", given.backbone, "--image-size", str(given.image_size)]
    for count in given.counts:
        with tempfile.TemporaryDirectory() as scratch:
            make_photos(given.photos, count, Path(scratch))
            command = [sys.executable, __file__, scratch, *options]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        photos, opened_s, whole_s, own, mapped = int(told[0]), *(float(one) for one in told[1:])
        each = 1000 * whole_s / photos
        print(f"| {photos:,} | {opened_s:.0f} | {whole_s:.0f} | {each:.2f} | {own:.2f} | {mapped:.2f} |", flush=True)
        keys = ("photos", "decoded_seconds", "seconds", "own_gigabytes", "gigabytes_with_mapped_files")
        rows.append(dict(zip(keys, (photos, opened_s, whole_s, own, mapped), strict=True)))
    write_result(given.out, {"backbone": given.backbone, "image_size": given.image_size, "epochs": 5, "rows": rows})


if __name__ == "__main__":
    main()
