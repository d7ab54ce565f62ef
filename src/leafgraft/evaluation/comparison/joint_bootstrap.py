"""All recipes at once: one joint bootstrap of their accuracies over groups and seeds.

Each draw weighs what every group adds to the accuracies by a standard normal number, the same for all recipes, so that
their correlation counts; and it adds to each recipe a normal number of the variance between its seeds. Largest
differences over a family of pairs, in standard errors, are then compared with the largest of the draws, step by step:
what is shown leaves the family, and the rest is compared with less.

A difference enters by a p value of its own, exact for one seed and with Satterthwaite's degrees of freedom for several:
its place on the standard normal scale. A handful of groups or seeds thus costs the pair that it concerns, and no other;
and a drawn difference goes no further than the exact test of its pair could ever go, so that recipes that differ on two
photos do not stand in the way of others. How much seeds scatter is measured on all recipes together, except those that
scatter clearly more: three seeds alone agree too often by luck, and the largest of many differences would be a lucky
one. For two recipes nothing is left to correct, and the p value is the pair's own.

Source: step-down largest differences: Romano & Wolf 2005, JASA 100:94; Westfall & Young 1993. Multiplier bootstrap:
Chernozhukov, Chetverikov & Kato 2013, Annals of Statistics 41:2786. Tests that cannot reach a level: Tarone 1990,
Biometrics 46:515. The set that holds the best: Hansen, Lunde & Nason 2011, Econometrica 79:453, with their range
statistic. ``docs/statistics.md`` has the power and the false winners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.evaluation.gaps import Parts, parts_of
from leafgraft.evaluation.intervals import SMALLEST_VARIANCE
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.aligned_rows import Rows

DRAWS = 4000
FEWEST_RECIPES = 3  # that say how much seeds scatter
CHUNK = 250
SMALLEST_DIFFERENCE = 1e-9  # of right answers in a group; below it is rounding
SMALLEST_P = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class JointBootstrap:
    """K recipes on the same rows.

    Attributes:
        accuracy: Shape (K,).
        p: Two-sided p of each pair alone, shape (K, K).
        z: How far the recipe of the row is above that of the column, on the standard normal scale, shape (K, K).
        per_error: 1 / standard error of each difference, 0 where two recipes do not differ at all, shape (K, K).
        farthest: Largest |z| that the exact test of each pair can reach: all groups that tell the two apart on one
            side, shape (K, K).
        draws: Deviations of the accuracies, shape (K, B).
    """

    accuracy: Floats
    p: Floats
    z: Floats
    per_error: Floats
    farthest: Floats
    draws: Floats

    def adjusted(self, family: Sequence[tuple[int, int]]) -> dict[tuple[int, int], float]:
        """Step-down p values of a family of pairs: the chance of one false difference in all of it.

        Args:
            family: Pairs of recipes by index; at least one pair.
        """
        order = sorted(family, key=lambda pair: abs(self.z[pair]))
        largest = np.zeros(self.draws.shape[1])
        alone: list[float] = []
        for count, pair in enumerate(order, start=1):
            np.maximum(largest, self._drawn(pair[0], [pair[1]]), out=largest)
            alone.append(self._p(pair, largest, count))
        running: Floats = np.maximum.accumulate(np.array(alone)[::-1])[::-1]
        return {pair: float(value) for pair, value in zip(order, running, strict=True)}

    def holds_best(self, of: Sequence[int]) -> list[int]:
        """The best of `of` and all from which it is not told: they hold the best, or all the best, with 95%.

        As long as some difference among those left is shown, the lowest of them goes.

        Args:
            of: Indices of the recipes in question; at least one.
        """
        kept = list(of)
        while len(kept) > 1 and self._differ(kept):
            lowest = min(self.accuracy[one] for one in kept)
            kept = [one for one in kept if self.accuracy[one] > lowest]
        return kept

    def _differ(self, of: Sequence[int]) -> bool:
        """Whether the largest difference among all pairs of `of` is shown."""
        largest = np.zeros(self.draws.shape[1])
        for place, one in enumerate(of[:-1]):
            np.maximum(largest, self._drawn(one, of[place + 1 :]), out=largest)
        within = self.z[np.ix_(of, of)]
        a, b = np.unravel_index(within.argmax(), within.shape)
        return self._p((of[int(a)], of[int(b)]), largest, len(of) * (len(of) - 1) // 2) < ALPHA

    def is_below(self, one: int, others: Sequence[int]) -> bool:
        """Whether some of `others` is shown to be better than `one`, in the family of these comparisons alone.

        Args:
            one: Index of the recipe in question, from 0 to K - 1.
            others: Indices of the recipes that it is compared with; at least one.
        """
        best = max(others, key=lambda other: self.z[other, one])
        return bool(self.z[best, one] > 0 and self._p((best, one), self._drawn(one, others), len(others)) < ALPHA)

    def _drawn(self, one: int, others: Sequence[int]) -> Floats:
        """Largest of the drawn differences between one and others, in standard errors, shape (B,)."""
        distance = np.abs(self.draws[others] - self.draws[one]) * self.per_error[one, others, None]
        return np.asarray(np.minimum(distance, self.farthest[one, others, None]).max(axis=0))

    def _p(self, pair: tuple[int, int], largest: Floats, count: int) -> float:
        """Of the largest of `count` pairs; never below the pair's own, nor above what Bonferroni would say."""
        of_draws = (1 + np.count_nonzero(largest >= abs(self.z[pair]))) / (1 + len(largest))
        return float(max(self.p[pair], min(of_draws, count * self.p[pair], 1.0)))


