"""Networks with averaged weights are derived trials, made once, which open like trained ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_trials import draw_inputs, draw_trial

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Training, Trial
from leafgraft.records.study import Ensemble, Study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.steps import derive as derive_module
from leafgraft.study.steps.derive import Derived, averages, derive
from leafgraft.study.steps.export.chosen_trial import choose_trial, find_trial
from leafgraft.training.fit.predict import load_network
from leafgraft.training.launch import run_trials
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trial

NAME = "average of probe & uniform (0.25)"
WANTED = Ensemble(("probe", "uniform"), average="weights", share=0.25)
STUDY = Study("drawn", "photos", (), ensembles=(WANTED,), also_test={"field": "elsewhere"})


def named(strategy: str, seed: int) -> Trial:
    trial = draw_trial(strategy=strategy, seed=seed, training=Training(epochs=1, batch_size=8, views=1))
    return replace(trial, recipe=replace(trial.recipe, name=strategy))


class Made:
    """A study folder with the trials of two seeds, and what is derived from them."""

    def __init__(self, path: Path) -> None:
        self.folder, self.inputs = StudyFolder(path / "study"), draw_inputs(path / "cache", second=4)
        self.trials = [named(strategy, seed) for strategy in ("probe", "uniform") for seed in (0, 1)]
        for trial in self.trials:
            self.train(trial)

    def train(self, trial: Trial) -> None:
        train_trial(trial, self.inputs, self.folder.trial(trial.key), Silent())

    def derive(self, wanted: Ensemble = WANTED) -> tuple[Derived, ...]:
        study = replace(STUDY, ensembles=(wanted,))
        return derive(study, self.trials, lambda _: self.inputs, self.folder, Silent())

    def marks(self, made: tuple[Derived, ...]) -> list[int]:
        return [(self.folder.trial(one.key).path / "done").stat().st_mtime_ns for one in made]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def test_one_network_of_each_seed(made: Made) -> None:
    derived = made.derive()
    assert [(one.name, one.seed) for one in derived] == [(NAME, 0), (NAME, 1)]
    assert [list(one.of) for one in derived] == [[one.key for one in made.trials[seed::2]] for seed in (0, 1)]
    of_member = made.folder.trial(made.trials[2].key).read_info()
    info = made.folder.trial(derived[0].key).read_info()
    assert [info[key] for key in ("gigaflops", "megabytes")] == [of_member[key] for key in ("gigaflops", "megabytes")]
    assert info["train_seconds"] >= of_member["train_seconds"]
    assert made.folder.trial(derived[0].key).also_test("field").is_file()


def test_it_is_made_once_and_anew_when_a_member_is(made: Made) -> None:
    before = made.marks(made.derive())
    assert made.marks(made.derive()) == before
    made.train(made.trials[2])  # of seed 0
    first, second = made.marks(made.derive())
    assert first > before[0]
    assert second == before[1]


@pytest.mark.parametrize("views", [0, 2])
def test_it_answers_a_second_folder_that_is_new_and_stays_as_it_is(tmp_path: Path, views: int) -> None:
    made = Made(tmp_path)
    study = replace(STUDY, tta_views=views)

    def run(inputs: TrialInputs) -> dict[str, bytes]:
        run_trials(made.trials, lambda _: inputs, made.folder, Silent())
        derived = derive(study, made.trials, lambda _: inputs, made.folder, Silent())
        paths = [path for one in derived for path in made.folder.trial(one.key).path.glob("*.npz")]
        return {f"{path.parent.name}/{path.name}": path.read_bytes() for path in paths}

    at_once = run(made.inputs)
    infos = {path: path.stat().st_mtime_ns for path in made.folder.path.rglob("trial.json")}
    without = run(replace(made.inputs, also_test={}))
    assert without == {name: one for name, one in at_once.items() if "also_test" not in name} != at_once
    assert run(made.inputs) == at_once
    assert infos == {path: path.stat().st_mtime_ns for path in made.folder.path.rglob("trial.json")}


def test_what_an_earlier_version_made_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its marks were of the answers to second folders, too."""
    made, study = Made(tmp_path), replace(STUDY, tta_views=2)
    made.inputs = replace(made.inputs, fingerprint="of second folders too")
    for trial in made.trials:
        made.train(trial)
    with monkeypatch.context() as earlier:
        earlier.setattr(derive_module, "_made_of", lambda *of: derive_module._made_of_before(*of)[0])
        derived = derive(study, made.trials, lambda _: made.inputs, made.folder, Silent())
    infos = {path: path.stat().st_mtime_ns for path in made.folder.path.rglob("trial.json")}

    made.inputs = replace(made.inputs, fingerprint="drawn", earlier=("of second folders too",))
    run_trials(made.trials, lambda _: made.inputs, made.folder, Silent())
    monkeypatch.setattr(derive_module, "logits_of_views", lambda *_: pytest.fail("views were answered again"))
    assert derive(study, made.trials, lambda _: made.inputs, made.folder, Silent()) == derived
    assert infos == {path: path.stat().st_mtime_ns for path in made.folder.path.rglob("trial.json")}


def test_it_is_called_as_its_members_are_called_now(made: Made) -> None:
    key = made.derive()[0].key
    made.trials = [replace(one, recipe=replace(one.recipe, name=f"resnet {one.recipe.name}")) for one in made.trials]
    again = made.derive(replace(WANTED, of=("resnet probe", "resnet uniform")))
    found = find_trial(made.trials, made.folder, again[0].key)
    assert found is not None
    assert (found.key, found.recipe.name) == (key, "average of resnet probe & resnet uniform (0.25)")


def test_another_share_is_another_trial(made: Made) -> None:
    quarter, half = made.derive()[0], made.derive(replace(WANTED, share=0.5))[0]
    assert quarter.key != half.key
    assert quarter.identity != half.identity


def test_members_that_could_not_be_trained_leave_it_out(made: Made) -> None:
    made.trials = [one for one in made.trials if one.recipe.name == "probe" or one.seed == 1]
    assert [one.seed for one in made.derive()] == [1]
    made.trials = made.trials[:2]
    assert made.derive() == ()


def test_of_one_recipe_there_is_no_ensemble_of_all(made: Made) -> None:
    """A search found the settings of the only other recipe, or that could not be trained."""
    assert len(made.derive(Ensemble("all"))) == 2
    made.trials = made.trials[:2]
    assert made.derive(Ensemble("all")) == ()


def test_an_average_is_planned_beside_a_search_that_begins_at_its_settings(made: Made) -> None:
    planned = [replace(one, recipe=replace(one.recipe, name="probe, search 1")) for one in made.trials[:2]]
    keys = [key for key, _ in averages(WANTED, made.trials, made.folder)]
    assert [key for key, _ in averages(WANTED, [*made.trials, *planned], made.folder)] == keys != []


def test_it_opens_like_a_trained_one(made: Made) -> None:
    key = made.derive()[0].key
    found = find_trial(made.trials, made.folder, key)
    assert found is not None
    assert (found.key, found.recipe.name, found.recipe.strategy.name) == (key, NAME, "uniform")
    network = load_network(found, made.folder.trial(key), len(made.inputs.classes))
    predictions = made.folder.trial(key).read_predictions()
    photos = made.inputs.photos(tuple(predictions.photo_id)).plain(np.arange(len(predictions.label)))
    assert abs(network(photos)[0].detach().numpy() - predictions.logits).max() < 1e-5
    assert "mean of those of two" in choose_trial(made.trials, made.folder, key).why
    assert find_trial(made.trials, made.folder, "unknown") is None
