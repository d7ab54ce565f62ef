"""Which weights learn in a phase, how fast, and what frozen stages must not do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from leafgraft.choices.optimizers.build import build_optimizer
from leafgraft.records.recipe import Recipe
from leafgraft.records.strategy import Phase
from leafgraft.training.network import Network


def phase_at(phases: Sequence[Phase], epoch: int) -> Phase:
    """The phase that an epoch belongs to."""
    return [phase for phase in phases if phase.from_epoch <= epoch][-1]


def frozen_prefix(network: Network, phase: Phase) -> int:
    """Number of leading stages that can be computed once in this phase.

    Auxiliary heads learn from maps inside the network, so the cut lies before the first tap.
    """
    names = network.backbone.stage_names
    frozen = next((index for index, name in enumerate(names) if name in phase.learning), len(names))
    if len(network.auxiliary_heads):
        frozen = min(frozen, names.index(network.backbone.auxiliary_taps[0].stage))
    return max(cut for cut in network.backbone.cuts if cut <= frozen)


def common_cut(network: Network, phases: Sequence[Phase]) -> int:
    """Number of leading stages that no phase changes: those whose outputs a trial's predictions are made from."""
    learning = {name for phase in phases for name in phase.learning}
    names = network.backbone.stage_names
    frozen = next((index for index, name in enumerate(names) if name in learning), len(names))
    return max(cut for cut in network.backbone.cuts if cut <= frozen)


def set_phase(network: Network, phase: Phase, batch_norm: str) -> None:
    """Let the phase's stages and the heads learn; all else is frozen and in evaluation mode.

    The batch statistics of frozen stages must not drift: with ``batch_norm: fixed`` none do.
    """
    network.train()
    for name in network.backbone.stage_names:
        learns = name in phase.learning
        for parameter in network.backbone.stage_parameters(name):
            parameter.requires_grad_(learns)
        for module in network.backbone.stage_modules(name):
            module.training = learns and not (batch_norm == "fixed" and isinstance(module, _BatchNorm))


def groups_of(network: Network, phase: Phase, learning_rate: float) -> list[dict[str, Any]]:
    """Parameter groups: the heads, then each learning stage at its own rate."""
    heads = [*network.head.parameters(), *network.auxiliary_heads.parameters()]
    scales = {"head": phase.rate_scale.get("head", 1.0)}
    groups: list[dict[str, Any]] = [{"name": "head", "params": heads}]
    for name in phase.learning:
        scales[name] = phase.rate_scale.get(name, 1.0)
        groups.append({"name": name, "params": list(network.backbone.stage_parameters(name))})
    for group in groups:
        group["peak"] = group["lr"] = learning_rate * scales[group["name"]]
    return [group for group in groups if group["params"]]


def make_optimizer(
    network: Network, phase: Phase, recipe: Recipe, before: torch.optim.Optimizer | None
) -> torch.optim.Optimizer:
    """The optimizer of a phase; weights that learned before keep their moments."""
    optimizer = build_optimizer(recipe.optimizer, groups_of(network, phase, float(recipe.learning_rate or 0)))
    if before is not None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter in before.state:
                    optimizer.state[parameter] = before.state[parameter]
    return optimizer


def learned_state(network: Network, phases: Sequence[Phase]) -> dict[str, Tensor]:
    """All tensors that any phase changes, by name: the heads, and stages with their statistics."""
    learning = {name for phase in phases for name in phase.learning}
    owned = {id(p) for name in learning for p in network.backbone.stage_parameters(name)}
    for name in learning:
        owned |= {id(b) for module in network.backbone.stage_modules(name) for b in module.buffers(recurse=False)}
    state = network.state_dict(keep_vars=True)
    return {name: tensor for name, tensor in state.items() if not name.startswith("backbone.") or id(tensor) in owned}


def optimizer_state(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Moments by weight and name, as flat tensors."""
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    return {
        f"{names[id(parameter)]}|{key}": torch.as_tensor(value)
        for parameter, state in optimizer.state.items()
        for key, value in state.items()
        if value is not None
    }


def restore_optimizer(network: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Tensor]) -> None:
    """Put moments back that `optimizer_state` took."""
    parameters = dict(network.named_parameters())
    for key, value in state.items():
        name, moment = key.rsplit("|", 1)
        parameter = parameters[name]
        where = moment_device(optimizer, parameter, moment)
        optimizer.state.setdefault(parameter, {})[moment] = value.to(where, copy=True)


def moment_device(optimizer: torch.optim.Optimizer, parameter: Tensor, moment: str) -> torch.device:
    """Where an optimizer keeps a moment of a weight: beside it; steps only if they are fused, else on the CPU."""
    return torch.device("cpu") if moment == "step" and not optimizer.defaults.get("fused") else parameter.device
