"""What an earlier run was asked for is asked for again, whole."""

from __future__ import annotations

from pathlib import Path

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import command_again


def test_the_command_that_goes_on_is_of_the_same_study(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_json("run.json", {"asked": "/leaves", "preset": "hour"})
    assert command_again(folder, "c.csv") == f"leafgraft run /leaves --out {tmp_path} --preset hour --corrections c.csv"
    folder.write_json("run.json", {"asked": "/leaves", "preset": "minutes"})
    assert command_again(folder, "") == f"leafgraft run /leaves --out {tmp_path}"


def test_of_an_earlier_version_nothing_is_guessed(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.write_json("run.json", {"root": "leaves"})
    assert command_again(folder, "c.csv") == ""
    assert command_again(folder, "", otherwise="study.yaml") == f"leafgraft run study.yaml --out {tmp_path}"
