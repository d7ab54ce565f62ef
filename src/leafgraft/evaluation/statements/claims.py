"""Sentences that a person may write of a comparison, and those they may not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from leafgraft.evaluation.statements.flags import MOST_CLASSES, alone, never_found
from leafgraft.evaluation.statements.pairs import sentences_of_pairs
from leafgraft.evaluation.statements.places import (
    in_places_left_out,
    not_of_other_places,
    not_of_places,
    of_places,
    reaches_largest,
    trained_everywhere,
)
from leafgraft.evaluation.statements.sentence import Sentences, ends_of, in_percent
from leafgraft.records.display import are_unequal, counted, first_of
from leafgraft.records.evaluation import Evaluation, Interval, RecipeResult
from leafgraft.records.finding import Floor

MOST_NAMED = 10


def comparison_sentences(
    evaluation: Evaluation,
    seen_after_test: Collection[str] = (),
    seen_in_training: Mapping[str, int] | None = None,
    of_past: Sequence[str] = (),
) -> Sentences:
    """For a comparison without a verdict: the figures, every shown difference, every tie, and what speaks against them.

    Args:
        evaluation: Figures of all recipes and pairs.
        seen_after_test: Recipes added, or trained otherwise, after the test rows had been seen.
        seen_in_training: How many test photos show a leaf of training, by the name of the study.
        of_past: What may not be said for what became of studies since, as `after_test` gives it.
    """
    claims = [_figure(result, evaluation) for result in evaluation.recipes]
    claims += [sentence for result in evaluation.recipes for sentence in of_places(result, evaluation.untrained)]
    refused = [_unseen_in(study, seen) for study, seen in (seen_in_training or {}).items()]
    of_pairs = sentences_of_pairs(evaluation.pairs, evaluation)
    refused += [*of_pairs.refused, *_limits(evaluation.recipes)]
    refused += [sentence for result in evaluation.recipes for sentence in _never_found(result)]
    if later := [result.name for result in evaluation.recipes if result.name in seen_after_test]:
        refused.append(_seen(later))
    return Sentences((*claims, *of_pairs.claims), (*refused, *of_past))


def sentences_of(
    evaluation: Evaluation,
    chosen: RecipeResult,
    inflation: Mapping[str, Any] | None,
    floors: Mapping[str, Floor],
    seen_after_test: Sequence[str],
    seen_in_training: Mapping[str, int],
) -> Sentences:
    """For a verdict: all that concerns the chosen recipe.

    Args:
        evaluation: Figures of all recipes, the chosen one among them.
        chosen: The recommended recipe.
        inflation: ``random`` and ``grouped`` accuracy, and the ``interval`` of their difference; None where it was not
            measured.
        floors: Accuracies that need no leaf, by name of the floor.
        seen_after_test: Names of recipes added, or trained otherwise, after the test photos had been seen.
        seen_in_training: How many test photos show a leaf of training: of the study under no name, of second folders
            by theirs.
    """
    of_pairs = sentences_of_pairs([pair for pair in evaluation.pairs if chosen.name in (pair.a, pair.b)], evaluation)
    claims = [_figure(chosen, evaluation), *of_places(chosen, evaluation.untrained), *of_pairs.claims]
    own, strange = seen_in_training.get("", 0), chosen.also_test.keys() - seen_in_training.keys()
    claims += [_elsewhere(chosen, name, figures) for name, figures in chosen.also_test.items() if name in strange]
    refused = [_unseen(chosen, own)] if own else []
    refused += [
        _not_elsewhere(chosen, name, seen_in_training[name]) for name in chosen.also_test if name not in strange
    ]
    refused += [*of_pairs.refused, *_limits(evaluation.recipes)]
    refused += not_of_places(chosen) if chosen.places else []
    refused += _field(chosen, evaluation)
    refused += _never_found(chosen)
    refused += _floors(chosen, floors)
    if inflation is not None and inflation["interval"][0] > 0:
        refused.append(_inflation(inflation))
    if seen_after_test:
        refused.append(_seen(seen_after_test))
    return Sentences(tuple(claims), tuple(refused))


def searched(chosen: RecipeResult, best_of: int) -> Sentences:
    """What a search allows and forbids to say; nothing without one.

    Args:
        chosen: The recommended recipe, with its figures on validation photos.
        best_of: Number of settings that its own are the best of; 1 without a search.
    """
    if best_of < 2:
        return Sentences((), ())
    tried = f"{best_of:,}"
    validation = in_percent(chosen.validation["accuracy"])
    claim = (
        f"{chosen.name}: its settings are the best of {tried} tried on the validation photos; the test photos had no "
        "part in the search."
    )
    if len(chosen.derived_from) > 1:
        claim = (
            f"{chosen.name}: settings of a recipe that it is made of are the best of {tried} tried on the validation "
            "photos; the test photos had no part in the search."
        )
    refused = (
        f"'{validation} on the validation photos' as a result of {chosen.name}: of {tried} settings the best on these "
        "very photos was taken, which flatters it. The recipes beside it were not searched for as long."
    )
    return Sentences((claim,), (refused,))


def after_test(left_out: int, corrected: tuple[int, int], study: str = "") -> tuple[str, ...]:
    """What became of a study since its test photos were seen, and what may not be said for it; nothing of nothing.

    Args:
        left_out: Number of recipes that were tested and are not in the study any more.
        corrected: Number of test photos whose label was changed since, and how many were excluded: both may have been
            made because of the answers.
        study: Name of the study where several are compared; else empty.
    """
    what = counted(left_out, "recipe was tested and is", "recipes were tested and are")
    again, gone = (counted(count, "test photo") for count in corrected)
    of_one = (
        f"A fair comparison of all that was tested: {what} left out of the study since.",
        f"These figures as those of all test photos: {gone} excluded after the answers had been seen.",
        f"These figures as those of the first labels: {again} relabelled after the answers had been seen.",
    )
    of_several = (
        f"A fair comparison of all that was tested in '{study}': {what} left out of the study since.",
        f"Figures of '{study}' as those of all its test photos: {gone} excluded after the answers had been seen.",
        f"Figures of '{study}' as those of the first labels: {again} relabelled after the answers had been seen.",
    )
    labels, photos = corrected
    sentences = zip(of_several if study else of_one, (left_out, photos, labels), strict=True)
    return tuple(sentence for sentence, count in sentences if count)


def _figure(result: RecipeResult, evaluation: Evaluation) -> str:
    low, high = ends_of(result.interval)
    seeds = result.seeds
    models = "one trained model" if seeds == 1 else f"the mean of {seeds} seeds"
    if result.folds > 1 and seeds == 1:
        models = f"one model for each of {result.folds} folds"
    if evaluation.left_out and seeds == 1:
        models = "one model for each place left out"
    if result.equal_seeds:
        models = f"the same for all {seeds} seeds"
    photos = counted(evaluation.rows, "test photo")
    groups = in_places_left_out(counted(evaluation.groups, "group"), evaluation.left_out)
    balanced = _balanced(result.per_class, result.balanced_accuracy, result.intervals)
    return (
        f"{result.name}: {in_percent(result.accuracy)} accuracy on {photos} in {groups} "
        f"({models}; 95% interval {low} to {high}){balanced}."
    )


def _balanced(per_class: Mapping[str, Mapping[str, float]], value: float, intervals: Mapping[str, Interval]) -> str:
    """Balanced accuracy, where one class has three times the photos of another; else nothing."""
    if not are_unequal(one["support"] for one in per_class.values()):
        return ""
    low, high = ends_of(intervals["balanced_accuracy"])
    share = in_percent(value)
    return f"; balanced accuracy, the mean over classes, {share} ({low} to {high}): the classes are unequal"


def _limits(recipes: Sequence[RecipeResult]) -> list[str]:
    single = [result.name for result in recipes if result.seeds == 1]
    if not single:
        return []
    if len(single) > 1 and len(single) == len(recipes):
        named = "any of these recipes"
    elif len(single) > MOST_NAMED:
        named = f"{len(single)} of these recipes"
    else:
        named = ", ".join(single)
    return [
        (
            f"Anything about {named} with another seed: one seed was trained, so the figures speak of the trained "
            "models alone."
        )
    ]


def _elsewhere(chosen: RecipeResult, name: str, figures: Mapping[str, Any]) -> str:
    low, high = ends_of(figures["interval"])
    accuracy, confidence = in_percent(figures["accuracy"]), f"{figures['mean_confidence']:.2f}"
    balanced = _balanced(figures["per_class"], figures["balanced_accuracy"], figures["intervals"])
    return (
        f"{chosen.name}: {accuracy} accuracy on the {counted(figures['rows'], 'photo')} of '{name}' (95% interval "
        f"{low} to {high}), at a mean confidence of {confidence}{balanced}."
    )


def _unseen(chosen: RecipeResult, seen: int) -> str:
    """What a split that parts leaves forbids to claim."""
    show = counted(seen, "test photo shows", "test photos show")
    return f"'{in_percent(chosen.accuracy)}' as accuracy on unseen leaves: {show} a leaf of training."


def _unseen_in(study: str, seen: int) -> str:
    """The same of all recipes of a study."""
    return (
        f"Accuracies of recipes of '{study}' as those on unseen leaves: leaves of training are on {seen:,} of the "
        "study's test photos."
    )


def _not_elsewhere(chosen: RecipeResult, name: str, seen: int) -> str:
    """Of a second folder with photos that show what photos of the training folder show."""
    share = in_percent(chosen.also_test[name]["accuracy"])
    return (
        f"'{share}' as accuracy elsewhere, on '{name}': of its photos, those that show what the training folder shows "
        f"are not from elsewhere ({seen:,}). Take them out."
    )


def _field(chosen: RecipeResult, evaluation: Evaluation) -> list[str]:
    if not chosen.also_test and chosen.places:
        return [trained_everywhere(chosen) if evaluation.untrained == () else not_of_other_places(chosen)]
    if not chosen.also_test:
        return [
            (
                f"'{in_percent(chosen.accuracy)} in the field': all test photos come from where the training photos "
                "come from. Test on photos from elsewhere."
            )
        ]
    refused = [
        f"'{in_percent(chosen.accuracy)} in the field': on '{name}' it is {in_percent(figures['accuracy'])}."
        for name, figures in chosen.also_test.items()
        if figures["interval"][1] < chosen.accuracy
    ]
    for name, figures in chosen.also_test.items():
        counts = {one: int(of_class["support"]) for one, of_class in figures["per_class"].items()}
        refused += reaches_largest(chosen.name, name, figures["interval"], max(counts.values()) / sum(counts.values()))
        refused += [
            f"'{chosen.name} recognises {one} in {name}': it has none of its {counted(counts[one], 'photo')} there "
            "right."
            for one in never_found(figures["per_class"])
        ]
    return refused


def _never_found(chosen: RecipeResult) -> list[str]:
    """The classes of which the recipe has no test photo right, with what the accuracy hides."""
    found = never_found(chosen.per_class)
    if not found:
        return []
    names = first_of(list(found), MOST_CLASSES)
    photos = counted(int(sum(figures["support"] for figures in found.values())), "test photo")
    its = "its" if len(found) == 1 else "their"
    share = in_percent(chosen.accuracy)
    return [
        (
            f"'{chosen.name} recognises {names}': it has none of {its} {photos} right. '{share}' "
            "without this sentence misleads."
        )
    ]


def _floors(chosen: RecipeResult, floors: Mapping[str, Floor]) -> list[str]:
    """One sentence for the highest floor that the interval reaches down to."""
    reached = {name: floor for name, floor in floors.items() if chosen.interval[0] <= floor.accuracy}
    if not reached:
        return []
    name, floor = max(reached.items(), key=lambda item: item[1].accuracy)
    share = in_percent(floor.accuracy)
    return [f"'{chosen.name} recognises the disease': {alone(name)} reaches {share}, so it may not look at the leaf."]


def _inflation(inflation: Mapping[str, Any]) -> str:
    random, grouped = in_percent(inflation["random"]), in_percent(inflation["grouped"])
    return (
        f"The {random} of a plain random split: photos of one leaf on both sides raise it; with leaves kept together "
        f"it is {grouped}."
    )


def _seen(names: Sequence[str]) -> str:
    listed = ", ".join(names)
    return f"A fair comparison with {listed}: added, or trained otherwise, after the test photos had been seen."
