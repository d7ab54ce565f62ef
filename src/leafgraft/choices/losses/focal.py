"""Focal loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from leafgraft.choices.entry import Entry, class_weights, number
from leafgraft.choices.lazy import NDArray, Tensor, np, torch
from leafgraft.errors import MenuError

Loss = Callable[[Tensor, Tensor], Tensor]


def build(class_counts: NDArray[np.int64], gamma: float, alpha: str | Sequence[float] | None) -> Loss:
    """Per photo the sum over classes of t·alpha·(1 - p)^gamma·(-log p).

    Args:
        class_counts: Training photos of each class, n_c, shape (C,).
        gamma: How much less sure photos weigh; 0 for cross-entropy.
        alpha: Weight of each class: a number per class, ``balanced`` for N / (C · n_c), None for 1.

    Returns:
        Logits and soft targets, each of shape (N, C), to one loss per photo, shape (N,).

    Raises:
        MenuError: `alpha` has not one number per class.
    """
    weights = torch.tensor(_weights(class_counts, alpha), dtype=torch.float32)

    def loss(logits_nc: Tensor, targets_nc: Tensor) -> Tensor:
        log_p = torch.log_softmax(logits_nc, dim=1)
        wrong = -torch.expm1(log_p)  # 1 - p; never 0, where a power below 1 has no slope
        focus = wrong.clamp_min(torch.finfo(wrong.dtype).tiny).pow(gamma)
        return -(targets_nc * weights.to(logits_nc) * focus * log_p).sum(dim=1)

    return loss


def _weights(class_counts: NDArray[np.int64], alpha: str | Sequence[float] | None) -> list[float]:
    if alpha is None:
        return [1.0] * len(class_counts)
    if isinstance(alpha, str):
        return [float(class_counts.sum() / (len(class_counts) * count)) for count in class_counts]
    if len(alpha) != len(class_counts):
        raise MenuError(
            f"focal's alpha must have one number per class, {len(class_counts)}.",
            f"It has {len(alpha)}.",
            "Give one per class in alphabetical order, or 'balanced'.",
        )
    return [float(value) for value in alpha]


ENTRY = Entry(
    "focal",
    "cross-entropy that weighs sure photos down",
    "Lin et al. 2017, Focal Loss for Dense Object Detection",
    build,
    settings={"gamma": number(2.0, 0.0, 10.0), "alpha": class_weights()},
)
