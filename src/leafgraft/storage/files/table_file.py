"""Tables that people write: CSV from any spreadsheet, whatever separates its columns and encodes its letters."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leafgraft.errors import LeafgraftError
from leafgraft.records.display import counted

DELIMITERS = ",;\t|"
SNIFFED = 10  # whole lines: in one that is cut, columns are missing
SEPARATOR = re.compile(r"sep=([^\r\n\"])\r?\n", re.IGNORECASE)
# As tables, spreadsheets and data bases write a cell without a value.
MISSING = frozenset({"nan", "<na>", "na", "n/a", "#n/a", "#nv", "null", "nat", r"\n"})
# As people write that there is none, or that nobody knows it.
NO_GROUP = frozenset({"none", "unknown", "unk", "n.a.", "n.a", "n/a.", "없음", "모름", "미상", "알 수 없음"})
DASHES = re.compile(r"[-–—?_.]+")
WHOLE = re.compile(r"(\d+)(?:\.0+|,00?)")  # three zeros behind a comma would be thousands
FAILED = re.compile(r"#[A-Z/0]+[!?]|##+", re.IGNORECASE)  # what spreadsheets leave of a failed formula or narrow column
ROUNDED = re.compile(r"\d[.,]\d+E\+\d{2,}", re.IGNORECASE)  # and of a long number; R writes a whole one as 1e+05
LOST_MEND = "Make the column text in the spreadsheet, fill it in again, and save the CSV anew."
ARCHIVE = b"PK\x03\x04"
# What spreadsheets write beside UTF-8: Korean, western and central European, Japanese, Chinese.
ENCODINGS = ("cp949", "cp1252", "cp1250", "cp932", "gb18030", "big5")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text.

    Attributes:
        header: Names of its columns.
        rows: Its lines, each with as many values as the header.
        numbers: Line of each row in the file, counted from 1.
        encoding: By which its letters were read.
        delimiter: What separates its columns.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    encoding: str
    delimiter: str

    @property
    def guessed(self) -> str:
        """The encoding, where neither the first bytes of the file nor its letters told it; else empty."""
        return self.encoding if self.encoding in ENCODINGS else ""

    def named_rows(self, columns: Mapping[str, int]) -> Iterator[tuple[int, dict[str, str]]]:
        """Line and values of each row, by the names that `columns_of` found."""
        for number, values in zip(self.numbers, self.rows, strict=True):
            yield number, {name: values[at] for name, at in columns.items()}


def given(cell: str) -> str:
    """What a cell says; nothing where it holds what tables write for a missing value."""
    return "" if cell.casefold() in MISSING else cell


def cell_of(text: str) -> str:
    """What a cell holds, without blanks around it; nothing where all that it holds cannot be seen."""
    cell = text.strip()
    unseen = not cell.isprintable() and all(one.isspace() or unicodedata.category(one) == "Cf" for one in cell)
    return "" if unseen else cell


def lost_by_spreadsheet(cell: str) -> str:
    """Why a cell no longer holds the name that was put into it; empty if it may."""
    if FAILED.fullmatch(cell):
        return "a spreadsheet could not show what it held"
    return "a number that a spreadsheet rounded, and others with it" if ROUNDED.fullmatch(cell) else ""


def whole_of(cell: str) -> str:
    """A whole number without the zeros behind its point or comma, as pandas and Excel write them; else as it is."""
    found = WHOLE.fullmatch(cell)
    return found[1] if found else cell


def group_of(cell: str) -> str:
    """A group as a table says it; nothing where there is none."""
    return "" if cell.casefold() in NO_GROUP or DASHES.fullmatch(cell) else given(cell)


def groups_of(cells: Sequence[str]) -> list[str]:
    """The group of each row; where 12 and 12.0 both stand in a column, they are one."""
    written = [group_of(cell) for cell in cells]
    known = set(written)
    return [whole if (whole := whole_of(one)) in known else one for one in written]


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Text of a CSV file."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue()


def read_own_table(
    path: Path, needed: Sequence[str], written: Sequence[str], refuse: type[LeafgraftError]
) -> Table | None:
    """Read a table that is to be written again; None if it is not there yet.

    Args:
        path: The file.
        needed: Columns that it must have.
        written: Columns that are written: others would be lost.
        refuse: The error to raise.

    Raises:
        LeafgraftError: Of the type `refuse`: it cannot be read, or has other columns.
    """
    if not path.exists():
        return None
    table = read_table(path, needed, refuse)
    if others := [name for name in table.header if name.casefold() not in written]:
        raise refuse(
            f"'{path}' must have no columns but {','.join(written)} to be written to.",
            f"It has '{others[0]}', which would be lost.",
            "Name another file with --out.",
        )
    return table


def columns_of(
    path: Path, table: Table, needed: Sequence[str], further: Sequence[str], refuse: type[LeafgraftError]
) -> dict[str, int]:
    """Where the columns stand, by name, whatever the case that it is written in.

    Args:
        path: The file.
        table: What it holds.
        needed: Columns that it must have.
        further: Columns that it may have.
        refuse: The error to raise.

    Raises:
        LeafgraftError: Of the type `refuse`: one is missing, or there are two of a name.
    """
    names = [name.casefold() for name in table.header]
    if missing := [name for name in needed if name not in names]:
        raise refuse(
            f"'{path}' must have the columns {','.join(needed)} and may have {','.join(further)}.",
            f"It lacks {', '.join(missing)}; its columns are {', '.join(table.header) or 'none'}.",
            "Name the columns in the first line.",
        )
    if twice := [name for name in (*needed, *further) if names.count(name) > 1]:
        raise refuse(
            f"'{path}' must have each column once.",
            f"{names.count(twice[0])} columns are called {twice[0]}: {', '.join(table.header)}.",
            "Rename or delete one of them.",
        )
    return {name: names.index(name) for name in (*needed, *further) if name in names}


def read_table(path: Path, wanted: Sequence[str], refuse: type[LeafgraftError]) -> Table:
    """Read a table whose first line names its columns.

    Args:
        path: The file.
        wanted: Columns that it must have: they tell what separates columns.
        refuse: The error to raise.

    Raises:
        LeafgraftError: Of the type `refuse`: there is no such file, it is no table, a line has another number of
            values than the header, or a column is named twice.
    """
    text, encoding = decode_text(path, refuse)
    told = SEPARATOR.match(text)  # Excel's own first line, which says what separates columns
    delimiter = told[1] if told else _delimiter(text, wanted)
    lines: list[tuple[int, list[str]]] = []
    began = 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for line in reader:
            if any(value.strip() for value in line):
                lines.append((reader.line_num, line))
            began = reader.line_num + 1
    except csv.Error as error:
        raise refuse(
            f"'{path}' must be a CSV file.",
            f"What begins in line {began} cannot be read: {error}.",
            "Close every double quote in that line, or save it as CSV again.",
        ) from error
    lines = lines[1:] if told else lines
    header = tuple(name.strip() for name in lines[0][1]) if lines else ()
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise refuse(
            f"Each column of '{path}' must be named once.",
            f"'{twice[0]}' stands twice in its first line.",
            "Rename one of them, or leave it out.",
        )
    for number, line in lines[1:]:
        if len(line) != len(header):
            quotes = f"Put values that hold a '{delimiter}' into double quotes."
            raise refuse(
                f"Each line of '{path}' must have {counted(len(header), 'value')}, as its first line has.",
                f"Line {number} has {len(line)}: {delimiter.join(line)[:120]}",
                quotes if len(line) > len(header) else f"Write every '{delimiter}', also before what is left empty.",
            )
    rows = tuple(tuple(map(cell_of, line)) for _, line in lines[1:])
    return Table(header, rows, tuple(number for number, _ in lines[1:]), encoding, delimiter)


def decode_text(path: Path, refuse: type[LeafgraftError]) -> tuple[str, str]:
    """Text of a file, and its encoding: told by its first bytes, UTF-8, or the likeliest of what spreadsheets write.

    Args:
        path: The file.
        refuse: The error to raise.

    Raises:
        LeafgraftError: Of the type `refuse`: it cannot be read, or is no text.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise refuse(f"'{path}' must be a file.", "There is none.", "Check the path.") from None
    except OSError as error:
        raise refuse(
            f"'{path}' must be a file that can be read.",
            f"The system said: {error.strerror or error}.",
            "Mend the path or its permissions.",
        ) from error
    if data.startswith(ARCHIVE):
        raise refuse(
            f"'{path}' must be text.",
            "It is an archive, as workbooks (.xlsx) are.",
            "Save the sheet as 'CSV UTF-8', or unpack it, if it is no workbook.",
        )
    for encoding in (_told_by_bytes(data), "utf-8-sig", "euc_kr"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "euc_kr" or all(letter.isascii() or "가" <= letter <= "힣" for letter in text):
            return text, encoding.removesuffix("-sig")
    from charset_normalizer import from_bytes  # noqa: PLC0415 - few files need it

    found = from_bytes(data, cp_isolation=list(ENCODINGS)).best()
    if found is None:
        raise refuse(
            f"'{path}' must be text.",
            f"Its letters are neither UTF-8 nor {', '.join(ENCODINGS)}.",
            "Save it as text in UTF-8, a sheet as 'CSV UTF-8'.",
        )
    return str(found), found.encoding


def _told_by_bytes(data: bytes) -> str:
    """UTF-32 or UTF-16 by its mark, UTF-16 by the zero bytes of its plain letters, too, else UTF-8."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:64:2].count(0), data[1:64:2].count(0)
    if even or odd:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8-sig"


def _delimiter(text: str, wanted: Sequence[str]) -> str:
    """What separates columns: that by which the first line has the columns wanted, else what csv's sniffer finds."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in DELIMITERS:
        names = {name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])}
        if names.issuperset(wanted):
            return delimiter
    try:
        return csv.Sniffer().sniff("\n".join(text.splitlines()[:SNIFFED]), DELIMITERS).delimiter
    except csv.Error:
        return ","


def number_of(text: str, delimiter: str) -> float:
    """A number as spreadsheets write it: with a decimal point or comma, perhaps in per cent.

    Args:
        text: The cell.
        delimiter: Delimiter of the table; a comma can be decimal where it separates no columns.

    Raises:
        ValueError: It is no number.
    """
    plain = text.strip()
    share = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    if delimiter != "," and plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return float(plain) / (100 if share else 1)
