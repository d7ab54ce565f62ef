"""The shorter commands: plan, menu, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leafgraft.choices.menu import menu_to_json
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path, weights_folder_path
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.estimate import plan_to_json
from leafgraft.study.opening import check_study, open_bench, open_study
from leafgraft.study.photos import Looking
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
        return plan_to_json(bench, list_trials(study, recipes, len(bench.splits.folds)))


def menu(kind: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """All menus, or one."""
    return menu_to_json(kind)


def doctor() -> list[dict[str, Any]]:
    """What this machine can do."""
    return [asdict(check) for check in check_machine(CacheFolder(default_cache_path()), weights_folder_path())]


def cache_to_json(*, empty: bool = False) -> dict[str, Any]:
    """What the cache folder holds, in bytes by kind; empty it first if asked to."""
    cache = CacheFolder(default_cache_path())
    if empty:
        cache.empty()
    return {
        "path": str(cache.path),
        "bytes": cache.size_bytes(),
        "limit_bytes": cache.limit_bytes,
        "kinds": cache.sizes(),
    }
