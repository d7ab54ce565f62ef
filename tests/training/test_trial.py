import json
from dataclasses import replace

import numpy as np
import pytest
import timm
import torch
from drawn_trials import PlugPulledError, PullPlug, Talk, draw_inputs, draw_trial, history, train
from safetensors.torch import save_file
from torchvision import models
from torchvision.transforms import v2

from leafgraft.errors import StudyFolderError, TrainingError
from leafgraft.export import trained
from leafgraft.export.trained import open_trained
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, SmallFirst, Training
from leafgraft.storage.predictions import read_predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.training import trial as trial_module
from leafgraft.training.fit.loop import dropout_seed
from leafgraft.training.fit.open_parts import open_feed, open_prefix
from leafgraft.training.fit.predict import load_network, logits_of
from leafgraft.training.frozen.prefix import Prefix
from leafgraft.training.heads import batch as head_batch
from leafgraft.training.launch import run_trials
from leafgraft.training.network import Network
from leafgraft.training.trial import train_trial

SGD_PLATEAU = {"optimizer": "sgd", "scheduler": Choice("plateau", {"patience": 0})}
DROPOUT = {"head": Choice("mlp", {"hidden": [16], "dropout": 0.5})}
CHANGED = {"augmentation": (Choice("flip"), Choice("jitter"))}
GRADUAL = Choice("gradual", {"unfreeze_at": 2})


def test_a_frozen_trial_leaves_a_whole_folder(tmp_path):
    inputs = draw_inputs(tmp_path / "cache", second=6)
    trial = draw_trial()
    folder = train(trial, inputs, tmp_path / "trial")
    names = {path.name for path in folder.path.iterdir()}
    expected = {"trial.json", "history.csv", "predictions.npz", "weights.safetensors", "done", "also_test-field.npz"}
    assert names == expected
    assert folder.is_done("drawn")
    assert not folder.is_done("other photos")
    predictions = folder.read_predictions()
    fold = inputs.fold(0)
    assert tuple(predictions.photo_id) == fold.validation + fold.test
    assert list(predictions.split) == ["validation"] * len(fold.validation) + ["test"] * len(fold.test)
    assert predictions.logits.dtype == np.float32
    label_of = {photo.photo_id: photo.label for photo in inputs.manifest.photos}
    assert [predictions.classes[n] for n in predictions.label] == [label_of[i] for i in predictions.photo_id]
    second = read_predictions(folder.also_test("field"))
    assert tuple(second.photo_id) == inputs.also_test["field"][1].photo_ids
    assert set(second.split) == {"test"}


def test_phases_that_are_never_reached_are_not_told(inputs, tmp_path):
    late = Choice("gradual", {"unfreeze_at": 2})
    trial = draw_trial(strategy=late, training=Training(epochs=2, batch_size=8))
    phases = train(trial, inputs, tmp_path / "trial").read_info()["phases"]
    assert [(phase["from_epoch"], phase["learning"]) for phase in phases] == [(0, [])]


@pytest.mark.parametrize("strategy", ["frozen", "uniform"])
def test_the_largest_seed_can_be_trained_with(inputs, tmp_path, strategy):
    trial = draw_trial(strategy=strategy, seed=2**63 - 1, training=Training(epochs=1, batch_size=8), **DROPOUT)
    assert train(trial, inputs, tmp_path / "trial").is_done("drawn")
    assert dropout_seed(12, 3) == 12_000_039


def test_history_and_info_say_what_happened(inputs, tmp_path):
    trial = draw_trial("timm:test_resnet", GRADUAL)
    folder = train(trial, inputs, tmp_path / "trial")
    rows = history(folder)
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]
    assert [row["learning"] for row in rows[:3]] == ["head", "head", "head+stem+layer1+layer2+layer3+layer4"]
    assert rows[0]["rates"] == f"head={float(rows[0]['learning_rate']):.4g}"
    named = dict(part.split("=") for part in rows[2]["rates"].split("+"))
    assert list(named) == rows[2]["learning"].split("+")
    assert float(named["layer4"]) == pytest.approx(0.1 * float(named["head"]), rel=1e-3)
    info = folder.read_info()
    assert info["key"] == trial.key
    assert [phase["from_epoch"] for phase in info["phases"]] == [0, 2]
    losses = [float(row["validation_loss"]) for row in rows]
    assert info["best_epoch"] == int(np.argmin(losses))
    assert info["best_validation_loss"] == pytest.approx(min(losses))
    assert info["stopped"] == "all epochs done"
    weights = sum(tensor.numel() for tensor in load_network(trial, folder, 3).state_dict().values())
    assert info["megabytes"] == pytest.approx(weights * 4 / 1e6, abs=0.01)
    assert info["milliseconds_per_photo"] > 0
    assert info["gigaflops"] > 0
    json.dumps(info)


