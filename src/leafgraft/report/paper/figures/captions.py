"""What stands below each figure."""

from __future__ import annotations

from leafgraft.records.display import counted
from leafgraft.report.paper.contents import PaperContents, elsewhere
from leafgraft.report.paper.figures.answers import MANY
from leafgraft.report.paper.figures.recipes import MOST_ROWS, shown_pairs, shown_places
from leafgraft.report.paper.figures.style import MARKS
from leafgraft.report.paper.figures.training import MOST_PANELS
from leafgraft.report.paper.terms import Sentence


def of_accuracy(contents: PaperContents) -> Sentence:
    """Accuracies by tier over floors."""
    photos, recipes = contents.evaluation["rows"], len(contents.evaluation["recipes"])
    first, first_ko = (f" The first {MOST_ROWS}.", f" 처음 {MOST_ROWS}개.") if recipes > MOST_ROWS else ("", "")
    return Sentence(
        f"Test accuracy of every recipe on {photos:,} photos with 95% intervals. Shapes: tiers; recipes of one tier "
        f"are not told apart. Crosses: accuracies that need no leaf; dashed: the highest of them.{first}",
        f"테스트 사진 {photos:,}장에서 레시피별 정확도와 95% 신뢰구간. 모양은 등급이며, 같은 등급의 레시피는 구별할 수 "
        f"없다. ×는 잎 없이 얻는 정확도, 점선은 그 가운데 가장 높은 값.{first_ko}",
    )


def of_confusion(contents: PaperContents) -> Sentence:
    """True against predicted classes."""
    name = contents.verdict["recipe"]
    return Sentence(
        f"Test answers of {name}, of all seeds, by true and predicted class; the darker, the larger the share of the "
        "true class.",
        f"{name}의 테스트 답(모든 시드)을 실제 클래스와 예측한 클래스로 나눈 표. 진할수록 실제 클래스에서 차지하는 "
        "비율이 크다.",
    )


def of_reliability(contents: PaperContents) -> Sentence:
    """Accuracy over confidence."""
    chosen, trials = contents.recommended, len(contents.answers)
    error, answers = f"{chosen['calibration_error']:.3f}", sum(len(one.label) for one in contents.answers)
    return Sentence(
        f"Reliability of {chosen['name']} on the test photos: accuracy over mean confidence, in 15 bins of equal "
        f"width; {answers:,} answers of {counted(trials, 'trial')}. Open: bins of fewer than {MANY} answers. "
        f"Calibration error {error} (mean over seeds).",
        f"테스트 사진에서 {chosen['name']}의 확신도와 정확도(너비가 같은 15개 구간, 시행 {trials}개의 답 "
        f"{answers:,}개). 빈 점은 답이 {MANY}개보다 적은 구간. 확신도 보정 오차 {error}(시드 평균).",
    )


def of_training(contents: PaperContents) -> Sentence:
    """Losses by epoch."""
    recipes = len({one.recipe for one in contents.epochs})
    first, first_ko = (f" The first {MOST_PANELS}.", f" 처음 {MOST_PANELS}개.") if recipes > MOST_PANELS else ("", "")
    return Sentence(
        "Loss by epoch of recipes that learn epoch by epoch, of every seed and fold: dashed on training photos, "
        f"solid on validation photos. Dots: the epochs whose weights were kept.{first}",
        "에포크에 따른 손실(모든 시드와 폴드). 파선은 학습 사진, 실선은 검증 사진, 점은 가중치를 남긴 "
        f"에포크.{first_ko}",
    )


def of_curves(contents: PaperContents) -> Sentence:
    """Learning curves."""
    most = len(MARKS)
    english = (
        "Test accuracy of the best linear head on frozen features by number of training photos, with 95% intervals."
    )
    korean = "학습 사진 수에 따른, 고정한 특징 위 최적 선형 헤드의 테스트 정확도와 95% 신뢰구간."
    if any(curve["exponent"] for curve in contents.curves):
        english += " Dotted: the fitted power law, to twice the photos."
        korean += " 점선은 거듭제곱 법칙을 사진 2배까지 적합한 곡선."
    if len(contents.curves) > most:
        english, korean = f"{english} The first {most}.", f"{korean} 처음 {most}개."
    return Sentence(english, korean)


def of_elsewhere(contents: PaperContents) -> Sentence:
    """Home, places and second folders."""
    second = list(contents.recommended.get("also_test", {}))
    never = f" Never trained on: {', '.join(second)}." if second else ""
    never_ko = f" 학습에 쓰지 않은 사진: {', '.join(second)}." if second else ""
    shown, total = len(shown_places(contents)), len(elsewhere(contents.recommended, 0))
    if shown < total:
        never += f" Of {total - 1} places, the {shown - 1} where the recommended recipe is right least often."
        never_ko += f" 장소 {total - 1}곳 가운데 추천된 레시피의 정확도가 가장 낮은 {shown - 1}곳."
    return Sentence(
        f"Accuracy at home and elsewhere, with 95% intervals.{never}",
        f"학습 사진과 같은 곳, 그리고 다른 곳에서의 정확도와 95% 신뢰구간.{never_ko}",
    )


def of_pairs(contents: PaperContents) -> Sentence:
    """Differences."""
    shown, total = len(shown_pairs(contents)), len(contents.evaluation["pairs"])
    some, some_ko = ("", "")
    if shown < total:
        some, some_ko = (
            f" {shown} of {total:,} pairs: those of the recommended recipe.",
            f" {total:,}쌍 가운데 추천된 레시피의 {shown}쌍.",
        )
    return Sentence(
        "Differences of test accuracy between recipes, paired photo by photo, with the 95% interval of each pair. "
        f"Filled: shown after correction for all pairs.{some}",
        f"레시피 사이의 테스트 정확도 차이(사진별 짝 비교)와 쌍별 95% 신뢰구간. 채운 점은 모든 쌍에 대해 보정한 뒤에도 "
        f"확인된 차이.{some_ko}",
    )
