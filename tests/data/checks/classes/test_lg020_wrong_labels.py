from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.audit_inputs import Suspects
from leafgraft.data.checks.classes import lg020_wrong_labels as lg


def test_lists_suspects_least_probable_first(case_of) -> None:
    inputs = case_of().inputs
    first, second = (photo.path for photo in inputs.manifest.photos[:2])
    suspects = Suspects(((first, "Healthy", 0.2, 0.7), (second, "Healthy", 0.01, 0.98)), "resnet18 at 224 px")
    finding = lg.check(replace(inputs, suspects=suspects))
    assert finding is not None
    assert finding.photos == (second, first)
    assert finding.measured["suspects"][0]["likelier_probability"] == 0.98


def test_a_label_that_a_person_kept_is_counted_and_not_listed_again(case_of) -> None:
    inputs = case_of().inputs
    first, second = (photo.path for photo in inputs.manifest.photos[:2])
    suspects = Suspects(((first, "Healthy", 0.2, 0.7), (second, "Healthy", 0.01, 0.98)), "resnet18 at 224 px")
    finding = lg.check(replace(inputs, suspects=suspects, settled=frozenset({second})))
    assert finding is not None
    assert finding.photos == (first,)
    assert finding.measured["settled"] == 1
    assert "1 other is settled" in finding.title
    assert lg.check(replace(inputs, suspects=suspects, settled=frozenset({first, second}))) is None


@pytest.mark.parametrize("suspects", [None, Suspects((), "resnet18 at 224 px")])
def test_is_silent_without(case_of, suspects) -> None:
    assert lg.check(replace(case_of().inputs, suspects=suspects)) is None
