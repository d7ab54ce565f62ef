"""Layers of heads that lie side by side: each gives what the layers of all heads give.

What a head computes must not depend, not even in the last bit, on which others are there: a run that goes on has fewer
of them. So every head fills whole vector registers (`LANES` numbers), whatever its width, and a batch is filled up with
rows of zeros: arithmetic that treats the rest of a register otherwise than the register never meets one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

LANES = 16
Draw = Callable[[int, float], Tensor]  # width and probability to one mask per seed, shape (S, rows, width)


@dataclass(slots=True, eq=False)
class Batch:
    """One batch per seed.

    Attributes:
        features: One per seed, shape (P, D): rows are filled up with zeros to a multiple of `LANES`.
        rows: That are photos.
        draw: Makes masks for dropout; None outside training.
    """

    features: Sequence[Tensor]
    rows: int
    draw: Draw | None = None


@dataclass(slots=True, eq=False)
class SharedLinear:
    """The first layer: heads of one block read the same features, so small ones share one product.

    `weight` has shape (blocks * per_block, width, D); each block holds heads of one seed and one group.
    """

    weight: Tensor
    bias: Tensor
    out: int
    per_block: int
    places: Tensor
    seed_of_block: Tensor

    def __call__(self, batch: Batch) -> Tensor:
        """One batch for all heads, or one per seed, to shape (M, P, out)."""
        blocks, width = len(self.seed_of_block), self.weight.shape[1]
        if len(batch.features) == 1:
            features = batch.features[0].expand(blocks, -1, -1)
        else:
            features = torch.stack(list(batch.features)).index_select(0, self.seed_of_block)
        bias = self.bias[:, :width].reshape(blocks, -1)
        given = _product(features, self.weight.view(blocks, self.per_block * width, -1), bias)
        apart = given.view(len(self.weight), width, -1)
        return _photos_first(apart.index_select(0, self.places) if self.per_block > 1 else apart, self.out)


@dataclass(slots=True, eq=False)
class OwnLinear:
    """A later layer: every head reads its own features. `weight` has shape (M, width, D)."""

    weight: Tensor
    bias: Tensor
    out: int

    def __call__(self, hidden: Tensor) -> Tensor:
        """Shape (M, P, D) to (M, P, out)."""
        given = _product(hidden, self.weight, self.bias[:, : self.weight.shape[1]])
        return _photos_first(given, self.out)


@dataclass(slots=True, eq=False)
class OwnNorm:
    """BatchNorm1d of every head over the photos of its own batch."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor
    count: Tensor
    momentum: float
    eps: float

    def __call__(self, hidden: Tensor, rows: int, *, training: bool) -> Tensor:
        """Shape (M, P, D) to the same; while training by the figures of the first `rows` photos."""
        mean, variance, width = self.mean, self.variance, hidden.shape[2]
        if training:
            photos = hidden[:, :rows]
            mean = photos.mean(dim=1)
            variance = (photos - mean[:, None]).square().mean(dim=1)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance * (rows / max(1, rows - 1)), self.momentum)
                self.count += 1
        scale = self.weight[:, :width] * (variance + self.eps).rsqrt()
        return hidden * scale[:, None] + (self.bias[:, :width] - mean * scale)[:, None]


def _product(inputs_bpd: Tensor, weight_bwd: Tensor, bias_bw: Tensor) -> Tensor:
    """Shape (blocks, width, P): this way round the weights' gradient comes out as the weights lie."""
    return torch.baddbmm(bias_bw[:, :, None], weight_bwd, inputs_bpd.transpose(1, 2))


def _photos_first(given_mwp: Tensor, out: int) -> Tensor:
    return given_mwp[:, :out].transpose(1, 2).contiguous()


def filled(rows: Tensor) -> Tensor:
    """Rows of zeros added up to a multiple of `LANES`."""
    return pad(rows, (0, 0, 0, -len(rows) % LANES)) if len(rows) % LANES else rows
