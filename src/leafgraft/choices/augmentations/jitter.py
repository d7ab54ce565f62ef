"""Brightness, contrast, saturation and hue."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, as_column, spread
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch

GREY = (0.299, 0.587, 0.114)
# From RGB to luminance and two chrominances (NTSC), where a change of hue is a turn.
TO_YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


@dataclass(frozen=True, slots=True)
class Jitter:
    """Other light and colours; each change is drawn evenly.

    Attributes:
        brightness: Largest change of the factor on all pixels: it lies between 1 minus and 1 plus this.
        contrast: The same of the factor on the distance from the mean grey level.
        saturation: The same of the factor on the colours.
        hue: Largest turn of the hue to either side, as a share of the whole circle.
    """

    brightness: float
    contrast: float
    saturation: float
    hue: float

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """Brightness, then contrast about the mean grey level, then saturation and hue."""
        uniform = draw(4)
        photos = photos_nchw * as_column(spread(uniform[:, 0], 1 - self.brightness, 1 + self.brightness))
        weights = torch.tensor(GREY, device=photos.device)
        mean = (photos * weights[:, None, None]).sum(dim=1).mean(dim=(1, 2))
        factor = as_column(spread(uniform[:, 1], 1 - self.contrast, 1 + self.contrast))
        photos = photos * factor + as_column(mean) * (1 - factor)
        turn = self._turn(uniform, photos.device)
        return torch.einsum("nij,njhw->nihw", turn, photos).clamp(0, 255)

    def _turn(self, uniform: Tensor, device: torch.device) -> Tensor:
        """Matrix per photo that scales and turns the chrominance, shape (N, 3, 3)."""
        saturation = spread(uniform[:, 2], 1 - self.saturation, 1 + self.saturation)
        angle = 2 * math.pi * spread(uniform[:, 3], -self.hue, self.hue)
        middle = torch.zeros(len(uniform), 3, 3, device=device)
        middle[:, 0, 0] = 1
        middle[:, 1, 1] = middle[:, 2, 2] = saturation * angle.cos()
        middle[:, 1, 2] = -saturation * angle.sin()
        middle[:, 2, 1] = saturation * angle.sin()
        to_yiq = torch.tensor(TO_YIQ, device=device)
        turn: Tensor = torch.linalg.inv(to_yiq) @ middle @ to_yiq
        return turn


ENTRY = Entry(
    "jitter",
    "brightness, contrast, saturation and hue",
    "torchvision's ColorJitter (hue by a turn in YIQ)",
    Jitter,
    settings={
        "brightness": number(0.2, 0.0, 1.0),
        "contrast": number(0.2, 0.0, 1.0),
        "saturation": number(0.2, 0.0, 1.0),
        "hue": number(0.02, 0.0, 0.5),
    },
)
