"""Warnings about a recipe that its test answers give."""

from __future__ import annotations

from collections.abc import Mapping

from leafgraft.evaluation.statements.did_not_learn import flag_of
from leafgraft.evaluation.statements.sentence import flag_in_words, in_percent
from leafgraft.records.display import first_of
from leafgraft.records.evaluation import Flag, Making, RecipeResult
from leafgraft.records.finding import Floor

MAY_NOT_LOOK = "may not look at the leaf"
MOST_CLASSES = 10  # that a sentence names


def flags_of(result: RecipeResult, floors: Mapping[str, Floor], making: Making) -> tuple[Flag, ...]:
    """All that holds of one recipe.

    Args:
        result: Figures of the recipe, by class too.
        floors: Accuracies that need no leaf, by name.
        making: How the recipe was made: what helps goes by that.
    """
    unlearned = (flag_of(result.did_not_learn),) if result.did_not_learn else ()
    return (*unlearned, *_never_found(result, making), *_may_not_look(result, floors))


def never_found(per_class: Mapping[str, Mapping[str, float]]) -> dict[str, Mapping[str, float]]:
    """Figures of the classes that have test photos of which no trial answers a single one rightly.

    Args:
        per_class: Precision, recall, F1 and support by class name.
    """
    return {name: figures for name, figures in per_class.items() if figures["support"] > 0 and figures["recall"] == 0}


def _never_found(result: RecipeResult, making: Making) -> tuple[Flag, ...]:
    never = {name: round(figures["support"]) for name, figures in never_found(result.per_class).items()}
    if not never:
        return ()
    advice = "Read the balanced accuracy; add photos of the class."
    if making == "trained":
        advice = "Read the balanced accuracy; add photos of the class, or take 'loss: class_balanced'."
    names = first_of(list(never), MOST_CLASSES)
    of_each = ", ".join(f"{count:,} of {name}" for name, count in never.items())
    counts = of_each if len(never) <= MOST_CLASSES else f"{sum(never.values()):,}"
    return (
        flag_in_words(
            f"never finds {names}",
            f"It never finds {names} (test photos: {counts}), so its accuracy says nothing of that. {advice}",
        ),
    )


def _may_not_look(result: RecipeResult, floors: Mapping[str, Floor]) -> tuple[Flag, ...]:
    """Its interval reaches down to what needs no leaf."""
    reached = {name: floor.accuracy for name, floor in floors.items() if result.interval[0] <= floor.accuracy}
    if not reached:
        return ()
    name = max(reached, key=lambda one: reached[one])
    share = in_percent(reached[name])
    return (
        flag_in_words(
            MAY_NOT_LOOK,
            f"It may not look at the leaf: its interval reaches down to what {alone(name)} reaches ({share}).",
        ),
    )


def alone(floor: str) -> str:
    """What reaches a floor: ``colour alone``.

    Args:
        floor: Name of the floor, such as ``border_pixels``.

    Example:
        >>> alone("border_pixels")
        'border pixels alone'
    """
    return f"{floor.replace('_', ' ')} alone"
