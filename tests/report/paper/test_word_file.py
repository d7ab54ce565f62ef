"""Tables as Word files."""

from __future__ import annotations

import io

from docx import Document

from leafgraft.report.paper.tables.table import Column, Table
from leafgraft.report.paper.tables.word_file import to_docx


def test_names_keep_their_letters_and_what_xml_cannot_hold_is_replaced() -> None:
    blanks, joining = "\N{IDEOGRAPHIC SPACE}\N{NO-BREAK SPACE}", "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
    names = [f"잎{letter}병" for letter in f"{blanks}{joining}\N{SOFT HYPHEN}"]
    rows = [[name] for name in (*names, "a\x07b\ufffe")]
    made = Document(io.BytesIO(to_docx(Table("names", "A", (Column("name", "name"),), rows), "en"))).tables[0]
    assert [cell.text for cell in made.columns[0].cells[1:]] == [*names, "a\ufffdb\ufffd"]
