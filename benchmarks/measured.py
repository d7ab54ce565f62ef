"""What the benchmarks share: some photos of a folder, commands, the machine in words, figures with their spread."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.data.split import split
from leafgraft.records.progress import Silent
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.photos.inputs import TrialInputs

WORKERS = 2  # processes of a peer's loader
FOUND_ERRORS = 3  # exit code of a run whose audit found errors: the photos outdoors have some


def copy_some(photos: Path, count: int, target: Path) -> Path:
    """The first photos of each class, as many of each, so that a run ends soon; all of them if `count` is 0."""
    if not count:
        return photos
    classes = sorted(path for path in photos.iterdir() if path.is_dir())
    for folder in classes:
        (target / folder.name).mkdir(parents=True)
        for path in sorted(folder.iterdir())[: -(-count // len(classes))]:
            shutil.copyfile(path, target / folder.name / path.name)
    return target


def open_inputs(photos: Path, side: int, cache: Path) -> TrialInputs:
    """From files to decoded photos and their split; everything is made anew in an empty cache."""
    folder = CacheFolder(cache)
    manifest = scan(open_source(str(photos)), folder, Silent()).manifest
    pixels = open_pixel_map(manifest, side, folder, Silent())
    return TrialInputs(manifest, split(manifest, SplitPlan()), pixels, folder, "benchmark")


def leafgraft(words: Sequence[str | Path], cache: Path, fine: Sequence[int] = (0,)) -> subprocess.CompletedProcess[str]:
    """Run a command as a person would.

    Args:
        words: Its arguments.
        cache: The cache folder.
        fine: Exit codes that do not end the benchmark.
    """
    command = [sys.executable, "-m", "leafgraft", *map(str, words)]
    environment = {**os.environ, "LEAFGRAFT_CACHE": str(cache)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode not in fine:
        raise SystemExit(done.stdout + done.stderr)
    return done


def machine() -> dict[str, Any]:
    """Where and when."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, no GPU used",
        "versions": f"Python {platform.python_version()}, torch {torch.__version__}",
        "load_before": round(os.getloadavg()[0], 1),
        "date": time.strftime("%Y-%m-%d"),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Middle, lowest and highest."""
    ordered = sorted(values)
    return {
        "median": round(ordered[len(ordered) // 2], 3),
        "lowest": round(ordered[0], 3),
        "highest": round(ordered[-1], 3),
    }


def text(values: Sequence[float], digits: int = 1) -> str:
    """The same in words."""
    told = spread(values)
    low, high = f"{told['lowest']:.{digits}f}", f"{told['highest']:.{digits}f}"
    return f"{told['median']:.{digits}f} ({low} to {high})"


def write_result(path: Path, result: dict[str, Any]) -> None:
    """As JSON, beside the table that was printed."""
    path.write_text(json.dumps(machine() | result, indent=2) + "\n", encoding="utf-8")
