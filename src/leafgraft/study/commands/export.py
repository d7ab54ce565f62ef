"""`leafgraft export`: the bundle of a finished study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from leafgraft.data.read.spelling import as_meant
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import check_opened, is_judged
from leafgraft.study.page.study_page import write_page
from leafgraft.study.photo_set import Looking
from leafgraft.study.results import Exported
from leafgraft.study.steps.export.chosen_trial import choose_trial
from leafgraft.study.steps.export.export import export_trial
from leafgraft.study.steps.finished_study import open_finished
from leafgraft.training.launch import choose_device
from leafgraft.web.phone import zip_page


def export(
    study_dir: str | Path,
    *,
    trial: str = "",
    zipped: bool = False,
    jobs: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> Exported:
    """Write the bundle of a finished study.

    Args:
        study_dir: The study folder.
        trial: Key of a trial; by default the verdict's.
        zipped: Whether to write the phone page as one file, too, ``phone.zip`` in the bundle.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps, where the features of photos are computed.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    folder = StudyFolder(as_meant(study_dir))
    folder.read_json("run.json")
    with folder.lock():
        finished = open_finished(folder, looking, choose_device(device))
        chosen = choose_trial(finished.planned, folder, trial)
        check_opened(folder)  # the bundle tells how often its answers are right on test photos
        exported = export_trial(finished.study, folder, chosen, finished.inputs_of(chosen.trial), looking.progress)
        if zipped and exported.phone:
            target = exported.bundle / "phone.zip"
            zip_page(exported.phone, target)
            exported = replace(exported, phone_zip=target)
        if is_judged(folder):  # else recipes were added, and are not trained yet
            folder.write_json("run.json", {**folder.read_json("run.json"), "export_failure": ""})
            write_page(folder)
        return exported
