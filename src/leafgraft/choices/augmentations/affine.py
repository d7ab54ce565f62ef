"""Rotation, shift and scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, grids, spread
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch


@dataclass(frozen=True, slots=True)
class Affine:
    """Turn, shift and scale; each is drawn evenly.

    Attributes:
        degrees: Largest turn to either side, in degrees.
        translate: Largest shift to each side, as a share of the photo's side.
        scale: Largest change of the scale: it lies between 1 minus and 1 plus this.
    """

    degrees: float
    translate: float
    scale: float

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """One bilinear sampling per photo."""
        uniform = draw(4)
        angle = spread(uniform[:, 0], -self.degrees, self.degrees) * math.pi / 180
        zoom = 1 / spread(uniform[:, 1], 1 - self.scale, 1 + self.scale)
        shift = spread(uniform[:, 2:4], -2 * self.translate, 2 * self.translate)
        cosine, sine = angle.cos() * zoom, angle.sin() * zoom
        rows = (torch.stack((cosine, -sine, shift[:, 0]), 1), torch.stack((sine, cosine, shift[:, 1]), 1))
        return grids(torch.stack(rows, 1), photos_nchw)


ENTRY = Entry(
    "affine",
    "rotation, shift and scale",
    "torchvision's RandomAffine",
    Affine,
    settings={
        "degrees": number(20.0, 0.0, 180.0),
        "translate": number(0.1, 0.0, 1.0),
        "scale": number(0.1, 0.0, 0.9),
    },
)
