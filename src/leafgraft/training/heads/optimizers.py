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
    _joints: list[tuple[torch.optim.Optimizer, ParameterGroup]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make them, with the moments that members have."""
        kinds: dict[str, dict[tuple[str, float, object], list[int]]] = {}
        for number, member in enumerate(self.members):
            moves = member.moves(self.phase)
            kinds.setdefault(moves[0], {}).setdefault(moves, []).append(number)
        for groups in kinds.values():
            self._make(groups)

    def _make(self, groups: dict[tuple[str, float, object], list[int]]) -> None:
        joints: list[ParameterGroup] = []
        made: list[dict[str, Any]] = []
        for (_, peak, _), numbers in groups.items():
            joined = self.stacked.joints(numbers)
            made.append({"peak": peak, "lr": peak, "members": numbers, "params": [one.parameter for one in joined]})
            joints += joined
        optimizer = build_optimizer(self.members[made[0]["members"][0]].trial.recipe.optimizer, made)
        self._optimizers.append(optimizer)
        for joint in joints:
            self._joints.append((optimizer, joint))
            for number in joint.members:
                self._restore(optimizer, joint, number)

    def _restore(self, optimizer: torch.optim.Optimizer, joint: ParameterGroup, number: int) -> None:
        """Give an optimizer the moments that a member has."""
        for key, value in self.members[number].moments.items():
            name, moment = key.removeprefix("head.").rsplit("|", 1)
            if name != joint.leaf.name:
                continue
            state = optimizer.state.setdefault(joint.parameter, {})
            if moment == "step":
                state[moment] = value.to(moment_device(optimizer, joint.parameter, moment), copy=True)
            else:
                joint.part(state.setdefault(moment, torch.zeros_like(joint.parameter)), number).copy_(value)

    def moments(self, number: int) -> dict[str, Tensor]:
        """Of a member, by name and moment."""
        return {
            f"head.{joint.leaf.name}|{moment}": value if moment == "step" else joint.part(value, number)
            for optimizer, joint in self._joints
            if number in joint.members and joint.parameter in optimizer.state
            for moment, value in optimizer.state[joint.parameter].items()
            if value is not None
        }

    def set_rates(self, epoch: int, step: int) -> None:
        """Set the rate of every group for a step."""
        for group in self._groups():
            group["lr"] = group["peak"] * self.members[group["members"][0]].schedule.factor(epoch, step)

    def rate(self, number: int) -> float:
        """The last rate of a member."""
        return float(next(group["lr"] for group in self._groups() if number in group["members"]))

    def step(self) -> None:
        """Move all heads along the gradients of the last step."""
        for _, joint in self._joints:
            joint.parameter.grad = joint.of(joint.leaf.gradient)
        for optimizer in self._optimizers:
            optimizer.step()

    def _groups(self) -> list[dict[str, Any]]:
        return [group for optimizer in self._optimizers for group in optimizer.param_groups]
