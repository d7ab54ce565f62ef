"""Tables as Word files."""

from __future__ import annotations

import io
from zipfile import ZipFile

from docx import Document

from leafgraft.report.paper.tables.table import Column, Table
from leafgraft.report.paper.tables.word_file import to_docx


def test_names_keep_their_letters_and_what_xml_cannot_hold_is_replaced() -> None:
    blanks, joining = "\N{IDEOGRAPHIC SPACE}\N{NO-BREAK SPACE}", "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
    names = [f"잎{letter}병" for letter in f"{blanks}{joining}\N{SOFT HYPHEN}"]
    rows = [[name] for name in (*names, "a\x07b\ufffe")]
    made = Document(io.BytesIO(to_docx(Table("names", "A", (Column("name", "name"),), rows), "en"))).tables[0]
    assert [cell.text for cell in made.columns[0].cells[1:]] == [*names, "a\ufffdb\ufffd"]


def test_a_file_says_what_it_shows_and_nothing_of_when_or_by_which_library_it_was_written() -> None:
    made = to_docx(Table("names", "All names. " * 40, (Column("name", "name"),), [["a"]]), "en")
    with ZipFile(io.BytesIO(made)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    about = Document(io.BytesIO(made)).core_properties
    assert about.title.startswith("All names. All names.")
    assert (about.author, about.last_modified_by, about.comments) == ("leafgraft", "leafgraft", "")
    assert about.created == about.modified
    assert about.created.year == 1980
