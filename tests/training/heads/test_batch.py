from dataclasses import replace

import numpy as np
import pytest
from drawn_trials import PlugPulledError, PullPlug, Talk, at_places, draw_inputs, draw_trial, history, train

from leafgraft.errors import TrainingError
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Training
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training import trial as trial_module
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.heads import batch as head_batch
from leafgraft.training.heads import head_trials
from leafgraft.training.heads.head_trials import head_group, train_heads
from leafgraft.training.trial import train_trial

MLP = Choice("mlp", {"hidden": [16], "dropout": 0.5})
NORMED = Choice("mlp", {"hidden": [32, 16], "dropout": 0.2, "batch_norm": True})
TRAINING = Training(epochs=6, batch_size=7, views=2, patience=2)
CHANGED = (Choice("flip"), Choice("mixup"))
PARTS = [
    {"optimizer": "adam"},
    {"optimizer": "sgd", "scheduler": Choice("plateau", {"patience": 0})},
    {"optimizer": "adamw", "loss": "focal", "scheduler": "cosine"},
    {"optimizer": "adam", "loss": "class_balanced"},
    {"optimizer": "adam", "loss": Choice("cross_entropy", {"label_smoothing": 0.1}), "scheduler": "one_cycle"},
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return draw_inputs(tmp_path_factory.mktemp("cache"))


def draw_heads(head="linear", seeds=(0, 1), training=TRAINING):
    """Trials that only differ in what may differ within a batch; weights that all seeds share."""
    options = {"head": head, "training": training, "augmentation": CHANGED, "weights": "shared"}
    wild = {"learning_rate": 20.0 if head == "linear" else 0.5}  # these stop early
    parts = [*PARTS[:-1], PARTS[-1] | wild]
    return [draw_trial("timm:test_resnet", seed=seed, **options, **part) for part in parts for seed in seeds]


@pytest.fixture(autouse=True)
def _one_backbone(monkeypatch):
    """Weights ``shared`` stand for pretrained ones: the same for every seed."""
    for module in ("leafgraft.training.network", "leafgraft.training.fit.open_parts"):
        name = "build_backbone" if module.endswith("network") else "weights_identity"
        original = getattr(__import__(module, fromlist=[name]), name)
        if name == "weights_identity":
            monkeypatch.setattr(f"{module}.{name}", lambda *_: "shared")
        else:
            monkeypatch.setattr(
                f"{module}.{name}", lambda choice, _weights, side, _seed, o=original: o(choice, "none", side, 0)
            )


def together(trials, inputs, path, progress=None):
    """Outcomes by key of trials trained side by side below `path`."""
    folders = {trial.key: TrialFolder(path / trial.key) for trial in trials}
    prefix = open_prefix(trials[0], inputs, progress or Silent())
    return {trial.key: outcome for trial, outcome in train_heads(trials, inputs, folders, prefix)}


def assert_same(one, other, exactly=True):
    if exactly:
        np.testing.assert_array_equal(one.read_predictions().logits, other.read_predictions().logits)
        assert timeless(one) == timeless(other)
    else:
        probabilities = [folder.read_predictions().probabilities for folder in (one, other)]
        np.testing.assert_allclose(*probabilities, atol=1e-4)


def timeless(folder):
    return [{**row, "seconds": ""} for row in history(folder)]


@pytest.mark.parametrize("head", ["linear", MLP, NORMED], ids=["linear", "mlp", "batch norm"])
def test_a_head_learns_the_same_beside_others_as_alone(inputs, tmp_path, head):
    trials = draw_heads(head)
    assert len({head_group(trial) for trial in trials}) == 1
    outcomes = together(trials, inputs, tmp_path / "together")
    assert all(isinstance(outcome, dict) for outcome in outcomes.values())
    assert len({outcome["epochs"] for outcome in outcomes.values()}) > 1  # they did not all stop at once
    for trial in trials:
        assert_same(TrialFolder(tmp_path / "together" / trial.key), train(trial, inputs, tmp_path / trial.key))


@pytest.mark.parametrize("head", ["linear", MLP, NORMED], ids=["linear", "mlp", "batch norm"])
def test_a_head_learns_what_the_loop_would_teach_it(inputs, tmp_path, monkeypatch, head):
    trials = draw_heads(head)
    if head is NORMED:  # a bias before batch norm has no gradient but noise: Adam makes whole steps of it
        sgd = [trial for trial in trials if trial.recipe.optimizer.name == "sgd"]
        slow = {"learning_rate": 0.003}  # at ten times that, rounding alone moves the answers by a thousandth
        trials = [replace(trial, recipe=replace(trial.recipe, **slow)) for trial in sgd]
    together(trials, inputs, tmp_path / "together")
    monkeypatch.setattr(trial_module, "heads_alone", lambda *_: False)
    for trial in trials:
        one = train(trial, inputs, tmp_path / trial.key)
        other = TrialFolder(tmp_path / "together" / trial.key)
        assert_same(one, other, exactly=False)
        rows = history(one), history(other)
        assert [row["epoch"] for row in rows[0]] == [row["epoch"] for row in rows[1]]
        for key in ("train_loss", "train_accuracy", "validation_loss", "learning_rate"):
            pairs = [[float(row[key]) for row in some] for some in rows]
            np.testing.assert_allclose(*pairs, rtol=1e-3, atol=1e-4)
        assert list(rows[0][0]) == list(rows[1][0])
        assert [row["rates"] for row in rows[0]] == [row["rates"] for row in rows[1]]


def test_places_count_alike_for_heads_side_by_side_as_in_the_loop(inputs, tmp_path, monkeypatch):
    placed = at_places(inputs, every=4)
    options = {"training": TRAINING, "augmentation": CHANGED, "weights": "shared", "optimizer": "sgd"}
    trials = [draw_trial("timm:test_resnet", seed=seed, balance="places", **options) for seed in (0, 1)]
    plain = draw_trial("timm:test_resnet", **options)
    assert head_group(plain) != head_group(trials[0]) == head_group(trials[1])
    together(trials, placed, tmp_path / "together")
    unlike = train(plain, placed, tmp_path / "plain").read_predictions().logits
    monkeypatch.setattr(trial_module, "heads_alone", lambda *_: False)
    for trial in trials:
        other = TrialFolder(tmp_path / "together" / trial.key)
        assert_same(train(trial, placed, tmp_path / trial.key), other, exactly=False)
    assert np.abs(unlike - TrialFolder(tmp_path / "together" / trials[0].key).read_predictions().logits).max() > 0.001


@pytest.mark.parametrize("head", ["linear", NORMED], ids=["linear", "batch norm"])
@pytest.mark.parametrize("cut_after", [1, 3, 6])
def test_a_cut_batch_goes_on_to_the_same_predictions(inputs, tmp_path, monkeypatch, head, cut_after):
    monkeypatch.setattr(head_batch, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(head_batch, "CHECKPOINT_SHARE", 1e9)
    trials = draw_heads(head, training=replace(TRAINING, patience=9 if cut_after == 6 else 2))
    together(trials, inputs, tmp_path / "whole")
    with pytest.raises(PlugPulledError):
        together(trials, inputs, tmp_path / "cut", PullPlug(cut_after))
    assert any(TrialFolder(tmp_path / "cut" / trial.key).checkpoint.is_file() for trial in trials)
    left = [trial for trial in trials if not TrialFolder(tmp_path / "cut" / trial.key).is_done("drawn")]
    together(left[1:], inputs, tmp_path / "cut")
    train_trial(left[0], inputs, TrialFolder(tmp_path / "cut" / left[0].key), Silent())  # alone: it makes no difference
    for trial in trials:
        assert_same(*(TrialFolder(tmp_path / run / trial.key) for run in ("cut", "whole")))


def test_a_loss_that_is_no_number_fails_its_own_trial_only(inputs, tmp_path):
    trials = draw_heads()
    wild = replace(trials[2], recipe=replace(trials[2].recipe, learning_rate=1e38, name="wild"))
    outcomes = together([*trials, wild], inputs, tmp_path / "together")
    assert isinstance(outcomes[wild.key], TrainingError)
    assert "'wild'" in str(outcomes[wild.key])
    assert "In epoch" in str(outcomes[wild.key])
    assert "(it is 1e+38)" in str(outcomes[wild.key])
    assert not TrialFolder(tmp_path / "together" / wild.key).is_done("drawn")
    for trial in trials:
        assert_same(TrialFolder(tmp_path / "together" / trial.key), train(trial, inputs, tmp_path / trial.key))


def test_few_at_a_time_where_memory_is_short(inputs, tmp_path, monkeypatch):
    trials = draw_heads(seeds=(0,))
    talk = Talk()
    monkeypatch.setattr(head_trials, "BATCH_BYTES", 2 * 4 * (5 * (3 * 128 + 3) + 7 * 128))
    together(trials, inputs, tmp_path / "together", talk)
    assert [task.rsplit(", ", 1)[1] for task in talk.tasks if "heads" in task or "seed" in task] == [
        "2 heads",
        "2 heads",
        "seed 0",
    ]


def test_what_must_be_alike():
    trial = draw_trial(weights="pretrained")
    alike = [replace(trial, seed=1), draw_trial(weights="pretrained", optimizer="sgd", loss="focal")]
    assert {head_group(one) for one in alike} == {head_group(trial)}
    others = [
        draw_trial(weights="pretrained", head="mlp"),
        draw_trial(weights="pretrained", augmentation=(Choice("flip"),)),
        draw_trial("mobilenet_v2", weights="pretrained"),
        draw_trial(weights="none"),
        replace(draw_trial(weights="none"), seed=1),
        replace(trial, fold=1),
        replace(trial, training=replace(trial.training, epochs=9)),
    ]
    assert len({head_group(one) for one in [trial, *others]}) == 1 + len(others)
    assert head_group(draw_trial(strategy="uniform")) is None
