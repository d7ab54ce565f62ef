"""Mix each photo with another, and their labels with them."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, as_column
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, special, torch


@dataclass(frozen=True, slots=True)
class Mixup:
    """The photo's own share is drawn from Beta(alpha, alpha); at least half, so that its label leads."""

    alpha: float

    def mix(self, photos_nchw: Tensor, partners_nchw: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
        """Mixed photos, and the share of each that is its own.

        Args:
            photos_nchw: Photos, float32 from 0 to 255, shape (N, 3, S, S).
            partners_nchw: Photo that each is mixed with, of the same shape.
            draw: Gives k numbers from 0 to 1 per photo, shape (N, k).

        Returns:
            Photos of the same shape, and shares from 0.5 to 1, shape (N,).
        """
        share = own_share(draw(1)[:, 0], self.alpha)
        share = torch.maximum(share, 1 - share)
        column = as_column(share)
        return photos_nchw * column + partners_nchw * (1 - column), share


def own_share(uniform_n: Tensor, alpha: float) -> Tensor:
    """Numbers from 0 to 1 to draws of Beta(alpha, alpha), by its inverse distribution function.

    Args:
        uniform_n: Numbers from 0 to 1, shape (N,).
        alpha: Both parameters of the distribution, above 0; below 1 draws lie near 0 and 1, above it near 0.5.

    Example:
        >>> own_share(torch.tensor([0.25]), 1.0)
        tensor([0.2500])
    """
    drawn = special.betaincinv(alpha, alpha, uniform_n.double().cpu().numpy())
    return torch.from_numpy(drawn).to(uniform_n)


ENTRY = Entry(
    "mixup",
    "each photo mixed with another, and their labels too",
    "Zhang et al. 2018, mixup: Beyond Empirical Risk Minimization",
    Mixup,
    settings={"alpha": number(0.2, 0.01, 10.0)},
)
