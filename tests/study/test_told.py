"""Files beside the photos, however their names are composed."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from leafgraft.errors import UsageError
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.study import Study
from leafgraft.study.told import Told, told_of


def test_files_are_found_however_hangul_is_composed(tmp_path: Path) -> None:
    apart, whole = (unicodedata.normalize(form, "사진/잎.csv") for form in ("NFD", "NFC"))
    (tmp_path / apart).parent.mkdir()
    (tmp_path / apart).touch()
    written = tmp_path / whole
    study = Study("s", "", (Recipe(Choice("resnet18")),), groups=str(written), corrections=str(written))
    for told in (told_of(study), Told.of(groups=written, corrections=written)):
        told.check()
        assert told.group_file == told.corrections == str(tmp_path / apart)
    assert Told.of(group_name=None) == Told.of()
    assert (Told.of().group_file, Told.of().corrections) == ("", "")


@pytest.mark.parametrize("name", ["", r"^\d+", "("])
def test_an_expression_that_tells_no_group_is_refused_though_it_is_empty(name: str) -> None:
    with pytest.raises(UsageError, match="must be a regular expression"):
        Told.of(group_name=name)
