"""Labels that are likely wrong, by confident learning on out-of-fold probabilities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import best_head, fit_heads
from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.data.dealing import fold_of_each

FOLDS = 5
EQUAL = 1e-6  # probabilities that differ by less


@dataclass(frozen=True, slots=True, eq=False)
class SuspectLabels:
    """What the other photos say of each label.

    Attributes:
        suspects: Whether the label is likely wrong, shape (N,).
        given_probability: Probability of the given label, out of fold, shape (N,).
        better_label: The likeliest label, shape (N,).
        better_probability: Probability of the likeliest label, out of fold, shape (N,).
    """

    suspects: NDArray[np.bool_]
    given_probability: NDArray[np.float64]
    better_label: NDArray[np.str_]
    better_probability: NDArray[np.float64]


def suspect_labels(
    features_nd: NDArray[np.float32], labels: NDArray[np.str_], groups: NDArray[np.str_]
) -> SuspectLabels:
    """Find labels that a linear head trained on the other photos confidently denies.

    A photo labelled i is suspect if its probability of some other class j reaches the mean probability of j among
    the photos labelled j, and i is not its likeliest class.

    Args:
        features_nd: Features of a frozen network, shape (N, D).
        labels: Class name of each photo, shape (N,).
        groups: Group of each photo, shape (N,); photos of one leaf never judge each other.

    Raises:
        ConvergenceError: The optimum of a head is not reached.

    Source:
        Northcutt, Jiang and Chuang 2021, Confident Learning.
    """
    names, given = np.unique(labels, return_inverse=True)
    probabilities, answered = _out_of_fold(features_nd, given, groups, len(names))
    own = probabilities[np.arange(len(given)), given]
    likeliest = probabilities.argmax(axis=1)
    suspects = np.zeros(len(given), dtype=bool)
    suspects[answered] = confident_errors(probabilities[answered], given[answered])
    return SuspectLabels(suspects, own, names[likeliest], probabilities.max(axis=1))


def confident_errors(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> NDArray[np.bool_]:
    """What cleanlab's ``filter_by='confident_learning'`` finds, shape (N,): rows confidently of another class.

    No row is confidently of a class that no row is labelled with, and none is found whose given label is the likeliest.

    Args:
        probabilities: Out-of-fold probabilities, rows sum to 1, shape (N, C).
        given: Class that each row is labelled with as an index, shape (N,).
    """
    rows = np.arange(len(given))
    thresholds = np.full(probabilities.shape[1], np.inf)
    for index in np.unique(given):
        thresholds[index] = max(probabilities[given == index, index].mean(), 2 * EQUAL)
    confident = probabilities >= thresholds - EQUAL
    confident[rows, given] = False
    denied = probabilities.max(axis=1) > probabilities[rows, given] + EQUAL
    return np.asarray(confident.any(axis=1) & denied)


def _out_of_fold(
    features_nd: NDArray[np.float32], given: NDArray[np.int64], groups: NDArray[np.str_], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Probabilities of the best linear head that saw neither the photo nor its leaf, shape (N, C); and who has any.

    The photos held out first choose the penalty of all. Photos without which a class has none to learn from, as those
    of a class of one leaf, and photos that such photos are held out with, keep the even probabilities.
    """
    probabilities = np.full((len(given), classes), 1 / classes)
    answered = np.zeros(len(given), dtype=bool)
    complete = [
        (rows, held_out)
        for rows, held_out in _folds(given, groups)
        if len(held_out) and len(np.unique(given[rows])) == classes
    ]
    if not complete:
        return probabilities, answered
    train, held_out = complete[0]
    first = best_head((features_nd[train], given[train]), (features_nd[held_out], given[held_out]), classes)
    probabilities[held_out] = first.probabilities(features_nd[held_out])

    def fit(fold: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
        train, held_out = fold
        (head,) = fit_heads(features_nd[train], given[train], classes, (first.inverse_penalty,), start=first)
        probabilities[held_out] = head.probabilities(features_nd[held_out])

    side_by_side(fit, complete[1:])
    answered[np.concatenate([held_out for _, held_out in complete])] = True
    return probabilities, answered


def _folds(given: NDArray[np.int64], groups: NDArray[np.str_]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows to learn from and rows held out; none where no class has two photos, or all photos are of one group."""
    photos, leaves = Counter(given.tolist()).values(), len(np.unique(groups))
    if leaves < 2 or max(photos) < 2:
        return []
    count = min(FOLDS, max(2, min(photos)), leaves)
    fold_of = fold_of_each(given, groups, count)
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(count)]
