"""What may be said of a recipe in each place, and what may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leafgraft.evaluation.statements.sentence import Sentence, ends_of, in_percent
from leafgraft.records.display import counted, first_of
from leafgraft.records.evaluation import RecipeResult

MOST_PLACES = 10  # that a sentence each is written of, the worst first


def in_places_left_out(left_out: Sequence[str]) -> Sentence:
    """What stands behind a figure of places that were left out of training in turn; else nothing."""
    if not left_out:
        return Sentence("", "")
    named = first_of(left_out, MOST_PLACES)
    return Sentence(
        f", each in a place that it was not trained on: {named}",
        f", 각각 학습하지 않은 장소의 사진: {named}",
    )


def of_places(result: RecipeResult, left_out: Sequence[str]) -> list[Sentence]:
    """The figure of each place, the worst first; beyond ten, how many more there are."""
    worst = sorted(result.places.items(), key=lambda one: one[1]["accuracy"])
    found = [_of_place(result.name, name, figures, name in left_out) for name, figures in worst[:MOST_PLACES]]
    if (more := len(worst) - MOST_PLACES) > 0:
        found.append(
            Sentence(
                f"{result.name} is more accurate in {counted(more, 'other place')}: evaluation.json has all of them.",
                f"{result.name}: 다른 장소 {more:,}곳에서는 정확도가 더 높습니다. 모두 evaluation.json에 있습니다.",
            )
        )
    return found


def _of_place(recipe: str, place: str, figures: Mapping[str, Any], left_out: bool) -> Sentence:  # noqa: FBT001 - of one place
    low, high = ends_of(figures["interval"])
    accuracy, balanced = in_percent(figures["accuracy"]), in_percent(figures["balanced_accuracy"])
    untrained, untrained_ko = (", a place that it was not trained on", "(학습하지 않은 장소)") if left_out else ("", "")
    return Sentence(
        f"{recipe}: {accuracy} accuracy on the {counted(figures['photos'], 'test photo')} of '{place}'{untrained} "
        f"(95% interval {low} to {high}); balanced accuracy {balanced}.",
        f"{recipe}: ‘{place}’{untrained_ko}의 테스트 사진 {figures['photos']:,}장에서 정확도 {accuracy} (95% 신뢰구간 "
        f"{low}~{high}), 균형 정확도 {balanced}.",
    )


def not_of_places(chosen: RecipeResult) -> list[Sentence]:
    """Places where the accuracy of all is not reached, and where the commonest answer alone may do as well."""
    overall = in_percent(chosen.accuracy)
    refused = [
        Sentence(
            f"'{overall} in {name}': there it is {in_percent(figures['accuracy'])}.",
            f"“{name}에서 {overall}”: 그곳에서는 {in_percent(figures['accuracy'])}입니다.",
        )
        for name, figures in chosen.places.items()
        if figures["interval"][1] < chosen.accuracy
    ]
    refused += [
        Sentence(
            f"'{chosen.name} recognises the disease in {name}': answering the largest class alone is right on "
            f"{in_percent(figures['largest_class'])} of the test photos there, and the interval reaches down to it.",
            f"“{chosen.name} 모델이 {name}에서 병을 알아본다”: 그곳에서는 가장 많은 클래스만 답해도 "
            f"{in_percent(figures['largest_class'])}가 맞고, 신뢰구간이 그 값에 이릅니다.",
        )
        for name, figures in chosen.places.items()
        if figures["interval"][0] <= figures["largest_class"]
    ]
    return refused


def trained_everywhere(chosen: RecipeResult) -> Sentence:
    """What tests in the places of training do not say."""
    accuracy, named = in_percent(chosen.accuracy), first_of(list(chosen.places), MOST_PLACES)
    return Sentence(
        f"'{accuracy} in another place': it was trained on photos of every place that it was tested in ({named}). "
        "'split: {leave_out: place}' tests it where it was not trained; also_test adds photos from elsewhere.",
        f"“다른 장소에서 {accuracy}”: 시험한 모든 장소({named})의 사진으로 학습도 했습니다. "
        "‘split: {leave_out: place}’는 학습하지 않은 장소에서 시험하며, also_test는 다른 곳의 사진을 더합니다.",
    )


def not_of_other_places(chosen: RecipeResult) -> Sentence:
    """What places that were left out in turn do not say of further ones."""
    accuracy, count = in_percent(chosen.accuracy), len(chosen.places)
    each = [figures["accuracy"] for figures in chosen.places.values()]
    worst, best = in_percent(min(each)), in_percent(max(each))
    return Sentence(
        f"'{accuracy} in any other place': of {counted(count, 'place')} tested, it had {worst} to {best}; "
        "the interval is over their leaves, and leaves open how much places differ.",
        f"“다른 어떤 장소에서도 {accuracy}”: 장소 {count:,}곳을 시험했고 {worst}~{best}였습니다. 신뢰구간은 그곳의 "
        "잎에 대한 것이며, 장소에 따라 얼마나 다른지는 알려 주지 않습니다.",
    )
