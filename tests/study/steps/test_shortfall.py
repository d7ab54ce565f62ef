"""A recipe at a wrong rate is found by its own training photos, and a comparison of the study knows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from drawn_trials import draw_inputs, draw_trial

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Training, Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext
from leafgraft.study.steps import shortfall
from leafgraft.study.steps.shortfall import find_shortfalls
from leafgraft.training.trial import train_trial

TRAINING = Training(epochs=40, patience=40, batch_size=8, seeds=(0, 1))


def drawn(rate: float, seed: int, name: str) -> Trial:
    trial = draw_trial(optimizer="adam", learning_rate=rate, training=TRAINING, seed=seed)
    return replace(trial, recipe=replace(trial.recipe, name=name))


@pytest.fixture
def context(tmp_path: Path) -> StudyContext:
    """Trained at a rate that moves nothing, with one seed of two, and at a good one."""
    inputs = draw_inputs(tmp_path / "cache")
    folder = StudyFolder(tmp_path / "study")
    trials = [drawn(3e-3, 0, "good"), drawn(1e-8, 0, "slow"), drawn(1e-8, 1, "slow")]
    for trial in trials:
        train_trial(trial, inputs, folder.trial(trial.key), Silent())
    made = SimpleNamespace(
        folder=folder, inputs=lambda _side: inputs, cache=inputs.cache, progress=Silent(), device="cpu", trials=trials
    )
    return cast("StudyContext", made)


def trials_of(context: Any) -> list[Trial]:
    found: list[Trial] = context.trials
    return found


def test_a_recipe_that_its_rate_does_not_move_is_found_and_the_other_is_not(context: StudyContext) -> None:
    trials = trials_of(context)
    infos = [context.folder.trial(trial.key).read_info() for trial in trials]
    assert infos[0]["train_accuracy"] > 0.9
    found = find_shortfalls(context, trials)
    assert list(found) == ["slow"]
    short = found["slow"]
    assert (short.trials, short.of, short.one_class) == (2, 2, None)
    assert short.train_accuracy in {info["train_accuracy"] for info in infos[1:]}
    assert short.optimum is not None
    assert short.train_accuracy is not None
    assert short.optimum - short.train_accuracy >= 0.1


def test_the_yardstick_is_fitted_once_and_only_where_it_is_needed(
    context: StudyContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = []
    monkeypatch.setattr(shortfall, "_optimum", lambda _bench, trial: fitted.append(trial.seed) or (1.0, 1.0))
    trials = trials_of(context)
    assert find_shortfalls(context, trials[:1]) == {}
    assert fitted == []
    both = [*trials[1:], replace(trials[1], recipe=replace(trials[1].recipe, name="slow too"))]
    find_shortfalls(context, both)
    assert fitted == [0, 1]  # random weights differ by seed


def test_a_recipe_that_is_as_right_on_validation_photos_has_learned(
    context: StudyContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortfall, "_optimum", lambda _bench, _trial: (1.0, 0.0))
    assert find_shortfalls(context, trials_of(context)) == {}


def test_trials_of_an_earlier_version_do_not_tell(context: StudyContext) -> None:
    (slow, _) = trials_of(context)[1:]
    place = context.folder.trial(slow.key)
    place.write_info({name: value for name, value in place.read_info().items() if name != "train_accuracy"})
    assert find_shortfalls(context, [slow]) == {}
