"""Finished English sentences are found by their pattern."""

from __future__ import annotations

import pytest

from leafgraft.languages.catalogue import Catalogue
from leafgraft.languages.speaking import said, speaking

ENTRIES = {
    "Stopped.": "멈췄습니다.",
    "{count} photos": "사진 {count}장",
    "Leave out {what}, or add {more}.": "{more}을(를) 더하거나 {what}을(를) 빼세요.",
    "Class {name} has {photos}.": "클래스 {name}: {photos}.",
    "{name} has {photos}.": "{name}에 {photos}.",
    "[bold]Failed:[/] {key}": "[bold]실패:[/] {key}",
    "{a}: {b}": "아무것도 아님",
    "(photos: {counts})": "(사진: {counts})",
    "{count#} of {name},": "{name} {count}장,",
    "{low#} to {high#}": "{low}~{high}",
    "{low#} to {high#} of {place}": "{place}의 {low}~{high}",
    "photos": "사진들",
    "{first} and {second}": "{first} 및 {second}",
    "{names} and {count#} more": "{names!} 외 {count}개",
    "{net}: weights ({hash})": "{net!}: 가중치({hash})",
    "{net}: weights ({hash}); {rest}": "{net!}: 가중치({hash}), {rest}",
    "{true} is taken for {found}.": "{true!} → {found}.",
    "'{name}' is no {what}.": "'{name}'은(는) {what}이(가) 아닙니다.",
}


def test_a_search_in_a_plan_comes_before_its_time() -> None:
    with speaking("ko"):
        assert said("- search of 20 settings for a: 12 s, 0 B") == "- 설정 20개 탐색: a: 12초, 0바이트"


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Stopped.", "멈췄습니다."),
        ("12 photos", "사진 12장"),
        ("  - 12 photos\n\n", "  - 사진 12장\n\n"),
        ("Leave out 3 photos, or add 역병.", "역병을 더하거나 사진 3장을 빼세요."),
        ("Class 역병 has 3 photos.", "클래스 역병: 사진 3장."),
        ("Stopped. Class a has 3 photos. What is this?", "멈췄습니다. 클래스 a: 사진 3장. What is this?"),
        ("[bold]Failed:[/] resnet18-full", "[bold]실패:[/] resnet18-full"),
        ("Nothing known.", "Nothing known."),
        ("key: value", "key: value"),
        ("a(b*[c photos", "사진 a(b*[c장"),
        ("95.9 to 98.7", "95.9~98.7"),
        ("-1.2% to +1,234.5e-06 of 12 photos", "사진 12장의 -1.2%~+1,234.5e-06"),
        ("Go to sleep", "Go to sleep"),
        ("(photos: 3 of 역병, 1,200 of 잎)", "(사진: 역병 3장, 잎 1,200장)"),
        ("(photos: 3 of 역병)", "(사진: 역병 3장)"),
        ("(photos: 3 of 역병, none)", "(사진: 3 of 역병, none)"),
        ("", ""),
        ("b: weights (1); a: weights (2); c: weights (3)", "b: 가중치(1), a: 가중치(2), c: 가중치(3)"),
        ("photos is taken for photos.", "photos → 사진들."),
        ("rust and scab is taken for 2 photos.", "rust and scab → 사진 2장."),
        ("photos, 12 photos and 1,200 more is taken for photos.", "photos, 12 photos 외 1,200개 → 사진들."),
        ("'photos' is no photos.", "'photos'는 사진들이 아닙니다."),
        ("photos and Stopped.", "사진들 및 멈췄습니다."),
    ],
)
def test_a_sentence_is_said_by_the_pattern_with_most_words(english: str, korean: str) -> None:
    assert Catalogue(ENTRIES, particles=True).say(english) == korean


def test_a_pattern_is_compiled_when_a_text_may_be_of_it() -> None:
    known = Catalogue(ENTRIES)
    assert known.say("12 photos") == "사진 12장"
    assert [one.translation for one in known._patterns if "shape" in vars(one)] == ["사진 {count}장"]
