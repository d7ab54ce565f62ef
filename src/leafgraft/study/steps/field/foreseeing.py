"""What an adaptation would change with unlabelled photos alone: only labels tell whether that helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leafgraft.choices.heads.optimum import fit_heads
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.evaluation.field.fit import SCALED, balanced
from leafgraft.evaluation.metrics import Ints
from leafgraft.records.photo import Manifest
from leafgraft.study.steps.field.network import FieldNetwork


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Photos of a place without labels.

    Attributes:
        photos: Their number.
        declined: Share that the study's bundle declines.
        answers: Photos by the class that it gives, declined or not.
        scaled: The same with features brought to mean 0 and deviation 1 by the place's own.
        changed: Share that would get another class.
    """

    photos: int
    declined: float
    answers: dict[str, int]
    scaled: dict[str, int]
    changed: float

    @property
    def words(self) -> str:
        """What may be said, and what may not."""
        return (
            f"Features scaled by the place's own mean and deviation would give {100 * self.changed:.0f}% of its "
            "photos another class. Without labels nobody can know whether that helps: it can do great harm where "
            "classes are mixed otherwise than at home. Nothing was written."
        )


def foresee_scaling(network: FieldNetwork, manifest: Manifest) -> Foreseen:
    """Compare the verdict's answers with those after scaling per place.

    Args:
        network: Of the verdict.
        manifest: Unlabelled photos of the place.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    trained = network.trained
    features, fold = network.features(manifest), trained.inputs.fold(trained.trial.fold)
    declined, _ = network.declined(features, manifest.photos)
    home, labels = trained.features(fold.train), trained.inputs.photos(fold.train).labels
    scaled_home = standardisation_of(home).apply(home)
    classes = trained.inputs.classes
    (head,) = fit_heads(scaled_home, labels, len(classes), (SCALED.inverse_penalty,), balanced(labels))
    now, then = (
        network.probabilities(features).argmax(axis=1),
        head.predict(standardisation_of(features).apply(features)),
    )

    def counts(answers: Ints) -> dict[str, int]:
        return dict(zip(classes, np.bincount(answers, minlength=len(classes)).tolist(), strict=True))

    return Foreseen(len(now), declined, counts(now), counts(then), float((now != then).mean()))
