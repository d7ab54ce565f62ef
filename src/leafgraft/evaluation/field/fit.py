"""One head for two places: the photos of home, and the few labelled ones of the field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leafgraft.choices.heads.optimum import Ints, LinearHead, fit_heads
from leafgraft.choices.heads.standardisation import Features, Floats, Standardisation, standardisation_of
from leafgraft.evaluation.field.self_training import Rows, surest_answers


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

    def joined(self, other: Part) -> Part:
        """These and the others after them."""
        features = np.concatenate([self.features, other.features])
        return Part(features, np.concatenate([self.labels, other.labels]))


@dataclass(frozen=True, slots=True)
class Setting:
    """How home and place are weighed.

    Attributes:
        place_weight: Weight of all labelled photos of the place together, in those of home.
        inverse_penalty: scikit-learn's C, on standardised features.
        scaled: Features of each place are brought to mean 0 and deviation 1 by its own photos.
        cropped: Close-up crops of photos of home are fitted to, too.
        self_trained: The surest answers of `TEACHERS` to unlabelled photos of the place are fitted to, too.
    """

    place_weight: float
    inverse_penalty: float
    scaled: bool = False
    cropped: bool = False
    self_trained: bool = False


INVERSE_PENALTIES = (1e-3, 3e-3, 1e-2)
SETTINGS = (Setting(1.0, 3e-3), *(Setting(3.0, penalty) for penalty in INVERSE_PENALTIES))
CROPPED, SCALED = Setting(3.0, 3e-3, cropped=True), Setting(3.0, 1e-3, scaled=True)
TEACHERS = (Setting(3.0, 1e-3), SCALED)
SELF_TRAINED = tuple(Setting(weight, 3e-3, self_trained=True) for weight in (1.0, 3.0))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known besides the labels of a place.

    Attributes:
        home: Photos of home to fit on.
        classes: C.
        scale: Mean and deviation of the place's photos, labelled or not; needed by settings that are scaled.
        crops: Close-up crops of photos of home; needed by settings that are cropped.
        unlabelled: Features of unlabelled photos of the place, shape (M, D); needed by settings that are self-trained.
    """

    home: Part
    classes: int
    scale: Standardisation | None = None
    crops: Part | None = None
    unlabelled: Features | None = None


def settings_for(known: Known) -> tuple[Setting, ...]:
    """Every setting that what is known allows."""
    crops = () if known.crops is None else (CROPPED,)
    return (*SETTINGS, *crops, *(() if known.scale is None or known.unlabelled is None else (SCALED, *SELF_TRAINED)))


def fit_settings(known: Known, place: Part, settings: Sequence[Setting]) -> Iterator[tuple[Setting, LinearHead]]:
    """The best linear head for each setting, for features of the place as they are.

    Every class counts alike, at home and in the place: the classes that are rare in the field would be given up else.

    Args:
        known: Home, and what the settings need.
        place: Labelled photos of the place.
        settings: To fit for.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    fitted: dict[Setting, LinearHead] = {}
    for kind in dict.fromkeys(replace(one, inverse_penalty=0.0) for one in settings):
        own = {one.inverse_penalty: one for one in settings if replace(one, inverse_penalty=0.0) == kind}
        scale = known.scale if kind.scaled else None
        rows = _rows(known, place, kind)
        if kind.self_trained:
            missing = [one for one in TEACHERS if one not in fitted]
            fitted |= dict(fit_settings(known, place, missing))
            rows = rows.joined(_taught(known, [fitted[one] for one in TEACHERS]))
        for head in fit_heads(rows.features, rows.labels, known.classes, sorted(own), rows.counts):
            setting = own[head.inverse_penalty]
            fitted[setting] = head if scale is None else unscaled(head, scale)
            yield setting, fitted[setting]


def _taught(known: Known, teachers: Sequence[LinearHead]) -> Rows:
    """The surest answers to unlabelled photos of a head for features as they are and one for scaled ones, together.

    The scaled one knows rare classes of the place better, the other one common ones; what learns from both needs no
    scale, so that it keeps home.
    """
    if known.unlabelled is None:
        raise ValueError("A self-trained setting needs unlabelled photos.")
    said = np.mean([head.probabilities(known.unlabelled) for head in teachers], axis=0)
    return surest_answers(known.unlabelled, said, float(len(known.home)))


def _rows(known: Known, place: Part, setting: Setting) -> Rows:
    """Home and place, weighed; the place's features scaled if the setting says so."""
    home = known.home.joined(known.crops) if setting.cropped and known.crops is not None else known.home
    at_home, there = home.features, place.features
    if setting.scaled and known.scale is not None:
        at_home = standardisation_of(known.home.features).apply(at_home)
        there = known.scale.apply(there)
    share = setting.place_weight * len(home) / len(place)
    rows = Rows(at_home, home.labels, balanced(home.labels))
    return rows.joined(Rows(there, place.labels, share * balanced(place.labels)))


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
