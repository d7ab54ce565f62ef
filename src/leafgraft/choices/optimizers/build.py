"""Build the optimizer that a recipe names."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.lazy import torch
from leafgraft.choices.menu import find
from leafgraft.records.recipe import Choice


def build_optimizer(choice: Choice, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Make an optimizer over parameter groups.

    Args:
        choice: Optimizer with all its settings.
        groups: Parameter groups, each with ``params`` and its rate ``lr``.

    Raises:
        MenuError: There is no such optimizer.
    """
    optimizer: torch.optim.Optimizer = find("optimizers", choice).build(groups, **choice.settings)
    return optimizer
