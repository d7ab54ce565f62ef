"""Mirror images."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, as_column
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirror images of some photos.

    Attributes:
        horizontal: Share of the photos that are mirrored left to right, from 0 to 1.
        vertical: Share of the photos that are mirrored top to bottom, from 0 to 1.
    """

    horizontal: float
    vertical: float

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """Left to right, then top to bottom."""
        uniform = draw(2)
        photos = torch.where(as_column(uniform[:, 0] < self.horizontal), photos_nchw.flip(3), photos_nchw)
        return torch.where(as_column(uniform[:, 1] < self.vertical), photos.flip(2), photos)


ENTRY = Entry(
    "flip",
    "mirror images, left to right and top to bottom",
    "torchvision's RandomHorizontalFlip and RandomVerticalFlip",
    Flip,
    settings={"horizontal": number(0.5, 0.0, 1.0), "vertical": number(0.5, 0.0, 1.0)},
)