def draw_jointly(rows: Rows, exact: Floats, seed: int, trained: Sequence[int]) -> JointBootstrap:
    """Draw all recipes' accuracies together.

    Args:
        rows: Answers of K recipes.
        exact: Exact p of every pair as `exact_p` gives it, shape (K, K).
        seed: Seed of the draws.
        trained: Indices of the recipes whose seeds say how much seeds scatter.
    """
    parts = [parts_of(answers.correct, rows.group) for answers in rows.answers]
    of_seeds, freedom = _seed_variances(parts, trained)
    deviations = np.stack([part.deviations for part in parts])
    of_groups = np.stack([parts[0].correction * np.square(deviations - one).sum(axis=1) for one in deviations])
    variance = of_groups + of_seeds + of_seeds[:, None]
    differs = (variance > SMALLEST_VARIANCE) & ~np.eye(len(parts), dtype=np.bool_)
    per_error = np.divide(1.0, np.sqrt(variance), out=np.zeros_like(variance), where=differs)
    accuracy = np.array([answers.correct.sum() / answers.correct.size for answers in rows.answers])
    difference = accuracy[:, None] - accuracy
    below = of_groups**2 / max(rows.groups - 1, 1) + (of_seeds**2 / freedom) + (of_seeds**2 / freedom)[:, None]
    satterthwaite = np.divide(variance**2, below, out=np.ones_like(below), where=differs)
    by_t = np.where(differs, 2 * special.stdtr(satterthwaite, -np.abs(difference * per_error)), 0.0)  # else the exact p
    one_seed = np.array([part.seeds == 1 for part in parts])
    p = np.where(one_seed & one_seed[:, None], exact, np.maximum(exact, by_t))
    right = np.stack([np.bincount(rows.group, weights=one.correct.mean(axis=0)) for one in rows.answers])
    apart = np.stack([(np.abs(right - one) > SMALLEST_DIFFERENCE).sum(axis=1) for one in right])
    draws = _draws(deviations * np.sqrt(parts[0].correction), of_seeds, seed)
    return JointBootstrap(accuracy, p, np.sign(difference) * _normal(p), per_error, _normal(0.5**apart), draws)


def _seed_variances(parts: Sequence[Parts], trained: Sequence[int]) -> tuple[Floats, Floats]:
    """Variance of each recipe's mean over its seeds, and its degrees of freedom, both of shape (K,).

    That of the median trained recipe, unless its own is clearly larger; its own where its seeds answer alike (a
    solved head), and where fewer than three recipes have seeds that differ. A median knows half of what a mean does,
    and is not led astray by seeds that fail.
    """
    variance, freedom = np.array([[part.of_seeds, part.freedom] for part in parts], dtype=np.float64).T
    several = [parts[one] for one in trained if parts[one].noise > 0]
    if len(several) < FEWEST_RECIPES:
        return variance, freedom
    middle = [2 * special.gammaincinv(part.freedom / 2, 0.5) / part.freedom for part in several]  # of chi-squared
    between = float(np.median([part.between / share for part, share in zip(several, middle, strict=True)]))
    typical = max(0.0, between - float(np.mean([part.noise for part in several])))
    for place, part in enumerate(parts):
        if part.noise > 0 and part.between <= between * special.chdtri(part.freedom, ALPHA) / part.freedom:
            variance[place], freedom[place] = typical / part.seeds, sum(one.freedom for one in several) / 2
    return variance, freedom


def _normal(p: Floats | np.float64) -> Floats:
    """Two-sided p values as distances from 0 on the standard normal scale; shape as given."""
    return np.asarray(-special.ndtri(np.maximum(p, SMALLEST_P) / 2))


def _draws(deviations_kg: Floats, of_seeds: Floats, seed: int) -> Floats:
    """Deviations of K accuracies, shape (K, B)."""
    generator = np.random.default_rng(seed)
    draws = generator.standard_normal((len(of_seeds), DRAWS)) * np.sqrt(of_seeds)[:, None]
    for start in range(0, DRAWS, CHUNK):
        draws[:, start : start + CHUNK] += deviations_kg @ generator.standard_normal((deviations_kg.shape[1], CHUNK))
    return np.asarray(draws)
