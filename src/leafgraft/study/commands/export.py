"""`leafgraft export`: the bundle of a finished study."""

from __future__ import annotations

from pathlib import Path

from leafgraft.data.decode.pixel_rows import PixelMap, open_pixel_map
from leafgraft.data.read.manifest import read_manifest
from leafgraft.data.split import splits_from_json
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import with_weights
from leafgraft.study.earlier_run import is_judged
from leafgraft.study.page.study_page import write_page
from leafgraft.study.photo_set import Looking
from leafgraft.study.results import Exported
from leafgraft.study.steps.export.chosen_trial import choose_trial
from leafgraft.study.steps.export.export import export_trial
from leafgraft.study.steps.photos import look_at_second_folders
from leafgraft.study.trial_list import fingerprint_of, planned_trials
from leafgraft.training.launch import choose_device
from leafgraft.training.photos.inputs import TrialInputs


def export(
    study_dir: Path, *, trial: str = "", jobs: int = 0, device: str = "auto", progress: Progress | None = None
) -> Exported:
    """Write the bundle of a finished study.

    Args:
        study_dir: The study folder.
        trial: Key of a trial; by default the verdict's.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps; for the features of photos.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    folder, looking = StudyFolder(study_dir), Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    run = folder.read_json("run.json")
    with folder.lock():
        for name in ("resolved.yaml", "manifest.csv"):
            folder.read_bytes(name)  # whole, or refused by its checksum
        study = load_study(folder.file("resolved.yaml"))
        manifest = read_manifest(folder.file("manifest.csv"), run["root"])
        splits = splits_from_json(folder.read_json("splits.json"))
        planned = planned_trials(study, manifest, splits, folder.read_json("plan.json"))
        chosen = choose_trial(planned, folder, trial)
        second = {name: one.manifest for name, one in look_at_second_folders(study, manifest, looking).items()}

        def pixels(of: Manifest) -> PixelMap:
            side = chosen.trial.recipe.image_size
            return open_pixel_map(of, side, looking.cache, looking.progress, jobs)

        inputs = TrialInputs(
            manifest,
            splits,
            pixels(manifest),
            looking.cache,
            fingerprint_of(manifest, splits, second),
            choose_device(device),
            {name: (of, pixels(of)) for name, of in second.items()},
        )
        exported = export_trial(study, folder, chosen, with_weights(inputs, chosen.trial), looking.progress)
        if is_judged(folder):  # a trial that is named may leave before the others are trained
            write_page(folder, {})
        return exported
