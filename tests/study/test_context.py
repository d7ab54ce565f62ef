"""Studies that versions before 2026-12 finished: their fingerprints were of the photos of second folders, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from drawn_trials import Talk, draw_folder, draw_inputs, draw_trial

from leafgraft.records.recipe import Training
from leafgraft.records.study import Study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext, with_weights
from leafgraft.study.steps.finished_study import FinishedStudy
from leafgraft.study.trial_list import fingerprint_of, labelled
from leafgraft.training.launch import run_trials
from leafgraft.training.workers import jobs

QUICK = Training(epochs=1, batch_size=8)
TRIALS = [draw_trial(strategy=one, training=QUICK) for one in ("probe", "frozen", "uniform")]


def test_a_second_folder_that_changed_since_an_earlier_version_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, folder = draw_inputs(tmp_path / "cache", second=5), StudyFolder(tmp_path / "study")
    folder.path.mkdir()
    before = replace(inputs, fingerprint=fingerprint_of(inputs.manifest, inputs.splits, labelled(inputs.answered)))
    assert run_trials(TRIALS, lambda trial: with_weights(before, trial), folder, Talk()) == {}

    second, pixels = draw_folder("b", 6, 32, 1)
    home: Any = SimpleNamespace(manifest=inputs.manifest, pixels=inputs.pixels)
    field: Any = SimpleNamespace(manifest=second, pixels=pixels)
    monkeypatch.setattr(StudyContext, "_pixels", lambda _, photos, _side: photos.pixels)
    looking: Any = SimpleNamespace(cache=inputs.cache)
    study: Any = Study("drawn", "photos", ())
    context = StudyContext(study, (), home, {"field": field}, inputs.splits, folder, looking, "cpu")
    searched = context.inputs_of(draw_trial(training=Training(epochs=3)))  # not there yet
    assert with_weights(before, TRIALS[2]).fingerprint in searched.earlier

    finished = FinishedStudy(study, folder, inputs.manifest, inputs.splits, {}, (), looking, "cpu", {32: inputs.pixels})
    opened = finished.inputs_of(TRIALS[0])
    assert folder.trial(TRIALS[0].key).is_done(opened.fingerprint, earlier=opened.earlier)

    monkeypatch.setattr(jobs, "train_trials", lambda *_: pytest.fail("a finished trial was trained again"))
    assert run_trials(TRIALS, context.inputs_of, folder, Talk()) == {}
    for trial in TRIALS:
        own = folder.trial(trial.key)
        assert own.is_done(context.inputs_of(trial).fingerprint)
        assert own.answers() == labelled({"field": second})
