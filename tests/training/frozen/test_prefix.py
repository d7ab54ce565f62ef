import json
from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from drawn_trials import Talk, draw_inputs, draw_trial, train

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.data.decode.pixel_rows import DECODER
from leafgraft.errors import UsageError
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Training
from leafgraft.storage.cache import kept_rows
from leafgraft.storage.cache.cache_folder import GIGABYTE
from leafgraft.training.frozen import prefix as stage_cache
from leafgraft.training.frozen.features import VIEWS, crop_features, view_features
from leafgraft.training.frozen.prefix import Prefix, map_budget_bytes, prefix_identity
from leafgraft.training.network import build_network
from leafgraft.training.photos.photo_rows import PhotoRows

MIXED = (Choice("mixup", {"alpha": 0.2}),)
FLIP = (Choice("flip", {"horizontal": 0.5, "vertical": 0.5}),)


def open_prefix(inputs, cut, backbone="squeezenet1_1", progress=None):
    recipe = draw_trial(backbone).recipe
    network = build_network(recipe, 3, 0).eval()
    cut = len(network.backbone.stage_names) if cut == "end" else cut
    return Prefix(network, prefix_identity(recipe.backbone, "none-seed0", 32), cut, inputs.cache, progress or Silent())


def forwards(monkeypatch):
    """Counts photos that pass through any prefix."""
    counted = []
    build = stage_cache.build_engine

    def counting(*arguments):
        engine = build(*arguments)
        return lambda photos: counted.append(len(photos)) or engine(photos)

    monkeypatch.setattr(stage_cache, "build_engine", counting)
    return counted


def test_features_are_computed_once_for_all_photos_and_splits(inputs, monkeypatch):
    counted = forwards(monkeypatch)
    prefix = open_prefix(inputs, "end")
    fold = inputs.fold(0)
    train_features = prefix.plain(inputs.photos(fold.train)).whole()
    test_features = prefix.plain(inputs.photos(fold.test[::-1])).whole()
    assert sum(counted) == len(inputs.pixels.photo_ids)
    assert train_features.dtype == np.float32
    photos = inputs.photos(fold.test[::-1])
    with torch.inference_mode():
        direct = prefix.network.features(photos.plain(np.arange(len(photos))), 0)
    np.testing.assert_allclose(test_features, direct.numpy(), atol=1e-5, rtol=1e-4)


def test_close_ups_pass_once_and_are_not_the_photos(inputs, monkeypatch):
    counted = forwards(monkeypatch)
    prefix = open_prefix(inputs, "end")
    photos = inputs.photos(inputs.fold(0).train[:5])
    crops = crop_features(prefix, photos)
    again = crop_features(open_prefix(inputs, "end"), inputs.photos(photos.photo_ids[::-1]))
    assert sum(counted) == 5
    np.testing.assert_array_equal(crops[::-1], again)
    assert np.abs(crops - prefix.plain(photos).whole()).max() > 0.01


def test_views_pass_once_each_and_differ(inputs, monkeypatch):
    counted = forwards(monkeypatch)
    prefix = open_prefix(inputs, "end")
    photos = inputs.photos(inputs.fold(0).train[:5])
    views = view_features(prefix, photos)
    again = view_features(open_prefix(inputs, "end"), inputs.photos(photos.photo_ids[::-1]))
    assert views.shape[:2] == (VIEWS, 5)
    assert sum(counted) == VIEWS * 5
    np.testing.assert_array_equal(views[:, ::-1], again)
    assert np.abs(views[0] - views[1]).max() > 0.01
    assert np.abs(views - prefix.plain(photos).whole()).max() > 0.01


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
    kept = prefix.plain(photos).whole()
    assert kept.dtype == np.float16
    np.testing.assert_array_equal(kept, prefix.plain(photos).whole())
    assert prefix.bytes_per_photo() == kept[0].nbytes
    np.testing.assert_array_equal(kept.astype(np.float32), prefix(photos.plain(np.arange(len(photos)))).numpy())


def test_other_weights_views_cuts_and_photos_are_other_entries(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), build_augmentation(FLIP)
    prefix = open_prefix(inputs, "end")
    outputs = [
        prefix.plain(photos),
        replace(prefix, identity=prefix.identity.replace("none-seed0", "other")).plain(photos),
        prefix.view(photos, change, FLIP, 0)[0],
        prefix.view(photos, change, FLIP, 1)[0],
        prefix.view(photos, build_augmentation(MIXED), MIXED, 1)[0],
        prefix.view(inputs.photos(inputs.fold(0).train[:8]), build_augmentation(MIXED), MIXED, 1)[0],
        replace(prefix, cut=2).plain(photos),
    ]
    assert len(list(inputs.cache.path.rglob("*.npy"))) == len(outputs)
    assert not np.array_equal(outputs[2].whole(), outputs[3].whole())


