from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.classes import lg045_several_labels as lg


def found(case_of, *labels: str):
    inputs = case_of().inputs
    photos = tuple(replace(photo, label=labels[at % len(labels)]) for at, photo in enumerate(inputs.manifest.photos))
    return lg.check(replace(inputs, manifest=replace(inputs.manifest, photos=photos)))


@pytest.mark.parametrize("several", ["scab rust", "scab|rust", "Rust, Scab", "scab and rust", "scab;mould"])
def test_finds_what_was_planted(case_of, several: str) -> None:
    finding = found(case_of, "scab", "rust", several)
    assert (finding.code, finding.severity) == (lg.CODE, "warning")
    assert finding.measured == {"classes": [several], "same": []}
    assert len(finding.photos) == 20


def test_the_same_labels_in_another_order_are_an_error(case_of) -> None:
    finding = found(case_of, "healthy", "scab;rust", "rust;scab")
    assert finding.severity == "error"
    assert set(finding.measured["same"]) == {"scab;rust", "rust;scab"}


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
    assert found(case_of, "Pepper", "Pepper,_bell", "Apple scab", "Apple") is None
    assert found(case_of, "Early blight", "Late blight", "Leaf_spot") is None
    assert found(case_of, "Leaf spot", "Leaf  spot", "Rust") is None


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("row 1 plant 2", "row 2 plant 1"),
        ("N 1 P 2", "N 2 P 1"),
        ("10, 20", "20, 10"),
        ("1/2", "2/1"),
        ("Fuji/M9", "M9/Fuji"),
        ("early to late", "late to early"),
    ],
)
def test_the_same_numbers_or_words_in_another_order_may_be_another_class(case_of, name: str, other: str) -> None:
    assert found(case_of, "healthy", name, other) is None


def test_the_same_classes_in_another_order_are_an_error_without_signs_of_a_list(case_of) -> None:
    assert found(case_of, "scab", "rust", "scab rust", "rust scab").severity == "error"
