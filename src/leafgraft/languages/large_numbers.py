"""Billions in Korean, which counts by ten thousands: 1억 6천만, not 0.16십억."""

from __future__ import annotations

import re

_BILLIONS = re.compile(r"(\d+(?:\.\d+)?)×10억")


def with_large_numbers(text: str) -> str:
    """The text with each ``0.16×10억`` as it is said, to the nearest ten million.

    Example:
        >>> with_large_numbers("연산 0.16×10억 회")
        '연산 1억 6천만 회'
    """
    return _BILLIONS.sub(lambda found: _said(float(found[1])), text)


def _said(billions: float) -> str:
    hundred_millions, ten_millions = divmod(round(100 * billions), 10)
    parts = [f"{hundred_millions:,}억"] if hundred_millions else []
    parts += [f"{ten_millions}천만"] if ten_millions else []
    return " ".join(parts) or "1천만 미만"
