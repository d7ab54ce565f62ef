from __future__ import annotations

from dataclasses import replace

import pytest
from statsmodels.stats.proportion import proportion_confint

from leafgraft.data.checks.classes import lg019_wide_interval as lg
from leafgraft.records.split import Fold


def test_says_how_wide_the_interval_will_be(case_of) -> None:
    case = case_of()
    finding = lg.check(case.inputs)
    assert finding is not None
    groups = finding.measured["test_groups"]
    low, high = proportion_confint(0.95 * groups, groups, method="wilson")
    assert finding.measured["half_width_points"] == pytest.approx(50 * (high - low), abs=0.01)


def test_the_photos_asked_for_are_enough(case_of) -> None:
    finding = lg.check(case_of().inputs)
    assert finding is not None
    needed = finding.measured["groups_needed"]
    low, high = proportion_confint(0.95 * needed, needed, method="wilson")
    assert (high - low) / 2 < lg.WIDE


def test_is_silent_with_many_test_photos(case_of) -> None:
    inputs = case_of().inputs
    photos = tuple(replace(inputs.manifest.photos[0], photo_id=str(i), group=str(i)) for i in range(2000))
    fold = Fold((), (), tuple(photo.photo_id for photo in photos))
    manifest = replace(inputs.manifest, photos=photos)
    assert lg.check(replace(inputs, manifest=manifest, splits=replace(inputs.splits, folds=(fold,)))) is None
