"""Adam."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import torch
from leafgraft.choices.optimizers.fused import is_fused


def build(groups: list[dict[str, Any]], beta1: float, beta2: float, weight_decay: float) -> torch.optim.Optimizer:
    """Adam; weight decay is added to the gradient.

    Args:
        groups: Parameter groups, each with ``params`` and its rate ``lr``.
        beta1: Decay of the mean of gradients, from 0 to below 1.
        beta2: Decay of the mean of their squares, from 0 to below 1.
        weight_decay: Factor of the weights in the gradient, 0 or more.
    """
    return torch.optim.Adam(groups, betas=(beta1, beta2), weight_decay=weight_decay, fused=is_fused(groups))


ENTRY = Entry(
    "adam",
    "adaptive rates",
    "Kingma and Ba 2015, Adam; torch.optim.Adam",
    build,
    settings={
        "beta1": number(0.9, 0.0, 0.999),
        "beta2": number(0.999, 0.0, 0.99999),
        "weight_decay": number(0.0, 0.0, 1.0),
    },
)
