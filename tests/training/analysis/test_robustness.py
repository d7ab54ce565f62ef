from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_photos, draw_trial, train

from leafgraft.choices.augmentations.randomness import photo_keys
from leafgraft.export.trained import open_trained
from leafgraft.records.engine import EngineChoice
from leafgraft.records.recipe import Choice, Training
from leafgraft.training.analysis.corruptions import CORRUPTIONS
from leafgraft.training.analysis.robustness import answer_disturbed

KEYS = photo_keys([f"{number:016x}" for number in range(6)])


@pytest.mark.parametrize("disturbance", CORRUPTIONS, ids=lambda one: one.name)
def test_a_stronger_disturbance_changes_a_photo_more(disturbance):
    photos, _ = draw_photos(6, 96)
    original = photos.copy()
    distances = []
    for strength in disturbance.strengths:
        disturbed = disturbance.apply(photos, strength, KEYS)
        assert disturbed.shape == photos.shape
        assert disturbed.dtype == np.uint8
        distances.append(np.abs(disturbed.astype(float) - photos).mean())
    np.testing.assert_array_equal(photos, original)
    assert distances[0] > 0
    if disturbance.name != "crop":  # of noise, any two parts differ alike
        assert distances == sorted(distances)


@pytest.mark.parametrize("disturbance", CORRUPTIONS, ids=lambda one: one.name)
def test_what_is_drawn_depends_on_the_photo_alone(disturbance):
    photos, _ = draw_photos(6, 48)
    strength = disturbance.strengths[2]
    together = disturbance.apply(photos, strength, KEYS)
    alone = [disturbance.apply(photos[row : row + 1], strength, KEYS[row : row + 1])[0] for row in (5, 2)]
    np.testing.assert_array_equal(together[[5, 2]], np.stack(alone))


def test_brightness_is_in_stops_and_contrast_in_shares():
    photos = np.full((4, 8, 8, 3), 60, np.uint8)
    photos[:, :4] = 100
    by_name = {one.name: one for one in CORRUPTIONS}
    levels = {int(photo[0, 0, 0]) for photo in by_name["brightness"].apply(photos, 1.0, KEYS[:4])}
    assert levels <= {50, 200}
    lower = by_name["contrast"].apply(photos, 0.5, KEYS[:4])
    assert (lower[:, 0].mean(), lower[:, -1].mean()) == (90, 70)


@pytest.mark.parametrize("strategy", ["frozen", "full", Choice("partial", {"last": 1})], ids=str)
def test_accuracies_of_a_trial_from_its_exported_graph(inputs, tmp_path, monkeypatch, strategy):
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")
    trial = draw_trial("timm:test_resnet", strategy, training=Training(epochs=20, batch_size=8))
    folder = train(trial, inputs, tmp_path / "trial")
    talk = Talk()
    logits_of, choice = open_trained(trial, inputs, folder, talk).engine()
    assert choice == EngineChoice("onnxruntime")
    found = answer_disturbed(trial, inputs, logits_of, talk)
    assert talk.tasks[-1] == "timm:test_resnet: disturbed photos"
    test = folder.read_predictions().rows("test")
    assert sorted(found.photo_ids) == sorted(test.photo_id)
    assert found.clean.mean() == pytest.approx((test.logits.argmax(axis=1) == test.label).mean())
    assert list(found.disturbed) == ["blur", "noise", "jpeg", "brightness", "contrast", "shadow", "crop"]
    assert all(five.shape == (5, len(test.label)) for five in found.disturbed.values())
    assert np.mean(list(found.disturbed.values())) < found.clean.mean()


@pytest.mark.parametrize("most", [6, 3])
def test_photos_are_drawn_from_every_class_alike(inputs, most):
    """Photos of three classes take turns: every second or third one would be of few classes."""
    test = inputs.fold(0).test * 3
    asked = []

    def first_class(photos):
        asked.append(len(photos))
        return torch.nn.functional.one_hot(torch.zeros(len(photos), dtype=torch.int64), 3).float()

    inputs = replace(inputs, splits=replace(inputs.splits, folds=(replace(inputs.fold(0), test=test),)))
    found = answer_disturbed(draw_trial(), inputs, first_class, Talk(), most=most)
    assert len(found.photo_ids) == most
    assert sum(asked) == most * (1 + len(CORRUPTIONS) * 5)
    assert found.clean.mean() == pytest.approx(1 / 3)
