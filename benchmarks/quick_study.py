"""The quick study on real photos: wall-clock, peak memory, accuracies, from an empty cache.

    python benchmarks/quick_study.py PHOTOS [--also-test FOLDER] [--out STUDY_DIR]

`$LEAFGRAFT_WEIGHTS` must hold the weights of mobilenet_v2, squeezenet1_1 and resnet18, so that no download is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml


def write_study(photos: Path, second: Path | None, folder: Path) -> Path:
    """The packaged quick study on these photos, with a second folder if one is given."""
    source = Path(__file__).resolve().parents[1] / "src" / "leafgraft" / "studies" / "quick.yaml"
    study = yaml.safe_load(source.read_text(encoding="utf-8"))
    study["photos"] = str(photos.resolve())
    if second:
        study["also_test"] = {"field": str(second.resolve())}
    path = folder / "quick.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


def main() -> None:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--also-test", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        study = write_study(arguments.photos, arguments.also_test, Path(scratch))
        out = arguments.out or Path(scratch) / "study"
        environment = {**os.environ, "LEAFGRAFT_CACHE": f"{scratch}/cache"}
        command = [sys.executable, "-m", "leafgraft", "run", str(study), "--out", str(out), "--json", "--quiet"]
        started_s = time.monotonic()
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        minutes = (time.monotonic() - started_s) / 60
        peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        result = json.loads(done.stdout)
    machine = f"{os.cpu_count()} threads, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, {time.strftime('%Y-%m-%d')}")
    print(f"whole line, page included: {minutes:.1f} minutes, peak memory {peak_gb:.2f} GB\n")
    print("| recipe | test accuracy | 95% interval | second folder | tier |\n|---|---|---|---|---|")
    for one in result["evaluation"]["recipes"]:
        low, high = one["interval"]
        second = "; ".join(
            f"{100 * figures['accuracy']:.1f}% at confidence {figures['mean_confidence']:.2f}"
            for figures in one["also_test"].values()
        )
        share = f"{100 * one['accuracy']:.1f}%"
        print(f"| {one['name']} | {share} | {100 * low:.1f} to {100 * high:.1f} | {second} | {one['tier']} |")


if __name__ == "__main__":
    main()
