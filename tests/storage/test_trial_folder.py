"""The folder of a trial: what counts as done, and what damage does to it."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.predictions import Predictions, write_predictions
from leafgraft.storage.trial_folder import TrialFolder

FILES = ("predictions.npz", "weights.safetensors", "trial.json", "history.csv", "also_test-field.npz")


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


@pytest.fixture
def trial(tmp_path: Path) -> TrialFolder:
    return TrialFolder(tmp_path / "key")


def finish(trial: TrialFolder, predictions: Predictions) -> None:
    trial.write_info({"seed": 0})
    trial.history.write_text("epoch\n0\n")
    trial.weights.write_bytes(b"weights")
    write_predictions(trial.also_test("field"), predictions)
    trial.checkpoint.write_bytes(b"not a result")
    trial.finish(predictions, "photos")


def test_a_trial_counts_only_with_its_mark(trial: TrialFolder, predictions: Predictions) -> None:
    assert not trial.is_done("photos")
    write_predictions(trial.predictions, predictions)
    assert not trial.is_done("photos")
    assert not trial.has_mark()
    finish(trial, predictions)
    assert trial.is_done("photos")
    assert trial.has_mark()
    assert set(trial.checksums()) == set(FILES)
    assert trial.read_predictions().photo_id.tolist() == ["a", "b"]
    trial.check()


def test_a_trial_counts_for_its_own_photos_alone(trial: TrialFolder, predictions: Predictions) -> None:
    finish(trial, predictions)
    said: list[str] = []
    assert not trial.is_done("other photos", said.append)
    assert said == []


@pytest.mark.parametrize(
    "mark",
    [
        *("", "{", "[]", "{}", "null"),
        '{"files": {}, "fingerprint": "photos"}',
        '{"files": 1, "fingerprint": "photos"}',
        '{"files": {"predictions.npz": 1}}',
    ],
)
def test_a_damaged_mark_is_named_and_does_not_count(trial: TrialFolder, predictions: Predictions, mark: str) -> None:
    finish(trial, predictions)
    (trial.path / "done").write_text(mark)
    said: list[str] = []
    assert not trial.is_done("photos", said.append)
    assert len(said) == 1
    assert str(trial.path / "done") in said[0]
    with pytest.raises(StudyFolderError, match="done"):
        trial.check()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "cut", "deleted"])
def test_every_damaged_file_is_named_and_does_not_count(
    trial: TrialFolder, predictions: Predictions, name: str, damage: str
) -> None:
    finish(trial, predictions)
    path = trial.path / name
    content = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + bytes([content[-1] ^ 1]))
    said: list[str] = []
    assert not trial.is_done("photos", said.append)
    assert len(said) == 1
    assert name in said[0]
    with pytest.raises(StudyFolderError, match=name):
        trial.check()
    path.write_bytes(content)
    assert trial.is_done("photos")


def test_a_checkpoint_is_no_part_of_the_result(trial: TrialFolder, predictions: Predictions) -> None:
    finish(trial, predictions)
    trial.checkpoint.unlink()
    assert trial.is_done("photos")


def test_beginning_anew_leaves_the_checkpoint_alone(trial: TrialFolder, predictions: Predictions) -> None:
    trial.begin()
    finish(trial, predictions)
    (trial.path / ".done.abc.part").write_bytes(b"half")
    trial.begin()
    assert [one.name for one in trial.path.iterdir()] == ["checkpoint.safetensors"]
    assert not trial.is_done("photos")


def test_a_trial_cut_between_predictions_and_mark_is_not_done(
    trial: TrialFolder, predictions: Predictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.storage.trial_folder.write_json", cut)
        with pytest.raises(KeyboardInterrupt):
            trial.finish(predictions, "photos")
    assert trial.predictions.is_file()
    assert not trial.is_done("photos")
