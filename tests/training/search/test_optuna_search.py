"""Searches: they find, go on where they were stopped, and never look at test photos."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pytest
from drawn_trials import Talk, draw_inputs, draw_trial

from leafgraft.errors import StudyFolderError, TrainingError
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Choice, SmallFirst, Training
from leafgraft.records.tuning import Options, Range, Tuned, Tuning
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training.launch import open_executor
from leafgraft.training.search import optuna_search as tune
from leafgraft.training.search.journal import open_storage, quiet_optuna
from leafgraft.training.search_trial import PRUNED, try_settings

TRAINING = Training(epochs=6, batch_size=8, views=2)
SPACE = {"learning_rate": Range(1e-4, 1e-1, log=True), "batch_norm": Options(("train", "fixed"))}


class StopError(Exception):
    """Stands for a kill."""


@pytest.fixture(autouse=True)
def _quiet():
    with quiet_optuna():
        yield


def draw_tuned(trials=8, space=SPACE, **more):
    recipe = replace(draw_trial(training=TRAINING).recipe, name="squeezenet1_1 frozen")
    return Tuned(recipe, Tuning(space, trials, **more))


def search_in(path, tuned, progress=None, fingerprint="drawn", at_once=1):
    return tune.open_search(open_storage(path), tuned, TRAINING, [fingerprint], progress or Talk(), at_once)


def run(search, inputs, tmp_path, jobs=0):
    folder = StudyFolder(tmp_path / "study")
    folder.path.mkdir(exist_ok=True)
    sample = [draw_trial(training=TRAINING)]
    with open_executor(Launch(jobs=jobs), sample, {32: inputs}, folder, search.progress, 8) as executor:
        executor.work(search)
    return search


def told(search):
    """What tuning.json holds, without times."""
    told = tune.search_to_json(search)
    return told | {"trials": [{key: one[key] for key in one if key != "seconds"} for one in told["trials"]]}


def test_a_search_keeps_every_trial_and_finds_the_lowest_loss(inputs, tmp_path):
    search = run(search_in(tmp_path / "journal", draw_tuned(trials=12)), inputs, tmp_path)
    found = tune.search_to_json(search)
    assert len(found["trials"]) == 12
    assert {"low", "high", "log", "whole"} == set(found["space"]["learning_rate"])
    assert found["complete"] + found["pruned"] + found["failed"] == 12
    complete = [one for one in found["trials"] if one["state"] == "complete"]
    assert found["loss"] == min(one["loss"] for one in complete)
    recipe = tune.found_recipe(search, 12)
    assert recipe.learning_rate == found["settings"]["learning_rate"]
    assert recipe.best_of == 12
    trial = replace(draw_trial(training=TRAINING), recipe=recipe)
    again = try_settings(trial, inputs, Talk(), lambda _epoch, _loss: True)
    assert again["loss"] == found["loss"]
    assert not (tmp_path / "study" / "trials").exists()
    assert any("lowest validation loss" in line for line in search.progress.lines)


def test_test_labels_have_no_part_in_it(inputs, tmp_path):
    fold = inputs.fold(0)
    turned = dict.fromkeys(fold.test, inputs.classes[0])
    photos = tuple(replace(one, label=turned.get(one.photo_id, one.label)) for one in inputs.manifest.photos)
    other = replace(inputs, manifest=replace(inputs.manifest, photos=photos))
    assert other.manifest != inputs.manifest
    seen = [
        told(run(search_in(tmp_path / name, draw_tuned()), given, tmp_path))
        for name, given in (("a", inputs), ("b", other))
    ]
    assert seen[0] == seen[1]


def test_a_stopped_search_goes_on_to_the_same_end(inputs, tmp_path, monkeypatch):
    whole = told(run(search_in(tmp_path / "whole", draw_tuned()), inputs, tmp_path))
    cut = search_in(tmp_path / "cut", draw_tuned())
    epochs = 0
    goes_on = tune.Search.goes_on

    def pull_the_plug(self, job, epoch, loss):
        nonlocal epochs
        epochs += 1
        if epochs == 14:
            raise StopError
        return goes_on(self, job, epoch, loss)

    monkeypatch.setattr(tune.Search, "goes_on", pull_the_plug)
    with pytest.raises(StopError):
        run(cut, inputs, tmp_path)
    monkeypatch.undo()
    done = len(tune.finished(cut.study))
    assert 0 < done < 8
    with (tmp_path / "cut").open("ab") as file:
        file.write(b'{"op_code": 5, "half a li')
    taken_up = told(run(search_in(tmp_path / "cut", draw_tuned()), inputs, tmp_path))
    without_number = [{key: one[key] for key in one if key != "number"} for one in taken_up["trials"]]
    assert without_number == [{key: one[key] for key in one if key != "number"} for one in whole["trials"]]
    assert taken_up["settings"] == whole["settings"]
    again = search_in(tmp_path / "cut", draw_tuned())
    assert again.next() is None


def test_a_search_that_goes_on_calls_no_worse_loss_the_lowest(tmp_path):
    def end(search, loss):
        result = {"loss": loss, "accuracy": 0.5, "epochs": 1, "seconds": 0.1, "losses": [loss], "stopped": "x"}
        search.ended(search.next(), result)
        return search.progress.lines

    assert len(end(search_in(tmp_path / "journal", draw_tuned(3)), 0.5)) == 1
    assert end(search_in(tmp_path / "journal", draw_tuned(3)), 0.7) == []
    assert len(end(search_in(tmp_path / "journal", draw_tuned(3)), 0.3)) == 1


def test_two_workers_search_as_well(tmp_path):
    inputs = draw_inputs(tmp_path / "cache")
    search = run(search_in(tmp_path / "journal", draw_tuned(prune=False)), inputs, tmp_path, jobs=2)
    found = tune.search_to_json(search)
    assert (found["complete"], found["failed"]) == (8, 0)
    trial = replace(draw_trial(training=TRAINING), recipe=tune.found_recipe(search, 8))
    assert try_settings(trial, inputs, Talk(), lambda _epoch, _loss: True)["loss"] == found["loss"]


def search_by_hand(search, order):
    """End the jobs of a search in another order than they were given out in, and prune as they ask."""
    under_way = []
    while True:
        while (job := search.next()) is not None:
            under_way.append(job)
        if not under_way:
            return told(search)
        job = under_way.pop(order(len(under_way)))
        loss = abs(np.log10(float(job.trial.recipe.learning_rate)) + 2)
        epochs = 0
        while epochs < 6 and search.goes_on(job, epochs, loss + 1 / (1 + epochs)):
            epochs += 1
        result = {"loss": loss, "accuracy": 0.5, "epochs": epochs, "seconds": 0.1, "losses": [loss]}
        search.ended(job, {**result, "stopped": "all epochs done" if epochs == 6 else PRUNED})


@pytest.mark.parametrize("at_once", [2, 3, 7])
def test_it_does_not_matter_which_settings_are_done_first(tmp_path, at_once):
    """Under load other workers win, and the same recipe is found."""
    found = [
        search_by_hand(search_in(tmp_path / name, draw_tuned(20), at_once=at_once), order)
        for name, order in (("first", lambda _left: 0), ("last", lambda left: left - 1), ("middle", lambda n: n // 2))
    ]
    assert found[0]["pruned"]
    assert len(found[0]["trials"]) == 20
    assert found[0] == found[1] == found[2]


def test_a_round_whose_last_settings_do_not_go_together_is_told(tmp_path):
    space = {
        "strategy": Options((Choice("frozen"), Choice("probe_then_full"))),
        "head": Options((Choice("linear"), Choice("mlp", {"hidden": [8]}))),
    }
    search = search_in(tmp_path / "journal", draw_tuned(9, space, prune=False), at_once=4)
    found = search_by_hand(search, lambda _left: 0)
    assert found["failed"]
    assert found["complete"] + found["failed"] == 9


def test_a_round_that_was_stopped_loses_no_settings(tmp_path):
    """Settings that do not go together are told with their round, not before those that are still trained."""
    space = {
        "strategy": Options((Choice("frozen"), Choice("probe_then_full"))),
        "head": Options((Choice("linear"), Choice("mlp", {"hidden": [8]}))),
        **SPACE,
    }

    def search(name):
        return search_in(tmp_path / name, draw_tuned(12, space, prune=False), at_once=12)

    def settings(found):
        return [one["settings"] for one in found["trials"]]

    whole = settings(search_by_hand(search("whole"), lambda _left: 0))
    stopped = search("stopped")
    jobs = list(iter(stopped.next, None))
    assert 0 < len(jobs) < 12
    assert not tune.finished(stopped.study)
    assert settings(search_by_hand(search("stopped"), lambda _left: 0)) == whole


def test_any_seed_can_be_searched_with(tmp_path):
    search = search_in(tmp_path / "journal", draw_tuned(1, seed=100_000))
    assert search.next() is not None


def test_without_rounds_each_result_is_told_at_once(tmp_path):
    search = search_in(tmp_path / "journal", draw_tuned(4, prune=False), at_once=0)
    jobs = [search.next(), search.next(), search.next()]
    result = {"loss": 1.0, "accuracy": 0.5, "epochs": 1, "seconds": 0.1, "losses": [1.0], "stopped": "x"}
    search.ended(jobs[2], result)
    assert [one.number for one in tune.finished(search.study)] == [2]


def test_what_lags_behind_is_given_up(inputs, tmp_path):
    search = search_in(tmp_path / "journal", draw_tuned(trials=20))
    job = search.next()
    for _ in range(8):
        for epoch in range(6):
            assert search.goes_on(job, epoch, 0.1)
        search.ended(job, {"loss": 0.1, "stopped": "all epochs done"})
        job = search.next()
    assert [search.goes_on(job, epoch, 0.9) for epoch in range(5)] == [True, True, True, False, False]


def test_what_fails_is_counted_and_said(inputs, tmp_path):
    space = {
        "strategy": Options((Choice("frozen"), Choice("probe_then_full"))),
        "head": Options((Choice("linear"), Choice("mlp", {"hidden": [8]}))),
    }
    search = run(search_in(tmp_path / "journal", draw_tuned(16, space)), inputs, tmp_path)
    found = tune.search_to_json(search)
    reasons = [one["reason"] for one in found["trials"] if one["state"] == "failed"]
    assert reasons
    assert all("needs a linear head" in reason for reason in reasons)
    wild = search_in(tmp_path / "wild", draw_tuned(3, {"learning_rate": Options((50.0, 90.0))}, prune=False))
    for _ in range(3):
        wild.ended(wild.next(), "The loss must be a number.")
    with pytest.raises(TrainingError, match="None of 3 could; the first: The loss must be a number"):
        tune.found_recipe(wild, 3)


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (
            {"strategy": Options((Choice("frozen"), Choice("partial", {"last": 99})))},
            "a backbone of at least 99 stages",
        ),
        ({"loss": Options((Choice("cross_entropy"), Choice("focal", {"alpha": [1.0, 2.0]})))}, "one number per class"),
    ],
)
def test_settings_that_do_not_fit_the_network_or_the_classes_fail_and_others_are_tried(inputs, tmp_path, space, words):
    search = run(search_in(tmp_path / "journal", draw_tuned(8, space, prune=False)), inputs, tmp_path)
    found = tune.search_to_json(search)
    reasons = [one["reason"] for one in found["trials"] if one["state"] == "failed"]
    assert reasons
    assert all(words in reason for reason in reasons)
    assert found["complete"] + len(reasons) == len(found["trials"]) == 8


def test_more_trials_continue_a_search_and_other_ranges_count_too(inputs, tmp_path):
    path = tmp_path / "journal"
    run(search_in(path, draw_tuned(4)), inputs, tmp_path)
    longer = run(search_in(path, draw_tuned(6)), inputs, tmp_path)
    assert len(tune.finished(longer.study)) == 6
    narrower = {"learning_rate": Range(1e-3, 1e-2, log=True)}
    other = run(search_in(path, draw_tuned(3, narrower)), inputs, tmp_path)
    assert len(tune.finished(other.study)) == 3
    assert tune.tried_in_all(open_storage(path), other) == 9
    elsewhere = run(search_in(path, draw_tuned(3), fingerprint="other photos"), inputs, tmp_path)
    assert tune.tried_in_all(open_storage(path), elsewhere) == 3


def written_at(line):
    """A search whose choices were read from that line of a file."""
    where = f"study.yaml, line {line}"
    head = Choice("mlp", {"dropout": Range(0.0, 0.5)}, where)
    searched = draw_tuned(2, {"head": Options((Choice("linear", {}, where), head))}, where=where)
    recipe = replace(searched.recipe, augmentation=(Choice("flip", {"share": 0.5}, where),))
    return replace(searched, recipe=recipe)


def end_all(search):
    while (job := search.next()) is not None:
        result = {"loss": 0.5, "accuracy": 0.5, "epochs": 1, "seconds": 0.1, "losses": [0.5], "stopped": "x"}
        search.ended(job, result)
    return search


def test_where_a_search_is_written_makes_no_other_search(tmp_path):
    path = tmp_path / "journal"
    first = end_all(search_in(path, written_at(3)))
    moved = search_in(path, written_at(22))
    assert moved.study.study_name == first.study.study_name
    assert moved.next() is None
    assert tune.tried_in_all(open_storage(path), moved) == 2
    ranges = {"learning_rate": Range(1e-3, 1e-2, log=True)}
    other = written_at(40)
    other = end_all(search_in(path, replace(other, tuning=replace(other.tuning, space=ranges))))
    assert other.study.study_name != first.study.study_name
    assert tune.tried_in_all(open_storage(path), other) == 4  # what both keep fixed is the same


def without_its_own_where(value):
    """As it was: a choice forgot where it was written, choices in lists and searched ones did not."""
    is_choice = isinstance(value, dict) and "where" in value
    return {key: one for key, one in value.items() if key != "where"} if is_choice else value


def test_a_search_of_an_earlier_version_goes_on(tmp_path, monkeypatch):
    """Its name told where it was written, and was of the photos of second folders, too."""
    path = tmp_path / "journal"
    with monkeypatch.context() as earlier:
        earlier.setattr(tune, "without_where", without_its_own_where)
        before = end_all(search_in(path, written_at(3), fingerprint="with second folders"))
    names = ["drawn", "with second folders"]
    search = tune.open_search(open_storage(path), written_at(3), TRAINING, names, Talk())
    assert search.study.study_name == before.study.study_name
    assert search.next() is None
    assert tune.tried_in_all(open_storage(path), search) == 2
    other_second = tune.open_search(open_storage(path), written_at(9), TRAINING, ["drawn", "with others"], Talk())
    assert other_second.next() is None
    assert tune.tried_in_all(open_storage(path), other_second) == 2


def test_all_searches_of_an_earlier_version_are_known_when_second_folders_change_later(tmp_path, monkeypatch):
    path = tmp_path / "journal"
    ranges = {"learning_rate": Range(1e-3, 1e-2, log=True)}
    narrow = replace(written_at(3), tuning=replace(written_at(3).tuning, space=ranges))
    with monkeypatch.context() as earlier:
        earlier.setattr(tune, "without_where", without_its_own_where)
        for one in (narrow, written_at(3)):
            end_all(search_in(path, one, fingerprint="with second folders"))
    tune.open_search(open_storage(path), written_at(3), TRAINING, ["drawn", "with second folders"], Talk())
    for one in (written_at(3), narrow):
        search = tune.open_search(open_storage(path), one, TRAINING, ["drawn", "with others"], Talk())
        assert search.next() is None
        assert tune.tried_in_all(open_storage(path), search) == 4


def test_other_weights_of_a_network_that_is_searched_for_make_another_search(tmp_path, monkeypatch):
    file = {"resnet18": "a", "squeezenet1_1": "b"}
    monkeypatch.setattr(tune, "weights_identity", lambda backbone, _weights, _seed: file[backbone.name])
    networks = Options((Choice("squeezenet1_1"), Choice("resnet18")))

    def search(space):
        return search_in(tmp_path / "journal", draw_tuned(2, space))

    with monkeypatch.context() as earlier:
        earlier.setattr(tune, "_searched_weights", lambda *_: [])
        before = end_all(search({"backbone": networks})).study.study_name
    rates = end_all(search(SPACE)).study.study_name
    assert search({"backbone": networks}).study.study_name == before  # it did not tell which weights
    file["resnet18"] = "other"
    changed = search({"backbone": networks})
    assert changed.study.study_name != before
    assert changed.next() is not None
    assert search(SPACE).study.study_name == rates
    file["resnet18"] = "a"
    assert search({"backbone": networks}).next() is None


def test_photos_that_are_small_at_first_can_be_searched_for(tmp_path):
    searched = draw_tuned(2)
    searched = replace(searched, recipe=replace(searched.recipe, small_first=SmallFirst(16, 1)))
    assert end_all(search_in(tmp_path / "journal", searched)).next() is None


def test_importance_names_what_matters(tmp_path):
    search = search_in(tmp_path / "journal", draw_tuned(40, prune=False))
    while (job := search.next()) is not None:
        rate = float(job.trial.recipe.learning_rate or 0)
        loss = (np.log10(rate) + 2) ** 2
        result = {"loss": loss, "accuracy": 0.5, "epochs": 1, "seconds": 0.1, "losses": [loss], "stopped": "x"}
        search.ended(job, result)
    found = tune.search_to_json(search)
    assert found["settings"]["learning_rate"] == pytest.approx(1e-2, rel=0.5)
    assert found["importance"]["learning_rate"] > 0.8
    assert sum(found["importance"].values()) == pytest.approx(1.0, abs=1e-3)


def test_a_damaged_journal_is_named(tmp_path):
    path = tmp_path / "journal"
    search_in(path, draw_tuned())
    path.write_bytes(b"{not json}\n" + path.read_bytes())
    with pytest.raises(StudyFolderError, match="must hold the searches"):
        open_storage(path)
    assert optuna.logging.get_verbosity() == optuna.logging.WARNING


def test_a_search_begun_before_places_could_be_balanced_goes_on():
    assert tune._fixed_part({"loss": None, "balance": "none"}) == {"loss": None}
    assert tune._fixed_part({"balance": "places"}) == {"balance": "places"}
