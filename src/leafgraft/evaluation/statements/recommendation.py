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
from leafgraft.evaluation.statements.sentence import Sentence, in_korean
from leafgraft.records.evaluation import Evaluation, RecipeResult

OPERATIONS = "gigaflops"
EQUALLY_CHEAP = 1.1


def recommend(evaluation: Evaluation, seen_after_test: Sequence[str]) -> tuple[RecipeResult, Sentence]:
    """The recipe, and all that must be said with it: how it was chosen, who leads the table, its warnings.

    Args:
        evaluation: With validation figures.
        seen_after_test: Recipes that are recommended only where no other is left.
    """
    free = [result for result in evaluation.recipes if result.name not in seen_after_test] or list(evaluation.recipes)
    first_tier = min(result.validation["tier"] for result in free)
    chosen, how = _choose([result for result in free if result.validation["tier"] == first_tier])
    said = [how, *_leader(evaluation, chosen), *(Sentence(flag.english, flag.korean) for flag in chosen.flags)]
    return chosen, Sentence(" ".join(one.english for one in said), " ".join(one.korean for one in said))


def _choose(level: Sequence[RecipeResult]) -> tuple[RecipeResult, Sentence]:
    """Of the first tier on validation."""
    most_accurate = min(level, key=lambda one: (-one.validation["accuracy"], one.validation["log_loss"]))
    if len(level) == 1:
        return most_accurate, Sentence(
            "More accurate on the validation photos than every other recipe.",
            "검증 사진에서 다른 모든 레시피보다 정확합니다.",
        )
    tied = Sentence(
        f"The {most_accurate.validation['rows']:,} validation photos do not tell {len(level)} recipes apart: chance "
        "alone can make differences as large as those between them.",
        f"검증 사진 {most_accurate.validation['rows']:,}장으로는 레시피 {len(level)}개를 구별할 수 없습니다. 그 정도의 "
        "차이는 우연만으로도 생깁니다.",
    )
    if not all(OPERATIONS in result.cost for result in level):
        return most_accurate, Sentence(
            f"{tied.english} Of these it was the most accurate there.",
            f"{tied.korean} 그 가운데 검증 정확도가 가장 높습니다.",
        )
    fewest = min(result.cost[OPERATIONS] for result in level)
    cheap = [result for result in level if result.cost[OPERATIONS] <= EQUALLY_CHEAP * fewest]
    chosen = min(cheap, key=lambda one: one.validation["log_loss"])
    of_cost = _cheapest(chosen, len(cheap))
    return chosen, Sentence(f"{tied.english} {of_cost.english}", f"{tied.korean} {of_cost.korean}")


def _cheapest(chosen: RecipeResult, equally_cheap: int) -> Sentence:
    needs, needs_ko = f"{chosen.cost[OPERATIONS]:.2f}", in_korean(1e9 * chosen.cost[OPERATIONS])
    if equally_cheap == 1:
        return Sentence(
            f"Of these it needs the least computing ({needs} billion operations a photo).",
            f"그 가운데 연산이 가장 적습니다(사진당 {needs_ko} 회).",
        )
    return Sentence(
        f"Of these, {equally_cheap} need about the same, least computing ({needs} billion operations a photo, within a "
        "tenth); among them it has the lowest validation loss.",
        f"그 가운데 {equally_cheap}개는 연산량이 10% 안에서 같고 가장 적으며(사진당 {needs_ko} 회), 이들 중 검증 "
        "손실이 가장 낮습니다.",
    )


def _leader(evaluation: Evaluation, chosen: RecipeResult) -> list[Sentence]:
    """Why the recipe of the highest test accuracy is not the one; nothing where it is."""
    leader = max(evaluation.recipes, key=lambda one: one.accuracy)
    if leader.accuracy <= chosen.accuracy:
        return []
    shares = f"{100 * leader.accuracy:.1f}%", f"{100 * chosen.accuracy:.1f}%"
    two = {leader.name, chosen.name}
    better = any({pair.a, pair.b} == two and pair.p_adjusted < ALPHA for pair in evaluation.pairs)
    said = (
        (
            "they do show it to be better, so weigh what it costs more",
            "차이는 확인되었으므로, 드는 비용과 견주어 보세요",
        )
        if better
        else ("they do not show it to be better", "더 좋다는 것이 확인되지도 않았습니다")
    )
    return [
        Sentence(
            f"{leader.name} has more of the test photos right ({shares[0]} against {shares[1]}), but the test photos "
            "must not choose: the winner of many on the very photos that measure it is partly lucky. As for the "
            f"difference, {said[0]}.",
            f"테스트 사진에서는 {leader.name} 쪽이 더 많이 맞혔지만({shares[0]} 대 {shares[1]}), 테스트 사진으로 "
            f"고르면 안 됩니다. 여럿 가운데 바로 그 사진에서 1등을 한 것은 일부 운이기 때문입니다. {said[1]}.",
        )
    ]
