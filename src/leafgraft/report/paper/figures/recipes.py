"""Figures with one row per recipe or pair: accuracies over floors, home and elsewhere, differences."""

from __future__ import annotations

from matplotlib.figure import Figure

from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.report.contents import Plain
from leafgraft.report.paper.contents import PaperContents, elsewhere
from leafgraft.report.paper.figures.rows import Kind, Point, Row, count_fitting, draw_rows
from leafgraft.report.paper.figures.style import GREY, MARKS, mark_of
from leafgraft.report.paper.terms import OVERALL, term
from leafgraft.report.svg import lettering

MINUS = "\N{MINUS SIGN}"
SHOWN, NOT_SHOWN = "corrected p < 0.05", "corrected p of 0.05 or more"


def shown_recipes(contents: PaperContents) -> list[Row]:
    """Rows of recipes by tier, as many as a page has room for above the accuracies that need no leaf."""
    rows = [
        Row(one["name"], [Point(one["accuracy"], one["interval"], mark_of(one["tier"] - 1))]) for one in contents.ranked
    ]
    return rows[: count_fitting(rows, ["tier"] * (len(MARKS) + 1), _floors(contents))]


def _floors(contents: PaperContents) -> list[Row]:
    """Rows of the accuracies that need no leaf, the highest first."""
    ordered = sorted(contents.audit.get("floors", {}).items(), key=lambda one: -one[1]["accuracy"])
    return [
        Row(lettering(name.replace("_", " ")), [Point(one["accuracy"], one["interval"], GREY)]) for name, one in ordered
    ]


def draw_accuracy(contents: PaperContents, width_mm: float) -> Figure:
    """Test accuracy of every recipe by tier, over the accuracies that need no leaf."""
    recipes, floors = shown_recipes(contents), _floors(contents)
    tiers = sorted({min(one["tier"], len(MARKS)) for one in contents.ranked[: len(recipes)]})
    kinds = [Kind(term(f"tier {tier}{'+' if tier == len(MARKS) else ''}"), mark_of(tier - 1)) for tier in tiers]
    kinds += [Kind(term("needs no leaf"), GREY)] if floors else []
    figure, axes, ends = draw_rows([*recipes, *floors], kinds, width_mm)
    if floors:
        highest = 100 * floors[0].points[0].value
        axes.axvline(highest, color=GREY.colour, linewidth=0.6, linestyle=(0, (4, 2)), zorder=0)
        axes.axhline(ends[len(recipes) - 1], color="0.8", linewidth=0.5)
    axes.set_xlabel(term("accuracy, %"))
    return figure


def shown_places(contents: PaperContents) -> list[str]:
    """All test photos, places and second folders; of many those where the recommended recipe is right least often."""
    overall, *others = elsewhere(contents.recommended, 0)
    worst = sorted(others, key=lambda one: one[1]["accuracy"])[: len(MARKS) - 1]
    return [overall[0], *(place for place, _ in others if place in {name for name, _ in worst})]


def shown_elsewhere(contents: PaperContents) -> list[Row]:
    """Rows of recipes with a point for each of the places that are shown, as many as a page has room for."""
    places = shown_places(contents)
    marks = {place: mark_of(number) for number, place in enumerate(places)}
    rows = []
    for recipe in contents.ranked:
        shown = [(place, one) for place, one in elsewhere(recipe, 0) if place in marks]
        points = [Point(one["accuracy"], one["interval"], marks[at], filled=not at) for at, one in shown]
        rows.append(Row(recipe["name"], points))
    return rows[: count_fitting(rows, places)]


def draw_elsewhere(contents: PaperContents, width_mm: float) -> Figure:
    """Accuracy of every recipe on all test photos, in each place and on each second folder."""
    kinds = [
        Kind(at or lettering(OVERALL), mark_of(number), filled=not at)
        for number, at in enumerate(shown_places(contents))
    ]
    figure, axes, _ = draw_rows(shown_elsewhere(contents), kinds, width_mm)
    axes.set_xlabel(term("accuracy, %"))
    return figure


def shown_pairs(contents: PaperContents) -> list[Row]:
    """Rows of all pairs; of more than a page has room for, as many as fit of those of the recommended recipe."""
    pairs, kinds = _pairs(contents.evaluation["pairs"]), (SHOWN, NOT_SHOWN)
    if pairs and count_fitting(pairs, kinds) < len(pairs):
        own = [one for one in contents.evaluation["pairs"] if contents.verdict["recipe"] in {one["a"], one["b"]}]
        pairs = _pairs(own)
        pairs = pairs[: count_fitting(pairs, kinds)]
    return pairs


def _pairs(pairs: list[Plain]) -> list[Row]:
    return [
        Row(
            f"{one['a']} {MINUS} {one['b']}",
            [Point(one["difference"], one["interval"], MARKS[0], filled=one["p_adjusted"] < ALPHA)],
        )
        for one in pairs
    ]


def draw_pairs(contents: PaperContents, width_mm: float) -> Figure:
    """Difference of every pair with its interval; filled where it is shown with all pairs in mind."""
    kinds = [Kind(term(SHOWN), MARKS[0]), Kind(term(NOT_SHOWN), MARKS[0], filled=False)]
    figure, axes, _ = draw_rows(shown_pairs(contents), kinds, width_mm)
    axes.axvline(0, color=GREY.colour, linewidth=0.6, zorder=0)
    axes.set_xlabel(term("difference of accuracy, points"))
    return figure
