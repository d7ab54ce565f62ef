"""Gaussian blur of some photos."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw, as_column, spread
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, functional, torch


@dataclass(frozen=True, slots=True)
class Blur:
    """Gaussian blur of some photos.

    Attributes:
        sigma_max: Largest deviation in pixels; it is drawn evenly from 0.1 on.
        probability: Share of the photos that are blurred, from 0 to 1.
    """

    sigma_max: float
    probability: float

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """Blur rows, then columns, with one kernel per photo."""
        uniform = draw(2)
        sigma = spread(uniform[:, 0], 0.1, max(self.sigma_max, 0.1))
        side = min(photos_nchw.shape[2:])
        reach = min(max(1, int(3 * self.sigma_max + 0.5)), side - 1)  # as far as a photo can be reflected
        places = torch.arange(-reach, reach + 1, device=photos_nchw.device, dtype=torch.float32)
        kernel = torch.exp(-0.5 * (places / sigma[:, None]) ** 2)
        kernel = kernel / kernel.sum(dim=1, keepdim=True)
        count, channels, height, width = photos_nchw.shape
        planes = photos_nchw.reshape(1, count * channels, height, width)
        weights = kernel.repeat_interleave(channels, dim=0)[:, None]
        planes = functional.conv2d(
            functional.pad(planes, (reach, reach, 0, 0), "reflect"), weights[:, :, None], groups=count * channels
        )
        planes = functional.conv2d(
            functional.pad(planes, (0, 0, reach, reach), "reflect"), weights[..., None], groups=count * channels
        )
        blurred = planes.reshape(count, channels, height, width)
        return torch.where(as_column(uniform[:, 1] < self.probability), blurred, photos_nchw)


ENTRY = Entry(
    "blur",
    "Gaussian blur of some photos",
    "torchvision's GaussianBlur",
    Blur,
    settings={"sigma_max": number(1.5, 0.1, 20.0), "probability": number(0.5, 0.0, 1.0)},
)
