"""Warnings about a recipe that its test answers give."""

from __future__ import annotations

from collections.abc import Mapping

from leafgraft.evaluation.statements.did_not_learn import flag_of
from leafgraft.records.evaluation import Flag, RecipeResult
from leafgraft.records.finding import Floor

MAY_NOT_LOOK = "may not look at the leaf"


def flags_of(result: RecipeResult, floors: Mapping[str, Floor]) -> tuple[Flag, ...]:
    """All that holds of one recipe.

    Args:
        result: With its figures by class.
        floors: Accuracies that need no leaf, by name.
    """
    unlearned = (flag_of(result.did_not_learn),) if result.did_not_learn else ()
    return (*unlearned, *_never_found(result), *_may_not_look(result, floors))


def never_found(result: RecipeResult) -> dict[str, Mapping[str, float]]:
    """Figures of the classes that have test photos of which no trial answers a single one rightly."""
    return {
        name: figures for name, figures in result.per_class.items() if figures["support"] > 0 and figures["recall"] == 0
    }


def _never_found(result: RecipeResult) -> tuple[Flag, ...]:
    never = {name: round(figures["support"]) for name, figures in never_found(result).items()}
    if not never:
        return ()
    names = ", ".join(never)
    counts = ", ".join(f"{count:,} of {name}" for name, count in never.items())
    counts_ko = ", ".join(f"{name} {count:,}장" for name, count in never.items())
    return (
        Flag(
            f"never finds {names}",
            f"It never finds {names} (test photos: {counts}), so its accuracy says nothing of that. Read the balanced "
            "accuracy; add photos of the class, or take 'loss: class_balanced'.",
            f"{names} 클래스를 한 번도 맞히지 못했으므로(테스트 사진: {counts_ko}) 정확도는 이 클래스에 대해 아무것도 "
            "말해 주지 않습니다. 균형 정확도를 보고, 그 클래스의 사진을 늘리거나 ‘loss: class_balanced’를 쓰세요.",
        ),
    )


def _may_not_look(result: RecipeResult, floors: Mapping[str, Floor]) -> tuple[Flag, ...]:
    """Its interval reaches down to what needs no leaf."""
    reached = {name: floor.accuracy for name, floor in floors.items() if result.interval[0] <= floor.accuracy}
    if not reached:
        return ()
    name = max(reached, key=lambda one: reached[one])
    share = f"{100 * reached[name]:.1f}%"
    return (
        Flag(
            MAY_NOT_LOOK,
            f"It may not look at the leaf: its interval reaches down to what {name.replace('_', ' ')} alone reaches "
            f"({share}).",
            f"잎을 보지 않았을 수 있습니다. 신뢰구간이 {FLOORS_KO.get(name, name)}만으로 얻는 정확도({share})까지 "
            "내려옵니다.",
        ),
    )


FLOORS_KO = {
    "largest_class": "가장 많은 클래스",
    "border_pixels": "가장자리 화소",
    "colour": "평균 색",
    "background": "배경",
    "metadata": "파일 정보",
}
