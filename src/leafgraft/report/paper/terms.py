"""Words on figures and over columns, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leafgraft.errors import UsageError


@dataclass(frozen=True, slots=True)
class Sentence:
    """One statement in both languages."""

    english: str
    korean: str


Language = Literal["en", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ko")
FLOORS_KO = {
    "largest_class": "가장 많은 클래스",
    "border_pixels": "가장자리 화소",
    "colour": "평균 색",
    "background": "배경",
    "metadata": "파일 정보",
}
KOREAN = {
    "accuracy": "정확도",
    "accuracy, %": "정확도(%)",
    "answers": "답의 수",
    "augmentation": "증강",
    "backbone": "백본",
    "balanced accuracy": "균형 정확도",
    "calibration error": "확신도 보정 오차",
    "cause": "원인",
    "class": "클래스",
    "confidence": "확신도",
    "corrected p": "보정한 p 값",
    "corrected p < 0.05": "보정한 p < 0.05",
    "corrected p of 0.05 or more": "보정한 p ≥ 0.05",
    "difference, points": "차이(%p)",
    "difference of accuracy, points": "정확도 차이(%p)",
    "disturbance": "교란",
    "epoch": "에포크",
    "epochs": "에포크",
    "F1": "F1",
    "floor": "잎 없이 얻는 정확도",
    "GFLOPs a photo": "사진당 연산(GFLOPs)",
    "head": "헤드",
    "image side, px": "입력 크기(px)",
    "learning rate": "학습률",
    "leaves": "잎 수",
    "log loss": "로그 손실",
    "loss": "손실",
    "macro-F1": "매크로 F1",
    "mean confidence": "평균 확신도",
    "MB": "MB",
    "needs no leaf": "잎이 필요 없음",
    "none": "없음",
    "optimizer": "옵티마이저",
    "other settings": "그 밖의 설정",
    "p": "p 값",
    "photos": "사진 수",
    "photos needed": "필요한 사진 수",
    "place": "장소",
    "points lost": "잃는 정확도(%p)",
    "precision": "정밀도",
    "predicted class": "예측한 클래스",
    "recall": "재현율",
    "recipe": "레시피",
    "recipe A": "레시피 A",
    "recipe B": "레시피 B",
    "scheduler": "스케줄러",
    "seeds": "시드 수",
    "strategy": "전략",
    "test": "테스트",
    "test photos": "테스트 사진 수",
    "tier": "등급",
    "train": "학습",
    "training photos": "학습 사진 수",
    "true class": "실제 클래스",
    "validation": "검증",
    "weights": "가중치",
    "as sure as right": "확신도 = 정확도",
    "total": "합계",
    "M parameters": "가중치 수(백만)",
}


OVERALL = Sentence("test photos", "테스트 사진")
CAUSES = {
    "not_fitted": Sentence("head not fitted to its optimum", "최적해에 이르지 못한 헤드"),
    "capacity": Sentence("too little capacity", "표현력 부족"),
    "filters": Sentence("filters that do not fit", "맞지 않는 필터"),
    "over_fitting": Sentence("over-fitting", "과적합"),
    "shift": Sentence("batch-norm shift", "배치 정규화 통계의 어긋남"),
}


def term(english: str, language: Language) -> str:
    """A term in a language; names of recipes, classes and folders are no terms."""
    return KOREAN[english] if language == "ko" else english


def language_of(name: str) -> Language:
    """The language of that short name.

    Raises:
        UsageError: There is none.
    """
    for language in LANGUAGES:
        if language == name:
            return language
    raise UsageError(f"The language must be {' or '.join(LANGUAGES)}.", f"It is '{name}'.", "Name one of them.")


def in_language(words: Sentence, language: Language) -> str:
    """Words in one language."""
    return words.korean if language == "ko" else words.english


def floor_name(name: str) -> Sentence:
    """A floor of audit.json in words."""
    return Sentence(name.replace("_", " "), FLOORS_KO.get(name, name))
