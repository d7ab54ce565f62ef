"""What a study folder remembers of the field."""

from __future__ import annotations

from pathlib import Path

from leafgraft.records.pick import RANDOM
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.steps.field import known


def test_a_photo_that_was_drawn_to_test_with_stays_so_and_one_that_is_drawn_later_becomes_so(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    known.note_picked(folder, {"a": "typical", "b": RANDOM, "c": "typical"})
    kept = known.note_picked(folder, {"a": RANDOM, "b": "uncertain", "d": "typical"})
    assert kept == {"a": RANDOM, "b": RANDOM, "c": "typical", "d": "typical"}
    assert known.testing_ids(folder) == {"a", "b"}
