import pytest
import torch
from drawn_trials import draw_trial
from torch.nn import BatchNorm2d

from leafgraft.records.recipe import Choice
from leafgraft.records.strategy import Phase
from leafgraft.training.network import build_network
from leafgraft.training.phases import (
    frozen_prefix,
    groups_of,
    learned_state,
    make_optimizer,
    optimizer_state,
    phase_at,
    restore_optimizer,
    set_phase,
)

PHASES = (Phase(0), Phase(3, ("layer4",)), Phase(5, ("layer3", "layer4"), {"layer3": 0.1, "head": 2.0}))


@pytest.fixture
def network():
    return build_network(draw_trial("timm:test_resnet").recipe, 3, 0)


def statistics(network, stages):
    return {
        (stage, number): (module.running_mean.clone(), module.num_batches_tracked.clone())
        for stage in stages
        for number, module in enumerate(network.backbone.stage_modules(stage))
        if isinstance(module, BatchNorm2d)
    }


def one_step(network):
    photos = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 255
    network(photos)[0].sum().backward()


def test_the_phase_of_each_epoch():
    assert [PHASES.index(phase_at(PHASES, epoch)) for epoch in range(7)] == [0, 0, 0, 1, 1, 2, 2]


def test_statistics_of_frozen_stages_never_drift(network):
    names = network.backbone.stage_names
    before = statistics(network, names)
    set_phase(network, Phase(0, ("layer4",)), "train")
    one_step(network)
    after = statistics(network, names)
    for key, (mean, count) in before.items():
        moved = not torch.equal(after[key][0], mean) or not torch.equal(after[key][1], count)
        assert moved == (key[0] == "layer4")


def test_fixed_batch_norm_keeps_all_statistics_while_weights_learn(network):
    before = statistics(network, network.backbone.stage_names)
    set_phase(network, Phase(0, network.backbone.stage_names), "fixed")
    one_step(network)
    after = statistics(network, network.backbone.stage_names)
    assert all(torch.equal(after[key][0], mean) for key, (mean, _) in before.items())
    learning = [p for module in network.modules() if isinstance(module, BatchNorm2d) for p in module.parameters()]
    assert all(parameter.grad is not None for parameter in learning)


def test_only_learning_stages_and_the_head_get_gradients(network):
    set_phase(network, PHASES[2], "train")
    one_step(network)
    with_gradient = {
        name.split(".")[2] if name.startswith("backbone") else "head"
        for name, parameter in network.named_parameters()
        if parameter.grad is not None
    }
    assert with_gradient == {"layer3", "layer4", "head"}


def test_rates_are_the_recipes_times_the_phases_factor(network):
    groups = {group["name"]: group for group in groups_of(network, PHASES[2], 1e-3)}
    assert {name: group["peak"] for name, group in groups.items()} == pytest.approx(
        {"head": 2e-3, "layer3": 1e-4, "layer4": 1e-3}
    )
    assert {id(p) for p in groups["layer4"]["params"]} == {id(p) for p in network.backbone.stage_parameters("layer4")}


def test_a_new_phase_keeps_what_the_optimizer_knew(network):
    recipe = draw_trial("timm:test_resnet").recipe
    set_phase(network, PHASES[1], "train")
    first = make_optimizer(network, PHASES[1], recipe, None)
    one_step(network)
    first.step()
    second = make_optimizer(network, PHASES[2], recipe, first)
    known = set(network.head.parameters()) | set(network.backbone.stage_parameters("layer4"))
    assert set(second.state) == known
    assert all(torch.equal(second.state[p]["exp_avg"], first.state[p]["exp_avg"]) for p in known)


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
def test_optimizer_state_comes_back(network, optimizer):
    recipe = draw_trial("timm:test_resnet", optimizer=Choice(optimizer)).recipe
    set_phase(network, PHASES[1], "train")
    first = make_optimizer(network, PHASES[1], recipe, None)
    for _ in range(2):
        one_step(network)
        first.step()
    saved = {key: value.clone() for key, value in optimizer_state(network, first).items()}
    assert saved
    second = make_optimizer(network, PHASES[1], recipe, None)
    restore_optimizer(network, second, saved)
    again = optimizer_state(network, second)
    assert again.keys() == saved.keys()
    assert all(torch.equal(again[key], saved[key]) for key in saved)


def test_the_state_that_learns_holds_weights_and_statistics_of_every_phase(network):
    names = set(learned_state(network, PHASES))
    assert {name.split(".")[2] for name in names if name.startswith("backbone")} == {"layer3", "layer4"}
    assert any(name.endswith("running_mean") for name in names)
    assert {"head.weight", "head.bias"} <= names
    assert set(learned_state(network, PHASES[:1])) == {"head.weight", "head.bias"}


def test_frozen_stages_are_counted_from_the_stem(network):
    names = network.backbone.stage_names
    assert [frozen_prefix(network, phase) for phase in PHASES] == [5, 4, 3]
    assert frozen_prefix(network, Phase(0, names)) == 0
    assert frozen_prefix(network, Phase(0, ("layer1", "layer4"))) == 1


@pytest.mark.parametrize(("fused", "steps_on"), [(False, "cpu"), (True, "meta")])
def test_fused_optimizers_count_their_steps_where_the_weights_are(fused, steps_on):
    network = torch.nn.Linear(2, 2, bias=False, device="meta")  # stands for a GPU
    optimizer = torch.optim.Adam(network.parameters())
    optimizer.defaults["fused"] = fused
    restore_optimizer(network, optimizer, {"weight|step": torch.tensor(3.0), "weight|exp_avg": torch.zeros(2, 2)})
    state = optimizer.state[network.weight]
    assert state["step"].device.type == steps_on
    assert state["exp_avg"].device.type == "meta"
