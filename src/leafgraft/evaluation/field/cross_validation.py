"""Which setting is best for a place, and how right it is there: cross-validation over groups of its labelled photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.model_selection import GroupKFold

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.choices.heads.standardisation import Floats
from leafgraft.data.dealing import fold_of_each
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.field.fit import FitSetting, Place, balanced, fit_settings, settings_for
from leafgraft.evaluation.field.teaching import Teachers, fit_teachers, together
from leafgraft.evaluation.metrics import Ints

FOLDS = 5
HOME_LOSS = 0.01  # of accuracy at home that an adaptation may cost


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One setting, out of fold.

    Attributes:
        setting: The setting.
        logits: Logits of every labelled photo of the place, from a head that saw no photo of its group, shape (N, C).
        right_at_home: Share of the folds' heads that have each validation photo of home right, shape (V,).
    """

    setting: FitSetting
    logits: Floats
    right_at_home: Floats

    @property
    def home(self) -> float:
        """Accuracy on the validation photos of home, mean of the folds' heads."""
        return float(self.right_at_home.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """What cross-validation says.

    Attributes:
        setting: The chosen one: of those that keep home and are as good for the place as the best, the best one that
            is taught, else the one that is best at home.
        keeps_home: Whether any setting does.
        loss: Log loss of that setting in the place, in nats, every class counting alike, at its own temperature.
        logits: Out of fold, of the setting that the other folds would choose, shape (N, C).
        tried: Every setting.
        fold: Fold of each photo, shape (N,).
    """

    setting: FitSetting
    keeps_home: bool
    loss: float
    logits: Floats
    tried: tuple[Tried, ...]
    fold: Ints

    @property
    def answers(self) -> Ints:
        """Out of fold, of the setting that is chosen, shape (N,)."""
        (chosen,) = (one for one in self.tried if one.setting == self.setting)
        return np.asarray(chosen.logits.argmax(axis=1))


def cross_validate(places: Sequence[Place], home_before: NDArray[np.bool_]) -> list[Validated]:
    """Try settings of every network, and choose one without looking at the photos that it is judged on.

    Args:
        places: The same photos as every network sees them.
        home_before: Which validation photos of home the study's verdict has right, shape (V,): a setting of whatever
            network that is shown to lose more than 1 point of them is not chosen while another keeps them.

    Raises:
        ConvergenceError: The optimum of a head is not reached.

    Source:
        Tsamardinos, Greasidou and Borboudakis 2018, Bootstrapping the out-of-sample predictions for efficient and
        accurate cross-validation: why the setting of a fold is chosen on the others.
    """
    fold = fold_of(places[0])
    folds = range(fold.max() + 1)
    rest = [np.flatnonzero(fold != number) for number in folds]
    # The widest networks first: what takes longest must not be what is left for one core at the end.
    order = sorted(range(len(places)), key=lambda which: -places[which].labelled.features.shape[1])
    parts = [(number, which) for which in order for number in folds]

    def teach_part(part: tuple[int, int]) -> Teachers:
        number, which = part
        return fit_teachers(places[which], rest[number])

    teachers = dict(zip(parts, side_by_side(teach_part, parts), strict=True))
    teaching = [together([teachers[number, which] for which in range(len(places))]) for number in folds]

    def try_part(part: tuple[int, int]) -> list[tuple[FitSetting, Floats, NDArray[np.bool_]]]:
        number, which = part
        place = places[which]
        heads, out = teachers[part].heads, np.flatnonzero(fold == number)
        others = [one for one in settings_for(place.known) if one not in heads]
        fitted = dict(fit_settings(place.known, place.labelled.rows(rest[number]), others, teaching[number].said))
        return [_answers(place, out, *one) for one in {**fitted, **heads}.items()]

    found = dict(zip(parts, side_by_side(try_part, parts), strict=True))
    validated = []
    for which, place in enumerate(places):
        tried = []
        for of_setting in zip(*(found[number, which] for number in folds), strict=True):
            logits = np.empty((len(fold), place.known.classes))
            for out, (_, answers, _) in enumerate(of_setting):
                logits[fold == out] = answers
            tried.append(Tried(of_setting[0][0], logits, np.mean([right for *_, right in of_setting], axis=0)))
        validated.append(_choose(place.labelled.labels, fold, tried, home_before))
    return validated


def _answers(
    place: Place, out: Ints, setting: FitSetting, head: LinearHead
) -> tuple[FitSetting, Floats, NDArray[np.bool_]]:
    """Logits of the photos left out, and which validation photos of home the head has right."""
    right = head.predict(place.validation.features) == place.validation.labels
    return setting, head.logits(place.labelled.features[out]), np.asarray(right)


def _choose(labels: Ints, fold: Ints, tried: Sequence[Tried], before: NDArray[np.bool_]) -> Validated:
    keeping = [one for one in tried if not _loses_home(one.right_at_home - before)]
    eligible = keeping or [max(tried, key=lambda one: one.home)]
    nested = np.empty_like(tried[0].logits)
    for number in range(fold.max() + 1):
        rest, out = fold != number, fold == number
        nested[out] = _best([(one, one.logits[rest]) for one in eligible], labels[rest]).logits[out]
    best = _best([(one, one.logits) for one in eligible], labels)
    loss = float(balanced_losses(best.logits, labels).mean())
    return Validated(best.setting, bool(keeping), loss, nested, tuple(tried), fold)


def _loses_home(difference: Floats) -> bool:
    """Whether more than `HOME_LOSS` is lost, by more than one standard error."""
    return bool(difference.mean() + difference.std() / np.sqrt(len(difference)) < -HOME_LOSS)


def _best(tried: Sequence[tuple[Tried, Floats]], labels: Ints) -> Tried:
    """Of the settings within one standard error of the lowest loss in the place the one that is best at home.

    Where unlabelled photos are known, being taught is preferred unless it is worse by more than that: a few dozen
    labels seldom tell settings apart. Of settings that are taught, which keep home here, the lowest loss is taken.

    Source:
        Breiman et al. 1984, Classification and Regression Trees: the rule of one standard error.
    """
    found = [(one, balanced_losses(logits, labels)) for one, logits in tried]
    lowest = min((of for _, of in found), key=lambda of: float(of.mean()))
    near = [
        (one, float(of.mean()))
        for one, of in found
        if (of - lowest).mean() <= (of - lowest).std() / np.sqrt(len(labels)) + 1e-12
    ]
    taught = [pair for pair in near if pair[0].setting.taught]
    if taught:
        return min(taught, key=lambda pair: pair[1])[0]
    return min(near, key=lambda pair: (-pair[0].home, pair[1]))[0]


def fold_of(place: Place) -> Ints:
    """Fold of every labelled photo, shape (N,): groups whole, classes spread where one has a photo for every fold.

    Args:
        place: Labelled photos with their groups, of which there are at least two.
    """
    labels = place.labelled.labels
    count = min(FOLDS, len(np.unique(place.groups)))
    if np.bincount(labels).max() >= count:
        return fold_of_each(labels, place.groups, count)
    found = np.zeros(len(labels), np.int64)
    for number, (_, out) in enumerate(GroupKFold(count).split(labels, labels, place.groups)):
        found[out] = number
    return found


def balanced_losses(logits_nc: Floats, labels: Ints) -> Floats:
    """Log loss of each photo in nats at the best temperature, weighed so that every class counts alike, shape (N,).

    Args:
        logits_nc: Logits of each photo, shape (N, C).
        labels: True class of each photo as an index, shape (N,).

    Raises:
        PredictionsError: There are no photos.
    """
    scaled = logits_nc / fit_temperature(logits_nc, labels)
    own = -log_softmax(scaled, axis=1)[np.arange(len(labels)), labels]
    return np.asarray(own * balanced(labels))
