"""What an augmentation does, and a recipe's augmentations as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from leafgraft.choices.augmentations.randomness import uniforms
from leafgraft.choices.lazy import Tensor, torch

Draw = Callable[[int], Tensor]


class PhotoOperation(Protocol):
    """Changes each photo by itself."""

    def __call__(self, photos_nchw: Tensor, draw: Draw) -> Tensor:
        """Photos from 0 to 255, float32, to the same; ``draw(k)`` gives k numbers per photo, shape (N, k)."""


class MixOperation(Protocol):
    """Mixes each photo with a partner from the whole training set."""

    def mix(self, photos_nchw: Tensor, partners_nchw: Tensor, draw: Draw) -> tuple[Tensor, Tensor]:
        """Mixed photos, and the share of each that is its own, shape (N,).

        Args:
            photos_nchw: Photos, float32 from 0 to 255, shape (N, 3, S, S).
            partners_nchw: Photo that each is mixed with, of the same shape.
            draw: Gives k numbers from 0 to 1 per photo, shape (N, k).
        """


@dataclass(frozen=True, slots=True)
class Augmentation:
    """A recipe's augmentations, in order: those of single photos first, mixing last.

    Attributes:
        operations: Changes of single photos, in order.
        mixing: Mixes each photo with another; None for no mixing.
    """

    operations: tuple[PhotoOperation, ...] = ()
    mixing: MixOperation | None = None

    def __bool__(self) -> bool:
        """Whether anything is changed."""
        return bool(self.operations) or self.mixing is not None

    def change(self, photos_nhwc: Tensor, keys_n: Tensor, seed: int, epoch: int) -> Tensor:
        """Change photos by themselves.

        Args:
            photos_nhwc: Photos, uint8, shape (N, S, S, 3).
            keys_n: Keys of the photos as `photo_keys` gives them, int64, shape (N,).
            seed: Seed of the trial.
            epoch: Epoch, counted from 0.

        Returns:
            float32 from 0 to 255, shape (N, 3, S, S).
        """
        photos = photos_nhwc.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.channels_last)
        for number, operation in enumerate(self.operations):

            def draw(count: int, number: int = number) -> Tensor:
                return uniforms(keys_n, seed, epoch, number, count)

            photos = operation(photos, draw)
        return photos

    def mix(self, photos: Tensor, partners: Tensor, keys_n: Tensor, seed: int, epoch: int) -> tuple[Tensor, Tensor]:
        """Mix changed photos with changed partners; as they are where nothing mixes.

        Args:
            photos: Changed photos, float32 from 0 to 255, shape (N, 3, S, S).
            partners: Photo that each may be mixed with, changed too, of the same shape.
            keys_n: Keys of the photos as `photo_keys` gives them, int64, shape (N,).
            seed: Seed of the trial.
            epoch: Epoch, counted from 0.

        Returns:
            Photos of the same shape, and the share of each that is its own, shape (N,).
        """
        if self.mixing is None:
            return photos, torch.ones(len(photos), device=photos.device)

        def draw(count: int) -> Tensor:
            return uniforms(keys_n, seed, epoch, 512, count)

        return self.mixing.mix(photos, partners, draw)


def grids(matrices_n23: Tensor, photos_nchw: Tensor) -> Tensor:
    """Sample photos at affine-transformed places (bilinear, reflected at the border).

    Args:
        matrices_n23: Takes a place of the result to one of the photo, both from -1 to 1, shape (N, 2, 3).
        photos_nchw: Photos, shape (N, 3, H, W).
    """
    grid = torch.nn.functional.affine_grid(matrices_n23, list(photos_nchw.shape), align_corners=False)
    return torch.nn.functional.grid_sample(
        photos_nchw, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def spread(uniform: Tensor, low: float, high: float) -> Tensor:
    """Numbers from 0 to 1 to numbers from `low` to `high`.

    Args:
        uniform: Numbers from 0 to 1, of any shape.
        low: What 0 becomes.
        high: What 1 becomes.

    Example:
        >>> spread(torch.tensor([0.0, 0.5]), -10.0, 10.0)
        tensor([-10.,   0.])
    """
    return low + uniform * (high - low)


def as_column(values_n: Tensor) -> Tensor:
    """Shape (N,) to (N, 1, 1, 1)."""
    return values_n[:, None, None, None]
