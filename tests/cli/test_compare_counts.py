"""`compare --counts`: a table of two models that is typed in."""

from __future__ import annotations

import json

import pytest

TABLE = ("compare", "--counts", 149, 29, 15, 58)


def test_a_typed_table_is_compared(cli) -> None:
    done = cli(*TABLE)
    assert done.exit_code == 0, done.stderr
    for part in ("251 photos", "A 70.9% and B 65.3%", "+5.58", "+0.41 to +10.75", "0.036", "May be claimed: A"):
        assert part in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_json(cli) -> None:
    found = json.loads(cli(*TABLE, "--json").stdout)
    assert set(found) == {"photos", "accuracy", "difference", "interval", "p", "photos_needed", "sentence"}
    assert found["photos"] == 251


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("--counts", -1, 29, 15, 58), "Found -1, 29, 15 and 58"),
        ((*TABLE[1:], "other.csv"), "'other.csv'"),
        ((*TABLE[1:], 7), "'7'"),
        ((*TABLE[1:], "--html", "page.html"), "--html page.html"),
        ((*TABLE[1:], "--seeds", "none"), "--seeds none"),
        ((), "or --counts"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, wanted, cli, words) -> None:
    assert wanted in words(cli("compare", *arguments), 2)


@pytest.mark.parametrize(
    ("arguments", "wanted"), [((149, 29, 15), "requires 4 arguments"), ((149, 29, 15, "5.8"), "is not a valid int")]
)
def test_counts_that_are_no_four_whole_numbers_are_refused(arguments, wanted, cli) -> None:
    refused = cli("compare", "--counts", *arguments)
    assert refused.exit_code == 2
    assert "--counts" in refused.stderr
    assert wanted in refused.stderr
