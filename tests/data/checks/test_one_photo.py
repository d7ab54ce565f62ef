"""What is found in one photo is told of one photo."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from leafgraft.data.checks.files import lg015_exif_rotation
from leafgraft.data.checks.shortcuts import lg022_metadata

OF_ONE = {
    "truncated": "files.lg001_unreadable",
    "exif_rotated": "files.lg015_exif_rotation",
    "tiny": "pictures.lg008_small",
    "dark": "pictures.lg009_dark",
    "bright": "pictures.lg010_bright",
    "blurred": "pictures.lg011_blurred",
    "odd_shape": "pictures.lg012_odd_shape",
}
OF_SEVERAL = re.compile(r"(\w+ )?(they|them|these)\b", re.IGNORECASE)


@pytest.mark.parametrize("fault", OF_ONE)
def test_why_and_what_to_do_fit_one_photo(case_of, fault: str) -> None:
    found = import_module(f"leafgraft.data.checks.{OF_ONE[fault]}").check(case_of(**{fault: 1}).inputs)
    assert re.match("1 (photo|file) ", found.title)
    assert not OF_SEVERAL.match(found.why)
    assert not OF_SEVERAL.match(found.mend)


def test_one_photo_is_turned_by_its_own_exif(case_of) -> None:
    titles = [lg015_exif_rotation.check(case_of(exif_rotated=count).inputs).title for count in (1, 4)]
    assert titles == ["1 photo is turned by its EXIF data", "4 photos are turned by their EXIF data"]


def test_one_property_tells_the_class(case_of) -> None:
    inputs = case_of().inputs
    cameras = dict(zip(inputs.manifest.classes, "abc", strict=True))
    rng = np.random.default_rng(0)
    facts = [
        replace(one, camera=cameras[photo.label], file_bytes=int(rng.integers(9999)))
        for photo, one in zip(inputs.manifest.photos, inputs.facts, strict=True)
    ]
    found = lg022_metadata.check(replace(inputs, facts=tuple(facts)))
    assert found is not None
    assert found.title == "camera of the file tells the class"
