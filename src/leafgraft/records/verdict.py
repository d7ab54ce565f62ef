"""What may be said of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leafgraft.records.display import html_claims, html_note, percent, span


@dataclass(frozen=True, slots=True)
class Verdict:
    """The recommended recipe, chosen on validation alone, and what may be claimed of it.

    Attributes:
        recipe: Name of the recommended recipe.
        trial: Key of its trial with the lowest validation loss.
        tied_with: Other recipes that the test photos cannot tell from it.
        test: ``accuracy`` on the test photos, and its ``interval``.
        inflation: ``random``, ``grouped``, ``difference``, ``interval``; None where it was not measured.
        claims: Sentences that the test supports, in English.
        refused: Sentences that it does not support, with the reason.
        claims_ko: The claims in Korean.
        refused_ko: The refused claims in Korean.
        why: How the recipe was chosen.
        why_ko: The same in Korean.
        chosen_on: Always ``validation``.
        photos_needed: Test photos that would tell it from each tied recipe; None where the two do not differ.
        seen_after_test: Recipes added, or trained otherwise, after the test rows had been seen.
        left_out_after_test: How many recipes were tested and are not in the study any more.
        corrected_after_test: Number of test photos whose label was changed since the test rows had been seen, and how
            many were excluded.
    """

    recipe: str
    trial: str
    tied_with: tuple[str, ...]
    test: Mapping[str, Any]
    inflation: Mapping[str, Any] | None
    claims: tuple[str, ...]
    refused: tuple[str, ...]
    claims_ko: tuple[str, ...]
    refused_ko: tuple[str, ...]
    why: str
    why_ko: str
    chosen_on: str = "validation"
    photos_needed: Mapping[str, int | None] = field(default_factory=dict)
    seen_after_test: tuple[str, ...] = ()
    left_out_after_test: int = 0
    corrected_after_test: tuple[int, int] = (0, 0)

    def __repr__(self) -> str:
        tied = f", tied with {len(self.tied_with)}" if self.tied_with else ""
        return f"Verdict({self.recipe!r} {percent(self.test['accuracy'])} ({span(self.test['interval'])}){tied})"

    def _repr_html_(self) -> str:
        """How the recipe was chosen, and what may be said of it."""
        return html_note(self.why) + html_claims({"claims": self.claims, "refused": self.refused})
