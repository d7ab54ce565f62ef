"""A head learns from standardised features, and is kept as one for plain features."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_trials import draw_trial, train
from torch import nn

from leafgraft.choices.heads import linear
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Training
from leafgraft.training.distributed.launch import one_device
from leafgraft.training.fit.checkpoint import read_checkpoint
from leafgraft.training.fit.loop import Loop
from leafgraft.training.fit.open_parts import open_prefix
from leafgraft.training.fit.predict import load_network
from leafgraft.training.heads.standardising import fold_standardisation, measure_features
from leafgraft.training.phases import phase_at
from leafgraft.training.setup import make_loop

TRAINING = Training(epochs=4, batch_size=8, views=2)
GRADUAL = Choice("gradual", {"unfreeze_at": 2})
STAGEWISE = Choice("stagewise", {"every": 2})


@pytest.mark.parametrize("strategy", ["frozen", GRADUAL, STAGEWISE, "probe_then_full", "partial"])
def test_the_kept_head_is_plain_and_gives_the_kept_answers(inputs, tmp_path, strategy):
    trial = draw_trial(strategy=strategy, training=TRAINING)
    folder = train(trial, inputs, tmp_path)
    weights = read_checkpoint(folder.weights)[0]["best"]
    assert {name for name in weights if name.startswith("head")} == {"head.weight", "head.bias"}
    assert not [name for name in weights if "standardise" in name]
    said, loaded = folder.read_predictions(), load_network(trial, folder, 3)
    photos = inputs.photos([str(one) for one in said.photo_id])
    with torch.inference_mode():
        logits = loaded(photos.plain(np.arange(len(photos))))[0].numpy()
    np.testing.assert_allclose(logits, said.logits, atol=2e-2)  # kept maps are in half precision


@pytest.mark.parametrize("head", ["linear", Choice("mlp", {"hidden": [16]}), Choice("mlp", {"hidden": [12]})])
def test_what_is_seen_is_standardised_by_the_plain_training_photos_and_folding_changes_no_answer(inputs, head):
    trial = draw_trial(strategy=GRADUAL, head=head, augmentation=(Choice("flip"),), training=TRAINING)
    prefix = open_prefix(trial, inputs, Silent())
    loop = make_loop(trial, inputs, prefix, one_device(inputs))
    whole = replace(prefix, cut=len(prefix.network.backbone.stage_names))
    features = torch.from_numpy(whole.plain(inputs.photos(inputs.fold(0).train)).whole())
    seen = loop.network.standardise(features)
    live = features.std(dim=0) > 1e-6
    torch.testing.assert_close(seen.mean(dim=0)[live], torch.zeros(int(live.sum())), atol=1e-4, rtol=0)
    torch.testing.assert_close(seen.std(dim=0, correction=0)[live], torch.ones(int(live.sum())), atol=1e-3, rtol=0)
    network = loop.network.eval()
    before = network.head(seen)
    fold_standardisation(network, loop.standardisation)
    torch.testing.assert_close(network.head(network.standardise(features)), before, atol=1e-4, rtol=1e-4)


def test_answers_do_not_jump_where_stages_begin_to_learn(inputs):
    trial = draw_trial(strategy=GRADUAL, training=TRAINING, learning_rate=1e-9, optimizer="sgd", batch_norm="fixed")
    loop = make_loop(trial, inputs, open_prefix(trial, inputs, Silent()), one_device(inputs))
    losses = []
    for epoch in range(4):
        assert len(phase_at(loop.phases, epoch).learning) == (0 if epoch < 2 else len(loop.network.backbone.stages))
        losses.append(_validation_loss(loop, epoch))
    np.testing.assert_allclose(losses, losses[0], rtol=1e-3)


def _validation_loss(loop: Loop, epoch: int) -> float:
    loop.enter_phase(epoch)
    logits, labels = loop.feed.validation()
    return float(nn.functional.cross_entropy(logits, labels))


def test_strategies_that_let_stages_learn_at_once_have_their_features_as_they_are(inputs):
    trial = draw_trial(strategy="full", training=TRAINING)
    loop = make_loop(trial, inputs, open_prefix(trial, inputs, Silent()), one_device(inputs))
    assert loop.standardisation is None
    assert isinstance(loop.network.standardise, nn.Identity)


def test_a_head_that_nothing_folds_into_keeps_the_standardisation_itself(inputs, tmp_path, monkeypatch):
    class Normed(nn.Sequential):
        pass

    def build(width, classes):
        return Normed(nn.BatchNorm1d(width), nn.Linear(width, classes))

    monkeypatch.setattr(linear, "ENTRY", replace(linear.ENTRY, build=build))
    trial = draw_trial(training=TRAINING, backbone="timm:test_resnet")
    folder = train(trial, inputs, tmp_path)
    weights = read_checkpoint(folder.weights)[0]["best"]
    found = measure_features(trial, inputs, open_prefix(trial, inputs, Silent()))
    np.testing.assert_allclose(weights["head.0.mean"], found.mean, rtol=1e-6)
    np.testing.assert_allclose(weights["head.0.deviation"], found.deviation, rtol=1e-6)
    said, loaded = folder.read_predictions(), load_network(trial, folder, 3)
    photos = inputs.photos([str(one) for one in said.photo_id])
    with torch.inference_mode():
        logits = loaded(photos.plain(np.arange(len(photos))))[0].numpy()
    np.testing.assert_allclose(logits, said.logits, atol=1e-3)
