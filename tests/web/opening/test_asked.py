"""What a study was asked for: by the page, by its last run, by its study file."""

from __future__ import annotations

import os
from pathlib import Path

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening.asked import ASKED, Asked, is_study, keep_asked, read_asked


def test_the_page_is_believed_until_a_run_says_otherwise(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "study")
    assert not is_study(folder.path)
    assert read_asked(folder) == Asked("", "minutes", "")
    keep_asked(folder, Asked("/leaves", "hour"))
    assert is_study(folder.path)
    assert read_asked(folder) == Asked("/leaves", "hour")
    folder.write_json("run.json", {"asked": "/leaves", "preset": "overnight"})
    os.utime(folder.file(ASKED), (1, 1))
    assert read_asked(folder).preset == "overnight"
    os.utime(folder.file("run.json"), (0, 0))
    assert read_asked(folder).preset == "hour"


def test_a_study_file_has_no_preset(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_json("run.json", {"asked": "/my study.yaml"})
    assert read_asked(folder) == Asked("/my study.yaml", "", "")
    assert read_asked(folder).is_file


def test_a_damaged_file_says_nothing(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    keep_asked(folder, Asked("/leaves", "hour"))
    folder.file("run.json").write_text("{", encoding="utf-8")
    assert read_asked(folder) == Asked("/leaves", "hour")


def take(folder: StudyFolder, corrections: Path) -> None:
    yaml = f"photos: .\ncorrections: {corrections}\nrecipes: [{{backbone: resnet18}}]\n"
    folder.write_text("resolved.yaml", yaml)


def test_corrections_of_the_study_go_before_those_of_the_page(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.file("corrections.csv").touch()
    assert read_asked(folder).corrections == str(tmp_path / "corrections.csv")
    (tmp_path / "mine.csv").touch()
    take(folder, tmp_path / "mine.csv")
    assert read_asked(folder).corrections == str(tmp_path / "mine.csv")


def test_corrections_of_a_study_that_was_moved_are_found_in_its_folder(tmp_path: Path) -> None:
    before = StudyFolder(tmp_path / "before")
    take(before, before.file("corrections.csv"))
    assert read_asked(before).corrections == str(before.file("corrections.csv"))
    before.file("corrections.csv").touch()
    after = StudyFolder(before.path.rename(tmp_path / "after"))
    assert read_asked(after).corrections == str(after.file("corrections.csv"))


def test_how_far_a_run_was_to_go_is_kept_and_the_last_word_counts(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    keep_asked(folder, Asked("/leaves", "hour", until="audit"))
    assert read_asked(folder).until == "audit"
    folder.write_json("run.json", {"asked": "/leaves", "preset": "overnight", "until": "export"})  # of a terminal
    os.utime(folder.file(ASKED), (1, 1))
    assert (read_asked(folder).until, read_asked(folder).preset) == ("export", "overnight")
