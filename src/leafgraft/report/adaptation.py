"""The page of an adaptation: a place before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leafgraft.languages.editions import Edition
from leafgraft.languages.speaking import speaking
from leafgraft.report.page import INDEX, render
from leafgraft.report.svg import Line, line_chart


def build_adaptation_page(
    figures: Mapping[str, Any],
    headline: str,
    missed: Sequence[Mapping[str, Any]],
    missed_in_all: int,
    edition: Edition = INDEX,
) -> str:
    """Render the page.

    Args:
        figures: As in adaptation.json.
        headline: What happened, in one sentence.
        missed: Photos of the place that the new head has wrong.
        missed_in_all: Their number, shown or not.
        edition: The language, and where the page lies.
    """
    curve = figures["curve"]
    sizes = tuple(float(one["labels"]) for one in curve)

    def line(name: str, key: str, interval: str, colour: int) -> Line:
        spans = [(100 * one[interval][0], 100 * one[interval][1]) for one in curve]
        return Line(name, sizes, tuple(100 * one[key] for one in curve), colour, colour > 0, spans)

    lines = [
        line("accuracy", "accuracy", "interval", 0),
        line("balanced accuracy", "balanced", "balanced_interval", 1),
    ]
    values = {"figures": figures, "headline": headline, "missed": missed, "missed_in_all": missed_in_all}
    with speaking(edition.language):
        chart = line_chart(lines, [], "Right answers over labels of the place", ("labels of the place", "% right"))
        return render("adaptation.html", edition, {**values, "chart": chart if len(curve) > 1 else None})
