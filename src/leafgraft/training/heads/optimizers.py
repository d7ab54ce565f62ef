"""Optimizers of heads that lie side by side: one of each kind, with a group for those whose rates move alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from leafgraft.choices.optimizers.build import build_optimizer
from leafgraft.records.strategy import Phase
from leafgraft.training.heads.member import Member
from leafgraft.training.heads.stacked import ParameterGroup, StackedHead
from leafgraft.training.phases import moment_device


@dataclass(slots=True, eq=False)
class HeadOptimizers:
    """Moves all heads.

    Attributes:
        stacked: The heads.
        members: In order; those for which `Member.moves` is equal lie together.
        phase: The one that they have.
    """

    stacked: StackedHead
    members: Sequence[Member]
    phase: Phase
    _optimizers: list[torch.optim.Optimizer] = field(default_factory=list)
    _parameter_groups: list[tuple[torch.optim.Optimizer, ParameterGroup]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make them, with the moments that members have."""
        kinds: dict[str, dict[tuple[str, float, object], list[int]]] = {}
        for number, member in enumerate(self.members):
            moves = member.moves(self.phase)
            kinds.setdefault(moves[0], {}).setdefault(moves, []).append(number)
        for groups in kinds.values():
            self._make(groups)

    def _make(self, groups: dict[tuple[str, float, object], list[int]]) -> None:
        parameter_groups: list[ParameterGroup] = []
        made: list[dict[str, Any]] = []
        for (_, peak, _), numbers in groups.items():
            joined = self.stacked.parameter_groups(numbers)
            made.append({"peak": peak, "lr": peak, "members": numbers, "params": [one.parameter for one in joined]})
            parameter_groups += joined
        optimizer = build_optimizer(self.members[made[0]["members"][0]].trial.recipe.optimizer, made)
        self._optimizers.append(optimizer)
        for group in parameter_groups:
            self._parameter_groups.append((optimizer, group))
            for number in group.members:
                self._restore(optimizer, group, number)

    def _restore(self, optimizer: torch.optim.Optimizer, group: ParameterGroup, number: int) -> None:
        """Give an optimizer the moments that a member has."""
        for key, value in self.members[number].moments.items():
            name, moment = key.removeprefix("head.").rsplit("|", 1)
            if name != group.stacked.name:
                continue
            state = optimizer.state.setdefault(group.parameter, {})
            if moment == "step":
                state[moment] = value.to(moment_device(optimizer, group.parameter, moment), copy=True)
            else:
                group.part(state.setdefault(moment, torch.zeros_like(group.parameter)), number).copy_(value)

    def moments(self, number: int) -> dict[str, Tensor]:
        """Optimizer state of a member, by parameter and moment."""
        return {
            f"head.{group.stacked.name}|{moment}": value if moment == "step" else group.part(value, number)
            for optimizer, group in self._parameter_groups
            if number in group.members and group.parameter in optimizer.state
            for moment, value in optimizer.state[group.parameter].items()
            if value is not None
        }

    def set_rates(self, epoch: int, step: int) -> None:
        """Set the rate of every group for a step."""
        for group in self._optimizer_groups():
            group["lr"] = group["peak"] * self.members[group["members"][0]].schedule.factor(epoch, step)

    def rate(self, number: int) -> float:
        """The last rate of a member."""
        return float(next(group["lr"] for group in self._optimizer_groups() if number in group["members"]))

    def step(self) -> None:
        """Move all heads along the gradients of the last step."""
        for _, group in self._parameter_groups:
            group.parameter.grad = group.of(group.stacked.gradient)
        for optimizer in self._optimizers:
            optimizer.step()

    def _optimizer_groups(self) -> list[dict[str, Any]]:
        return [group for optimizer in self._optimizers for group in optimizer.param_groups]
