"""A page in every language: the English one bears its name, the others stand beside it with their code in theirs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leafgraft.languages.speaking import ENGLISH, LANGUAGES, spoken


@dataclass(frozen=True, slots=True)
class Edition:
    """A page in one language.

    Attributes:
        page: Path of the English edition.
        language: Code of this edition's language.

    Example:
        >>> Edition(Path("report/index.html"), "ko").path.name
        'index.ko.html'
    """

    page: Path
    language: str = ENGLISH

    @property
    def path(self) -> Path:
        """Where this edition lies."""
        if self.language == ENGLISH:
            return self.page
        return self.page.with_name(f"{self.page.stem}.{self.language}{self.page.suffix}")

    @property
    def language_name(self) -> str:
        """What the language calls itself."""
        return LANGUAGES[self.language]

    @property
    def place(self) -> str:
        """Folder and file of the English edition: where the other editions lie beside it."""
        return f"{self.page.absolute().parent.name}/{self.page.name}"

    @property
    def others(self) -> tuple[Edition, ...]:
        """The same page in the other languages."""
        return tuple(one for one in editions(self.page) if one.language != self.language)


def editions(page: Path) -> tuple[Edition, ...]:
    """A page in every language, English first."""
    return tuple(Edition(page, language) for language in LANGUAGES)


def spoken_edition(page: Path) -> Path:
    """Where the edition in the language that is spoken now lies."""
    return Edition(page, spoken()).path
