"""The results of a study: only what its verdict allows to be claimed."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.evaluation.statements.sentence import in_percent
from leafgraft.languages.plain_style import in_plain_style
from leafgraft.languages.speaking import said, speaking
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.gallery import PaperFigure, names_of
from leafgraft.report.paper.tables.table import Table
from leafgraft.report.paper.terms import term
from leafgraft.report.paper.text.markdown import as_markdown

HEADINGS = {
    "results": "Results",
    "why": "Why this recipe",
    "refused": "What may not be claimed",
    "captions": "Captions",
}


def results_text(
    contents: PaperContents, figures: Sequence[PaperFigure], tables: Sequence[Table], language: str
) -> str:
    """Claims, what is refused, and captions, as Markdown; in Korean in the style of papers, as the methods are."""
    with speaking(language, plainly=True):
        parts = {
            "results": as_markdown(" ".join([*_judged(contents, "claims", language), *map(said, _leak(contents))])),
            "why": as_markdown(" ".join(_judged(contents, "why", language))),
            "refused": "\n".join(f"- {as_markdown(one)}" for one in _judged(contents, "refused", language)),
            "captions": "\n\n".join([*_captions("Figure", figures), *_captions("Table", tables)]),
        }
        return "\n".join(
            f"{'#' if key == 'results' else '##'} {term(HEADINGS[key])}\n\n{part}\n"
            for key, part in parts.items()
            if part
        )


def _judged(contents: PaperContents, part: str, language: str) -> list[str]:
    """Sentences of the verdict, which holds both languages with the names in them."""
    found = contents.verdict[f"{part}_ko" if language == "ko" else part]
    listed = [found] if isinstance(found, str) else found
    return [in_plain_style(one, names_of(contents)) for one in listed] if language == "ko" else list(listed)


def _leak(contents: PaperContents) -> list[str]:
    """What a plain random split would add, as the verdict has it; nothing where no leaf has two photos."""
    leak = contents.verdict.get("inflation")
    if not leak or not leak["shared_leaves"]:
        return []
    random, grouped = in_percent(leak["random"]), in_percent(leak["grouped"])
    network = leak["recipe"].partition(",")[0]
    low, high = (f"{100 * end:.1f}" for end in leak["interval"])
    return [
        (
            f"With the best linear head on {network}, a random split that parts photos of one leaf gives {random}, one "
            f"that keeps leaves together {grouped} (95% interval of the difference {low} to {high} points)."
        )
    ]


def _captions(word: str, made: Sequence[PaperFigure | Table]) -> list[str]:
    return [
        f"**{term(word)} {number}** {as_markdown(f'({one.name}). {said(one.caption)}')}"
        for number, one in enumerate(made, start=1)
    ]