def test_folds_share_the_views_of_their_photos(inputs, monkeypatch):
    counted, change = forwards(monkeypatch), build_augmentation(FLIP)
    prefix = open_prefix(inputs, "end")
    ids = inputs.pixels.photo_ids
    first = prefix.view(inputs.photos(ids[:30]), change, FLIP, 0)[0]
    second = prefix.view(inputs.photos(ids[47:10:-1]), change, FLIP, 0)[0]
    assert sum(counted) == len(ids)
    np.testing.assert_array_equal(first.whole()[11:], second.whole()[::-1][:19])


@pytest.mark.parametrize("cut", [2, "end"])
def test_what_is_kept_is_what_computing_again_gives_to_the_last_bit(inputs, cut):
    """Whatever the batch: engines see batches of one size."""
    prefix, photos = open_prefix(inputs, cut), inputs.photos(inputs.fold(0).train)
    kept = prefix.plain(photos).whole().astype(np.float32)
    for positions in (np.array([3]), np.array([7, 3, 20]), np.arange(len(photos))):
        np.testing.assert_array_equal(prefix(photos.plain(positions)).numpy(), kept[positions])


def test_a_prefix_leaves_the_learning_stages_as_they_are(inputs):
    prefix = open_prefix(inputs, 2)
    prefix.network.train()
    prefix.network.backbone.stages["stem"].eval()
    before = [module.training for module in prefix.network.modules()]
    prefix.plain(inputs.photos(inputs.fold(0).validation))
    prefix(inputs.photos(inputs.fold(0).validation).plain(np.arange(2)))
    assert [module.training for module in prefix.network.modules()] == before


def test_a_view_is_the_augmented_photo_of_that_number(inputs):
    photos, change = inputs.photos(inputs.fold(0).train), build_augmentation(FLIP)
    prefix = open_prefix(inputs, "end")
    outputs, targets = prefix.view(photos, change, FLIP, 1)
    changed, expected = photos.changed(np.arange(len(photos)), change, 0, 1)
    with torch.inference_mode():
        direct = prefix.network.features(changed, 0)
    np.testing.assert_allclose(outputs.whole(), direct.numpy(), atol=1e-5, rtol=1e-4)
    np.testing.assert_array_equal(targets, expected.numpy())


def test_a_damaged_entry_is_made_anew_and_said(inputs):
    talk = Talk()
    prefix = open_prefix(inputs, "end", progress=talk)
    photos = inputs.photos(inputs.fold(0).train)
    before = prefix.plain(photos).whole()
    (path,) = inputs.cache.path.rglob("*.npy")
    content = bytearray(path.read_bytes())
    content[-5] ^= 0xFF
    path.write_bytes(bytes(content))
    np.testing.assert_array_equal(open_prefix(inputs, "end", progress=talk).plain(photos).whole(), before)
    assert len(talk.lines) == 1
    assert "damaged" in talk.lines[0]


def test_what_is_kept_needs_no_engine_and_is_compared_once(inputs, monkeypatch):
    before = open_prefix(inputs, "end").plain(inputs.photos(inputs.fold(0).train)).whole()
    compared, checksum = [], kept_rows._checksum
    monkeypatch.setattr(kept_rows, "_checksum", lambda row: compared.append(1) or checksum(row))
    monkeypatch.setattr(stage_cache, "build_engine", None)
    prefix = open_prefix(inputs, "end")
    for _ in range(3):
        np.testing.assert_array_equal(prefix.plain(inputs.photos(inputs.fold(0).train)).whole(), before)
    assert len(compared) == len(inputs.pixels.photo_ids)


@pytest.mark.parametrize("emptied", [False, True])
def test_outputs_that_another_study_deletes_between_two_reads_are_made_anew(inputs, *, emptied):
    prefix, fold = open_prefix(inputs, 2), inputs.fold(0)
    train, validation = inputs.photos(fold.train), inputs.photos(fold.validation)
    before = prefix.plain(train)
    expected = before.whole()
    if emptied:
        inputs.cache.empty()
    else:
        prefix.kept_outputs(inputs.pixels.photo_ids, "plain", shared=True).delete()
    prefix.plain(validation)
    np.testing.assert_array_equal(prefix.plain(train).whole(), expected)
    np.testing.assert_array_equal(before.whole(), expected)  # whoever has it mapped