def test_it_learns(inputs, tmp_path):
    training = Training(epochs=20, batch_size=8, patience=20)
    trial = draw_trial("timm:test_resnet", "uniform", training=training, learning_rate=3e-3)
    predictions = train(trial, inputs, tmp_path / "trial").read_predictions()
    assert (predictions.logits.argmax(axis=1) == predictions.label).mean() > 0.9


@pytest.mark.parametrize(
    ("backbone", "strategy", "choices"),
    [("squeezenet1_1", "frozen", DROPOUT | CHANGED), ("timm:test_resnet", "uniform", CHANGED)],
)
def test_one_seed_gives_the_same_predictions_twice(tmp_path, backbone, strategy, choices):
    trial = draw_trial(backbone, strategy, training=Training(epochs=2, batch_size=8, views=2), **choices)
    logits = [
        train(trial, draw_inputs(tmp_path / f"cache{run}"), tmp_path / f"trial{run}").read_predictions().logits
        for run in range(2)
    ]
    np.testing.assert_array_equal(logits[0], logits[1])
    other = train(replace(trial, seed=1), draw_inputs(tmp_path / "cache0"), tmp_path / "other").read_predictions()
    assert not np.array_equal(logits[0], other.logits)


@pytest.mark.parametrize(
    ("backbone", "strategy", "choices", "cut_after"),
    [
        ("squeezenet1_1", "frozen", DROPOUT | CHANGED, 3),
        ("squeezenet1_1", "frozen", SGD_PLATEAU, 3),
        ("timm:test_resnet", "uniform", SGD_PLATEAU | CHANGED, 2),
        ("squeezenet1_1", GRADUAL, DROPOUT, 1),
        ("squeezenet1_1", GRADUAL, DROPOUT, 2),
        ("squeezenet1_1", GRADUAL, DROPOUT, 3),
        ("mobilenet_v2", Choice("stagewise", {"every": 1}), {}, 2),
        ("squeezenet1_1", "probe_then_full", {"augmentation": (Choice("mixup"),)}, 2),
    ],
)
def test_a_cut_trial_goes_on_to_the_same_predictions(  # noqa: PLR0917
    inputs, tmp_path, monkeypatch, backbone, strategy, choices, cut_after
):
    for module in (trial_module, head_batch):
        monkeypatch.setattr(module, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(head_batch, "CHECKPOINT_SHARE", 1e9)
    trial = draw_trial(backbone, strategy, **choices)
    whole = train(trial, inputs, tmp_path / "whole")
    with pytest.raises(PlugPulledError):
        train(trial, inputs, tmp_path / "cut", PullPlug(cut_after))
    folder = TrialFolder(tmp_path / "cut")
    assert not folder.is_done("drawn")
    assert folder.checkpoint.is_file()
    epochs_run = []
    for kind in (trial_module.Loop, head_batch.HeadBatch):
        original = kind._epoch
        monkeypatch.setattr(
            kind, "_epoch", lambda self, epoch, of=original: epochs_run.append(epoch) or of(self, epoch)
        )
    train_trial(trial, inputs, folder, Silent())
    assert epochs_run == list(range(cut_after, 4))
    assert not folder.checkpoint.exists()
    np.testing.assert_array_equal(folder.read_predictions().logits, whole.read_predictions().logits)
    timeless = [[{**row, "seconds": ""} for row in history(one)] for one in (folder, whole)]
    assert timeless[0] == timeless[1]


@pytest.mark.parametrize("loop", ["alone", "together"])
def test_a_checkpoint_of_an_earlier_version_is_gone_on_from(inputs, tmp_path, monkeypatch, loop):
    """Its fingerprint was of the second folders, too."""
    for module in (trial_module, head_batch):
        monkeypatch.setattr(module, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(head_batch, "CHECKPOINT_SHARE", 1e9)
    trial = draw_trial(training=Training(epochs=3, batch_size=8), strategy="uniform" if loop == "alone" else "frozen")
    folder = StudyFolder(tmp_path / "study")
    with pytest.raises(PlugPulledError):
        train(trial, replace(inputs, fingerprint="of second folders too"), folder.trial(trial.key).path, PullPlug(2))
    talk = Talk()
    assert run_trials([trial], lambda _: replace(inputs, earlier=("of second folders too",)), folder, talk) == {}
    assert [one["epoch"] for one in talk.events if one["event"] == "trial goes on"] == [2]


@pytest.mark.parametrize("spoil", ["damaged", "other photos"])
def test_a_checkpoint_that_does_not_count_is_not_used(inputs, tmp_path, monkeypatch, spoil):
    monkeypatch.setattr(head_batch, "CHECKPOINT_EVERY_S", 0.0)
    trial = draw_trial(training=Training(epochs=3, batch_size=8))
    before = inputs if spoil == "damaged" else replace(inputs, fingerprint="other photos")
    with pytest.raises(PlugPulledError):
        train(trial, before, tmp_path / "cut", PullPlug(2))
    folder = TrialFolder(tmp_path / "cut")
    if spoil == "damaged":
        content = folder.checkpoint.read_bytes()
        folder.checkpoint.write_bytes(content[: len(content) // 2])
    train_trial(trial, inputs, folder, Silent())
    whole = train(trial, inputs, tmp_path / "whole")
    np.testing.assert_array_equal(folder.read_predictions().logits, whole.read_predictions().logits)
    assert len(history(folder)) == 3


@pytest.mark.parametrize(
    ("strategy", "views"),
    [
        ("frozen", 0),
        ("frozen", 2),
        (Choice("partial", {"last": 1}), 0),
        (Choice("partial", {"last": 2}), 2),
        (GRADUAL, 2),
    ],
)
@pytest.mark.parametrize("backbone", ["squeezenet1_1", "timm:test_resnet"])
def test_kept_outputs_give_what_computing_again_gives(tmp_path, monkeypatch, backbone, strategy, views):
    training = Training(epochs=3, batch_size=8, views=views)
    trial = draw_trial(backbone, strategy, training=training, augmentation=(Choice("flip"), Choice("mixup")))
    kept = train(trial, draw_inputs(tmp_path / "cache"), tmp_path / "kept").read_predictions()
    monkeypatch.setattr(Prefix, "fits", lambda *_: False)
    monkeypatch.setattr(trial_module, "heads_alone", lambda *_: False)  # these need kept features
    talk = Talk()
    again = train(trial, draw_inputs(tmp_path / "none"), tmp_path / "again", talk).read_predictions()
    assert "over the budget" in talk.lines[0]
    np.testing.assert_allclose(kept.probabilities, again.probabilities, atol=1e-4)


@pytest.mark.parametrize("strategy", ["frozen", Choice("partial", {"last": 1}), "uniform"])
def test_loaded_weights_are_those_of_the_best_epoch(inputs, tmp_path, strategy):
    trial = draw_trial("timm:test_resnet", strategy, learning_rate=0.02)
    folder = train(trial, inputs, tmp_path / "trial")
    network = load_network(trial, folder, 3)
    assert not network.training
    whole = Prefix(network, "resnet18@32", 0, inputs.cache, Silent())
    predictions = folder.read_predictions()
    logits = logits_of(whole, inputs.photos(tuple(predictions.photo_id)))
    np.testing.assert_allclose(logits, predictions.logits, atol=5e-3, rtol=1e-3)
    rows = predictions.rows("validation")
    loss = -np.log(rows.probabilities[np.arange(len(rows.label)), rows.label]).mean()
    assert loss == pytest.approx(folder.read_info()["best_validation_loss"], abs=1e-4)


def test_only_what_learned_is_written(inputs, tmp_path):
    sizes = {
        strategy: train(draw_trial("timm:test_resnet", strategy), inputs, tmp_path / strategy).weights.stat().st_size
        for strategy in ("frozen", "uniform")
    }
    assert sizes["frozen"] < 20_000
    assert sizes["uniform"] > 1_400_000


def test_a_loss_that_is_no_number_says_what_to_do(inputs, tmp_path):
    trial = draw_trial("squeezenet1_1", "uniform", optimizer="sgd", learning_rate=99.0)
    with pytest.raises(TrainingError, match="Lower learning_rate"):
        train(trial, inputs, tmp_path / "trial")
    assert not TrialFolder(tmp_path / "trial").is_done("drawn")


def test_probe_then_full_starts_from_the_optimum(inputs, tmp_path):
    first = {
        strategy: float(history(train(trial, inputs, tmp_path / strategy))[0]["train_loss"])
        for strategy in ("uniform", "probe_then_full")
        for trial in [
            draw_trial("squeezenet1_1", strategy, learning_rate=1e-5, training=Training(epochs=1, batch_size=8))
        ]
    }
    assert first["probe_then_full"] < 0.5 * first["uniform"]


def test_small_photos_come_first(tmp_path, monkeypatch):
    inputs, sides = draw_inputs(tmp_path / "cache", side=64), []
    forward = Network.forward

    def watch(network, maps, stages=0):
        if network.training:
            sides.append(maps.shape[-1])
        return forward(network, maps, stages)

    monkeypatch.setattr(Network, "forward", watch)
    sized = {"image_size": 64, "small_first": SmallFirst(32, epochs=3)}
    trial = draw_trial("timm:test_resnet", Choice("gradual", {"unfreeze_at": 1}), **sized)
    folder = train(trial, inputs, tmp_path / "trial")
    steps = 4
    learned = sides[-3 * steps :]  # epoch 0 learns from kept features
    assert learned == [32] * steps * 2 + [64] * steps
    assert folder.read_info()["recipe"]["small_first"] == {"side_px": 32, "epochs": 3}


def test_small_photos_are_shrunk_as_decoded_photos_are(tmp_path):
    inputs = draw_inputs(tmp_path / "cache", side=64)
    trial = draw_trial("timm:test_resnet", "full", image_size=64, small_first=SmallFirst(32, epochs=1))
    feed = open_feed(trial, inputs, open_prefix(trial, inputs, Silent()))
    positions = np.arange(5)
    (small, _), (large, _) = feed.batch(positions, 0), feed.batch(positions, 1)
    assert (small.shape[-1], large.shape[-1]) == (32, 64)
    shrunk = v2.functional.resize(large, [32, 32], antialias=True)
    assert torch.allclose(small, shrunk, atol=1e-4)


def test_a_recipe_without_small_photos_keeps_its_key():
    plain = draw_trial("timm:test_resnet", "full")
    assert plain.key == "timm-test_resnet-full-s0-f0-104e3353"
    large = draw_trial("timm:test_resnet", "full", image_size=64)
    assert draw_trial("timm:test_resnet", "full", image_size=64, small_first=SmallFirst(32, 1)).key != large.key


@pytest.mark.parametrize("strategy", ["frozen", "full"])
def test_frozen_stages_are_opened_with_the_weights_that_they_were_trained_with(inputs, tmp_path, strategy):
    """A file of weights that was replaced under its name gave answers that no trial ever gave."""
    file = tmp_path / "mine.safetensors"

    def write(seed):
        torch.manual_seed(seed)
        save_file(models.squeezenet1_1().state_dict(), file)

    write(seed=1)
    trial = draw_trial(strategy=strategy, weights=str(file), training=Training(epochs=1, batch_size=8))
    folder = train(trial, inputs, tmp_path / "trial")
    open_trained(trial, inputs, folder, Silent())
    write(seed=2)
    if strategy == "full":
        open_trained(trial, inputs, folder, Silent())
        return
    with pytest.raises(StudyFolderError, match=r"has others now \(weights: .*mine\.safetensors\)"):
        open_trained(trial, inputs, folder, Silent())


def test_weights_that_timm_fetched_are_not_taken_for_others(inputs, tmp_path, monkeypatch):
    """Whether they are those of a file that came into the weights folder later cannot be told; a file that went can."""
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path))
    save_file(timm.create_model("test_resnet").state_dict(), tmp_path / "test_resnet.safetensors")
    trial = draw_trial("timm:test_resnet", weights="pretrained", training=Training(epochs=1, batch_size=8))
    folder = train(trial, inputs, tmp_path / "trial")
    with monkeypatch.context() as now:
        now.setattr(trained, "weights_identity", lambda *_: "timm-pretrained")
        with pytest.raises(StudyFolderError, match="must have the weights that it was trained with"):
            open_trained(trial, inputs, folder, Silent())
    info = folder.read_info()
    monkeypatch.setattr(TrialFolder, "read_info", lambda _: info | {"identity": "timm-pretrained"})
    assert open_trained(trial, inputs, folder, Silent()).cut
