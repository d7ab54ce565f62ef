"""What the buttons beside figures and tables hand over, in Chromium."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from made_up import contents
from made_up_pages import PAGES
from PIL import Image

from leafgraft.languages.editions import Edition, editions
from leafgraft.languages.speaking import speaking
from leafgraft.report.page import build_page, environment
from leafgraft.report.paper.figures.style import DPI, MM_PER_INCH, ONE_COLUMN_MM, TALLEST_MM, TWO_COLUMNS_MM
from leafgraft.report.paper.tables.latex import HANGUL, SETUP, escape
from leafgraft.report.svg import WIDTH

PER_MM = DPI / MM_PER_INCH
ODD = r"A--B & 5% $x$ #1 _a_ {b} ~ ^ \ [c] | <d>"
PAGE = """{% with title = "t" %}{% include "head.html" %}{% endwith %}<body><main>
<figure><div class="static" aria-label="tall">
<svg viewBox="0 0 360 5000"><rect width="9" height="9" class="c0"/></svg></div></figure>
<figure><div class="static" aria-label="wide">
<svg viewBox="0 0 900 100"><text x="9" y="50">{{ name }}</text></svg></div></figure>
<div class="scroll" aria-label="Table"><table><caption><span>역병, 5% &amp; more</span></caption>
<thead><tr><th rowspan="2">이름</th><th colspan="2">shares</th><th rowspan="2">note</th></tr>
<tr><th>a</th><th>b</th></tr></thead>
<tbody><tr><td rowspan="2">{{ odd }}</td><td data-value="-0.125">-12.5%<br><span class="soft">-20.0% to
-5.0%</span></td><td>1&nbsp;000</td><td class="words">x-1&#8209;2</td></tr>
<tr><td data-value="">–</td><td></td><td class="words">{{ name }}</td></tr></tbody></table></div>
</main><script>{% include "downloads.js" %}</script>"""


@pytest.fixture
def odd(browser: Any, tmp_path: Path) -> Any:
    """A page whose table has merged and blank cells, Hangul, and what LaTeX and XML have rules for."""
    path = tmp_path / "odd.html"
    with speaking("en"):
        made = environment().from_string(PAGE).render(odd=ODD, name="밭\x01")
    path.write_text(made, encoding="utf-8")
    tab = browser.new_page(color_scheme="dark")
    tab.goto(path.as_uri())
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The page of a study, in English and in Korean."""
    both = editions(tmp_path_factory.mktemp("page") / "index.html")
    for edition in both:
        edition.path.write_text(build_page(contents(tied=False), edition), encoding="utf-8")
    return [edition.path for edition in both]


def _file(tab: Any, button: str) -> Path:
    """The file that a button hands over."""
    with tab.expect_download() as expected:
        tab.get_by_role("button", name=button, exact=True).click()
    path = Path(expected.value.path())
    return path.rename(path.with_name(expected.value.suggested_filename))


def _pixels(size_mm: tuple[float, float]) -> tuple[int, int]:
    return round(size_mm[0] * PER_MM), round(size_mm[1] * PER_MM)


