"""Strategies are data: a list of phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phase:
    """From one epoch on, these stages learn.

    The head (and auxiliary heads) always learn and are not named.

    Attributes:
        from_epoch: First epoch of the phase, counted from 0.
        learning: Names of the stages that learn, in the backbone's order.
        rate_scale: Factor on the recipe's learning rate per stage name; ``head`` may be named; 1 if absent.
        head_optimum: Whether the linear head is first set to its convex optimum on the features.
    """

    from_epoch: int
    learning: tuple[str, ...] = ()
    rate_scale: Mapping[str, float] = field(default_factory=dict)
    head_optimum: bool = False

    @property
    def solved(self) -> bool:
        """Whether nothing is left to train: the head is at its optimum, and no stage learns."""
        return self.head_optimum and not self.learning
