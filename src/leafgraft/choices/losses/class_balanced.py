"""Class-balanced loss by the effective number of photos."""

from __future__ import annotations

from collections.abc import Callable

from leafgraft.choices.entry import Entry, number, one_of
from leafgraft.choices.lazy import NDArray, Tensor, np, torch
from leafgraft.choices.losses import cross_entropy, focal

Loss = Callable[[Tensor, Tensor], Tensor]


def build(class_counts: NDArray[np.int64], beta: float, on: str, gamma: float) -> Loss:
    """Weigh each class by (1 - beta) / (1 - beta^n_c), scaled so that the weights sum to the number of classes.

    Args:
        class_counts: Training photos of each class, n_c, shape (C,); every class has some.
        beta: From 0, where all classes weigh alike, to below 1, near which they weigh as 1 / n_c.
        on: Loss of each photo that is weighed, ``cross_entropy`` or ``focal``.
        gamma: Exponent of the focal loss; of no use on ``cross_entropy``.

    Returns:
        Logits and soft targets, each of shape (N, C), to one loss per photo, shape (N,).
    """
    effective = (1.0 - np.power(beta, class_counts)) / (1.0 - beta)
    weights = 1.0 / effective
    weights_c = torch.tensor(weights / weights.sum() * len(weights), dtype=torch.float32)
    inner: Loss = cross_entropy.build(class_counts, 0.0)
    if on == "focal":
        inner = focal.build(class_counts, gamma, None)

    def loss(logits_nc: Tensor, targets_nc: Tensor) -> Tensor:
        weight_n = (targets_nc * weights_c.to(logits_nc)).sum(dim=1)
        return weight_n * inner(logits_nc, targets_nc)

    return loss


ENTRY = Entry(
    "class_balanced",
    "cross-entropy or focal loss, rare classes weighed up",
    "Cui et al. 2019, Class-Balanced Loss Based on Effective Number of Samples",
    build,
    settings={
        "beta": number(0.999, 0.0, 0.999999),
        "on": one_of("cross_entropy", ("cross_entropy", "focal")),
        "gamma": number(2.0, 0.0, 10.0),
    },
)
