import numpy as np
import pytest
import torch
from drawn_trials import draw_inputs, draw_trial, train

from leafgraft.records.recipe import Choice
from leafgraft.training.analysis.heatmap import class_maps, heat_maps, last_map
from leafgraft.training.network import build_network


@pytest.mark.parametrize("backbone", ["resnet18", "squeezenet1_1"])
def test_a_linear_head_gives_the_class_activation_map(backbone):
    network = build_network(draw_trial(backbone).recipe, 3, 0).eval()
    photos = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 255
    maps = class_maps(network, photos)
    with torch.no_grad():
        last, _ = last_map(network.backbone, network.normalise(photos))
        chosen = network(photos)[0].argmax(dim=1)
        expected = torch.einsum("nc,nchw->nhw", network.head.weight[chosen], last).clamp(min=0)
        expected = expected / expected.amax(dim=(1, 2), keepdim=True).clamp(min=1e-12)
    np.testing.assert_allclose(maps, expected.numpy(), atol=1e-5)


def test_the_bright_half_speaks_for_the_class_it_raises():
    network = build_network(draw_trial("resnet18").recipe, 2, 0).eval()
    photos = torch.zeros(1, 3, 128, 128)
    photos[:, :, :, 64:] = 255 * torch.rand(1, 3, 128, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        last = last_map(network.backbone, network.normalise(photos))[0][0]
        difference = last[:, :, -1].mean(dim=1) - last[:, :, 0].mean(dim=1)
        network.head.weight[0] = difference
        network.head.weight[1] = -difference
    right, left = (class_maps(network, photos, torch.tensor([number]))[0] for number in (0, 1))
    assert right[:, -1].mean() > right[:, 0].mean()
    assert left[:, -1].mean() <= left[:, 0].mean()


def test_maps_of_a_trial_by_photo(tmp_path):
    inputs = draw_inputs(tmp_path / "cache")
    trial = draw_trial("squeezenet1_1", head=Choice("mlp", {"hidden": [8]}))
    folder = train(trial, inputs, tmp_path / "trial")
    ids = inputs.fold(0).test[:3]
    maps = heat_maps(trial, inputs, folder, ids)
    assert tuple(maps) == ids
    assert all(one.min() >= 0 and one.max() <= 1 and one.ndim == 2 for one in maps.values())


def test_features_that_are_wider_than_every_map_leave_the_last_with_places():
    network = build_network(draw_trial("vgg16").recipe, 3, 0).eval()
    photos = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 255
    with torch.no_grad():
        last, after = last_map(network.backbone, network.normalise(photos))
    assert last.shape == (2, 512, 2, 2)
    assert network.backbone.stage_names[after - 1] == "block5"
    assert class_maps(network, photos).shape == (2, 2, 2)


def test_a_network_without_maps_gives_none(inputs, tmp_path):
    trial = draw_trial("timm:vit_tiny_patch16_224")
    folder = train(trial, inputs, tmp_path / "trial")
    assert heat_maps(trial, inputs, folder, inputs.fold(0).test) == {}
