from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from drawn_trials import Talk, draw_inputs, draw_trial, train

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Training
from leafgraft.training import stage_cache
from leafgraft.training.batches import PhotoRows
from leafgraft.training.network import build_network
from leafgraft.training.stage_cache import GIGABYTE, Prefix, map_budget_bytes, prefix_identity

FLIP = (Choice("flip", {"horizontal": 0.5, "vertical": 0.5}),)


def open_prefix(inputs, cut, backbone="squeezenet1_1", progress=None):
    recipe = draw_trial(backbone).recipe
    network = build_network(recipe, 3, 0).eval()
    cut = len(network.backbone.stage_names) if cut == "end" else cut
    return Prefix(network, prefix_identity(recipe.backbone, "none-seed0", 32), cut, inputs.cache, progress or Silent())


def forwards(monkeypatch):
    """Counts photos that pass through any prefix, or through all stages for their means (one blank for its widths)."""
    counted = []
    means = stage_cache.stage_means

    def count_means(network, photos):
        counted.append(len(photos) if photos.any() else 0)
        return means(network, photos)

    monkeypatch.setattr(stage_cache, "stage_means", count_means)
    original = Prefix.__call__
    monkeypatch.setattr(Prefix, "__call__", lambda self, photos: counted.append(len(photos)) or original(self, photos))
    return counted


def test_features_are_computed_once_for_all_photos_and_splits(inputs, monkeypatch):
    counted = forwards(monkeypatch)
    prefix = open_prefix(inputs, "end")
    fold = inputs.fold(0)
    train_features = prefix.plain(inputs.photos(fold.train))
    test_features = prefix.plain(inputs.photos(fold.test[::-1]))
    assert sum(counted) == len(inputs.pixels.photo_ids)
    assert train_features.dtype == np.float32
    photos = inputs.photos(fold.test[::-1])
    with torch.inference_mode():
        direct = prefix.network.features(photos.plain(np.arange(len(photos))), 0)
    np.testing.assert_allclose(test_features, direct.numpy(), atol=1e-5, rtol=1e-4)


def test_seeds_heads_losses_and_optimizers_share_the_features(inputs, tmp_path, monkeypatch):
    training = Training(epochs=2, batch_size=8, views=2)
    weights = tmp_path / "weights.safetensors"
    from safetensors.torch import save_file
    from torchvision.models import squeezenet1_1

    save_file(squeezenet1_1(weights=None).state_dict(), weights)
    shared = {"weights": str(weights), "augmentation": FLIP, "training": training}
    train(draw_trial(**shared), inputs, tmp_path / "first")
    counted = forwards(monkeypatch)
    others = [
        draw_trial(seed=1, **shared),
        draw_trial(head="mlp", **shared),
        draw_trial(loss="focal", optimizer="sgd", scheduler="plateau", **shared),
    ]
    for number, trial in enumerate(others):
        train(trial, inputs, tmp_path / str(number))
    assert sum(counted) == 0


def test_maps_are_half_precision_and_read_back_as_they_were(inputs):
    prefix = open_prefix(inputs, 2)
    photos = inputs.photos(inputs.fold(0).validation)
    kept = prefix.plain(photos)
    assert kept.dtype == np.float16
    np.testing.assert_array_equal(kept, prefix.plain(photos))
    assert prefix.bytes_per_photo() == kept[0].nbytes
    np.testing.assert_array_equal(kept.astype(np.float32), prefix(photos.plain(np.arange(len(photos)))).numpy())


def test_other_weights_views_cuts_and_photos_are_other_entries(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), build_augmentation(FLIP)
    prefix = open_prefix(inputs, "end")
    features = [
        prefix.plain(photos),
        replace(prefix, identity=prefix.identity.replace("none-seed0", "other")).plain(photos),
        prefix.view(photos, change, FLIP, 0)[0],
        prefix.view(photos, change, FLIP, 1)[0],
        prefix.view(inputs.photos(inputs.fold(0).train[:8]), change, FLIP, 1)[0],
    ]
    assert len(list(inputs.cache.path.rglob("*.npy"))) == len(features)
    assert not np.array_equal(features[2], features[3])


def test_a_view_is_the_augmented_photo_of_that_number(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), build_augmentation(FLIP)
    prefix = open_prefix(inputs, "end")
    kept, targets = prefix.view(photos, change, FLIP, 1)
    changed, expected = photos.changed(np.arange(len(photos)), change, 0, 1)
    with torch.inference_mode():
        direct = prefix.network.features(changed, 0)
    np.testing.assert_allclose(kept, direct.numpy(), atol=1e-5, rtol=1e-4)
    np.testing.assert_array_equal(targets, expected.numpy())


def test_a_damaged_entry_is_made_anew_and_said(inputs):
    talk = Talk()
    prefix = open_prefix(inputs, "end", progress=talk)
    photos = inputs.photos(inputs.fold(0).train)
    before = prefix.plain(photos)
    (path,) = inputs.cache.path.rglob("*.npy")
    content = bytearray(path.read_bytes())
    content[-5] ^= 0xFF
    path.write_bytes(bytes(content))
    np.testing.assert_array_equal(prefix.plain(photos), before)
    assert len(talk.lines) == 1
    assert "damaged" in talk.lines[0]


def test_an_interrupted_computation_leaves_no_entry(inputs, monkeypatch):
    prefix = open_prefix(inputs, "end")

    def fail(self, photos):
        raise KeyboardInterrupt

    monkeypatch.setattr(PhotoRows, "plain", fail)
    with pytest.raises(KeyboardInterrupt):
        prefix.plain(inputs.photos(inputs.fold(0).train))
    left = [path for path in inputs.cache.path.rglob("*") if path.is_file() and path.parent.name != ".locks"]
    assert left == []


def test_the_budget_is_a_quarter_of_free_memory_or_as_told(monkeypatch):
    monkeypatch.delenv("LEAFGRAFT_MAPS_GB", raising=False)
    assert map_budget_bytes() == pytest.approx(psutil.virtual_memory().available / 4, rel=0.3)
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", "0.5")
    assert map_budget_bytes() == GIGABYTE // 2


def test_maps_over_the_budget_are_computed_again_and_that_is_said(tmp_path, monkeypatch):
    inputs = draw_inputs(tmp_path / "cache")
    trial = draw_trial(strategy=Choice("partial", {"last": 1}), training=Training(epochs=2, batch_size=8))
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", "0")
    talk = Talk()
    train(trial, inputs, tmp_path / "trial", talk)
    assert sum("over the budget (LEAFGRAFT_MAPS_GB)" in line for line in talk.lines) == 1
    assert not list(inputs.cache.path.rglob("*.npy"))
