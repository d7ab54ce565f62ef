"""MODEL_CARD.md: what a person should know before trusting the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from leafgraft.records.display import percent, span

CARD = "MODEL_CARD.md"


def build_card(index: Mapping[str, Any]) -> str:
    """Render the card from the keys of bundle.json."""
    made = Environment(
        loader=PackageLoader("leafgraft.export", "templates"),
        autoescape=False,  # noqa: S701 - Markdown; names are made safe by `plain`
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters |= {"share": share, "percent": percent, "span": span}
    return made.get_template("MODEL_CARD.md").render(index)


def _finalize(value: object) -> object:
    """Names of folders and classes are people's own: a line break or a table's bar in them breaks the page."""
    return value.replace("\n", " ").replace("\r", " ").replace("|", "\\|") if isinstance(value, str) else value


def share(found: Mapping[str, Any] | None) -> str:
    """A measured share with its interval."""
    return "none" if found is None else f"{percent(found['share'])} ({span(found['interval'])})"
