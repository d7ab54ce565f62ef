"""A random part of the photo at full size."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, grids, spread
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch


@dataclass(frozen=True, slots=True)
class RandomResizedCrop:
    """A part of the photo at full size.

    Attributes:
        scale_min: Smallest share of the area, from 0 to 1; it is drawn evenly.
        ratio: Largest aspect, width by height; the smallest is 1 / `ratio`, and it is drawn evenly on the logarithm.
        scale_max: Largest share of the area.
    """

    scale_min: float
    ratio: float
    scale_max: float = 1.0

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """One bilinear sampling per photo; the crop never leaves the photo."""
        uniform = draw(4)
        area = spread(uniform[:, 0], self.scale_min, self.scale_max)
        aspect = torch.exp(spread(uniform[:, 1], -math.log(self.ratio), math.log(self.ratio)))
        width = (area * aspect).sqrt().clamp(max=1.0)
        height = (area / aspect).sqrt().clamp(max=1.0)
        x = spread(uniform[:, 2], -1.0, 1.0) * (1 - width)
        y = spread(uniform[:, 3], -1.0, 1.0) * (1 - height)
        none = torch.zeros_like(x)
        rows = (torch.stack((width, none, x), 1), torch.stack((none, height, y), 1))
        return grids(torch.stack(rows, 1), photos_nchw)


ENTRY = Entry(
    "random_resized_crop",
    "a random part of the photo at full size",
    "Szegedy et al. 2015; torchvision's RandomResizedCrop",
    RandomResizedCrop,
    settings={"scale_min": number(0.5, 0.05, 1.0), "ratio": number(4 / 3, 1.0, 4.0)},
)
