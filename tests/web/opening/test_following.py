"""A study is followed by its log, whoever started it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leafgraft.languages.speaking import speaking
from leafgraft.records.finding import COUNTED, FOUND
from leafgraft.records.progress import Silent
from leafgraft.records.trial_time import TrialTime
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study import progress_log
from leafgraft.study.progress_log import ProgressLog
from leafgraft.web.opening import following
from leafgraft.web.opening.children import Children
from leafgraft.web.opening.following import Following


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path)


def test_stages_tasks_epochs_and_the_time_left(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_log, "TELL_S", 0.0)
    log, seen = ProgressLog(Silent(), folder), Following(folder, Children())
    log.enter("photos")
    log.expect(
        {"photos": 10.0, "training": 600.0},
        {"key": TrialTime("one", 0.0, ((20.0, 25.0),), 20.0), "other": TrialTime("other", 100.0)},
    )
    with log.task("Scan photos", 8) as advance:
        assert seen.look()["run"]["task"] == {"name": "Scan photos", "done": 0, "total": 8}
        advance(2)
        run = seen.look()["run"]
        assert run["task"] == {"name": "Scan photos", "done": 2, "total": 8}
        assert 500 < run["left"]["seconds"] <= 610
    log.enter("training")
    log.note("epoch", trial="key", epoch=3, seconds=1.0, validation_accuracy=0.75)
    run = seen.look()["run"]
    assert (run["stage"], run["stages"], run["ended"]) == ("training", ["photos"], False)
    assert [one["name"] for one in run["tasks"]] == ["Scan photos"]
    assert run["epoch"] == {"trial": "key", "epoch": 3, "validation_accuracy": 0.75}
    assert run["memory"] > 1_000_000
    log.enter("")
    assert seen.look()["run"]["ended"]
    assert Following(folder, Children()).look() == seen.look()
    ProgressLog(Silent(), folder).enter("photos")
    assert seen.look()["run"]["stages"] == []


def test_tasks_are_called_in_the_language_of_the_page(folder: StudyFolder) -> None:
    log, seen = ProgressLog(Silent(), folder), Following(folder, Children())
    log.enter("photos")
    with log.task("Scan photos", 8), speaking("ko"):
        assert seen.look()["run"]["task"]["name"] == "사진 읽기"
    with speaking("ko"):
        assert [one["name"] for one in seen.look()["run"]["tasks"]] == ["사진 읽기"]
    assert [one["name"] for one in seen.look()["run"]["tasks"]] == ["Scan photos"]


def test_photos_and_findings_are_told_before_the_audit_is_written(folder: StudyFolder) -> None:
    log, seen = ProgressLog(Silent(), folder), Following(folder, Children())
    log.enter("photos")
    assert (seen.look()["run"]["counted"], seen.look()["run"]["findings"]) == (None, [])
    log.note(COUNTED, photos=8, classes={"Healthy": 5, "Rust": 3})
    assert seen.look()["run"]["counted"] == {"photos": 8, "classes": {"Healthy": 5, "Rust": 3}}
    log.enter("audit")
    words = {"why": "", "mend": ""}
    log.note(FOUND, code="LG005", severity="warning", photos=12, title="6 pairs of photos show the same leaf", **words)
    log.note(FOUND, code="LG002", severity="error", photos=2, title="1 photo lies under two labels", **words)
    assert [one["code"] for one in seen.look()["run"]["findings"]] == ["LG002", "LG005"]  # the worst first
    with speaking("ko"):
        assert seen.look()["run"]["findings"][1]["title"] == "사진 6쌍에 같은 잎이 찍혀 있습니다"
    ProgressLog(Silent(), folder).enter("photos")
    assert (seen.look()["run"]["counted"], seen.look()["run"]["findings"]) == (None, [])


def test_half_a_line_waits_and_a_damaged_one_is_passed_over(folder: StudyFolder) -> None:
    seen, file = Following(folder, Children()), folder.file("log.jsonl")
    assert seen.look()["run"] == {}
    line = json.dumps({"event": "run started", "time": 1, "memory": 2}) + "\n"
    file.write_text(f"damaged\n[1]\n{line[:20]}", encoding="utf-8")
    assert seen.look()["run"] == {}
    with file.open("a", encoding="utf-8") as more:
        more.write(line[20:])
    assert seen.look()["run"]["since"] == 1
    file.write_text(line.replace("1", "7"), encoding="utf-8")  # begun anew
    assert seen.look()["run"]["since"] == 7


def test_who_holds_the_study_is_seen(folder: StudyFolder) -> None:
    seen = Following(folder, Children())
    assert seen.look()["holder"] is None
    with folder.lock():
        assert seen.look()["holder"]["pid"] > 0
    assert seen.look()["holder"] is None


def test_what_commands_said_last_is_shown(folder: StudyFolder) -> None:
    folder.write_text("open/run.txt", "$ leafgraft run\n" + "line\n" * 5000 + "the end\n")
    words = Following(folder, Children()).look()["steps"]["run"]
    assert words["said"].endswith("line\nthe end\n")
    assert len(words["said"]) < 7000
    assert (words["code"], words["ours"]) == (None, False)


def test_a_file_that_changes_is_noticed(folder: StudyFolder) -> None:
    seen = Following(folder, Children())
    before = seen.look()["files"]
    assert seen.look()["files"] == before
    folder.write_json("adaptation/밭/adaptation.json", {})
    assert seen.look()["files"] != before


def test_a_disk_that_is_almost_full_is_said(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Following(folder, Children())
    assert not seen.look()["disk_full"]
    monkeypatch.setattr(following, "_free_bytes", lambda _path: 1000)
    assert seen.look()["disk_full"]
