"""Hidden layers, then a linear one."""

from __future__ import annotations

from collections.abc import Sequence

from leafgraft.choices.entry import Entry, flag, number, one_of, sizes
from leafgraft.choices.lazy import nn

ACTIVATIONS = {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "tanh": "Tanh"}  # of torch.nn


def build(
    feature_width: int, classes: int, hidden: Sequence[int], activation: str, dropout: float, *, batch_norm: bool
) -> nn.Module:
    """Features of shape (N, D) to logits of shape (N, C).

    Args:
        feature_width: Width of the features, D.
        classes: Number of classes, C.
        hidden: Units of each hidden layer, from the features on.
        activation: Name of the function after each hidden layer, one of `ACTIVATIONS`.
        dropout: Share of the units of each hidden layer that is dropped in training, from 0 to below 1.
        batch_norm: Whether each hidden layer is followed by batch normalisation.
    """
    layers: list[nn.Module] = []
    width = feature_width
    for size in hidden:
        layers.append(nn.Linear(width, size))
        if batch_norm:
            layers.append(nn.BatchNorm1d(size))
        layers += [getattr(nn, ACTIVATIONS[activation])(), nn.Dropout(dropout)]
        width = size
    return nn.Sequential(*layers, nn.Linear(width, classes))


ENTRY = Entry(
    "mlp",
    "hidden layers with an activation and dropout, then a linear one",
    "fastai's create_head; Srivastava et al. 2014, Dropout",
    build,
    settings={
        "hidden": sizes([512]),
        "activation": one_of("relu", sorted(ACTIVATIONS)),
        "dropout": number(0.5, 0.0, 0.95),
        "batch_norm": flag(default=False),
    },
)
