"""Tables as spreadsheets of several countries write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.errors import PredictionsError
from leafgraft.storage.files.table_file import number_of, read_table

KOREAN = "photo_id;label;건강;역병\n사진1.jpg;건강;0,90;0,10\n"
GERMAN = "photo_id;label;gesund;Krautfäule\nBlätter_1.jpg;Krautfäule;0,1;0,9\nÄpfel_2.jpg;gesund;0,7;0,3\n"
WANTED = ("photo_id", "label")


def table(path: Path, data: bytes | str):
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_table(path, WANTED, PredictionsError)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"])
def test_korean(tmp_path: Path, encoding: str) -> None:
    read = table(tmp_path / "a.csv", KOREAN.encode(encoding))
    assert read.header == ("photo_id", "label", "건강", "역병")
    assert read.rows == (("사진1.jpg", "건강", "0,90", "0,10"),)
    assert read.numbers == (2,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_german(tmp_path: Path, encoding: str) -> None:
    read = table(tmp_path / "a.csv", GERMAN.encode(encoding))
    assert read.header[3] == "Krautfäule"
    assert [row[0] for row in read.rows] == ["Blätter_1.jpg", "Äpfel_2.jpg"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = "photo_id,label,a,b\none,a,1,0\n\ntwo,b,0,1\n".replace(",", delimiter)
    read = table(tmp_path / "a.csv", text)
    assert read.delimiter == delimiter
    assert [row[0] for row in read.rows] == ["one", "two"]
    assert read.numbers == (2, 4)


def test_commas_within_quotes(tmp_path: Path) -> None:
    read = table(tmp_path / "a.csv", 'photo_id,label,"Pepper,_bell",b\none,"Pepper,_bell",1,0\n')
    assert read.rows[0][1] == "Pepper,_bell"


def test_a_cell_of_letters_that_cannot_be_seen_is_empty(tmp_path: Path) -> None:
    read = table(tmp_path / "a.csv", "photo_id,label,a,b\none,\u200b,\ufeff \u2060,1\u200b\n")
    assert read.rows == (("one", "", "", "1\u200b"),)


def refused(path: Path, data: bytes | str, *parts: str) -> None:
    with pytest.raises(PredictionsError) as caught:
        table(path, data)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_faults_name_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    refused(path, "photo_id,label,a,b\none,Pepper,_bell,1,0\n", "Line 2 has 5", "double quotes")
    refused(path, "photo_id,label,label,b\none,a,1,0\n", "'label' stands twice")
    open_quote = 'photo_id,label\none,a\n"two,a\nthree,a\n'
    refused(path, open_quote, "What begins in line 3 cannot be read", "double quote")
    refused(path, b"PK\x03\x04\x14\x00\x06\x00\x08\x00\xff\x81 xlsx", "must be text", ".xlsx")


def test_what_is_no_file_is_no_csv_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="There is none") as caught:
        read_table(tmp_path / "nowhere.csv", WANTED, PredictionsError)
    assert "UTF-8" not in str(caught.value)
    with pytest.raises(PredictionsError, match="can be read"):
        read_table(tmp_path, WANTED, PredictionsError)


@pytest.mark.parametrize(
    ("text", "delimiter", "value"),
    [("0.95", ",", 0.95), ("0,95", ";", 0.95), ("95%", ",", 0.95), ("95,5 %", "\t", 0.955), ("1e-3", ",", 1e-3)],
)
def test_numbers(text: str, delimiter: str, value: float) -> None:
    assert number_of(text, delimiter) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "a", "1,2,3", "0,95"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        number_of(text, ",")


@pytest.mark.parametrize("separator", [";", ","])
def test_the_first_line_by_which_excel_says_what_separates_columns_is_no_header(tmp_path: Path, separator: str) -> None:
    text = f"sep={separator}\r\n" + "photo_id,label,a\r\none,x,1\r\ntwo,y,0\r\n".replace(",", separator)
    read = table(tmp_path / "a.csv", text)
    assert read.header == ("photo_id", "label", "a")
    assert read.rows == (("one", "x", "1"), ("two", "y", "0"))
    assert read.numbers == (3, 4)