@pytest.mark.parametrize("build", PAGES)
def test_every_figure_and_table_of_every_page_has_all_kinds(
    build: Callable[[Edition], str], browser: Any, tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(build(Edition(path)), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(path.as_uri())
    counts = {"figure": ("SVG", "PNG", "PDF"), "table": ("CSV", "LaTeX", "DOCX")}
    found = {one: tab.locator(f".downloads :text-is('{one}')").count() for kinds in counts.values() for one in kinds}
    assert found == {one: tab.locator(element).count() for element, kinds in counts.items() for one in kinds}
    tab.emulate_media(media="print")
    assert not any(bar.is_visible() for bar in tab.locator(".downloads").all())
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_is_a_picture_of_one_column_at_300_dpi(scheme: str, browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page(color_scheme=scheme)
    tab.goto(f"{pages[0].as_uri()}?lang=en")
    high = tab.evaluate("document.querySelector('#accuracy ~ figure .static svg').viewBox.baseVal.height")
    path = _file(tab, "PNG: Test accuracy with 95% intervals")
    with Image.open(path) as picture:
        assert path.name == "Test-accuracy-with-95-intervals.png"
        assert picture.size == _pixels((ONE_COLUMN_MM, high * ONE_COLUMN_MM / WIDTH))
        assert picture.info["dpi"] == pytest.approx((DPI, DPI), abs=0.01)
        colours = {colour: count for count, colour in picture.convert("RGB").getcolors(10**6)}
    assert max(colours, key=colours.__getitem__) == (255, 255, 255)  # paper, in the dark too
    assert colours[0, 114, 178] > 10_000  # the bar of the first recipe
    assert (29, 36, 32) in colours  # the ink of print
    tab.close()


def test_a_pdf_is_one_page_of_the_same_pixels(browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page()
    tab.goto(pages[1].as_uri())
    with Image.open(_file(tab, "PNG: 테스트 정확도와 95% 구간")) as picture:
        size, pixels = picture.size, picture.convert("RGB").tobytes()
    pdf = _file(tab, "PDF: 테스트 정확도와 95% 구간").read_bytes()
    tab.close()
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    assert pdf.startswith(b"%PDF-1.4\n")
    assert pdf[start:].startswith(b"xref\n0 6\n0000000000 65535 f \n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n \n", pdf[start:]), start=1):
        assert pdf[int(place) :].startswith(b"%d 0 obj\n" % number)
    page = [float(one) for one in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups()]
    assert page == pytest.approx([72 * one / DPI for one in size], abs=0.01)
    facts, length, after = re.search(rb"(/Width \d+ /Height \d+) .*/Length (\d+) >>\nstream\n(?s:(.*))", pdf).groups()
    assert facts == b"/Width %d /Height %d" % size
    assert zlib.decompress(after[: int(length)]) == pixels
    assert after[int(length) :].startswith(b"\nendstream\nendobj\nxref\n")


def test_no_picture_is_larger_than_a_page(odd: Any) -> None:
    with Image.open(_file(odd, "PNG: tall")) as tall, Image.open(_file(odd, "PNG: wide")) as wide:
        assert tall.size == _pixels((TALLEST_MM * 360 / 5000, TALLEST_MM))
        assert wide.size == _pixels((TWO_COLUMNS_MM, TWO_COLUMNS_MM / 9))
    assert "밭\ufffd" in _file(odd, "SVG: wide").read_text(encoding="utf-8")  # what XML cannot hold


def test_latex_is_the_table_as_it_is_shown(odd: Any) -> None:
    path = _file(odd, "LaTeX: Table")
    assert path.name == "Table.tex"
    assert path.read_text(encoding="utf-8").splitlines() == [
        *(SETUP, HANGUL, "% Table. 역병, 5% & more", r"\begin{tabular}{lrrl}", r"\toprule"),
        *(r"이름 & shares &  & note \\", r" & a & b &  \\", r"\midrule"),
        rf"{escape(ODD)} & $-$12.5\% ($-$20.0\% to $-$5.0\%) & 1~000 & x-1\mbox{{-}}2 \\",
        r" & -- &  & 밭  \\",
        *(r"\bottomrule", r"\end{tabular}"),
    ]


def test_csv_keeps_columns_where_cells_are_merged(odd: Any) -> None:
    text = _file(odd, "CSV: Table").read_text(encoding="utf-8-sig")
    assert [row[:3] for row in csv.reader(io.StringIO(text))] == [
        ["이름", "shares", "shares, as shown"],
        ["", "a", "a, as shown"],
        [ODD, "-0.125", "-12.5% (-20.0% to -5.0%)"],
        ["", "", "–"],
    ]


def test_csv_of_recipes_has_minutes_and_flags_in_brackets(browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page()
    tab.goto(f"{pages[0].as_uri()}?lang=en")
    text = _file(tab, "CSV: Table of all recipes").read_text(encoding="utf-8-sig")
    tab.close()
    first, second = csv.DictReader(io.StringIO(text))
    assert float(first["Training min"]) == pytest.approx(12 / 60)
    assert second["Recipe"] == "two (may not look at the leaf) (added or changed after the test was seen)"


def test_word_opens_the_table(odd: Any) -> None:
    path = _file(odd, "DOCX: Table")
    document = Document(str(path))
    (table,) = document.tables
    cells = [[cell.paragraphs[0] for cell in row.cells] for row in table.rows]
    assert path.name == "Table.docx"
    assert document.paragraphs[0].text == "Table. 역병, 5% & more"
    assert document.sections[0].orientation == WD_ORIENT.PORTRAIT
    assert [[one.text for one in row] for row in cells] == [
        ["이름", "shares", "", "note"],
        ["", "a", "b", ""],
        [ODD, "−12.5% (−20.0% to −5.0%)", "1\N{NO-BREAK SPACE}000", "x-1\N{NON-BREAKING HYPHEN}2"],
        ["", "–", "", "밭\ufffd"],
    ]
    assert [[bool(one.runs[0].bold) for one in row] for row in cells] == [[True] * 4] * 2 + [[False] * 4] * 2
    right = [[one.alignment == WD_ALIGN_PARAGRAPH.RIGHT for one in row] for row in cells]
    assert right == [[False, True, True, False]] * 4


def test_tables_of_a_study_have_its_figures(browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page()
    tab.goto(pages[1].as_uri())
    latex = _file(tab, "LaTeX: 모든 레시피의 표").read_text(encoding="utf-8")
    document = Document(str(_file(tab, "DOCX: 모든 레시피의 표")))
    tab.close()
    assert r"one & 1 & 97.0\% (95.0\%--98.5\%) & 49.0\% (46.0\%--52.0\%) (확신도 86\%) & 0.970 &" in latex
    assert [cell.text for cell in document.tables[0].rows[1].cells][:3] == ["one", "1", "97.0% (95.0%–98.5%)"]
    assert document.sections[0].orientation == WD_ORIENT.LANDSCAPE  # twelve columns


def test_a_browser_that_cannot_make_a_file_says_so(browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page()
    tab.add_init_script("delete window.CompressionStream")
    tab.goto(pages[1].as_uri())
    for _ in range(2):
        tab.get_by_role("button", name="PDF: 테스트 정확도와 95% 구간", exact=True).click()
        words = tab.get_by_role("alert").inner_text()  # one, however often
        assert words.startswith("PDF: 이 브라우저가 파일을 만들지 못했습니다.")
    assert _file(tab, "PNG: 테스트 정확도와 95% 구간").exists()
    tab.close()


def test_letters_at_the_edge_of_a_drawing_are_whole(browser: Any, pages: list[Path]) -> None:
    tab = browser.new_page()
    tab.goto(pages[1].as_uri())
    with Image.open(_file(tab, "PNG: one: 에포크별 손실")) as picture:
        top = picture.convert("L").crop((0, 0, picture.width, 1))
    assert top.getextrema() == (255, 255)
    tab.close()
