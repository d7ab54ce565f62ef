"""Whether a recipe learned at all: its answers, and its own training photos against the best linear head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leafgraft.evaluation.metrics import Ints
from leafgraft.records.display import percent
from leafgraft.records.evaluation import DidNotLearn, Flag

MARGIN = 0.10  # of the training photos, below the best linear head on frozen features
DID_NOT_LEARN = "did not learn"
ADVICE = (
    "Take another learning rate ('leafgraft tune STUDY.yaml --rate' suggests one) or more epochs, or let the head be "
    "solved for instead of trained: 'strategy: probe'."
)
ADVICE_KO = (
    "다른 학습률(‘leafgraft tune STUDY.yaml --rate’가 제안합니다)이나 더 많은 에포크를 써 보거나, "
    "학습 대신 최적해를 바로 구하는 ‘strategy: probe’를 쓰세요."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """Accuracy of one trial on its own training photos, and that of the best linear head on the same photos."""

    trained: float
    optimum: float


def may_fall_short(trained: float) -> bool:
    """Whether the optimum can be so much better at all."""
    return trained <= 1 - MARGIN


def short_of_optimum(trials: Sequence[Reached], of: int) -> DidNotLearn | None:
    """Trials of one recipe that end 10 points or more below the best linear head; None if there is none.

    Args:
        trials: Of the recipe, as far as they may fall short.
        of: How many trials it has.
    """
    short = [one for one in trials if one.optimum - one.trained >= MARGIN]
    if not short:
        return None
    worst = max(short, key=lambda one: one.optimum - one.trained)
    return DidNotLearn(len(short), of, None, worst.trained, worst.optimum, ADVICE)


def one_answer(predicted: Ints, label: Ints, classes: Sequence[str]) -> DidNotLearn | None:
    """Trials that answer one class for all photos, though they are of several; None if there is none.

    Args:
        predicted: Class indices, shape (trials, N).
        label: Class indices, shape (N,).
        classes: Names.
    """
    same = [int(line[0]) for line in predicted if (line == line[0]).all()]
    if not same or len(np.unique(label)) < 2:
        return None
    names = tuple(dict.fromkeys(classes[answer] for answer in same))
    return DidNotLearn(len(same), len(predicted), ", ".join(names), None, None, ADVICE)


def flag_of(found: DidNotLearn) -> Flag:
    """The warning, in words."""
    some, some_ko = "", ""
    if found.of > 1:
        some = f" with {found.trials} of {found.of} trials"
        some_ko = f" (시행 {found.of}개 중 {found.trials}개)"
    if found.one_class is not None:
        what = f"It answers {found.one_class} for every test photo{some}."
        what_ko = f"모든 테스트 사진에 {found.one_class}라고만 답합니다{some_ko}."
    else:
        trained, optimum = percent(found.train_accuracy or 0.0), percent(found.optimum or 0.0)
        what = (
            f"On its own training photos it is right for {trained}{some}; the best linear head on features of the "
            f"untouched backbone is right for {optimum} of them."
        )
        what_ko = (
            f"학습한 사진에서도 정확도가 {trained}입니다{some_ko}. 백본을 그대로 둔 최적의 선형 헤드는 같은 사진에서 "
            f"{optimum}입니다."
        )
    return Flag(DID_NOT_LEARN, f"{what} {found.advice}", f"{what_ko} {ADVICE_KO}")
