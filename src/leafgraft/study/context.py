"""What all stages of a run work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.data.decode.pixel_rows import PixelMap, open_pixel_map
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.split import Splits
from leafgraft.records.study import Study
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.study.photo_set import Looking, Photos
from leafgraft.study.trial_list import earlier_fingerprints, fingerprint_of, labelled
from leafgraft.training.frozen.features import plain_features
from leafgraft.training.photos.inputs import TrialInputs


def with_weights(inputs: TrialInputs, trial: Trial) -> TrialInputs:
    """The fingerprint says which weights the trial starts from, too.

    Raises:
        WeightsError: They cannot be had.
    """
    weights = weights_identity(trial.recipe.backbone, trial.recipe.weights, trial.seed)
    earlier = tuple(f"{one}-{weights}" for one in inputs.earlier)
    return replace(inputs, fingerprint=f"{inputs.fingerprint}-{weights}", earlier=earlier)


def started_from(trials: Sequence[Trial]) -> dict[str, str]:
    """Which weights the trials of each recipe start from, by the recipe's identity, whatever the seed."""
    recipes = {trial.recipe.identity: trial.recipe for trial in trials}
    return {identity: weights_identity(one.backbone, one.weights) for identity, one in recipes.items()}


@dataclass(slots=True, eq=False)
class StudyContext:
    """A study under way: its photos, splits and recipes, and where results go.

    Attributes:
        study: What the study file says.
        recipes: Resolved and named.
        home: The photos that are trained on.
        second: Second folders, by name.
        splits: Which photo is where.
        folder: Where results go.
        looking: Cache, progress, jobs.
        device: Where networks run.
    """

    study: Study
    recipes: tuple[Recipe, ...]
    home: Photos
    second: Mapping[str, Photos]
    splits: Splits
    folder: StudyFolder
    looking: Looking
    device: str
    _inputs: dict[int, TrialInputs] = field(default_factory=dict)

    @property
    def progress(self) -> Progress:
        """Shows how far it is."""
        return self.looking.progress

    @property
    def manifests(self) -> list[Manifest]:
        """Of the photos that are trained on, then of every second folder."""
        return [self.home.manifest, *(photos.manifest for photos in self.second.values())]

    @property
    def photos(self) -> str:
        """Short hash of which photos are trained on, with which labels and groups, and where they lie."""
        return fingerprint_of(self.home.manifest, self.splits, {})

    @property
    def figures_of(self) -> str:
        """Short hash of all photos that figures are of: those, and the photos of second folders with their labels."""
        return fingerprint_of(self.home.manifest, self.splits, labelled(self.answered))

    @property
    def tested(self) -> tuple[str, ...]:
        """Short hash of the test photos of each fold, whatever people corrected of them."""
        return (self.home.split_as_they_came(self.study.split) or self.splits).tested

    @property
    def answered(self) -> dict[str, Manifest]:
        """Photos of the second folders, which every finished trial has answered."""
        return {name: photos.manifest for name, photos in self.second.items()}

    @property
    def cache(self) -> CacheFolder:
        """Where shared work is kept."""
        return self.looking.cache

    def inputs_of(self, trial: Trial) -> TrialInputs:
        """What a trial is trained on; photos are decoded once per side."""
        return with_weights(self.inputs(trial.recipe.image_size), trial)

    def inputs(self, side: int) -> TrialInputs:
        """Photos and splits at one image size."""
        if side not in self._inputs:
            answered = [TrialFolder(path).answers() for path in sorted(self.folder.path.glob("trials/*"))]
            self._inputs[side] = TrialInputs(
                manifest=self.home.manifest,
                splits=self.splits,
                pixels=self._pixels(self.home, side),
                cache=self.cache,
                fingerprint=self.photos,
                earlier=earlier_fingerprints(self.home.manifest, self.splits, self.answered, answered),
                device=self.device,
                also_test={name: (photos.manifest, self._pixels(photos, side)) for name, photos in self.second.items()},
            )
        return self._inputs[side]

    def _pixels(self, photos: Photos, side: int) -> PixelMap:
        return open_pixel_map(photos.manifest, side, self.cache, self.progress, self.looking.jobs)

    @property
    def reference_recipe(self) -> Recipe:
        """The recipe whose features measure leaks and labels: the first frozen one with pretrained weights."""
        pretrained = [recipe for recipe in self.recipes if recipe.weights != "none"]
        frozen = [recipe for recipe in pretrained if recipe.frozen]
        return (frozen or pretrained or list(self.recipes))[0]

    def features(self) -> NDArray[np.float32]:
        """Features of the reference recipe for every photo, shape (N, D), in the manifest's order."""
        recipe = self.reference_recipe
        inputs = self.inputs(recipe.image_size)
        features = plain_features(recipe, inputs.pixels, self.cache, self.progress, self.device)
        return features[inputs.pixels.indices([photo.photo_id for photo in inputs.manifest.photos])]
