"""Which setting is best for a place, and how right it is there: cross-validation over groups of its labelled photos."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.model_selection import StratifiedGroupKFold

from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.choices.heads.standardisation import Floats
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.field.fit import Known, Part, Setting, balanced, fit_settings
from leafgraft.evaluation.metrics import Ints

FOLDS = 5
HOME_LOSS = 0.01  # of accuracy at home that an adaptation may cost


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


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One setting, out of fold.

    Attributes:
        setting: Which.
        logits: Of every labelled photo of the place, from a head that saw no photo of its group, shape (N, C).
        home: Accuracy on the validation photos of home, mean of the folds' heads.
    """

    setting: Setting
    logits: Floats
    home: float


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """What cross-validation says.

    Attributes:
        setting: Of those that keep home and are as good for the place as the best, one that learns from unlabelled
            photos, and of these the one that is best at home.
        keeps_home: Whether any setting does.
        loss: Its log loss in the place, every class counting alike, at its own temperature.
        logits: Out of fold, of the setting that the other folds would choose, shape (N, C).
        tried: Every setting.
        fold: Fold of each photo, shape (N,).
    """

    setting: Setting
    keeps_home: bool
    loss: float
    logits: Floats
    tried: tuple[Tried, ...]
    fold: Ints


def cross_validate(place: Place, settings: Sequence[Setting], home_before: float) -> Validated:
    """Try settings, and choose one without looking at the photos that it is judged on.

    Args:
        place: What is known.
        settings: To choose from.
        home_before: Accuracy on the validation photos of home as it was: a setting that falls below it by more than 1
            point is not chosen while another keeps it.

    Raises:
        ConvergenceError: The optimum of a head is not reached.

    Source:
        Tsamardinos, Greasidou and Borboudakis 2018, Bootstrapping the out-of-sample predictions for efficient and
        accurate cross-validation: why the setting of a fold is chosen on the others.
    """
    fold = fold_of(place)
    logits = np.empty((len(settings), len(place.labelled), place.known.classes))
    home = np.zeros((len(settings), fold.max() + 1))

    def try_fold(number: int) -> None:
        rest, out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        for setting, head in fit_settings(place.known, place.labelled.rows(rest), settings):
            at = settings.index(setting)
            logits[at, out] = head.logits(place.labelled.features[out])
            home[at, number] = (head.predict(place.validation.features) == place.validation.labels).mean()

    side_by_side(try_fold, range(fold.max() + 1))
    tried = tuple(Tried(*one) for one in zip(settings, logits, home.mean(axis=1).tolist(), strict=True))
    keeping = [one for one in tried if one.home >= home_before - HOME_LOSS]
    eligible = keeping or [max(tried, key=lambda one: one.home)]
    labels = place.labelled.labels
    nested = np.empty_like(logits[0])
    for number in range(fold.max() + 1):
        rest, out = fold != number, fold == number
        nested[out] = _best([(one, one.logits[rest]) for one in eligible], labels[rest]).logits[out]
    best = _best([(one, one.logits) for one in eligible], labels)
    loss = float(losses(best.logits, labels).mean())
    return Validated(best.setting, bool(keeping), loss, nested, tried, fold)


def _best(tried: Sequence[tuple[Tried, Floats]], labels: Ints) -> Tried:
    """Of the settings within one standard error of the lowest loss in the place the one that is best at home.

    Where unlabelled photos are known, learning from them is preferred unless it is worse by more than that: a few dozen
    labels seldom tell settings apart.

    Source:
        Breiman et al. 1984, Classification and Regression Trees: the rule of one standard error.
    """
    found = [(one, losses(logits, labels)) for one, logits in tried]
    lowest = min((of for _, of in found), key=lambda of: float(of.mean()))
    near = [
        (one, float(of.mean()))
        for one, of in found
        if (of - lowest).mean() <= (of - lowest).std() / np.sqrt(len(labels)) + 1e-12
    ]
    return min(near, key=lambda pair: (not pair[0].setting.self_trained, -pair[0].home, pair[1]))[0]


def fold_of(place: Place) -> Ints:
    """Fold of every labelled photo, shape (N,): groups whole, classes spread."""
    labels = place.labelled.labels
    groups = len(np.unique(place.groups))
    folds = StratifiedGroupKFold(min(FOLDS, groups), shuffle=True, random_state=0)
    found = np.zeros(len(labels), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class of fewer photos than folds is in some of them only
        for number, (_, out) in enumerate(folds.split(labels, labels, place.groups)):
            found[out] = number
    return found


def losses(logits_nc: Floats, labels: Ints) -> Floats:
    """Log loss of each photo at the best temperature, weighed so that every class counts alike, shape (N,)."""
    scaled = logits_nc / fit_temperature(logits_nc, labels)
    own = -log_softmax(scaled, axis=1)[np.arange(len(labels)), labels]
    return np.asarray(own * balanced(labels))
