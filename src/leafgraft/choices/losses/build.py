"""Build the loss that a recipe names."""

from __future__ import annotations

from collections.abc import Callable

from leafgraft.choices.lazy import NDArray, Tensor, np
from leafgraft.choices.menu import find
from leafgraft.records.recipe import Choice


def build_loss(choice: Choice, class_counts: NDArray[np.int64]) -> Callable[[Tensor, Tensor], Tensor]:
    """Logits and soft targets, each of shape (N, C), to one loss per photo, shape (N,).

    Args:
        choice: Loss with all its settings.
        class_counts: Training photos of each class, shape (C,).

    Raises:
        MenuError: There is no such loss, or a setting has not one number per class.
    """
    loss: Callable[[Tensor, Tensor], Tensor] = find("losses", choice).build(class_counts, **choice.settings)
    return loss
