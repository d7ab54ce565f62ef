"""Tables as Word files (DOCX): three rules, figures to the right."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from leafgraft.languages.speaking import said, speaking
from leafgraft.report.paper.letters import printable
from leafgraft.report.paper.tables.table import Table

if TYPE_CHECKING:
    from docx.document import Document as WordFile
    from docx.table import _Cell

FONT, HANGUL_FONT = "Calibri", "Malgun Gothic"
MOST_UPRIGHT = 6  # columns; more stand on a page that lies on its side
OURS = "leafgraft"
LONGEST_TITLE = 255  # letters that Word takes
NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
RULE, THIN_RULE = "8", "4"  # eighths of a point


def to_docx(table: Table, language: str) -> bytes:
    """One file with the caption and the table."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(9)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HANGUL_FONT)
    if len(table.columns) > MOST_UPRIGHT:
        section = document.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    with speaking(language, plainly=True):
        caption = printable(said(table.caption))
    document.add_paragraph(caption)
    _describe(document, caption)
    lines = table.printed(language)
    made = document.add_table(len(lines), len(table.columns))
    for number, (row, line) in enumerate(zip(made.rows, lines, strict=True)):
        rules = {"top": RULE} if number == 0 else {}
        rules |= {"bottom": THIN_RULE} if number == 0 else {"bottom": RULE} if number == len(lines) - 1 else {}
        for cell, text, column in zip(row.cells, line, table.columns, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(printable(text)).bold = number == 0
            if column.kind != "text":
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _rule(cell, rules)
    buffer = io.BytesIO()
    document.save(buffer)
    return _undated(buffer)


def _describe(document: WordFile, title: str) -> None:
    """Say what the file is, not who made python-docx."""
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = title[:LONGEST_TITLE], OURS, OURS, ""
    about.created = about.modified = datetime(*NO_DATE[:3], tzinfo=UTC)


def _undated(made: io.BytesIO) -> bytes:
    """The same Word file without the time at which it was written: the same table gives the same bytes."""
    buffer = io.BytesIO()
    with ZipFile(made) as parts, ZipFile(buffer, "w", ZIP_DEFLATED) as file:
        for part in parts.infolist():
            file.writestr(ZipInfo(part.filename, NO_DATE), parts.read(part), ZIP_DEFLATED)
    return buffer.getvalue()


def _rule(cell: _Cell, rules: dict[str, str]) -> None:
    """Draw lines at some edges of a cell, by the width of each."""
    borders = OxmlElement("w:tcBorders")
    for edge, width in rules.items():
        line = OxmlElement(f"w:{edge}")
        line.set(qn("w:val"), "single")
        line.set(qn("w:sz"), width)
        borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001 - python-docx has no borders of its own
