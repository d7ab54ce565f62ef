from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.classes import lg025_names_alike as lg


def test_finds_what_was_planted(case_of) -> None:
    inputs = case_of().inputs
    first, *others = inputs.manifest.photos
    renamed = replace(first, label=f"{first.label.lower()} ")
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=(renamed, *others))))
    assert finding is not None
    assert (finding.code, finding.severity, finding.photos) == (lg.CODE, "error", (first.path,))
    assert finding.measured == {"spellings": [[first.label, renamed.label]]}
    assert f"'{first.label}'" in finding.mend


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None


@pytest.mark.parametrize(
    "other",
    [
        "He\u0430lthy",  # a Cyrillic letter
        "\u0397ealthy",  # a Greek one
        "Healthy\ufe0f",  # a variation selector
        "Healthy\u3164",  # Hangul's filler
        "Healthy\x07",
        "Healthy.",
        "Healthy (1)",
        "Healthy - Copy",
    ],
)
def test_finds_names_that_look_alike(case_of, other: str) -> None:
    assert _alike(case_of, "Healthy", other)


def test_finds_other_dashes_marks_and_zeros(case_of) -> None:
    assert _alike(case_of, "Early-blight", "Early\u2013blight")
    assert _alike(case_of, "Goss's wilt", "Goss\u2019s wilt")
    assert _alike(case_of, "grade 1", "grade 01")
    assert _alike(case_of, "1", "1.0")
    assert _alike(case_of, "iyi", "\u0130yi")


def test_shows_the_codes_of_what_cannot_be_seen() -> None:
    shown = {one: lg._shown(one) for one in ("Rust", "He\u0430lthy", "\U0001f342\ufe0f", "\u3164건강")}
    assert list(shown.values()) == ["'Rust'", "'He\\u0430lthy'", "'\U0001f342\\ufe0f'", "'\\u3164건강'"]


def test_names_that_can_be_told_apart_are_classes(case_of) -> None:
    assert not _alike(case_of, "1_1", "11")
    assert not _alike(case_of, "grade 1.5", "grade 1.05")
    assert not _alike(case_of, "stage (1)", "stage (2)")
    assert not _alike(case_of, "Healthy", "Healthy (2021)")
    assert not _alike(case_of, "1", "-1")
    assert not _alike(case_of, "\u03b1", "A")
    assert not _alike(case_of, "Caf\u00e9", "Cafe")


def _alike(case_of, name: str, other: str) -> bool:
    inputs = case_of().inputs
    photos = tuple(
        replace(photo, label=other if at % 3 == 0 else name) for at, photo in enumerate(inputs.manifest.photos)
    )
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=photos)))
    return finding is not None and finding.measured["spellings"] == [[name, other]]
