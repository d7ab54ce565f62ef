"""What `leafgraft adapt` refuses before it looks at a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from leafgraft.errors import UsageError
from leafgraft.records.digest import photo_id_of
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.field.adapt import adapt
from leafgraft.study.steps.field.known import Labelled, note_labelled


def test_labels_of_two_places_are_not_mixed(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    folder.write_json("verdict.json", {})
    for name, green in (("a", 60), ("b", 160)):
        Image.new("RGB", (24, 24), (60, green, 60)).save(tmp_path / f"{name}.png")
    note_labelled(folder, [Labelled(photo_id_of((tmp_path / "a.png").read_bytes()), "Late", "밭")])
    (tmp_path / "labels.csv").write_text("path,label\na.png,Late\nb.png,Healthy\n", encoding="utf-8")
    with pytest.raises(UsageError, match="1 of 2 labels are of photos that were adapted to as '밭' before"):
        adapt(folder.path, [tmp_path / "labels.csv"], place="논")
