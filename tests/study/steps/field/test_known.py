"""What a study folder remembers of the field."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leafgraft.records.pick import RANDOM
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.steps.field import known


def test_a_photo_that_was_drawn_to_test_with_stays_so_and_one_that_is_drawn_later_becomes_so(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    known.note_picked(folder, {"a": "typical", "b": RANDOM, "c": "typical"})
    kept = known.note_picked(folder, {"a": RANDOM, "b": "uncertain", "d": "typical"})
    assert kept == {"a": RANDOM, "b": RANDOM, "c": "typical", "d": "typical"}
    assert known.testing_ids(folder) == {"a", "b"}


def test_the_head_for_a_folder_is_that_of_the_place_of_its_labelled_photos(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    for place in ("north", "south", "north"):
        known.note_adapted(folder, known.Adapted(place, f"of-{place}", np.eye(2), np.zeros(2), 1.5))
    heads = known.read_adapted(folder)
    assert [one.place for one in heads] == ["north", "south"]
    assert heads[0].weight.tolist() == np.eye(2).tolist()
    labelled = [known.Labelled(one, "Late", place) for one, place in (("a", "south"), ("b", "south"), ("c", "north"))]
    chosen = {ids: getattr(known.head_for(heads, labelled, ids), "trial", None) for ids in ("c", "abc", "x", "")}
    assert chosen == {"c": "of-north", "abc": "of-south", "x": None, "": None}


def test_a_place_has_one_head_however_its_name_is_written(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    for place, trial in (("North", "older"), ("밭 1", "another"), ("north", "newer")):
        known.note_adapted(folder, known.Adapted(place, trial, np.eye(2), np.zeros(2), 1.5))
    heads = known.read_adapted(folder)
    assert [one.trial for one in heads] == ["newer", "another"]
    head = known.head_for(heads, [known.Labelled("a", "Late", "North ")], "a")
    assert head is not None
    assert head.trial == "newer"


def test_the_head_that_an_earlier_version_kept_is_for_photos_of_whatever_place(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    before = {"trial": "of-before", "weight": [[1.0]], "bias": [0.0], "temperature": 1.0}
    folder.write_json(known.ADAPTED, before)
    labelled = [known.Labelled("a", "Late", "south")]
    head = known.head_for(known.read_adapted(folder), labelled, "a")
    assert head is not None
    assert head.trial == "of-before"
    assert known.head_for(known.read_adapted(folder), labelled, "b") is None
