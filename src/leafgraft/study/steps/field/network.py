"""A trained network of the study, open for photos of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from leafgraft.data.decode.resize import resize
from leafgraft.data.drawn.not_leaves import draw_not_leaves
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.field.leaf_or_not import LEAST, leaf_probability
from leafgraft.evaluation.field_answers import BundleAnswers, describe_answers
from leafgraft.export.calibrate import calibrate
from leafgraft.export.trained import Trained, open_trained
from leafgraft.records.evaluation import Interval
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.recipe import Trial
from leafgraft.study.steps.field.known import Adapted
from leafgraft.study.steps.finished_study import FinishedStudy
from leafgraft.training.fit.predict import head_logits

LEAVES, PICTURES_PER_KIND = 500, 6  # of home, and without a leaf: what a leaf is told by


@dataclass(frozen=True, slots=True, eq=False)
class FieldNetwork:
    """One trial, and what it makes of photos.

    Attributes:
        finished: The study.
        trained: The trial, opened.
        temperature: What logits of its own head are divided by.
    """

    finished: FinishedStudy
    trained: Trained
    temperature: float

    def features(self, manifest: Manifest) -> NDArray[np.float32]:
        """Features of photos that are not the study's, in the order of their manifest, shape (N, D)."""
        pixels = self.finished.pixels(manifest, self.trained.trial.recipe.image_size)
        return self.trained.features_elsewhere(pixels, [photo.photo_id for photo in manifest.photos])

    def views(self, manifest: Manifest) -> NDArray[np.float32] | None:
        """Features of other views of these photos, shape (V, N, D); None where the network is not frozen."""
        pixels = self.finished.pixels(manifest, self.trained.trial.recipe.image_size)
        return self.trained.views_elsewhere(pixels, [photo.photo_id for photo in manifest.photos])

    def probabilities(self, features_nd: NDArray[np.float32], adapted: Adapted | None = None) -> NDArray[np.float64]:
        """What the trial's own head says, or one that was fitted to a place; shape (N, C)."""
        if adapted is None:
            logits = head_logits(self.trained.network, features_nd).astype(np.float64) / self.temperature
        else:
            logits = (features_nd @ adapted.weight.T + adapted.bias) / adapted.temperature
        return np.asarray(softmax(logits, axis=1))

    def declined(self, features_nd: NDArray[np.float32], photos: Sequence[Photo]) -> tuple[float, Interval]:
        """Share of photos that the study's own bundle would decline, with its 95% interval over groups.

        Args:
            features_nd: Of the photos, shape (N, D).
            photos: The same, in that order.
        """
        trial = self.trained.trial
        calibration = calibrate(self.trained, self.finished.folder.trial(trial.key).read_predictions())
        distances = calibration.known_leaf.distances(features_nd)
        groups = np.array([photo.group for photo in photos], dtype=np.str_)
        said = BundleAnswers(self.probabilities(features_nd), distances, groups)
        declined = describe_answers(said, calibration.thresholds)["declined"]
        return declined["share"], declined["interval"]

    def shows_leaf(self, features_nd: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether each photo shows a leaf at all, of whatever kind, shape (N,)."""
        fold = self.trained.inputs.fold(self.trained.trial.fold)
        leaves = fold.train[:: max(1, len(fold.train) // LEAVES)]
        side = self.trained.trial.recipe.image_size
        squares = np.stack([resize(picture, side) for _, picture in draw_not_leaves(PICTURES_PER_KIND)])
        without = self.trained.features_of_squares(squares)
        return leaf_probability(self.trained.features(leaves), without, features_nd) >= LEAST


def open_network(finished: FinishedStudy, trial: Trial) -> FieldNetwork:
    """Open a finished trial.

    Raises:
        StudyFolderError: It is not finished.
        WeightsError: The pretrained weights of its frozen stages cannot be had.
    """
    folder = finished.folder.trial(trial.key)
    validation = folder.read_predictions().rows("validation")
    trained = open_trained(trial, finished.inputs_of(trial), folder, finished.looking.progress)
    return FieldNetwork(finished, trained, fit_temperature(validation.logits, validation.label))
