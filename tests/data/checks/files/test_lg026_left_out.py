from __future__ import annotations

from dataclasses import replace

import pytest

from leafgraft.data.checks.files import lg001_unreadable
from leafgraft.data.checks.files import lg026_left_out as lg
from leafgraft.data.decode.formats import CLOUD_MEND, LFS_MEND
from leafgraft.records.photo import Unreadable


def test_finds_what_was_planted_and_does_not_call_it_broken(case_of) -> None:
    inputs = case_of().inputs
    left_out = (
        Unreadable("A/1.heic", "a HEIC photo", "install leafgraft[heic]"),
        Unreadable("A/2.jpg", "the file is empty"),
        Unreadable("A/3.heic", "a HEIC photo", "install leafgraft[heic]"),
        Unreadable("B", "a link to a folder is not followed", "put the photos there"),
    )
    spoilt = replace(inputs, manifest=replace(inputs.manifest, unreadable=left_out))
    finding = lg.check(spoilt)
    assert finding is not None
    assert finding.severity == "warning"
    assert (finding.code, finding.photos) == (lg.CODE, ("A/1.heic", "A/3.heic", "B"))
    assert "a HEIC photo (2)" in finding.title
    assert finding.mend == "Install leafgraft[heic]; put the photos there."
    broken = lg001_unreadable.check(spoilt)
    assert broken is not None
    assert broken.photos == ("A/2.jpg",)


@pytest.mark.parametrize("mend", ["mend the path", "download the photo and name its file", CLOUD_MEND, LFS_MEND])
def test_a_photo_that_is_named_and_not_there_is_an_error(case_of, mend) -> None:
    inputs = case_of().inputs
    left_out = (Unreadable("A/1.heic", "a HEIC photo", "install leafgraft[heic]"), Unreadable("A/2.jpg", "gone", mend))
    finding = lg.check(replace(inputs, manifest=replace(inputs.manifest, unreadable=left_out)))
    assert finding is not None
    assert finding.severity == "error"


def test_is_silent_without(case_of) -> None:
    assert lg.check(case_of(truncated=2).inputs) is None
