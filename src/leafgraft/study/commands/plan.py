"""`leafgraft plan`: trials, shared work, minutes and memory, before any training."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.request import check_study, open_study
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.plan import plan_to_json
from leafgraft.study.steps.preflight import check_networks
from leafgraft.study.steps.prepare import open_context
from leafgraft.study.trial_list import list_trials
from leafgraft.training.launch import choose_device


def plan(
    photos: str | Path,
    *,
    corrections: str | Path | None = None,
    preset: str = "",
    jobs: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """List trials, shared work, minutes and memory, before any training; nothing is written but the cache.

    Args:
        photos: A study file, or photos: a folder of class folders, a CSV, ``kaggle:OWNER/NAME``.
        corrections: File of what people corrected of the photos; goes before the one that the study file names.
        preset: Study of bare photos, ``minutes`` (if empty), ``hour`` or ``overnight``.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps.
        progress: Shows how far it is.

    Returns:
        What plan.json holds: ``trials``, ``shared`` work, ``seconds`` and ``bytes``, and more.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    study = open_study(os.fspath(photos), corrections, preset)
    recipes = check_study(study)
    shown = progress or Silent()
    looking = Looking(CacheFolder(default_cache_path()), shown, jobs, recipes[0].image_size)
    with TemporaryDirectory() as scratch:
        context = open_context(study, recipes, StudyFolder(Path(scratch)), looking, choose_device(device))
        check_networks(recipes, study.training.epochs, shown)  # what is wrong with the photos is said before
        return plan_to_json(context, list_trials(study, recipes, len(context.splits.folds), context.photos))
