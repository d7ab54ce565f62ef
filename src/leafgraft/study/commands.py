"""The shorter commands: plan, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path, weights_folder_path
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.estimate import plan_to_json
from leafgraft.study.opening import open_bench
from leafgraft.study.photos import Looking
from leafgraft.study.request import check_study, open_study
from leafgraft.study.trials import list_trials
from leafgraft.training.launch import choose_device
from leafgraft.training.machine import check_machine


def plan(photos: str, *, jobs: int = 0, device: str = "auto", progress: Progress | None = None) -> dict[str, Any]:
    """List trials, shared work, minutes and memory, before any training; nothing is written but the cache."""
    study = open_study(photos)
    recipes = check_study(study)
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    with TemporaryDirectory() as scratch:
        bench = open_bench(study, recipes, StudyFolder(Path(scratch)), looking, choose_device(device))
        return plan_to_json(bench, list_trials(study, recipes, len(bench.splits.folds), bench.photos))


def doctor() -> list[dict[str, Any]]:
    """What this machine can do."""
    return [asdict(check) for check in check_machine(CacheFolder(default_cache_path()), weights_folder_path())]
