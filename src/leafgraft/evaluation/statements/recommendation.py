"""Which recipe is recommended, and why, in words.

Rule: take the recipes that the validation photos cannot tell from the most accurate one; of these the one that needs
the fewest operations per photo. Recipes within a tenth of that count as equally cheap; of these the one with the
lowest validation loss. Operations are counted, not timed, so the choice is the same in every run. Where those of some
recipe of the tier are unknown, the most accurate on validation is taken, then the lowest loss. The test rows have no
part in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.evaluation.statements.sentence import in_percent
from leafgraft.records.evaluation import Evaluation, RecipeResult

OPERATIONS = "gigaflops"
EQUALLY_CHEAP = 1.1


def recommend(evaluation: Evaluation, seen_after_test: Sequence[str]) -> tuple[RecipeResult, str]:
    """The recipe, and all that must be said with it: how it was chosen, who leads the table, its warnings.

    Args:
        evaluation: Figures of all recipes, those on validation rows among them.
        seen_after_test: Recipes that are recommended only where no other is left.
    """
    free = [result for result in evaluation.recipes if result.name not in seen_after_test] or list(evaluation.recipes)
    first_tier = min(result.validation["tier"] for result in free)
    level = [result for result in free if result.validation["tier"] == first_tier]
    chosen, how = (level[0], _alone(evaluation, free)) if len(level) == 1 else _choose(level)
    return chosen, " ".join([how, *_leader(evaluation, chosen), *(flag.english for flag in chosen.flags)])


def _alone(evaluation: Evaluation, free: Sequence[RecipeResult]) -> str:
    """Why the one recipe of the first tier on validation is taken; `free`: those that may be."""
    some_came_later = len(free) < len(evaluation.recipes)
    if len(free) == 1 and some_came_later:
        return "It is the only recipe left in the study that was planned before the test photos were seen."
    if len(free) == 1:
        return "It is the only recipe."
    if some_came_later:
        return (
            "More accurate on the validation photos than every other recipe left in the study that was planned before "
            "the test photos were seen."
        )
    return "More accurate on the validation photos than every other recipe."


def _choose(level: Sequence[RecipeResult]) -> tuple[RecipeResult, str]:
    """Of the first tier on validation, which holds several."""
    most_accurate = min(level, key=lambda one: (-one.validation["accuracy"], one.validation["log_loss"]))
    tied = (
        f"The {most_accurate.validation['rows']:,} validation photos do not tell {len(level)} recipes apart: chance "
        "alone can make differences as large as those between them."
    )
    if not all(OPERATIONS in result.cost for result in level):
        return most_accurate, " ".join([tied, "Of these it was the most accurate there."])
    fewest = min(result.cost[OPERATIONS] for result in level)
    cheap = [result for result in level if result.cost[OPERATIONS] <= EQUALLY_CHEAP * fewest]
    chosen = min(cheap, key=lambda one: one.validation["log_loss"])
    return chosen, f"{tied} {_cheapest(chosen, len(cheap))}"


def _cheapest(chosen: RecipeResult, equally_cheap: int) -> str:
    needs = f"{chosen.cost[OPERATIONS]:.2f}"
    if equally_cheap == 1:
        return f"Of these it needs the least computing ({needs} billion operations a photo)."
    return (
        f"Of these, {equally_cheap} need about the same, least computing ({needs} billion operations a photo, within a "
        "tenth); among them it has the lowest validation loss."
    )


def _leader(evaluation: Evaluation, chosen: RecipeResult) -> list[str]:
    """Why the recipe of the highest test accuracy is not the one; nothing where it is."""
    leader = max(evaluation.recipes, key=lambda one: one.accuracy)
    if leader.accuracy <= chosen.accuracy:
        return []
    shares = in_percent(leader.accuracy), in_percent(chosen.accuracy)
    two = {leader.name, chosen.name}
    compared = next((pair for pair in evaluation.pairs if {pair.a, pair.b} == two), None)
    if compared is None:
        shown = "The two were not compared: what is made of recipes is compared with these alone."
    elif compared.p_adjusted < ALPHA:
        shown = "As for the difference, they do show it to be better, so weigh what it costs more."
    else:
        shown = "As for the difference, they do not show it to be better."
    return [
        (
            f"{leader.name} has more of the test photos right ({shares[0]} against {shares[1]}), but the test photos "
            "must not choose: the winner of many on the very photos that measure it is partly lucky."
        ),
        shown,
    ]
