"""Parts of benchmarks/adapt_speed.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapt_speed import OTHER, PAGE, steps, write_labels, write_study
from leafgraft.storage.field_labels import read_labels
from leafgraft.storage.study_file import load_study

SAID = """Compare photos: 13,759 in 1.0 s
Unlabelled photos of the place: those of 'field', which photos were picked from.
Cross-validate networks: 1 in 20.3 s
Compare photos: 183 in 0.5 s
Difference +46.7 points (95% interval +30.6 to +62.8, p = 1.1e-06), at home -1.7 (-3.3 to -0.1).
"""


def test_steps_of_one_name_stand_together_and_what_is_left_has_a_row() -> None:
    found = steps(SAID, 60.0)
    assert found == {
        "Compare photos": 1.5,
        "Cross-validate networks": 20.3,
        OTHER: pytest.approx(38.2),
        PAGE: 60.0,
    }


def test_labels_are_what_the_folders_say(tmp_path: Path) -> None:
    picks, labels = tmp_path / "picks.csv", tmp_path / "labels.csv"
    rows = [f"{tmp_path}/rust/1.jpg,1,typical,a,0.9", f'"{tmp_path}/rust, late/2.jpg",2,random,b,0.8']
    picks.write_text("\n".join(["path,order,reason,suggested,probability", *rows]), encoding="utf-8")
    assert write_labels(picks, labels) == 2
    assert [one.label for one in read_labels(labels)] == ["rust", "rust, late"]


def test_the_study_is_one_that_can_be_read(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, tmp_path))
    assert len(study.recipes) == 3
