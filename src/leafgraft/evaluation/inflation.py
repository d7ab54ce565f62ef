"""Inflation: what a plain random split adds to the accuracy, by letting photos of one leaf lie on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import LinearHead, best_head, fit_heads
from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.data.split import split
from leafgraft.evaluation.intervals import Variance, difference_interval
from leafgraft.records.display import counted
from leafgraft.records.inflation import Inflation
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import Fold, SplitPlan

TESTED = 0.1  # of the photos, where the plan leaves places out
NOTHING = 0.002  # differences below this share are not worth a word
MUCH = 0.02  # a leak that would matter, if the interval reaches so far


def measure_inflation(
    features_nd: NDArray[np.float32],
    labels: NDArray[np.str_],
    groups: NDArray[np.str_],
    plan: SplitPlan,
    repeats: int = 8,
    doubt: str = "",
) -> Inflation:
    """Fit the best linear head under both kinds of split with the same seeds.

    Each kind has its penalty chosen on the validation photos of its first split. The splits of different seeds
    overlap, so the plain variance of the differences is too small; it is corrected by the ratio of test to training
    photos.

    Args:
        features_nd: Features of a frozen network, shape (N, D).
        labels: Class name of each photo, shape (N,).
        groups: Group of each photo, shape (N,).
        plan: Shares of the parts, and the seed of the first pair of splits.
        repeats: Number of pairs of splits; one where no group holds two photos.
        doubt: What speaks against the groups, in words: then no leak is ruled out where no group holds two photos.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
        SplitError: A class has too few photos to be split, or the shares of the plan are not valid.

    Source:
        Nadeau and Bengio 2003, Inference for the Generalization Error.
    """
    if plan.leave_out:  # a tenth is tested here, as no place is left out
        kept = 1 - TESTED
        plan = replace(plan, train=kept * (1 - plan.validation), validation=kept * plan.validation, test=TESTED)
    rows = [str(row) for row in range(len(labels))]
    photos = tuple(
        Photo(row, row, str(label), 1, 1, str(group)) for row, label, group in zip(rows, labels, groups, strict=True)
    )
    manifest = Manifest("", photos)
    shared = sum(count > 1 for count in Counter(groups.tolist()).values())
    seeds = [replace(plan, seed=plan.seed + repeat, folds=None, leave_out=None) for repeat in range(repeats)]
    folds = [
        [split(manifest, replace(of_seed, keep_groups=kept)).folds[0] for of_seed in seeds[: repeats if shared else 1]]
        for kept in ((False, True) if shared else (True,))
    ]
    scores = _accuracies(features_nd, labels, folds)
    first = folds[-1][-1]
    found = _summarise(scores, len(first.test) / len(first.train), shared, len(np.unique(groups)))
    if doubt and not shared:
        return replace(
            found,
            headline="not measured",
            sentence=f"Not measured, as no group holds two photos. A leak is not ruled out: {doubt}.",
        )
    return found


def _accuracies(
    features_nd: NDArray[np.float32], labels: NDArray[np.str_], folds: Sequence[Sequence[Fold]]
) -> NDArray[np.float64]:
    """Accuracy of the best linear head on the test photos of each split, shape (splits, 2).

    Args:
        features_nd: Shape (N, D).
        labels: Class names, shape (N,).
        folds: Splits of each kind; the first of a kind chooses its penalty on its validation photos. One kind alone
            is taken for both.
    """
    names, index = np.unique(labels, return_inverse=True)

    def rows(ids: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        wanted = np.array(ids, dtype=np.int64)
        return features_nd[wanted], index[wanted]

    def accuracy(fold: Fold, head: LinearHead) -> float:
        features, own = rows(fold.test)
        return float((head.predict(features) == own).mean())

    def best_of(kind: Sequence[Fold]) -> LinearHead:
        return best_head(rows(kind[0].train), rows(kind[0].validation), len(names))

    def refit(split_of: tuple[Fold, LinearHead]) -> float:
        fold, first = split_of
        return accuracy(fold, next(fit_heads(*rows(fold.train), len(names), (first.inverse_penalty,), start=first)))

    chosen = side_by_side(best_of, folds)
    others = [(fold, head) for kind, head in zip(folds, chosen, strict=True) for fold in kind[1:]]
    found = np.array(side_by_side(refit, others)).reshape(len(folds), -1)
    first = np.array([[accuracy(kind[0], head)] for kind, head in zip(folds, chosen, strict=True)])
    scores = np.concatenate([first, found], axis=1).T
    return np.broadcast_to(scores, (len(scores), 2))


def _summarise(scores: NDArray[np.float64], test_to_train: float, shared: int, groups: int) -> Inflation:
    random, grouped = (float(value) for value in scores.mean(axis=0))
    differences = scores[:, 0] - scores[:, 1]
    repeats = len(differences)
    difference = random - grouped
    interval = (difference, difference)
    if repeats > 1:
        variance = float(differences.var(ddof=1)) * (1 / repeats + test_to_train)
        interval = difference_interval(difference, Variance(variance, 0.0, repeats - 1), groups)
    headline, sentence = _reading(random, difference, interval, shared)
    return Inflation(random, grouped, difference, interval, repeats, shared, sentence, headline)


def _reading(random: float, difference: float, interval: tuple[float, float], shared: int) -> tuple[str, str]:
    """What may be said in large letters, and the sentence below: no more than the interval allows."""
    if not shared:
        return "none", "No leaf was found on two photos: there is no leak to speak of."
    low, high = 100 * interval[0], 100 * interval[1]
    leaves = counted(shared, "leaf", "leaves")
    found = f"with {leaves} on more than one photo the difference is {100 * difference:+.1f} points "
    found += f"(95% interval {low:+.1f} to {high:+.1f})."
    if interval[0] <= 0 and interval[1] >= MUCH:
        return "not shown", f"None is shown: {found} So few photos do not rule it out."
    if interval[0] <= 0 or abs(difference) < NOTHING:
        return "none to speak of", f"None to speak of: {found}"
    return (
        f"{100 * difference:+.1f} points",
        f"Of {100 * random:.1f} points, {100 * difference:.1f} are leak (95% interval {low:.1f} to {high:.1f}).",
    )
