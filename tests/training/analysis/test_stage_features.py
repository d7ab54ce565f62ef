import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_inputs, draw_trial, train
from torch.nn import BatchNorm2d

from leafgraft.records.progress import Silent
from leafgraft.training.analysis.stage_features import (
    reestimate,
    reestimated_features,
    trained_stage_features,
)
from leafgraft.training.frozen.features import plain_features, whole_prefix
from leafgraft.training.network import build_network
from leafgraft.training.photos.photo_rows import PhotoRows


def stages(recipe, inputs, progress):
    return whole_prefix(recipe, inputs.cache, progress).stages(PhotoRows.of_map(inputs.pixels, "cpu"))


@pytest.mark.parametrize("backbone", ["timm:test_resnet", "squeezenet1_1"])
def test_features_after_each_stage(inputs, backbone):
    recipe = draw_trial(backbone).recipe
    found = stages(recipe, inputs, Silent())
    network = build_network(recipe, 2, 0).eval()
    assert tuple(found) == network.backbone.stage_names
    photos = inputs.photos(inputs.pixels.photo_ids)
    with torch.inference_mode():
        second = network.prefix(photos.plain(np.arange(len(photos))), 2).mean(dim=(2, 3))
    np.testing.assert_allclose(found[network.backbone.stage_names[1]], second.numpy(), atol=1e-4, rtol=1e-4)
    plain = plain_features(recipe, inputs.pixels, inputs.cache, Silent())
    np.testing.assert_allclose(found[network.backbone.stage_names[-1]], plain, atol=1e-4, rtol=1e-4)


def test_they_are_computed_once(inputs):
    recipe, talk = draw_trial().recipe, Talk()
    first, again = (stages(recipe, inputs, talk) for _ in range(2))
    assert talk.tasks == ["squeezenet1_1: features (stages)"]
    for name in first:
        np.testing.assert_array_equal(first[name], again[name])


def test_a_network_of_unknown_stages_gives_its_features(inputs):
    recipe = draw_trial("timm:test_vit").recipe
    found = stages(recipe, inputs, Silent())
    plain = plain_features(recipe, inputs.pixels, inputs.cache, Silent())
    np.testing.assert_allclose(list(found.values())[-1], plain, atol=1e-4, rtol=1e-4)


def test_reestimated_statistics_are_those_of_the_photos(inputs):
    recipe = draw_trial("resnet18").recipe
    network = build_network(recipe, 2, 0).eval()
    photos = inputs.photos(inputs.fold(0).train)
    reestimate(network, photos, Silent())
    assert not any(module.training for module in network.modules())
    first = next(module for module in network.modules() if isinstance(module, BatchNorm2d))
    with torch.inference_mode():
        convolved = network.backbone.stages["stem"][0](network.normalise(photos.plain(np.arange(len(photos)))))
    np.testing.assert_allclose(first.running_mean, convolved.mean(dim=(0, 2, 3)), atol=1e-4)
    np.testing.assert_allclose(first.running_var, convolved.var(dim=(0, 2, 3)), rtol=1e-3)


def test_reestimated_features_differ_only_where_there_is_batch_norm(tmp_path):
    for backbone, equal in (("squeezenet1_1", True), ("timm:test_resnet", False)):
        inputs = draw_inputs(tmp_path / backbone)
        recipe = draw_trial(backbone).recipe
        plain = plain_features(recipe, inputs.pixels, inputs.cache, Silent())
        fold = inputs.fold(0)
        asked = [*fold.test, *fold.train[:5]]
        found = reestimated_features(recipe, inputs, fold.train, asked, Silent())
        assert np.allclose(found, plain[inputs.pixels.indices(asked)], atol=1e-4, rtol=1e-4) == equal
        np.testing.assert_array_equal(found, reestimated_features(recipe, inputs, fold.train, asked, Silent()))
        fewer = reestimated_features(recipe, inputs, fold.train[:8], asked, Silent())
        assert np.allclose(fewer, found, atol=1e-4, rtol=1e-4) == equal, "statistics are those of other photos"


def test_features_after_training(inputs, tmp_path):
    ids = inputs.fold(0).test
    for strategy in ("frozen", "uniform"):
        trial = draw_trial("squeezenet1_1", strategy, learning_rate=1e-2)
        folder = train(trial, inputs, tmp_path / strategy)
        before = stages(trial.recipe, inputs, Silent())
        after = trained_stage_features(trial, inputs, folder, ids)
        rows = inputs.pixels.indices(ids)
        same = [np.allclose(after[name], before[name][rows], atol=1e-4, rtol=1e-4) for name in before]
        assert all(same) == (strategy == "frozen")
