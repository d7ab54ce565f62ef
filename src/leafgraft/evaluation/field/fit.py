"""One head for two places: the photos of home, and the few labelled ones of the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leafgraft.choices.heads.optimum import Ints, LinearHead, fit_heads
from leafgraft.choices.heads.standardisation import Features, Floats, Standardisation, standardisation_of


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Photos as one network sees them.

    Attributes:
        features: Shape (N, D).
        labels: Class indices, shape (N,).
    """

    features: Features
    labels: Ints

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.labels)

    def rows(self, chosen: Ints) -> Part:
        """Some of the photos."""
        return Part(self.features[chosen], self.labels[chosen])


@dataclass(frozen=True, slots=True)
class Setting:
    """How home and place are weighed.

    Attributes:
        place_weight: Weight of all labelled photos of the place together, in those of home.
        inverse_penalty: scikit-learn's C, on standardised features.
        scaled: Features of each place are brought to mean 0 and deviation 1 by its own photos.
    """

    place_weight: float
    inverse_penalty: float
    scaled: bool = False


PLACE_WEIGHTS = (1.0, 3.0)
INVERSE_PENALTIES = (1e-3, 3e-3, 1e-2)
SETTINGS = tuple(Setting(weight, penalty) for weight in PLACE_WEIGHTS for penalty in INVERSE_PENALTIES)


def fit_settings(
    home: Part, place: Part, classes: int, settings: Sequence[Setting], scale: Standardisation | None = None
) -> Iterator[tuple[Setting, LinearHead]]:
    """The best linear head for each setting, for features of the place as they are.

    Every class counts alike, at home and in the place: the classes that are rare in the field would be given up else.

    Args:
        home: Photos of home.
        place: Labelled photos of the place.
        classes: C.
        settings: To fit for.
        scale: Mean and deviation of the place's photos, labelled or not; needed by settings that are scaled.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    for weight, scaled in dict.fromkeys((one.place_weight, one.scaled) for one in settings):
        own = sorted(
            (one for one in settings if (one.place_weight, one.scaled) == (weight, scaled)),
            key=lambda one: one.inverse_penalty,
        )
        penalties = [one.inverse_penalty for one in own]
        at_home, there = home.features, place.features
        if scaled and scale is not None:
            at_home, there = standardisation_of(at_home).apply(at_home), scale.apply(there)
        counts = np.concatenate([balanced(home.labels), weight * len(home) / len(place) * balanced(place.labels)])
        rows, labels = np.concatenate([at_home, there]), np.concatenate([home.labels, place.labels])
        for setting, head in zip(own, fit_heads(rows, labels, classes, penalties, counts), strict=True):
            yield setting, unscaled(head, scale) if scaled and scale is not None else head


def balanced(labels: Ints) -> Floats:
    """Weight of each row that makes all classes count alike, with mean 1, shape (N,).

    Source:
        scikit-learn's ``class_weight='balanced'``.
    """
    counts = np.bincount(labels)
    present = counts[counts > 0]
    return np.asarray(len(labels) / len(present) / counts[labels])


def unscaled(head: LinearHead, scale: Standardisation) -> LinearHead:
    """A head for scaled features as one for features as they are."""
    weight, bias = scale.fold(head.weight, head.bias)
    return replace(head, weight=weight, bias=bias)
