"""What a command is asked for, where the folder was run before."""

from __future__ import annotations

from pathlib import Path

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.request import open_study, open_study_again


def test_photos_alone_keep_the_preset_and_the_corrections_of_their_folder(drawn_leaves: Path, tmp_path: Path) -> None:
    folder, photos = StudyFolder(tmp_path / "out"), str(drawn_leaves)
    assert open_study_again(photos, open_study(photos), folder) == (open_study(photos), "")
    folder.write_json("run.json", {"preset": "overnight"})

    def taken(named: Path) -> Path:
        recipes = "recipes: [{backbone: resnet18, strategy: probe}]"
        folder.write_text("resolved.yaml", f"photos: {photos}\ncorrections: {named}\n{recipes}\n")
        study, preset = open_study_again(photos, open_study(photos), folder)
        assert (study, preset) == (open_study(photos, Path(study.corrections), "overnight"), "overnight")
        return Path(study.corrections)

    before, other, own = tmp_path / "before" / "corrections.csv", tmp_path / "c.csv", folder.file("corrections.csv")
    assert taken(before) == before
    own.touch()
    assert taken(before) == own  # of a folder that was moved
    assert taken(other) == other
