"""A study that lies in its folder, opened again: its photos, split and trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leafgraft.data.decode.pixel_rows import PixelMap, open_pixel_map
from leafgraft.data.read.manifest import read_manifest
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Trial
from leafgraft.records.split import Splits, splits_from_json
from leafgraft.records.study import Study
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import with_weights
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.photos import look_at_second_folders
from leafgraft.study.trial_list import earlier_fingerprints, fingerprint_of, planned_trials
from leafgraft.training.photos.inputs import TrialInputs


@dataclass(frozen=True, slots=True, eq=False)
class FinishedStudy:
    """A study as its folder tells it.

    Attributes:
        study: What the study file says, all defaults written out.
        folder: Its folder.
        manifest: The photos of home.
        splits: Which of them is where.
        second: Second folders, by name.
        planned: Its trials.
        looking: Cache, progress, jobs.
        device: Where networks run.
    """

    study: Study
    folder: StudyFolder
    manifest: Manifest
    splits: Splits
    second: Mapping[str, Manifest]
    planned: tuple[Trial, ...]
    looking: Looking
    device: str
    _pixels: dict[int, PixelMap] = field(default_factory=dict)

    def pixels(self, of: Manifest, side: int) -> PixelMap:
        """Photos decoded at one side, from the cache where they are kept."""
        return open_pixel_map(of, side, self.looking.cache, self.looking.progress, self.looking.jobs)

    def inputs_of(self, trial: Trial) -> TrialInputs:
        """What a trial was trained on."""
        side = trial.recipe.image_size
        if side not in self._pixels:
            self._pixels[side] = self.pixels(self.manifest, side)
        inputs = TrialInputs(
            self.manifest,
            self.splits,
            self._pixels[side],
            self.looking.cache,
            fingerprint_of(self.manifest, self.splits, {}),
            self.device,
            {name: (of, self.pixels(of, side)) for name, of in self.second.items()},
            earlier=earlier_fingerprints(
                self.manifest, self.splits, self.second, [self.folder.trial(trial.key).answers()]
            ),
        )
        return with_weights(inputs, trial)


def open_finished(folder: StudyFolder, looking: Looking, device: str, *, second: bool = True) -> FinishedStudy:
    """Open the study of a folder.

    Args:
        folder: Folder of a study that was run at least as far as its plan.
        looking: Cache, progress, jobs.
        device: Where networks run.
        second: Whether its second folders are looked at.

    Raises:
        LeafgraftError: A file of it is missing or damaged, or its photos cannot be used.
    """
    root = folder.read_json("run.json")["root"]
    for name in ("resolved.yaml", "manifest.csv"):
        folder.read_bytes(name)  # whole, or refused by its checksum
    study = load_study(folder.file("resolved.yaml"))
    manifest = read_manifest(folder.file("manifest.csv"), root)
    splits = splits_from_json(folder.read_json("splits.json"))
    planned = planned_trials(study, manifest, splits, folder.read_json("plan.json"))
    looked = look_at_second_folders(study, manifest, looking) if second else {}
    manifests = {name: one.manifest for name, one in looked.items()}
    return FinishedStudy(study, folder, manifest, splits, manifests, planned, looking, device)
