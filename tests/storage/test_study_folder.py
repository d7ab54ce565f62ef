"""The study folder: trials that count, logs, CSV and JSON."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.predictions import Predictions, write_predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder, read_csv, write_csv


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


@pytest.fixture
def predictions() -> Predictions:
    return Predictions(
        photo_id=np.array(["a", "b"]),
        split=np.array(["validation", "test"]),
        label=np.array([0, 1]),
        logits=np.array([[1, 0], [0, 1]], dtype=np.float32),
        classes=np.array(["Early", "Late"]),
        group=np.array(["a", "b"]),
    )


def test_every_path_lies_where_the_design_says(folder: StudyFolder) -> None:
    trial = folder.trial("resnet18-frozen-s0-f0-1234")
    paths = [folder.report, folder.bundle, folder.file("plan.json")]
    paths += [trial.weights, trial.checkpoint, trial.predictions, trial.history, trial.also_test("field")]
    inside = "trials/resnet18-frozen-s0-f0-1234"
    assert [path.relative_to(folder.path).as_posix() for path in paths] == [
        "report/index.html",
        "bundle",
        "plan.json",
        f"{inside}/weights.safetensors",
        f"{inside}/checkpoint.safetensors",
        f"{inside}/predictions.npz",
        f"{inside}/history.csv",
        f"{inside}/also_test-field.npz",
    ]
    assert not folder.path.exists()


def test_a_trial_counts_only_with_its_mark(folder: StudyFolder, predictions: Predictions) -> None:
    trial = folder.trial("key")
    assert not trial.is_done("photos")
    write_predictions(trial.predictions, predictions)
    assert not trial.is_done("photos")
    trial.finish(predictions, "photos")
    assert trial.is_done("photos")
    assert trial.read_predictions().photo_id.tolist() == ["a", "b"]


def test_a_trial_counts_for_its_own_photos_alone(folder: StudyFolder, predictions: Predictions) -> None:
    trial = folder.trial("key")
    trial.finish(predictions, "photos")
    assert not trial.is_done("other photos")


@pytest.mark.parametrize("mark", ["", "{", "[]", "{}", '{"predictions": 1, "fingerprint": "photos"}'])
def test_a_damaged_mark_does_not_count(folder: StudyFolder, predictions: Predictions, mark: str) -> None:
    trial = folder.trial("key")
    trial.finish(predictions, "photos")
    (trial.path / "done").write_text(mark)
    assert not trial.is_done("photos")


def test_changed_or_missing_predictions_do_not_count(folder: StudyFolder, predictions: Predictions) -> None:
    trial = folder.trial("key")
    trial.finish(predictions, "photos")
    content = trial.predictions.read_bytes()
    trial.predictions.write_bytes(content[:-1])
    assert not trial.is_done("photos")
    trial.predictions.unlink()
    assert not trial.is_done("photos")
    trial.predictions.write_bytes(content)
    assert trial.is_done("photos")


def test_a_trial_cut_between_predictions_and_mark_is_not_done(
    folder: StudyFolder, predictions: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    trial = folder.trial("key")
    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.storage.study_folder.write_json", cut)
        with pytest.raises(KeyboardInterrupt):
            trial.finish(predictions, "photos")
    assert trial.predictions.is_file()
    assert not trial.is_done("photos")


def test_json_of_trial_and_study(folder: StudyFolder) -> None:
    folder.trial("key").write_info({"seed": 3})
    assert folder.trial("key").read_info() == {"seed": 3}
    assert not folder.has("plan.json")
    folder.write_json("plan.json", {"trials": (1, 2)})
    folder.write_text("study.yaml", "photos: 잎\n")
    assert folder.has("plan.json")
    assert folder.read_json("plan.json") == {"trials": [1, 2]}
    assert folder.file("study.yaml").read_text(encoding="utf-8") == "photos: 잎\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["study folder with 'plan.json'", "leafgraft run"]),
        (b"", ["must be JSON", "damaged"]),
        (b'{"a":', ["must be JSON", "damaged"]),
        (b"\xff\xfe", ["must be JSON", "damaged"]),
        (b"[1]", ["a JSON object"]),
    ],
)
def test_missing_or_damaged_json_says_what_to_do(folder: StudyFolder, content: bytes | None, words: list[str]) -> None:
    folder.path.mkdir()
    if content is not None:
        folder.file("plan.json").write_bytes(content)
    with pytest.raises(StudyFolderError) as caught:
        folder.read_json("plan.json")
    for word in ("plan.json", *words):
        assert word in str(caught.value)


def test_events_are_added_line_by_line(folder: StudyFolder) -> None:
    folder.path.mkdir()
    folder.log("trial done", key="a\nb", path=Path("x"))
    folder.log("건강")
    lines = [json.loads(line) for line in folder.file("log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines] == ["trial done", "건강"]
    assert lines[0]["key"] == "a\nb"
    assert lines[0]["path"] == "x"
    assert lines[0]["time"] <= lines[1]["time"]


def test_a_log_that_cannot_be_written_is_said(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StudyFolderError, match="disk is full"):
        folder.log("started")


def test_csv_comes_back_with_commas_quotes_and_lines(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["a,b", 'c"d', 1], ["줄\n바꿈", "", 0.5]]
    write_csv(tmp_path / "a.csv", ["one", "two", "three"], rows)
    assert read_csv(tmp_path / "a.csv") == [
        {"one": "a,b", "two": 'c"d', "three": "1"},
        {"one": "줄\n바꿈", "two": "", "three": "0.5"},
    ]
    assert TrialFolder(tmp_path).history == tmp_path / "history.csv"
