from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.audit_inputs import Suspects
from leafgraft.data.checks.classes import lg020_wrong_labels as lg


def test_lists_suspects_least_probable_first(case_of) -> None:
    inputs = case_of().inputs
    first, second = (photo.path for photo in inputs.manifest.photos[:2])
    finding = lg.check(
        replace(inputs, suspects=Suspects(((first, "Healthy", 0.2), (second, "Healthy", 0.01)), "resnet18 at 224 px"))
    )
    assert finding is not None
    assert finding.photos == (second, first)


@pytest.mark.parametrize("suspects", [None, Suspects((), "resnet18 at 224 px")])
def test_is_silent_without(case_of, suspects) -> None:
    assert lg.check(replace(case_of().inputs, suspects=suspects)) is None
