"""The kit: every file that a paper takes from a study, and what the study has nothing for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leafgraft.errors import UsageError
from leafgraft.languages.speaking import ENGLISH, LANGUAGES, said, speaking
from leafgraft.records.display import counted, did_you_mean, first_of
from leafgraft.records.extras import of_an_extra
from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.figures.gallery import PaperFigure, names_of, paper_figures
from leafgraft.report.paper.figures.style import FORMATS, ONE_COLUMN_MM, TWO_COLUMNS_MM
from leafgraft.report.paper.tables.latex import to_latex
from leafgraft.report.paper.tables.outcomes import paper_tables
from leafgraft.report.paper.tables.table import Table
from leafgraft.report.paper.terms import term, terms_abroad
from leafgraft.report.paper.text import analysis, methods
from leafgraft.report.paper.text.markdown import as_markdown
from leafgraft.report.paper.text.references import bibliography, cited_in
from leafgraft.report.paper.text.results import results_text

One = TypeVar("One", PaperFigure, Table)
MOST_LETTERS = 20
WIDTHS_MM = (ONE_COLUMN_MM, TWO_COLUMNS_MM)
SECTIONS = {
    "Photos": (methods.photos, methods.leaves, methods.split),
    "Networks and training": (methods.networks, methods.training),
    "Statistics": (
        *(analysis.intervals, analysis.comparisons, analysis.choice),
        *(analysis.measurements, analysis.declining),
    ),
    "Programs and machine": (analysis.machine,),
}


@dataclass(frozen=True, slots=True)
class PaperKit:
    """What a paper takes from a study.

    Attributes:
        contents: What it is made of.
        figures: That the study has something to show on.
        tables: That the study has rows for.
        lacking: Letters, in any language, that no font of the system has: figures show boxes in their place.
    """

    contents: PaperContents
    figures: list[PaperFigure]
    tables: list[Table]
    lacking: str

    def figure(self, name: str) -> PaperFigure:
        """The figure of that name.

        Raises:
            UsageError: There is none.
        """
        return _named(name, self.figures, "figure")

    def table(self, name: str) -> Table:
        """The table of that name.

        Raises:
            UsageError: There is none.
        """
        return _named(name, self.tables, "table")

    @property
    def names(self) -> list[str]:
        """Names of all files."""
        stems = [f"figures/{figure.name}-{width_mm}mm" for figure in self.figures for width_mm in WIDTHS_MM]
        return [
            *(f"{stem}.{ending}" for stem in stems for ending in FORMATS),
            *(f"tables/{table.name}.{ending}" for table in self.tables for ending in ("csv", "tex", "docx")),
            *(f"{text}.{language}.md" for language in LANGUAGES for text in ("methods", "results")),
            "references.bib",
        ]

    def missing(self, language: str) -> tuple[str, ...]:
        """What the study and the system have nothing for, and what to do, in sentences."""
        words = terms_abroad() if language != ENGLISH else ()
        lacking = [letter for letter in self.lacking if letter in "".join([*names_of(self.contents), *words])]
        letters = first_of(lacking, MOST_LETTERS, between="")
        found, made = self.contents, {one.name for one in self.figures}
        goes_on = f"'{found.again}' goes on." if found.again else "Run the study again: it goes on."
        no_font = "figures show boxes there. Install one (Debian: fonts-noto-cjk), and run the command again."
        sentences = {
            f"{counted(found.unfinished, 'trial')} not finished and left out. {goes_on}": found.unfinished > 0,
            f"No learning curve and no causes: the run ended before them. {goes_on}": not found.explained,
            "No learning curve: no recipe of the study is frozen.": found.explained and not found.curves,
            f"Methods without declining: there is no bundle of the verdict. {goes_on}": not found.bundle,
            "Nothing from elsewhere: photos have no places, and no second folder is named (also_test).": (
                "elsewhere" not in made
            ),
            "No pairs: the study has one recipe.": "pairs" not in made,
            f"No font of this system has {letters}: {no_font}": bool(letters),
        }
        return tuple(sentence for sentence, holds in sentences.items() if holds)

    def files(self, language: str) -> Iterator[tuple[str, bytes]]:
        """Names and bytes of all files, one by one; words on figures and over columns are in `language`.

        Raises:
            UsageError: What writes Word files is not installed.
        """
        with of_an_extra():
            from leafgraft.report.paper.tables.word_file import to_docx  # noqa: PLC0415 - figures do without it

        return self._made(language, to_docx)

    def _made(self, language: str, to_docx: Callable[[Table, str], bytes]) -> Iterator[tuple[str, bytes]]:
        for figure in self.figures:
            for width_mm in WIDTHS_MM:
                for ending, content in figure.files(FORMATS, width_mm, language).items():
                    yield f"figures/{figure.name}-{width_mm}mm.{ending}", content
        for table in self.tables:
            yield f"tables/{table.name}.csv", table.to_csv().encode("utf-8-sig")
            yield f"tables/{table.name}.tex", to_latex(table, language).encode()
            yield f"tables/{table.name}.docx", to_docx(table, language)
        texts = {one: methods_text(self.contents, one) for one in LANGUAGES}
        for one, text in texts.items():
            yield f"methods.{one}.md", text.encode()
            yield f"results.{one}.md", results_text(self.contents, self.figures, self.tables, one).encode()
        version = self.contents.run.get("leafgraft", self.contents.version)
        yield "references.bib", bibliography(cited_in(*texts.values()), version).encode()


def _named(name: str, made: Sequence[One], what: str) -> One:
    for one in made:
        if one.name == name:
            return one
    names = [one.name for one in made]
    raise UsageError(
        f"'{name}' must be a {what} of the study.",
        did_you_mean(name, names, "There is none of that name."),
        f"There are {', '.join(names)}.",
    )


def make_kit(contents: PaperContents) -> PaperKit:
    """All that can be made of a study."""
    figures, lacking = paper_figures(contents)
    return PaperKit(contents, figures, paper_tables(contents), lacking)


def methods_text(contents: PaperContents, language: str) -> str:
    """Methods as Markdown; references as pandoc reads them."""
    with speaking(language, plainly=True):
        parts = [f"# {term('Methods')}"]
        for heading, paragraphs in SECTIONS.items():
            texts = (as_markdown(" ".join(map(said, of(contents)))) for of in paragraphs)
            parts += [f"## {term(heading)}", *filter(None, texts)]
        return "\n\n".join(parts) + "\n"
