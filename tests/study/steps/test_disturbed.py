"""Disturbed photos go through the exported graph; where there is none, through torch's own operations, as is said."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from drawn_trials import Talk, draw_inputs, draw_trial

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Training
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext
from leafgraft.study.steps.diagnosis import _disturb
from leafgraft.training.frozen import engines
from leafgraft.training.trial import train_trial


def test_what_runs_a_tuned_network_on_disturbed_photos_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, folder, talk = draw_inputs(tmp_path / "cache"), StudyFolder(tmp_path / "study"), Talk()
    trial = draw_trial(strategy="full", training=Training(epochs=1, batch_size=8))
    train_trial(trial, inputs, folder.trial(trial.key), Silent())
    context = cast("StudyContext", SimpleNamespace(folder=folder, progress=talk))
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")
    found = _disturb(context, trial, inputs)
    assert (found["engine"], found["refused"], talk.lines) == ("onnxruntime", "", [])

    def refuse(*_given: Any) -> bytes:
        raise ValueError("no such operator")

    monkeypatch.setattr(engines, "to_onnx", refuse)
    eager = _disturb(context, trial, inputs)
    reason = "onnxruntime cannot run them (ValueError: no such operator)"
    assert (eager["engine"], eager["refused"]) == ("eager", reason)
    assert talk.lines == [f"squeezenet1_1: torch's own operations run its stages on disturbed photos: {reason}."]
    assert eager["kinds"] == found["kinds"]
