"""How the input of a backbone is normalised."""

from __future__ import annotations

from dataclasses import dataclass

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Mean and standard deviation of the input in units of the full range, per red, green and blue."""

    mean: Triple = IMAGENET_MEAN
    std: Triple = IMAGENET_STD
