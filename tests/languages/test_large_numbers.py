"""Billions are said as Koreans say them."""

from __future__ import annotations

import pytest

from leafgraft.languages.large_numbers import with_large_numbers


@pytest.mark.parametrize(
    ("billions", "words"),
    [("0.16", "1억 6천만"), ("4.10", "41억"), ("0.05", "5천만"), ("1.2", "12억"), ("0.00", "1천만 미만")],
)
def test_counts_are_said_as_koreans_say_them(billions: str, words: str) -> None:
    assert with_large_numbers(f"사진당 연산 {billions}×10억 회") == f"사진당 연산 {words} 회"
