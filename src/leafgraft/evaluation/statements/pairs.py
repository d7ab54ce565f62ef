"""Sentences on pairs of recipes: which is better, and where test photos do not tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.evaluation.statements.flags import MOST_CLASSES, never_found
from leafgraft.evaluation.statements.sentence import Sentences, in_percent
from leafgraft.records.display import are_unequal, counted, first_of
from leafgraft.records.evaluation import Evaluation, Pair, RecipeResult

MOST_PAIRS = 10


def sentences_of_pairs(pairs: Sequence[Pair], evaluation: Evaluation) -> Sentences:
    """Every shown difference, and every tie.

    None where the better one never finds a class that the other finds, and has no higher balanced accuracy.

    Args:
        pairs: Pairs to speak of.
        evaluation: Evaluation that the pairs are of.
    """
    shown = _largest_first(pair for pair in pairs if pair.p_adjusted < ALPHA)
    results = {result.name: result for result in evaluation.recipes}
    claims, refused = list[str](), list[str]()
    for pair in shown[:MOST_PAIRS]:
        better, worse = (results[name] for name in ((pair.a, pair.b) if pair.difference > 0 else (pair.b, pair.a)))
        lost = [one for one in never_found(better.per_class) if one not in never_found(worse.per_class)]
        if lost and better.balanced_accuracy <= worse.balanced_accuracy:
            refused.append(_never_finds(better, worse, lost))
        else:
            claims.append(_better_of_two(pair, better, worse, _corrected(pair, evaluation)))
    if (more := len(shown) - MOST_PAIRS) > 0:
        claims.append(f"{more:,} smaller differences are shown: the table of pairs has them all.")
    return Sentences(tuple(claims), (*refused, *_not_shown(pairs, evaluation)))


def _not_shown(pairs: Sequence[Pair], evaluation: Evaluation) -> list[str]:
    """One sentence per tie, the largest difference first; beyond ten, how many more there are."""
    ties = _largest_first(pair for pair in pairs if pair.p_adjusted >= ALPHA)
    named = [_no_better_of_two(pair, evaluation) for pair in ties[:MOST_PAIRS]]
    if (more := len(ties) - MOST_PAIRS) > 0:
        named.append(f"{more:,} smaller differences are not shown: the table of pairs has them all.")
    return named


def _largest_first(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: -abs(pair.difference))


def _never_finds(better: RecipeResult, worse: RecipeResult, lost: Sequence[str]) -> str:
    return (
        f"'{better.name} is more accurate than {worse.name}': it never finds {first_of(lost, MOST_CLASSES)}, which the "
        f"other finds. Balanced accuracy, the mean over classes: {in_percent(better.balanced_accuracy)} against "
        f"{in_percent(worse.balanced_accuracy)}."
    )


def _corrected(pair: Pair, evaluation: Evaluation) -> str:
    """What p is corrected for: pairs of trained recipes, and those with what is made of them, are two families.

    Empty where the pair is alone in its own.
    """
    made = {one.name for one in evaluation.recipes if one.derived_from}
    if len(made) == len(evaluation.recipes):
        made = set()
    has_made = not made.isdisjoint((pair.a, pair.b))
    family = [one for one in evaluation.pairs if made.isdisjoint((one.a, one.b)) != has_made]
    if len(family) < 2:
        return ""
    if not made:
        return "corrected for all pairs"
    if has_made:
        return "corrected for all pairs with what is made of recipes"
    return "corrected for all pairs of trained recipes"


def _better_of_two(pair: Pair, better: RecipeResult, worse: RecipeResult, corrected: str) -> str:
    chance = "p < 0.001" if pair.p_adjusted < 0.001 else f"p = {pair.p_adjusted:.3f}"
    points = 100 * abs(pair.difference)
    low, high = pair.interval if pair.difference > 0 else (-pair.interval[1], -pair.interval[0])
    balanced = ""
    if are_unequal(one["support"] for one in better.per_class.values()):
        of_better, of_worse = in_percent(better.balanced_accuracy), in_percent(worse.balanced_accuracy)
        balanced = f"; balanced accuracy {of_better} against {of_worse}: the classes are unequal"
    if not corrected:
        return (
            f"{better.name} is more accurate than {worse.name} on photos like these: {points:.1f} points "
            f"(95% interval {100 * low:.1f} to {100 * high:.1f}; {chance}){balanced}."
        )
    return (
        f"{better.name} is more accurate than {worse.name} on photos like these: {points:.1f} points "
        f"(95% interval {100 * low:.1f} to {100 * high:.1f}; {chance}, {corrected}){balanced}."
    )


def _no_better_of_two(pair: Pair, evaluation: Evaluation) -> str:
    better, worse = (pair.a, pair.b) if pair.difference >= 0 else (pair.b, pair.a)
    photos = counted(evaluation.rows, "test photo does", "test photos do")
    more = _how_many_would(pair, evaluation)
    return f"'{better} is better than {worse}': {photos} not tell the two apart.{more}"


def _how_many_would(pair: Pair, evaluation: Evaluation) -> str:
    """How many test photos would tell a pair apart, unless there are as many."""
    if pair.photos_needed is None:
        return ""
    if pair.photos_needed > evaluation.rows:
        return f" At this difference, about {pair.photos_needed:,} would."
    corrected, one_seed = _corrected(pair, evaluation), evaluation.seeds == 1
    if not corrected and one_seed:
        return " More photos alone need not tell them: it takes more leaves."
    if not corrected:
        return " More photos alone need not tell them: seeds scatter."
    if one_seed:
        return f" More photos alone need not tell them: p is {corrected}."
    return f" More photos alone need not tell them: p is {corrected}, and seeds scatter."
