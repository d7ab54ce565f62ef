"""Tiers of recipes, and p values of their pairs corrected for one another.

Tier 1 is the set that holds the best trained recipe with 95%, tier 2 the same among the rest, and so on; a recipe of
lower accuracy is never in a better tier. Derived recipes (test-time views, ensembles) have no part in this: each is
compared with what it is made of, and is given the tier of the trained recipes that it lies among.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from leafgraft.evaluation.comparison.compare import compare_pairs, exact_p, holm
from leafgraft.evaluation.comparison.joint_bootstrap import JointBootstrap, draw_jointly
from leafgraft.evaluation.intervals import Draws
from leafgraft.evaluation.predictions.aligned_rows import Rows
from leafgraft.records.evaluation import Pair


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pairs with corrected p values, and the tier of each recipe by name."""

    pairs: tuple[Pair, ...]
    tiers: dict[str, int]


def rank(rows: Rows, draws: Sequence[Draws], made_of: Sequence[Sequence[str]], seed: int) -> Ranking:
    """Compare and rank all recipes.

    Args:
        rows: Answers of K recipes.
        draws: Figures of each recipe on every resample of groups, as `resample` gives them.
        made_of: Names of what each recipe is made of; none for a trained one.
        seed: Seed of the joint draws.
    """
    made_of = [()] * len(made_of) if all(made_of) else made_of
    exact = exact_p(rows)
    found = compare_pairs(rows, draws, exact)
    trained = [index for index, parents in enumerate(made_of) if not parents]
    joint = draw_jointly(rows, exact, seed, trained)
    listed = {}
    for family in _families(rows, made_of, found):
        of_holm, adjusted = holm([found[pair].p for pair in family]), joint.adjusted(family)
        for pair, value in zip(family, of_holm, strict=True):
            listed[pair] = replace(found[pair], p_holm=value, p_adjusted=max(found[pair].p, adjusted[pair]))
    tiers = _tiers_of_trained(joint, trained)
    _place_derived(joint, [index for index, parents in enumerate(made_of) if parents], tiers)
    by_name = {answers.name: tiers[index] for index, answers in enumerate(rows.answers)}
    return Ranking(tuple(listed[pair] for pair in sorted(listed)), by_name)


def _families(
    rows: Rows, made_of: Sequence[Sequence[str]], pairs: Iterable[tuple[int, int]]
) -> list[list[tuple[int, int]]]:
    """Pairs of trained recipes; pairs of a derived recipe and one that it is made of."""
    names = [answers.name for answers in rows.answers]
    trained, derived = [], []
    for a, b in pairs:
        if not made_of[a] and not made_of[b]:
            trained.append((a, b))
        elif names[a] in made_of[b] or names[b] in made_of[a]:
            derived.append((a, b))
    return [trained, derived]


def _tiers_of_trained(joint: JointBootstrap, of: Sequence[int]) -> dict[int, int]:
    tiers: dict[int, int] = {}
    left, tier = list(of), 1
    while left:
        level = joint.holds_best(left)
        tiers |= dict.fromkeys(level, tier)
        left = [one for one in left if one not in level]
        tier += 1
    return tiers


def _place_derived(joint: JointBootstrap, derived: Sequence[int], tiers: dict[int, int]) -> None:
    """Give each derived recipe the best tier whose trained recipes are not shown to be better, in the order of all."""
    members: dict[int, list[int]] = {}
    for one, tier in tiers.items():
        members.setdefault(tier, []).append(one)
    worst = len(members) + 1
    for one in sorted(derived, key=lambda index: joint.accuracy[index]):
        above = [tiers[other] for other in tiers if joint.accuracy[other] >= joint.accuracy[one]]
        below = [tiers[other] for other in tiers if joint.accuracy[other] <= joint.accuracy[one]]
        tier, last = max(above, default=1), min(below, default=worst)
        while tier < last and joint.is_below(one, members[tier]):
            tier += 1
        tiers[one] = tier
