"""One operation of a wide choice, at a random strength."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from leafgraft.choices.augmentations.operation import Draw
from leafgraft.choices.entry import Entry, number
from leafgraft.choices.lazy import Tensor, torch, transforms

Change = Callable[[Tensor, float], Tensor]


def _affine(
    photo: Tensor, *, angle: float = 0.0, shift: tuple[int, int] = (0, 0), shear: tuple[float, float]
) -> Tensor:
    changed: Tensor = transforms.affine(photo, angle, list(shift), 1.0, list(shear))
    return changed


def _shift(photo: Tensor, strength: float, axis: int) -> Tensor:
    pixels = round(strength * 32 / 224 * photo.shape[-1])
    return _affine(photo, shift=(pixels, 0) if axis == 0 else (0, pixels), shear=(0.0, 0.0))


# Strength runs from -1 to 1; the ranges are those of the paper's wide space.
CHANGES: tuple[Change, ...] = (
    lambda photo, _strength: photo,
    lambda photo, strength: _affine(photo, shear=(math.degrees(math.atan(0.99 * strength)), 0.0)),
    lambda photo, strength: _affine(photo, shear=(0.0, math.degrees(math.atan(0.99 * strength)))),
    lambda photo, strength: _shift(photo, strength, 0),
    lambda photo, strength: _shift(photo, strength, 1),
    lambda photo, strength: _affine(photo, angle=135.0 * strength, shear=(0.0, 0.0)),
    lambda photo, strength: transforms.adjust_brightness(photo, 1 + 0.99 * strength),
    lambda photo, strength: transforms.adjust_saturation(photo, 1 + 0.99 * strength),
    lambda photo, strength: transforms.adjust_contrast(photo, 1 + 0.99 * strength),
    lambda photo, strength: transforms.adjust_sharpness(photo, 1 + 0.99 * strength),
    lambda photo, strength: transforms.posterize(photo, round(8 - 6 * abs(strength))),
    lambda photo, strength: transforms.solarize(photo, 255 * (1 - abs(strength))),
    lambda photo, _strength: transforms.autocontrast(photo),
    lambda photo, _strength: transforms.equalize(photo),
)


@dataclass(frozen=True, slots=True)
class TrivialAugment:
    """Each photo gets one change at a strength up to `strength`."""

    strength: float

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """Photo by photo: the changes are torchvision's own, on 8-bit photos."""
        uniform = draw(2).tolist()
        changed = []
        for photo, (which, how_much) in zip(photos_nchw.round().to(torch.uint8), uniform, strict=True):
            change = CHANGES[int(which * len(CHANGES))]
            changed.append(change(photo, (2 * how_much - 1) * self.strength))
        return torch.stack(changed).float()


ENTRY = Entry(
    "trivial_augment",
    "one change of fourteen, at a random strength",
    "Müller and Hutter 2021, TrivialAugment (wide space); torchvision's TrivialAugmentWide",
    TrivialAugment,
    settings={"strength": number(1.0, 0.0, 1.0)},
)
