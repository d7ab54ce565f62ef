"""What a phone asks and what to tap, as text with pictures: on the phone, and on this computer's screen."""

from __future__ import annotations

import re

from leafgraft.web.phone import STATIC

TAPS = STATIC / "taps"  # a sheet of pictures for each language


def read_steps(language: str) -> str:
    """The steps in a language, as HTML; their links lead on where a phone reads them."""
    return (STATIC / "start" / f"steps.{language}.html").read_text(encoding="utf-8")


def without_links(html: str) -> str:
    """The same for a screen from which they lead nowhere."""
    return re.sub(r"<a [^>]*>(.*?)</a>", r"<b>\1</b>", html)
