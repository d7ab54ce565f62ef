"""AdamW."""

from __future__ import annotations

from typing import Any

from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import torch
from leafgraft.choices.optimizers.fused import is_fused


def build(groups: list[dict[str, Any]], beta1: float, beta2: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW; weight decay goes past the moments.

    Args:
        groups: Parameter groups, each with ``params`` and its rate ``lr``.
        beta1: Decay of the mean of gradients, from 0 to below 1.
        beta2: Decay of the mean of their squares, from 0 to below 1.
        weight_decay: Share of the weights that a step takes away, times the rate, 0 or more.
    """
    return torch.optim.AdamW(groups, betas=(beta1, beta2), weight_decay=weight_decay, fused=is_fused(groups))


ENTRY = Entry(
    "adamw",
    "adaptive rates with decoupled weight decay",
    "Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization; torch.optim.AdamW",
    build,
    settings={
        "beta1": number(0.9, 0.0, 0.999),
        "beta2": number(0.999, 0.0, 0.99999),
        "weight_decay": number(0.01, 0.0, 1.0),
    },
)
