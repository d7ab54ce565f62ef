"""Cross-entropy, with label smoothing."""

from __future__ import annotations

from collections.abc import Callable

from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import NDArray, Tensor, functional, np

Loss = Callable[[Tensor, Tensor], Tensor]


def build(class_counts: NDArray[np.int64], label_smoothing: float) -> Loss:
    """Logits and soft targets, each of shape (N, C), to one loss per photo, shape (N,).

    Args:
        class_counts: Training photos of each class, shape (C,); of no use here.
        label_smoothing: Share of each target that is spread evenly over all classes, from 0 to below 1.
    """
    del class_counts

    def loss(logits_nc: Tensor, targets_nc: Tensor) -> Tensor:
        return functional.cross_entropy(logits_nc, targets_nc, reduction="none", label_smoothing=label_smoothing)

    return loss


ENTRY = Entry(
    "cross_entropy",
    "negative log-likelihood, with label smoothing on request",
    "Szegedy et al. 2016, Rethinking the Inception Architecture; torch.nn.functional.cross_entropy",
    build,
    settings={"label_smoothing": number(0.0, 0.0, 0.99)},
)
