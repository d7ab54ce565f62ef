"""MODEL_CARD.md: what a person should know before trusting the bundle, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leafgraft.languages.editions import Edition, editions
from leafgraft.languages.speaking import said, speaking, word
from leafgraft.languages.templates import translate
from leafgraft.records.display import percent, span
from leafgraft.records.markdown import escaped, inside_ticks

CARD = Path("MODEL_CARD.md")


def build_cards(index: Mapping[str, Any]) -> dict[str, bytes]:
    """Render the card in every language, by its file name.

    Args:
        index: The keys of bundle.json; `adaptation` and `place` only of a network that was adapted to a place.
    """
    return {edition.path.name: _card(dict(index), edition).encode() for edition in editions(CARD)}


def _card(index: dict[str, Any], edition: Edition) -> str:
    made = Environment(
        loader=PackageLoader("leafgraft.export", "templates"),
        autoescape=False,  # noqa: S701 - Markdown; names are made safe by `plain`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_plain,
    )
    translate(made, lambda value: str(_plain(value)), Markup)
    made.filters.update(number="{:,}".format, percent=percent, measured=measured, cells=cells, ticked=ticked)
    with speaking(edition.language):
        return made.get_template(CARD.name).render({"adaptation": None, "place": ""} | index | {"edition": edition})


def _plain(value: object) -> object:
    """Names of folders and classes are people's own: a line break, a table's bar or a mark in them breaks the page.

    Texts of the template itself are `Markup`, and stand as they are.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return escaped(_in_one_line(value)).replace("|", "\\|")


def _in_one_line(name: str) -> str:
    return name.replace("\n", " ").replace("\r", " ")


def ticked(name: str, *, in_table: bool = False) -> Markup:
    """A name that stands between backticks, where nothing is escaped but the bar of a table."""
    shown = inside_ticks(_in_one_line(name))
    return Markup(shown.replace("|", "\\|") if in_table else shown)  # noqa: S704 - Markdown


def measured(found: Mapping[str, Any] | None) -> Markup:
    """A measured share with its interval."""
    words = "none" if found is None else f"{percent(found['share'])} ({said(span(found['interval']))})"
    return Markup(word(words, "figure") if found is None else words)  # noqa: S704 - figures alone


def cells(found: Mapping[str, Any]) -> Markup:
    """Two cells of a table: a measured value, and its interval."""
    value = percent(found["share"] if "share" in found else found["value"])
    return Markup(f"{value} | {said(span(found['interval']))}")  # noqa: S704 - figures alone
