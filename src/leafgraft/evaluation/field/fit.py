"""One head for two places: the photos of home, and the few labelled ones of the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import Ints, LinearHead, fit_heads
from leafgraft.choices.heads.standardisation import Features, Floats, Standardisation, standardisation_of
from leafgraft.evaluation.field.self_training import WeightedRows, surest_answers


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Photos as one network sees them.

    Attributes:
        features: Shape (N, D).
        labels: Class indices, shape (N,).
        views: Features of other views of the same photos, shape (V, N, D); needed by settings that are viewed.
    """

    features: Features
    labels: Ints
    views: Features | None = None

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.labels)

    def rows(self, chosen: Ints) -> Part:
        """Some of the photos.

        Args:
            chosen: Positions of these photos.
        """
        return Part(self.features[chosen], self.labels[chosen], None if self.views is None else self.views[:, chosen])

    def joined(self, other: Part) -> Part:
        """These and the others after them, as they are.

        Args:
            other: Photos of the same features.
        """
        features = np.concatenate([self.features, other.features])
        return Part(features, np.concatenate([self.labels, other.labels]))

    def with_views(self) -> Part:
        """The photos and, as photos, their views."""
        if self.views is None:
            return self
        return Part(np.concatenate([self.features, *self.views]), np.tile(self.labels, 1 + len(self.views)))


@dataclass(frozen=True, slots=True)
class FitSetting:
    """How home and place are weighed.

    Attributes:
        place_weight: Weight of all labelled photos of the place together, in those of home.
        inverse_penalty: scikit-learn's C, on standardised features.
        scaled: Features of each place are brought to mean 0 and deviation 1 by its own photos.
        cropped: Close-up crops of photos of home are fitted to, too.
        taught: The surest answers of the teachers to unlabelled photos of the place are fitted to, too.
        viewed: Other views of the labelled photos are fitted to, too; with them a photo weighs as it would alone.
    """

    place_weight: float
    inverse_penalty: float
    scaled: bool = False
    cropped: bool = False
    taught: bool = False
    viewed: bool = False


SETTINGS = (FitSetting(1.0, 3e-3), FitSetting(3.0, 1e-3, viewed=True))
CROPPED, SCALED = FitSetting(3.0, 3e-3, cropped=True), FitSetting(3.0, 1e-3, scaled=True, viewed=True)
TAUGHT = (FitSetting(1.0, 3e-3, taught=True), FitSetting(1.0, 3e-2, taught=True))  # the second one keeps home better


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known besides the labels of a place.

    Attributes:
        home: Photos of home to fit on.
        classes: C.
        scale: Mean and deviation of the place's photos, labelled or not; needed by settings that are scaled.
        crops: Close-up crops of photos of home; needed by settings that are cropped.
        unlabelled: Features of unlabelled photos of the place, shape (M, D); needed by settings that are taught.
        unlabelled_views: Features of other views of the same photos, shape (V, M, D); None where there are no views.
    """

    home: Part
    classes: int
    scale: Standardisation | None = None
    crops: Part | None = None
    unlabelled: Features | None = None
    unlabelled_views: Features | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Labelled photos of a place as one network sees them, and what the network knows of home.

    Attributes:
        known: Home, and what settings need.
        validation: Photos of home to hold the adaptation against.
        labelled: Photos of the place.
        groups: Group of each of these, shape (N,).
    """

    known: Known
    validation: Part
    labelled: Part
    groups: NDArray[np.str_]


def settings_for(known: Known) -> tuple[FitSetting, ...]:
    """Every setting that what is known allows."""
    crops = () if known.crops is None else (CROPPED,)
    return (*SETTINGS, *crops, *(() if known.scale is None or known.unlabelled is None else (SCALED, *TAUGHT)))


def fit_settings(
    known: Known, place: Part, settings: Sequence[FitSetting], said: Floats | None = None
) -> Iterator[tuple[FitSetting, LinearHead]]:
    """The best linear head for each setting, for features of the place as they are.

    Every class counts alike, at home and in the place: the classes that are rare in the field would be given up else.

    Args:
        known: Home, and what the settings need.
        place: Labelled photos of the place.
        settings: Settings to fit a head for, in any order.
        said: Probabilities that the teachers give the unlabelled photos, shape (M, C); needed by settings that are
            taught.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
        ValueError: A setting is taught, and there are no unlabelled photos, or no answers of teachers.
    """
    for kind in dict.fromkeys(replace(one, inverse_penalty=0.0) for one in settings):
        own = {one.inverse_penalty: one for one in settings if replace(one, inverse_penalty=0.0) == kind}
        scale = known.scale if kind.scaled else None
        rows = _rows(known, place, kind)
        if kind.taught:
            if known.unlabelled is None or said is None:
                raise ValueError("A setting that is taught needs unlabelled photos, and what teachers say of them.")
            rows = rows.joined(surest_answers(known.unlabelled, said, float(len(known.home))))
        for head in fit_heads(rows.features, rows.labels, known.classes, sorted(own), rows.counts):
            yield own[head.inverse_penalty], head if scale is None else unscaled(head, scale)


def _rows(known: Known, place: Part, setting: FitSetting) -> WeightedRows:
    """Home and place, weighed; the place's features scaled if the setting says so."""
    home = known.home.joined(known.crops) if setting.cropped and known.crops is not None else known.home
    place = place.with_views() if setting.viewed else place
    at_home, there = home.features, place.features
    if setting.scaled and known.scale is not None:
        at_home = standardisation_of(known.home.features).apply(at_home)
        there = known.scale.apply(there)
    share = setting.place_weight * len(home) / len(place)
    rows = WeightedRows(at_home, home.labels, balanced(home.labels))
    return rows.joined(WeightedRows(there, place.labels, share * balanced(place.labels)))


def balanced(labels: Ints) -> Floats:
    """Weight of each row that makes all classes count alike, with mean 1, shape (N,).

    Args:
        labels: Class of each row as an index, shape (N,).

    Source:
        scikit-learn's ``class_weight='balanced'``.

    Example:
        >>> balanced(np.array([0, 0, 1])).tolist()
        [0.75, 0.75, 1.5]
    """
    counts = np.bincount(labels)
    present = counts[counts > 0]
    return np.asarray(len(labels) / len(present) / counts[labels])


def unscaled(head: LinearHead, scale: Standardisation) -> LinearHead:
    """A head for scaled features as one for features as they are.

    Args:
        head: Head that was fitted to scaled features.
        scale: Standardisation that these features went through.
    """
    weight, bias = scale.fold(head.weight, head.bias)
    return replace(head, weight=weight, bias=bias)
