"""One linear layer."""

from __future__ import annotations

from leafgraft.choices.entry import Entry
from leafgraft.choices.lazy import nn


def build(feature_width: int, classes: int) -> nn.Module:
    """Features of shape (N, D) to logits of shape (N, C).

    Args:
        feature_width: Width of the features, D.
        classes: Number of classes, C.
    """
    return nn.Linear(feature_width, classes)


ENTRY = Entry("linear", "one linear layer", "torch.nn.Linear", build)
