"""Paste a part of another photo, and mix the labels by area."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.choices.augmentations.mixup import own_share
from leafgraft.choices.augmentations.operation import Draw
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch


@dataclass(frozen=True, slots=True)
class Cutmix:
    """The pasted box has an area drawn from Beta(alpha, alpha) and lies anywhere; labels mix by what is left."""

    alpha: float

    def mix(self, photos_nchw: Tensor, partners_nchw: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
        """Mixed photos, and the share of each that is its own.

        Args:
            photos_nchw: Photos, float32 from 0 to 255, shape (N, 3, S, S).
            partners_nchw: Photo that each is mixed with, of the same shape.
            draw: Gives k numbers from 0 to 1 per photo, shape (N, k).

        Returns:
            Photos of the same shape, and shares from 0 to 1, shape (N,).
        """
        uniform = draw(3)
        side = photos_nchw.shape[-1]
        half = (1 - own_share(uniform[:, 0], self.alpha)).sqrt() * side / 2
        places = torch.arange(side, device=photos_nchw.device) + 0.5
        in_rows = (places - uniform[:, 1:2] * side).abs() < half[:, None]
        in_columns = (places - uniform[:, 2:3] * side).abs() < half[:, None]
        box = (in_rows[:, :, None] & in_columns[:, None, :])[:, None]
        share = 1 - box.float().mean(dim=(1, 2, 3))
        return torch.where(box, partners_nchw, photos_nchw), share


ENTRY = Entry(
    "cutmix",
    "a part of another photo pasted in, and their labels mixed by area",
    "Yun et al. 2019, CutMix",
    Cutmix,
    settings={"alpha": number(1.0, 0.01, 10.0)},
)
