from __future__ import annotations

import numpy as np
import pytest
import torch
from drawn_trials import draw_trial

from leafgraft.choices.backbones.build import build_backbone
from leafgraft.records.recipe import Choice
from leafgraft.training.fit.tune import MapRows, last_stage, tune
from leafgraft.training.frozen.prefix import Outputs
from leafgraft.training.network import Network, build_network
from leafgraft.training.phases import frozen_prefix


def network_of(backbone: str) -> Network:
    return build_network(draw_trial(backbone).recipe, 3, 0).eval()


@pytest.mark.parametrize(
    ("backbone", "learning"),
    [("squeezenet1_1", 1), ("mobilenet_v2", 1), ("resnet18", 1), ("efficientnet_lite0", 2)],
)
def test_the_last_stage_has_filters_of_its_own(backbone, learning):
    network = network_of(backbone)
    phase = last_stage(network)
    assert phase is not None
    assert phase.learning == network.backbone.stage_names[-learning:]


def test_a_network_that_cannot_be_cut_has_no_last_stage():
    whole = build_backbone(Choice("timm:vit_tiny_patch16_224"), "none", 64)
    if whole.cuts == (0, len(whole.stage_names)):
        assert last_stage(Network(whole, torch.nn.Linear(whole.feature_width, 3))) is None


def drawn_maps(network, cut, count=24):
    """Maps of noise, brighter for one class."""
    labels = np.arange(count) % 3
    photos = torch.rand(count, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 60
    photos[:, 0] += torch.from_numpy(labels * 90)[:, None, None]
    with torch.inference_mode():
        maps = network.prefix(photos, cut).half().numpy()
    return MapRows(Outputs(maps, np.arange(count)), labels, np.ones(count), times=4), maps, labels


def loss_of(network, maps, labels, cut):
    with torch.inference_mode():
        logits = network(torch.from_numpy(maps).float(), cut)[0]
    return float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels)))


def test_only_the_last_stage_and_the_head_learn_and_the_loss_falls():
    network = network_of("squeezenet1_1")
    phase = last_stage(network)
    cut = frozen_prefix(network, phase)
    rows, maps, labels = drawn_maps(network, cut)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    first = loss_of(network, maps, labels, cut)
    tune(network, phase, [rows])
    assert loss_of(network, maps, labels, cut) < first
    changed = {name for name, tensor in network.state_dict().items() if not torch.equal(tensor, before[name])}
    assert changed
    assert all(name.startswith(("head.", f"backbone.stages.{phase.learning[0]}")) for name in changed)
    assert not network.training


def test_the_same_rows_give_the_same_weights_and_counts_matter():
    found = []
    for counts in (1.0, 1.0, 3.0):
        network = network_of("squeezenet1_1")
        phase = last_stage(network)
        rows, *_ = drawn_maps(network, frozen_prefix(network, phase), 12)
        weighed = np.where(rows.labels == 0, counts, 1.0)
        tune(network, phase, [MapRows(rows.maps, rows.labels, weighed)])
        found.append(network.head.state_dict())
    one, again, other = (list(state.values()) for state in found)
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
