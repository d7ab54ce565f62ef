"""Tables as LaTeX: what was escaped reads back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leafgraft.report.paper.tables.latex import SPECIAL, escape, to_latex
from leafgraft.report.paper.tables.table import Column, Estimate, Table

NASTY = 'Early_blight & 50% $x^2$ {잎} #1 ~\\ "a" <b> |c| [d]'


def unescape(text: str) -> str:
    """What LaTeX sets, of text that was escaped: read from the left, the longest first."""
    back, found = {"{}": "", **{written: letter for letter, written in SPECIAL.items()}}, ""
    while text:
        size = next((n for n in range(20, 0, -1) if text[:n] in back), 0)
        found, text = (found + back[text[:size]], text[size:]) if size else (found + text[0], text[1:])
    return found


@given(st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" ")))
def test_every_name_reads_back(name: str) -> None:
    assert unescape(escape(name)) == name


def test_letters_that_latex_would_join_stay_apart() -> None:
    assert escape("a--b---c-d") == "a-{}-b-{}-{}-c-d"
    assert escape("''x'' ``y`` ?`") == "'{}'x'{}' `{}`y`{}` ?{}`"
    assert escape("–-") == "--{}-"


def test_what_steers_a_line_becomes_a_space() -> None:
    assert escape("a\nb\tc") == "a b c"


def test_words_with_letters_without_width_stay_whole() -> None:
    for joining in "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}":
        assert escape(f"می{joining}خواهم") == f"می{joining}خواهم"
    assert escape("잎\N{IDEOGRAPHIC SPACE}병\udc80\x07") == "잎 병  "


def test_what_must_not_break_does_not() -> None:
    assert escape("1\N{NO-BREAK SPACE}000 a\N{NON-BREAKING HYPHEN}b") == r"1~000 a\mbox{-}b"


def table(columns: int = 1, name: str = NASTY) -> Table:
    shown = [Column(f"k{number}", "accuracy", "percent", interval=True) for number in range(columns)]
    cells = [Estimate(0.97531, 0.951, 0.98)] * columns
    return Table("my_table", "A & B", (Column("name", name, is_name=True), *shown), [[name, *cells]])


def test_a_table_has_three_rules_and_escaped_names() -> None:
    lines = to_latex(table(), "en").splitlines()
    assert [line for line in lines if line.endswith("rule")] == [r"\toprule", r"\midrule", r"\bottomrule"]
    head, row = (line for line in lines if line.endswith(r"\\"))
    assert unescape(row.removesuffix(r" \\").split(" & ")[0]) == NASTY
    assert row.split(" & ")[1] == r"97.5 (95.1 to 98.0) \\"
    assert head.split(" & ")[1] == r"accuracy, \% (95\% interval) \\"
    assert r"\caption{A \& B}" in lines
    assert r"\label{tab:my-table}" in lines
    assert "kotex" in lines[1]


def test_korean_has_its_own_words() -> None:
    text = to_latex(table(), "ko")
    assert r"정확도(\%) (95\% 신뢰구간)" in text
    assert r"97.5 (95.1$\sim$98.0)" in text


def test_long_names_are_wrapped_in_a_table_of_two_columns_width() -> None:
    names = ["squeezenet1_1 frozen linear flip weights=pretrained learning_rate=0.01", "probe"]
    columns = (Column("a", "recipe A"), Column("b", "recipe B"), Column("megabytes", "MB", "number"))
    made = to_latex(Table("pairs", "A", columns, [[*names, 1606.4]]), "en")
    assert r"\begin{table*}" in made
    assert r"\begin{tabular}{p{0.20\linewidth}lr}" in made
    assert r" & probe & 1,606 \\" in made


def test_a_wide_table_spans_two_columns() -> None:
    assert r"\begin{table}" in to_latex(table(3, "a"), "en")
    assert r"\begin{table*}" in to_latex(table(4, "a"), "en")
