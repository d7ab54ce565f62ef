"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.entry import Entry, flag, number
from leafgraft.choices.lazy import torch
from leafgraft.choices.optimizers.fused import is_fused


def build(
    groups: list[dict[str, Any]], momentum: float, weight_decay: float, *, nesterov: bool
) -> torch.optim.Optimizer:
    """Gradient descent.

    Args:
        groups: Parameter groups, each with ``params`` and its rate ``lr``.
        momentum: Share of the last step that the next one keeps, from 0 to below 1.
        weight_decay: Factor of the weights in the gradient, 0 or more.
        nesterov: Whether momentum is Nesterov's; without momentum it has no effect.
    """
    return torch.optim.SGD(
        groups, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov and momentum > 0, fused=is_fused(groups)
    )


ENTRY = Entry(
    "sgd",
    "gradient descent with momentum; default rates are three times Adam's",
    "Sutskever et al. 2013, On the Importance of Initialization and Momentum; torch.optim.SGD",
    build,
    settings={
        "momentum": number(0.9, 0.0, 0.999),
        "weight_decay": number(1e-4, 0.0, 1.0),
        "nesterov": flag(default=False),
    },
    rate_factor=3.0,
)
