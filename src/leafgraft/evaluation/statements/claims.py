"""Sentences that a person may write of a comparison, and those they may not, in English and Korean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.evaluation.statements.flags import FLOORS_KO, never_found
from leafgraft.evaluation.statements.places import (
    in_places_left_out,
    not_of_other_places,
    not_of_places,
    of_places,
    trained_everywhere,
)
from leafgraft.evaluation.statements.sentence import Sentence, Sentences, ends_of, in_percent
from leafgraft.records.display import counted
from leafgraft.records.evaluation import Evaluation, Pair, RecipeResult
from leafgraft.records.finding import Floor

MOST_PAIRS = 10
UNEQUAL = 3  # times as many test photos of one class as of another


def comparison_sentences(evaluation: Evaluation) -> Sentences:
    """For a comparison without a verdict: the figures, every shown difference, every tie."""
    claims = [_figure(result, evaluation) for result in evaluation.recipes]
    claims += [sentence for result in evaluation.recipes for sentence in of_places(result, evaluation.left_out)]
    refused = [*_not_shown(evaluation.pairs, evaluation), *_limits(evaluation.recipes)]
    return Sentences((*claims, *_better(evaluation.pairs)), tuple(refused))


def sentences_of(
    evaluation: Evaluation,
    chosen: RecipeResult,
    inflation: Mapping[str, Any] | None,
    floors: Mapping[str, Floor],
    seen_after_test: Sequence[str],
) -> Sentences:
    """For a verdict: all that concerns the chosen recipe."""
    of_chosen = [pair for pair in evaluation.pairs if chosen.name in (pair.a, pair.b)]
    claims = [_figure(chosen, evaluation), *of_places(chosen, evaluation.left_out), *_better(of_chosen)]
    claims += [_elsewhere(chosen, name, figures) for name, figures in chosen.also_test.items()]
    refused = [*_not_shown(of_chosen, evaluation), *_limits(evaluation.recipes)]
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
    """What a search over `best_of` settings allows and forbids to say; nothing without one."""
    if best_of < 2:
        return Sentences((), ())
    tried = f"{best_of:,}"
    validation = in_percent(chosen.validation["accuracy"])
    claim = Sentence(
        f"{chosen.name}: its settings are the best of {tried} tried on the validation photos; the test photos had no "
        "part in the search.",
        f"{chosen.name}: 설정은 검증 사진으로 시험한 {tried}가지 가운데 가장 좋은 것이며, 테스트 사진은 탐색에 쓰이지 "
        "않았습니다.",
    )
    refused = Sentence(
        f"'{validation} on the validation photos' as a result of {chosen.name}: of {tried} settings the best on these "
        "very photos was taken, which flatters it. The recipes beside it were not searched for as long.",
        f"{chosen.name}의 결과로서 “검증 사진에서 {validation}”: 바로 그 사진으로 {tried}가지 설정 가운데 가장 좋은 "
        "것을 골랐으므로 부풀려진 값입니다. 비교한 다른 레시피는 그만큼 탐색하지 않았습니다.",
    )
    return Sentences((claim,), (refused,))


def _better(pairs: Sequence[Pair]) -> list[Sentence]:
    """One sentence per shown difference, the largest first; beyond ten, how many more there are."""
    shown = _largest_first(pair for pair in pairs if pair.p_adjusted < ALPHA)
    return [
        *map(_better_of_two, shown[:MOST_PAIRS]),
        *_and_more(len(shown) - MOST_PAIRS, "are shown", "확인되었습니다"),
    ]


def _not_shown(pairs: Sequence[Pair], evaluation: Evaluation) -> list[Sentence]:
    """One sentence per tie, the largest difference first; beyond ten, how many more there are."""
    ties = _largest_first(pair for pair in pairs if pair.p_adjusted >= ALPHA)
    named = [_no_better_of_two(pair, evaluation) for pair in ties[:MOST_PAIRS]]
    return [*named, *_and_more(len(ties) - MOST_PAIRS, "are not shown", "확인되지 않았습니다")]


def _largest_first(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: -abs(pair.difference))


def _and_more(count: int, english: str, korean: str) -> list[Sentence]:
    if count <= 0:
        return []
    return [
        Sentence(
            f"{count:,} smaller differences {english}: the table of pairs has them all.",
            f"더 작은 차이 {count:,}개가 {korean}. 모든 쌍은 표에 있습니다.",
        )
    ]


def _figure(result: RecipeResult, evaluation: Evaluation) -> Sentence:
    low, high = ends_of(result.interval)
    seeds = result.seeds
    english = "one trained model" if seeds == 1 else f"the mean of {seeds} seeds"
    korean = "학습한 모델 1개" if seeds == 1 else f"시드 {seeds}개의 평균"
    if evaluation.left_out and seeds == 1:
        english, korean = "one model for each place left out", "제외한 장소마다 학습한 모델 1개"
    if result.equal_seeds:
        english, korean = f"the same for all {seeds} seeds", f"시드 {seeds}개가 모두 같은 결과"
    balanced, where = _balanced(result), in_places_left_out(evaluation.left_out)
    figures = f"{english}; 95% interval {low} to {high}"
    return Sentence(
        f"{result.name}: {in_percent(result.accuracy)} accuracy on {counted(evaluation.rows, 'test photo')} in "
        f"{counted(evaluation.groups, 'group')}{where.english} ({figures}){balanced.english}.",
        f"{result.name}: 테스트 사진 {evaluation.rows:,}장({evaluation.groups:,}개 묶음{where.korean})에서 정확도 "
        f"{in_percent(result.accuracy)} ({korean}, 95% 신뢰구간 {low}~{high}){balanced.korean}.",
    )


def _balanced(result: RecipeResult) -> Sentence:
    """Balanced accuracy, where one class has three times the test photos of another; else nothing."""
    counts = [figures["support"] for figures in result.per_class.values() if figures["support"] > 0]
    if not counts or max(counts) < UNEQUAL * min(counts):
        return Sentence("", "")
    value, (low, high) = in_percent(result.balanced_accuracy), ends_of(result.intervals["balanced_accuracy"])
    return Sentence(
        f"; balanced accuracy, the mean over classes, {value} ({low} to {high}): the classes are unequal",
        f", 클래스별로 평균한 균형 정확도 {value} ({low}~{high}; 클래스마다 사진 수가 다름)",
    )


def _better_of_two(pair: Pair) -> Sentence:
    better, worse = (pair.a, pair.b) if pair.difference > 0 else (pair.b, pair.a)
    chance = "p < 0.001" if pair.p_adjusted < 0.001 else f"p = {pair.p_adjusted:.3f}"
    points = 100 * abs(pair.difference)
    ends = pair.interval if pair.difference > 0 else (-pair.interval[1], -pair.interval[0])
    span = f"{100 * ends[0]:.1f}", f"{100 * ends[1]:.1f}"
    return Sentence(
        f"{better} is more accurate than {worse} on photos like these: {points:.1f} points "
        f"(95% interval {span[0]} to {span[1]}; {chance} corrected for all pairs).",
        f"이와 같은 사진에서 {better}의 정확도가 {worse}보다 {points:.1f}%p 높습니다"
        f"(95% 신뢰구간 {span[0]}~{span[1]}%p, 모든 쌍에 대해 보정한 {chance}).",
    )


def _no_better_of_two(pair: Pair, evaluation: Evaluation) -> Sentence:
    better, worse = (pair.a, pair.b) if pair.difference >= 0 else (pair.b, pair.a)
    photos = counted(evaluation.rows, "test photo does", "test photos do")
    english = f"'{better} is better than {worse}': {photos} not tell the two apart."
    korean = f"“{better}의 성능이 {worse}보다 좋다”: 테스트 사진 {evaluation.rows:,}장으로는 둘을 구별할 수 없습니다."
    if pair.photos_needed is not None:
        english += f" At this difference, about {pair.photos_needed:,} would."
        korean += f" 지금의 차이가 실제라면 약 {pair.photos_needed:,}장이 필요합니다."
    return Sentence(english, korean)


def _limits(recipes: Sequence[RecipeResult]) -> list[Sentence]:
    single = [result.name for result in recipes if result.seeds == 1]
    if not single:
        return []
    if len(single) > 1 and len(single) == len(recipes):
        english, korean = "any of these recipes", "모든 레시피"
    elif len(single) > MOST_PAIRS:
        english, korean = f"{len(single)} of these recipes", f"레시피 {len(single)}개"
    else:
        english = korean = ", ".join(single)
    return [
        Sentence(
            f"Anything about {english} with another seed: one seed was trained, so the figures speak of the trained "
            "models alone.",
            f"{korean}: 다른 시드로 학습했을 때에 대한 주장. 시드 1개만 학습했으므로 이 수치는 학습된 그 모델에 "
            "대해서만 유효합니다.",
        )
    ]


def _elsewhere(chosen: RecipeResult, name: str, figures: Mapping[str, Any]) -> Sentence:
    low, high = ends_of(figures["interval"])
    accuracy, confidence = in_percent(figures["accuracy"]), f"{figures['mean_confidence']:.2f}"
    return Sentence(
        f"{chosen.name}: {accuracy} accuracy on the {counted(figures['rows'], 'photo')} of '{name}' (95% interval "
        f"{low} to {high}), at a mean confidence of {confidence}.",
        f"{chosen.name}: ‘{name}’ 사진 {figures['rows']:,}장에서 정확도 {accuracy} (95% 신뢰구간 {low}~{high}), "
        f"평균 확신도 {confidence}.",
    )


def _field(chosen: RecipeResult, evaluation: Evaluation) -> list[Sentence]:
    if not chosen.also_test and chosen.places:
        return [not_of_other_places(chosen) if evaluation.left_out else trained_everywhere(chosen)]
    if not chosen.also_test:
        return [
            Sentence(
                f"'{in_percent(chosen.accuracy)} in the field': all test photos come from where the training photos "
                "come from. Test on photos from elsewhere.",
                f"“현장에서 {in_percent(chosen.accuracy)}”: 테스트 사진이 모두 학습 사진과 같은 곳에서 나왔습니다. "
                "다른 곳에서 찍은 사진으로 시험하세요.",
            )
        ]
    return [
        Sentence(
            f"'{in_percent(chosen.accuracy)} in the field': on '{name}' it is {in_percent(figures['accuracy'])}.",
            f"“현장에서 {in_percent(chosen.accuracy)}”: ‘{name}’에서는 {in_percent(figures['accuracy'])}입니다.",
        )
        for name, figures in chosen.also_test.items()
        if figures["interval"][1] < chosen.accuracy
    ]


def _never_found(chosen: RecipeResult) -> list[Sentence]:
    """Each class of which the recipe has no test photo right, with what the accuracy hides."""
    return [
        Sentence(
            f"'{chosen.name} recognises {name}': it has none of its {figures['support']:,.0f} test photos right. "
            f"'{in_percent(chosen.accuracy)}' without this sentence misleads.",
            f"“{chosen.name} 모델이 {name} 클래스를 알아본다”: 테스트 사진 {figures['support']:,.0f}장 가운데 하나도 "
            f"맞히지 못했습니다. 이 문장 없이 “{in_percent(chosen.accuracy)}”만 말하면 오해를 부릅니다.",
        )
        for name, figures in never_found(chosen).items()
    ]


def _floors(chosen: RecipeResult, floors: Mapping[str, Floor]) -> list[Sentence]:
    """One sentence for the highest floor that the interval reaches down to."""
    reached = {name: floor for name, floor in floors.items() if chosen.interval[0] <= floor.accuracy}
    if not reached:
        return []
    name, floor = max(reached.items(), key=lambda item: item[1].accuracy)
    return [
        Sentence(
            f"'{chosen.name} recognises the disease': {name.replace('_', ' ')} alone reaches "
            f"{in_percent(floor.accuracy)}, so it may not look at the leaf.",
            f"“{chosen.name} 모델이 병을 알아본다”: {FLOORS_KO.get(name, name)}만으로도 "
            f"{in_percent(floor.accuracy)}에 이르므로, 잎을 보지 않고 맞혔을 수 있습니다.",
        )
    ]


def _inflation(inflation: Mapping[str, Any]) -> Sentence:
    random, grouped = in_percent(inflation["random"]), in_percent(inflation["grouped"])
    return Sentence(
        f"The {random} of a plain random split: photos of one leaf on both sides raise it; with leaves kept together "
        f"it is {grouped}.",
        f"단순 무작위 분할의 {random}: 같은 잎의 사진이 학습과 테스트 양쪽에 들어가 부풀려진 값입니다. 잎을 나누지 "
        f"않으면 {grouped}입니다.",
    )


def _seen(names: Sequence[str]) -> Sentence:
    listed = ", ".join(names)
    return Sentence(
        f"A fair comparison with {listed}: added after the test photos had been seen.",
        f"{listed} 관련 공정한 비교: 테스트 결과를 본 뒤에 추가되었습니다.",
    )
