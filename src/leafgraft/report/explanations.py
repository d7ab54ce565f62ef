"""The words that a page explains where they stand: one sentence each, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one word means, in one sentence of each language."""

    word: str
    sentence: str
    word_ko: str
    sentence_ko: str


EXPLANATIONS: Mapping[str, Explanation] = {
    "interval": Explanation(
        "95% interval",
        "The values that these photos leave likely: made anew from other photos of the same kind, 95 of 100 such "
        "intervals hold the true value.",
        "95% 신뢰구간",
        "이 사진들로 보아 그럴듯한 값의 범위입니다. 같은 종류의 다른 사진으로 다시 구하면 100번 중 95번은 참값을 "
        "포함합니다.",
    ),
    "inflation": Explanation(
        "inflation",
        "What a plain random split adds to the accuracy over a split that keeps photos of one leaf together: it "
        "is leak, not skill.",
        "부풀려진 정확도",
        "같은 잎의 사진을 한쪽에 모은 분할보다 단순한 무작위 분할에서 더 높게 나오는 정확도로, 실력이 아니라 "
        "누출입니다.",
    ),
    "floor": Explanation(
        "floor",
        "The accuracy that needs no leaf: the largest class, border pixels, colour, background or metadata alone "
        "reach it.",
        "잎을 보지 않고 얻는 정확도",
        "잎을 보지 않고도 얻는 정확도입니다. 가장 큰 클래스, 가장자리 픽셀, 색, 배경, 메타데이터만으로 이만큼 "
        "맞힙니다.",
    ),
    "not_above_floor": Explanation(
        "may not look at the leaf",
        "The recipe's 95% interval reaches down to a floor, so these photos do not show that it uses the leaf "
        "rather than its surroundings.",
        "잎을 보지 않을 수 있음",
        "레시피의 95% 신뢰구간이 잎을 보지 않고 얻는 정확도까지 내려오므로, 이 사진들로는 주변이 아니라 잎을 "
        "본다는 것이 드러나지 않습니다.",
    ),
    "tier": Explanation(
        "tier",
        "Tier 1 is the set of recipes that holds the most accurate one with 95%; tier 2 is the same among the "
        "rest, and so on.",
        "등급",
        "1등급은 정확도가 가장 높은 레시피를 95%로 포함하는 묶음이고, 2등급은 나머지에서 같은 방법으로 정한 "
        "묶음입니다.",
    ),
    "probe": Explanation(
        "probe",
        "The best linear head on features of a pretrained network that stays as it is: it shows what these "
        "features already tell of the classes.",
        "프로브",
        "사전 학습된 신경망은 그대로 두고 그 특징 위에 놓은 가장 좋은 선형 헤드로, 그 특징이 클래스를 얼마나 알려 "
        "주는지 보여 줍니다.",
    ),
    "macro_f1": Explanation(
        "macro-F1",
        "F1, which joins precision and recall, of each class, and the mean of these: small classes count as much "
        "as large ones.",
        "매크로 F1",
        "정밀도와 재현율을 묶은 F1을 클래스마다 구해 평균한 값으로, 작은 클래스도 큰 클래스와 똑같이 셉니다.",
    ),
    "balanced_accuracy": Explanation(
        "balanced accuracy",
        "The share of photos that is right in each class, and the mean of these shares: small classes count as "
        "much as large ones.",
        "균형 정확도",
        "클래스마다 맞힌 사진의 비율을 구해 평균한 값으로, 작은 클래스도 큰 클래스와 똑같이 셉니다.",
    ),
    "log_loss": Explanation(
        "log loss",
        "How surprising the true classes are to the probabilities that were given: 0 is perfect, and a confident "
        "error costs most.",
        "로그 손실",
        "예측한 확률로 볼 때 정답이 얼마나 뜻밖인지를 나타냅니다. 0이면 완벽하고, 확신한 오답일수록 커집니다.",
    ),
    "calibration_error": Explanation(
        "calibration error",
        "How far confidence and the share of right answers lie apart on average: at 0, of 100 answers given with "
        "90% confidence 90 are right.",
        "확신도 보정 오차",
        "확신도와 실제로 맞힌 비율이 평균으로 얼마나 어긋나는지를 나타냅니다. 0이면 확신도 90%인 답 100개 중 "
        "90개가 맞습니다.",
    ),
    "cka": Explanation(
        "CKA",
        "Centred kernel alignment: how alike two networks' features of the same photos are, from 0 for nothing in "
        "common to 1 for the same.",
        "CKA",
        "같은 사진에 대한 두 신경망의 특징이 얼마나 비슷한지를 0(공통점 없음)부터 1(같음)까지로 나타냅니다.",
    ),
    "conformal_set": Explanation(
        "conformal set",
        "The classes that stay possible for a photo, as many as it takes for the true one to be among them as "
        "often as promised on photos like those at home.",
        "등각 예측 집합",
        "한 사진에서 가능성이 남는 클래스의 모음으로, 학습한 곳과 같은 종류의 사진이라면 약속한 비율만큼 정답을 "
        "포함합니다.",
    ),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """What one page explains.

    Attributes:
        numbers: Number of each word, from 1, in the order in which they first stand on the page.
    """

    numbers: dict[str, int] = field(default_factory=dict)

    def explain(self, key: str) -> Markup:
        """A button that opens the sentence of a word; in print, the number of its note."""
        number = self.numbers.setdefault(key, len(self.numbers) + 1)
        return Markup(
            '<button type="button" class="explain" popovertarget="word-{}" data-note="{}" '
            'aria-label="What does “{}” mean?">?</button>'
        ).format(key, number, EXPLANATIONS[key].word)

    def notes(self) -> list[tuple[int, str, Explanation]]:
        """Number, key and explanation of every word that was explained so far."""
        return [(number, key, EXPLANATIONS[key]) for key, number in self.numbers.items()]
