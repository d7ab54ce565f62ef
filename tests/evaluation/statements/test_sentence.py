"""Figures in sentences."""

from __future__ import annotations

import pytest

from leafgraft.evaluation.statements.sentence import in_korean


@pytest.mark.parametrize(
    ("count", "words"),
    [(160e6, "1억 6천만"), (4.1e9, "41억"), (5.3e7, "5천만"), (1.2e9, "12억")],
)
def test_counts_are_said_as_koreans_say_them(count: float, words: str) -> None:
    assert in_korean(count) == words
