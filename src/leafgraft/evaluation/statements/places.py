"""What may be said of a recipe in each place, and what may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leafgraft.evaluation.statements.sentence import ends_of, in_percent
from leafgraft.records.display import counted, first_of
from leafgraft.records.evaluation import Interval, RecipeResult

MOST_PLACES = 10  # that a sentence each is written of, the worst first


def in_places_left_out(groups: str, left_out: Sequence[str]) -> str:
    """A number of groups, and if places were left out of training in turn, which.

    Args:
        groups: The number in words, such as ``40 groups``.
        left_out: Names of these places; empty where none was.
    """
    if not left_out:
        return groups
    named = first_of(left_out, MOST_PLACES)
    return f"{groups}, each in a place that it was not trained on: {named}"


def of_places(result: RecipeResult, untrained: Sequence[str] | None) -> list[str]:
    """The figure of each place, the worst first; beyond ten, how many more there are.

    Args:
        result: Recipe with its figures by place.
        untrained: Places that were not trained on; None where nobody knows.
    """
    worst = sorted(result.places.items(), key=lambda one: one[1]["accuracy"])
    found = [_of_place(result.name, name, figures, name in (untrained or ())) for name, figures in worst[:MOST_PLACES]]
    if (more := len(worst) - MOST_PLACES) > 0:
        places = counted(more, "other place")
        found.append(f"{result.name} is at least as accurate in {places}: evaluation.json has all of them.")
    return found


def _of_place(recipe: str, place: str, figures: Mapping[str, Any], strange: bool) -> str:  # noqa: FBT001 - of one place
    accuracy, (low, high) = in_percent(figures["accuracy"]), ends_of(figures["interval"])
    balanced, (lowest, highest) = in_percent(figures["balanced_accuracy"]), ends_of(figures["balanced_interval"])
    untrained = ", a place that it was not trained on" if strange else ""
    return (
        f"{recipe}: {accuracy} accuracy on the {counted(figures['photos'], 'test photo')} of '{place}'{untrained} "
        f"(95% interval {low} to {high}); balanced accuracy {balanced} ({lowest} to {highest})."
    )


def not_of_places(chosen: RecipeResult) -> list[str]:
    """Places where the accuracy of all is not reached, and where the commonest answer alone may do as well.

    Args:
        chosen: Recommended recipe, with its figures by place.
    """
    overall = in_percent(chosen.accuracy)
    refused = [
        f"'{overall} in {name}': there it is {in_percent(figures['accuracy'])}."
        for name, figures in chosen.places.items()
        if figures["interval"][1] < chosen.accuracy
    ]
    for name, figures in chosen.places.items():
        refused += reaches_largest(chosen.name, name, figures["interval"], figures["largest_class"])
    return refused


def reaches_largest(recipe: str, place: str, interval: Interval, largest_class: float) -> list[str]:
    """That the commonest answer alone may do as well in a place; nothing where it does not.

    Args:
        recipe: Name of the recipe.
        place: Name of the place.
        interval: 95% interval of its accuracy there.
        largest_class: Share of the test photos there that are of the commonest class, from 0 to 1.
    """
    if interval[0] > largest_class:
        return []
    return [
        (
            f"'{recipe} recognises the disease in {place}': answering the largest class alone is right on "
            f"{in_percent(largest_class)} of the test photos there, and the interval reaches down to it."
        )
    ]


def trained_everywhere(chosen: RecipeResult) -> str:
    """What tests in the places of training do not say.

    Args:
        chosen: Recommended recipe, with its figures by place.
    """
    accuracy, named = in_percent(chosen.accuracy), first_of(list(chosen.places), MOST_PLACES)
    return (
        f"'{accuracy} in another place': it was trained on photos of every place that it was tested in ({named}). "
        "'split: {leave_out: place}' tests it where it was not trained; also_test adds photos from elsewhere."
    )


def not_of_other_places(chosen: RecipeResult) -> str:
    """What tests in places, those that were not trained on among them, do not say of further ones.

    Args:
        chosen: Recommended recipe, with its figures by place; at least one.
    """
    accuracy, places = in_percent(chosen.accuracy), counted(len(chosen.places), "place")
    each = [figures["accuracy"] for figures in chosen.places.values()]
    worst, best = in_percent(min(each)), in_percent(max(each))
    return (
        f"'{accuracy} in any other place': of {places} tested, it had {worst} to {best}; "
        "the interval is over their leaves, and leaves open how much places differ."
    )
