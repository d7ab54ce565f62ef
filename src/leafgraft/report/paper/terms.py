"""Words on figures, over columns and in cells: English, turned where they are shown."""

from __future__ import annotations

from leafgraft.errors import UsageError
from leafgraft.languages.catalogue import catalogue
from leafgraft.languages.speaking import ENGLISH, LANGUAGES, word

CONTEXT = "paper"
OVERALL = "test photos"


class Words(str):
    """A cell in words of ours; any other text in a table is what people named."""

    __slots__ = ()


def term(english: str) -> str:
    """A term in the language that is spoken now; names of recipes, classes and folders are no terms."""
    return word(english, CONTEXT)


def terms_abroad() -> list[str]:
    """All terms in all languages but English."""
    return [one for code in LANGUAGES if code != ENGLISH for one in catalogue(code).words(CONTEXT)]


def checked(name: str) -> str:
    """A language by its code.

    Raises:
        UsageError: It is none of ours.
    """
    if name not in LANGUAGES:
        raise UsageError(f"The language must be {' or '.join(LANGUAGES)}.", f"It is '{name}'.", "Name one of them.")
    return name
