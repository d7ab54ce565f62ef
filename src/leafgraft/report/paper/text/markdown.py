"""Sentences as Markdown: what people named shows as it is, whatever marks it holds."""

from __future__ import annotations

import re

from leafgraft.records.markdown import escaped
from leafgraft.report.paper.text.references import CITED, known_keys

CITATION = re.compile(r"(\[@[a-z]+\d*(?:; @[a-z]+\d*)*\])")


def as_markdown(text: str) -> str:
    """Text that shows as it is; only references that leafgraft knows stay references."""
    pieces = CITATION.split(text)  # every second one is written like references, as a name may be
    return "".join(
        piece if place % 2 and known_keys().issuperset(CITED.findall(piece)) else escaped(piece)
        for place, piece in enumerate(pieces)
    )
