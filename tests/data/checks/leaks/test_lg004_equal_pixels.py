from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.leaks import lg004_equal_pixels as lg
from leafgraft.data.groups.leaf_groups import Groups


def test_finds_what_was_planted(case_of) -> None:
    case = case_of(pixel_duplicates=4)
    finding = lg.check(case.inputs)
    assert finding is not None
    assert finding.code == lg.CODE
    assert finding.severity == "warning"
    assert set(finding.photos) == case.planted("pixel_duplicates")


@pytest.mark.parametrize(
    ("groups", "told"),
    [(("one", "one"), "LG007"), (("one", "other"), "LG032"), (("one", "other"), "groups/corrections")],
)
def test_a_set_that_the_split_parts_is_not_called_kept(case_of, groups: tuple[str, str], told: str) -> None:
    inputs = case_of(pixel_duplicates=4).inputs
    kept = lg.check(inputs)
    assert kept is not None
    assert kept.mend.startswith("Nothing must be done")
    first, second = kept.measured["sets"][0]
    group_of = {first: groups[0], second: groups[1]}
    photos = tuple(replace(one, group=group_of.get(one.path, one.group)) for one in inputs.manifest.photos)
    id_of = {one.path: one.photo_id for one in photos}
    fold = replace(inputs.splits.folds[0], train=(id_of[first],), validation=(), test=(id_of[second],))
    splits = replace(inputs.splits, folds=(fold,), origin="given")
    manifest, apart = replace(inputs.manifest, photos=photos), ((first, second),) if told == "LG032" else ()
    searched = replace(Groups(manifest, (), ()), apart=apart)
    finding = lg.check(replace(inputs, manifest=manifest, splits=splits, groups=searched))
    assert finding is not None
    assert finding.mend == f"The split parts some of them: see {told}. Delete the copies."


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of().inputs) is None
