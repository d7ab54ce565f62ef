from dataclasses import replace

import numpy as np
import pytest
from drawn_trials import Talk, at_places, draw_inputs, draw_trial, history, train
from safetensors.torch import save_file
from scipy.special import softmax
from torchvision.models import squeezenet1_1

from leafgraft.choices.heads import newton
from leafgraft.choices.heads.optimum import INVERSE_PENALTIES, best_head
from leafgraft.errors import ConvergenceError
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Training
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.analysis.heatmap import heat_maps
from leafgraft.training.analysis.tta import logits_of_views
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.fit.predict import load_network, predictions_of
from leafgraft.training.heads import solved as optimum_trials
from leafgraft.training.heads.head_trials import head_group
from leafgraft.training.heads.solved import AT_OPTIMUM, fold_features
from leafgraft.training.trial import train_trials

UNTRAINED = Training(epochs=0, patience=0, batch_size=0, views=0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of weights that all seeds share."""
    path = tmp_path_factory.mktemp("weights") / "shared.safetensors"
    save_file(squeezenet1_1(weights=None).state_dict(), path)
    return str(path)


def draw_probe(weights="none", seed=0):
    return draw_trial(strategy="probe", seed=seed, training=UNTRAINED, weights=weights)


def test_a_probe_leaves_a_whole_folder_without_epochs(inputs, tmp_path):
    folder = train(draw_probe(), inputs, tmp_path / "trial")
    names = {"trial.json", "history.csv", "predictions.npz", "weights.safetensors", "done"}
    assert {path.name for path in folder.path.iterdir()} == names
    info = folder.read_info()
    assert (info["epochs"], info["best_epoch"], info["stopped"]) == (0, 0, AT_OPTIMUM)
    (row,) = history(folder)
    assert float(row["validation_loss"]) == pytest.approx(info["best_validation_loss"])
    assert info["inverse_penalty"] in INVERSE_PENALTIES


def test_its_answers_are_those_of_the_best_linear_head(inputs, tmp_path):
    trial = draw_probe()
    folder = train(trial, inputs, tmp_path / "trial")
    train_part, validation = fold_features(trial, inputs, open_prefix(trial, inputs, Silent()))
    head = best_head(train_part, validation, 3)
    rows = folder.read_predictions().rows("validation")
    np.testing.assert_allclose(rows.probabilities, head.probabilities(validation[0]), atol=1e-5)
    layer = load_network(trial, folder, 3).head  # standardisation is part of it: an ordinary linear layer
    np.testing.assert_allclose(layer.weight.detach().numpy(), head.weight, rtol=1e-6)
    np.testing.assert_allclose(layer.bias.detach().numpy(), head.bias, rtol=1e-6)


def test_seeds_are_solved_for_once_and_give_the_same(tmp_path, monkeypatch, weights):
    inputs, solved = draw_inputs(tmp_path / "cache"), []
    monkeypatch.setattr(
        optimum_trials, "best_head", lambda *given, **more: solved.append(1) or best_head(*given, **more)
    )
    trials = [draw_probe(weights, seed) for seed in (0, 1, 2)]
    folders = {trial.key: TrialFolder(tmp_path / trial.key) for trial in trials}
    assert [trial.seed for trial, _ in train_trials(trials, inputs, folders, Silent())] == [0, 1, 2]
    assert len(solved) == 1
    logits = [folder.read_predictions().logits.tobytes() for folder in folders.values()]
    assert len(set(logits)) == 1
    alone = train(trials[1], inputs, tmp_path / "alone")
    assert alone.read_predictions().logits.tobytes() == logits[0]


def test_what_is_solved_for_together(weights):
    probe = draw_probe(weights)
    assert head_group(probe) == head_group(draw_probe(weights, seed=7))
    others = [draw_trial(weights=weights), draw_probe(), draw_probe(seed=1), replace(probe, fold=1)]
    others.append(draw_trial("mobilenet_v2", "probe", weights=weights, training=UNTRAINED))
    groups = [head_group(one) for one in (probe, *others)]
    assert len(set(groups)) == len(groups)


def test_a_head_that_is_not_reached_fails_its_trials_and_says_why(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(newton, "MOST_STEPS", 1)
    trials = [draw_probe()]
    folders = {trial.key: TrialFolder(tmp_path / trial.key) for trial in trials}
    ((trial, outcome),) = train_trials(trials, inputs, folders, Silent())
    assert isinstance(outcome, ConvergenceError)
    assert not folders[trial.key].is_done("drawn")


def test_it_is_one_task_that_loggers_hear_of(inputs, tmp_path):
    class Heard(Talk):
        def note(self, event, **told):
            self.lines.append((event, told.get("validation_accuracy"), told.get("epoch")))

    heard = Heard()
    train(draw_probe(), inputs, tmp_path / "trial", heard)
    ((event, accuracy, epoch),) = heard.lines
    assert (event, epoch) == ("epoch", 0)
    assert 0.3 < accuracy <= 1
    assert heard.tasks.count("squeezenet1_1: solve for the head") == 1


def test_views_and_heat_maps_come_from_it_as_from_any_other(inputs, tmp_path):
    trial = draw_probe()
    folder = train(trial, inputs, tmp_path / "trial")
    predictions = predictions_of(trial, inputs, logits_of_views(trial, inputs, folder, 1))
    plain = folder.read_predictions()
    np.testing.assert_allclose(predictions.probabilities, softmax(plain.logits.astype(float), axis=1), atol=1e-4)
    maps = heat_maps(trial, inputs, folder, list(plain.photo_id[:2]))
    assert set(maps) == set(plain.photo_id[:2])


def test_a_probe_can_let_every_place_count_alike(inputs, tmp_path):
    placed = at_places(inputs, every=4)
    trial = draw_trial(strategy="probe", training=UNTRAINED, balance="places")
    found, plain = train(trial, placed, tmp_path / "balanced"), train(draw_probe(), placed, tmp_path / "plain")
    fit, validation = fold_features(trial, placed, open_prefix(trial, placed, Silent()))
    of_field = placed.places(placed.fold(0).train) == "field"
    counts = len(of_field) / (2 * np.where(of_field, of_field.sum(), (~of_field).sum()))
    head = best_head(fit, validation, 3, counts=counts)
    assert found.read_info()["inverse_penalty"] == head.inverse_penalty
    answers = found.read_predictions()
    np.testing.assert_allclose(answers.rows("validation").logits, head.logits(validation[0]), rtol=1e-3, atol=1e-3)
    assert np.abs(answers.logits - plain.read_predictions().logits).max() > 0.01
    assert answers.place.tolist() == placed.places(answers.photo_id.tolist()).tolist()
