"""Which recipes are really better: pairs one by one, Holm, and the photos it would take.

Source: Holm 1979; photos needed: Connor 1987, Biometrics 43:207.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy import special

from leafgraft.evaluation.gaps import group_differences, paired_variance, parts_of, reach_of_paired_recalls
from leafgraft.evaluation.intervals import (
    Draws,
    Variance,
    difference_interval,
    paired_interval,
    variance_of,
)
from leafgraft.evaluation.metrics import FIGURES, Floats
from leafgraft.evaluation.predictions.aligned_rows import Answers, Rows
from leafgraft.evaluation.sign_flip import groups_one_way, sign_flip_p
from leafgraft.records.display import are_unequal
from leafgraft.records.evaluation import Pair

ALPHA = 0.05
POWER = 0.8


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given.

    Args:
        p: p values of one family, each as if it were alone.

    Source:
        Holm 1979, A simple sequentially rejective multiple test procedure.

    Example:
        >>> holm([0.01, 0.2, 0.03])
        [0.03, 0.2, 0.06]
    """
    order = sorted(range(len(p)), key=lambda index: p[index])
    adjusted, running = [1.0] * len(p), 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = running
    return adjusted


def photos_needed(difference: float, per_photo: float, per_group: float | None = None) -> int | None:
    """Photos that would separate two recipes with 80% power at two-sided 5%; None without a difference.

    Args:
        difference: Difference of the two accuracies, between -1 and 1.
        per_photo: Share of photos that exactly one recipe has right; with groups, sum of squared group differences
            per photo.
        per_group: Squared difference to take from it under the alternative; the difference squared for single photos.

    Example:
        >>> photos_needed(0.4, 0.5)  # 45% and 5% discordant
        23
    """
    if difference == 0 or per_photo <= 0:
        return None
    under_null = math.sqrt(per_photo)
    under_other = math.sqrt(max(per_photo - (difference**2 if per_group is None else per_group), 0.0))
    reach = float(special.ndtri(1 - ALPHA / 2)) * under_null + float(special.ndtri(POWER)) * under_other
    return max(1, math.ceil(reach**2 / difference**2 - 1e-9))


def exact_p(rows: Rows) -> Floats:
    """Sign-flip p of every pair of K recipes on the sums over their seeds, shape (K, K); 1 with a single group.

    Args:
        rows: Answers of K recipes to the same rows.
    """
    found = np.ones((len(rows.answers), len(rows.answers)))
    for a, b in combinations(range(len(rows.answers)), 2):
        by_group = group_differences(rows.answers[a].correct, rows.answers[b].correct, rows.group)
        found[a, b] = found[b, a] = sign_flip_p(by_group) if rows.groups > 1 else 1.0
    return found


def compare_pairs(rows: Rows, draws: Sequence[Draws], exact: Floats) -> dict[tuple[int, int], Pair]:
    """Every pair of recipes on the same rows, by their places, the earlier first; p as if it were the only pair.

    Args:
        rows: Answers of K recipes.
        draws: Figures of each recipe on every resample of groups, as `resample` gives them.
        exact: Exact p of every pair as `exact_p` gives it, shape (K, K).
    """
    parts = [parts_of(answers.correct, rows.group) for answers in rows.answers]
    unequal = are_unequal(np.bincount(rows.label).tolist())
    found = {}
    for a, b in combinations(range(len(draws)), 2):
        pair = _compare(rows, (rows.answers[a], rows.answers[b]), paired_variance(parts[a], parts[b]), exact[a, b])
        only = rows.answers[a].only_answers or rows.answers[b].only_answers
        figures = ("macro_f1",) if only or rows.groups < 2 else ("macro_f1", "log_loss")
        other = {name: _other((draws[a], draws[b]), name, rows.groups) for name in figures}
        if unequal:
            other["macro_f1"] = _no_nearer_than_recalls(other["macro_f1"], rows, (a, b), (draws[a], draws[b]))
        found[a, b] = replace(pair, other=other)
    return found


def _compare(rows: Rows, answers: tuple[Answers, Answers], at_accuracy: Variance, exact: float) -> Pair:
    a, b = answers
    by_group = group_differences(a.correct, b.correct, rows.group)
    scale = len(a.correct) * len(b.correct)
    number = len(rows.label)
    difference = float(by_group.sum()) / scale / number
    of_groups = by_group / scale
    needed = photos_needed(difference, float(of_groups @ of_groups) / number, difference**2 * number / rows.groups)
    both = a.correct.mean(axis=0), b.correct.mean(axis=0)
    disagreement = float((both[0] * (1 - both[1]) + both[1] * (1 - both[0])).mean())
    p = float(exact)
    if scale > 1 and at_accuracy.total > 0:
        p = max(p, at_accuracy.p(difference))
    return Pair(
        a=a.name,
        b=b.name,
        difference=difference,
        interval=paired_interval(difference, at_accuracy, rows.groups, groups_one_way(by_group), p),
        p=p,
        p_holm=p,
        p_adjusted=p,
        photos_needed=needed,
        disagreement=disagreement,
    )


def _other(draws: tuple[Draws, Draws], name: str, groups: int) -> dict[str, Any]:
    index = FIGURES.index(name)
    means: Floats = np.array([one.estimates[:, index].mean() for one in draws])
    difference = float(means[0] - means[1])
    found = variance_of(*draws, name, groups)
    interval = difference_interval(difference, found, groups, bounded=name != "log_loss")
    return {"difference": difference, "interval": interval}


def _no_nearer_than_recalls(
    of_f1: Mapping[str, Any], rows: Rows, pair: tuple[int, int], draws: tuple[Draws, Draws]
) -> dict[str, Any]:
    """A difference of macro-F1 whose interval reaches as far as that of the balanced accuracies: for a small class.

    What few photos of one class hide, no draw of them shows.
    """
    a, b = (rows.answers[one].correct for one in pair)
    found = variance_of(*draws, "balanced_accuracy", rows.groups)
    down, up = reach_of_paired_recalls(a, b, rows.label, rows.group, found.quantile * found.seeds**0.5)
    value, (low, high) = of_f1["difference"], of_f1["interval"]
    return {**of_f1, "interval": (min(low, max(-1.0, value - down)), max(high, min(1.0, value + up)))}