def test_a_cpu_keeps_its_keys_and_other_devices_and_decoders_have_their_own(inputs):
    prefix = open_prefix(inputs, 2)
    seen = [prefix.identity, DECODER, 2]
    ids = inputs.pixels.photo_ids
    assert prefix.kept_stages(ids).what == json.dumps([*seen, prefix.choice.engine, "stages"])
    own = prefix.kept_outputs(ids, "plain", shared=True)
    assert own.what == json.dumps([*seen, prefix.choice.engine, "plain"])
    prefix.network.to("meta")
    elsewhere = prefix.kept_outputs(ids, "plain", shared=True)
    assert elsewhere.what == json.dumps([*seen, f"{prefix.choice.engine} on meta", "plain"])


def test_an_interrupted_computation_goes_on_where_it_was(inputs, monkeypatch):
    monkeypatch.setattr(stage_cache, "batch_size", lambda side: 10)
    prefix, photos = open_prefix(inputs, 2), inputs.photos(inputs.pixels.photo_ids)
    plain, asked = PhotoRows.plain, []

    def fail(self, positions):
        asked.append(positions)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return plain(self, positions)

    with monkeypatch.context() as patch:
        patch.setattr(PhotoRows, "plain", fail)
        with pytest.raises(KeyboardInterrupt):
            prefix.plain(photos)
    counted = forwards(monkeypatch)
    again = open_prefix(inputs, 2).plain(photos).whole()
    assert sum(counted) == len(photos) - 30
    inputs.cache.empty()
    np.testing.assert_array_equal(again, open_prefix(inputs, 2).plain(photos).whole())


def test_the_budget_is_a_quarter_of_free_memory_or_as_told(monkeypatch):
    monkeypatch.delenv("LEAFGRAFT_MAPS_GB", raising=False)
    assert map_budget_bytes() == pytest.approx(psutil.virtual_memory().available / 4, rel=0.3)
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", "0.5")
    assert map_budget_bytes() == GIGABYTE // 2
    for value in ("lots", "-1", "nan", "inf"):
        monkeypatch.setenv("LEAFGRAFT_MAPS_GB", value)
        with pytest.raises(UsageError, match=r"\$LEAFGRAFT_MAPS_GB must be a number from 0 up"):
            map_budget_bytes()


def test_maps_over_the_budget_are_computed_again_and_that_is_said(tmp_path, monkeypatch):
    inputs = draw_inputs(tmp_path / "cache")
    trial = draw_trial(strategy=Choice("partial", {"last": 1}), training=Training(epochs=2, batch_size=8))
    monkeypatch.setenv("LEAFGRAFT_MAPS_GB", "0")
    talk = Talk()
    train(trial, inputs, tmp_path / "trial", talk)
    assert sum("over the budget (LEAFGRAFT_MAPS_GB)" in line for line in talk.lines) == 1
    assert not list(inputs.cache.path.rglob("*.npy"))


@pytest.mark.parametrize("engine", ["eager", "onnxruntime"])
@pytest.mark.parametrize(
    ("backbone", "strategy", "mixing"),
    [
        ("squeezenet1_1", Choice("partial", {"last": 1}), "mixup"),
        ("resnet18", Choice("partial", {"last": 2}), "flip"),
        ("timm:test_vit", Choice("partial", {"last": 1}), "flip"),
        ("squeezenet1_1", Choice("gradual", {"unfreeze_at": 1}), "flip"),
    ],
)
def test_free_memory_decides_what_is_kept_but_not_what_is_computed(
    tmp_path, monkeypatch, engine, backbone, strategy, mixing
):
    """A run beside other programs, whose maps are over the budget, gives the same bits."""
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", engine)
    trial = draw_trial(
        backbone, strategy, training=Training(epochs=3, batch_size=8, views=2), augmentation=(Choice(mixing),)
    )
    given = []
    for budget in ("4", "0"):
        monkeypatch.setenv("LEAFGRAFT_MAPS_GB", budget)
        folder = train(trial, draw_inputs(tmp_path / f"cache{budget}", second=7), tmp_path / f"trial{budget}")
        given.append([file.read_bytes() for file in (folder.predictions, folder.weights, folder.also_test("field"))])
    assert given[0] == given[1]
