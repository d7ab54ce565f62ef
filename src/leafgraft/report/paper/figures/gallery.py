"""The figures of a study, each with its caption."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from leafgraft.errors import UsageError
from leafgraft.languages.speaking import ENGLISH, said, speaking
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.answers import draw_confusion, draw_learning_curve, draw_reliability
from leafgraft.report.paper.figures.captions import (
    of_accuracy,
    of_confusion,
    of_curves,
    of_elsewhere,
    of_pairs,
    of_reliability,
    of_training,
)
from leafgraft.report.paper.figures.fonts import choose_fonts
from leafgraft.report.paper.figures.recipes import draw_accuracy, draw_elsewhere, draw_pairs, shown_pairs
from leafgraft.report.paper.figures.style import FORMATS, TWO_COLUMNS_MM, Format, render, styled
from leafgraft.report.paper.figures.training import draw_training
from leafgraft.report.paper.terms import checked, terms_abroad
from leafgraft.storage.files.atomic import write_bytes

Draw = Callable[[PaperContents, float], Figure]
NARROWEST_MM, WIDEST_MM = 30.0, 1000.0  # a stamp, a poster


@dataclass(frozen=True, slots=True)
class PaperFigure:
    """One figure.

    Attributes:
        name: Name of its files, without a suffix.
        caption: What it shows, in English.
        draw: Draws it at a width in millimetres, with words in the language that is spoken.
        fonts: Fonts that have all of its letters.
    """

    name: str
    caption: str
    draw: Callable[[float], Figure]
    fonts: tuple[str, ...]

    def at(self, width_mm: float = TWO_COLUMNS_MM, language: str = ENGLISH) -> Figure:
        """As matplotlib's figure, to be changed.

        Args:
            width_mm: Width in millimetres, from 30 to 1000; two columns of a page by default.
            language: Language of its words, ``en`` or ``ko``.

        Raises:
            UsageError: The width is none that a page has, or the language is not known.
        """
        _check_width(width_mm)
        with styled(self.fonts), speaking(language):
            return self.draw(width_mm)

    def files(
        self, formats: Sequence[Format] = FORMATS, width_mm: float = TWO_COLUMNS_MM, language: str = ENGLISH
    ) -> Mapping[Format, bytes]:
        """As files: their bytes by format.

        Args:
            formats: Some of ``svg``, ``pdf`` and ``png``; all of them by default.
            width_mm: Width in millimetres, from 30 to 1000; two columns of a page by default.
            language: Language of its words, ``en`` or ``ko``.

        Raises:
            UsageError: The width is none that a page has, or the language is not known.
        """
        _check_width(width_mm)
        with speaking(language):
            return render(partial(self.draw, width_mm), self.fonts, formats)

    def save(self, path: Path | str, width_mm: float = TWO_COLUMNS_MM, language: str = ENGLISH) -> None:
        """Write it to a file, as its suffix says: ``.svg``, ``.pdf`` or ``.png``.

        Args:
            path: File to write; one that is there is replaced.
            width_mm: Width in millimetres, from 30 to 1000; two columns of a page by default.
            language: Language of its words, ``en`` or ``ko``.

        Raises:
            UsageError: It has another suffix, the width is none that a page has, or the language is not known.
            StudyFolderError: The file cannot be written.
        """
        suffix = Path(path).suffix
        for kind in FORMATS:
            if suffix == f".{kind}":
                write_bytes(Path(path), self.files((kind,), width_mm, checked(language))[kind])
                return
        raise UsageError(
            f"A figure must be {', '.join(FORMATS)}.", f"'{path}' ends in '{suffix}'.", "Name one of them."
        )

    def __repr__(self) -> str:
        return f"PaperFigure({self.name!r}: {self.caption})"

    def _repr_html_(self) -> str:
        """The figure and its caption."""
        shown = base64.b64encode(self.files(("png",))["png"]).decode()
        image = f'<img alt="{self.name}" src="data:image/png;base64,{shown}" style="width: {TWO_COLUMNS_MM}mm">'
        return f"{image}<p>{escape(said(self.caption))}</p>"


def _check_width(width_mm: float) -> None:
    if not NARROWEST_MM <= width_mm <= WIDEST_MM:  # nor is what is no number
        raise UsageError(
            f"The width of a figure must be {NARROWEST_MM:g} to {WIDEST_MM:g} mm.",
            f"It is {width_mm:g}.",
            f"Try 85, one column of a page, or {TWO_COLUMNS_MM:g}, two.",
        )


def paper_figures(contents: PaperContents) -> tuple[list[PaperFigure], str]:
    """All figures that the study has something to show on, and letters that no font of the system has."""
    fonts, lacking = choose_fonts([*names_of(contents), *terms_abroad()])
    listed: list[tuple[str, Draw, str, bool]] = [
        ("accuracy", draw_accuracy, of_accuracy(contents), True),
        ("confusion", draw_confusion, of_confusion(contents), True),
        ("reliability", draw_reliability, of_reliability(contents), True),
        ("training", draw_training, of_training(contents), bool(contents.epochs)),
        ("learning_curve", draw_learning_curve, of_curves(contents), bool(contents.curves)),
        ("elsewhere", draw_elsewhere, of_elsewhere(contents), contents.has_elsewhere),
        ("pairs", draw_pairs, of_pairs(contents), bool(shown_pairs(contents))),
    ]
    there = [(name, draw, caption) for name, draw, caption, has in listed if has]
    return [PaperFigure(name, caption, partial(draw, contents), tuple(fonts)) for name, draw, caption in there], lacking


def names_of(contents: PaperContents) -> list[str]:
    """Names that may stand on a figure."""
    recipes = contents.evaluation["recipes"]
    names = [one["name"] for one in recipes] + [one["recipe"] for one in contents.curves]
    places = [place for one in recipes for place in (*one.get("places", {}), *one.get("also_test", {}))]
    return [*names, *places, *contents.evaluation["classes"]]
