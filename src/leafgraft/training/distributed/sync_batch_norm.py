"""Layers that look at a whole batch, for processes that each have a part of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed import all_reduce
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.ops import StochasticDepth

from leafgraft.training.distributed.process_group import Team


class _Sum(torch.autograd.Function):
    """The sum over all processes; so are its slopes."""

    @staticmethod
    def forward(_context: Any, value: Tensor) -> Tensor:
        total = value.clone()
        all_reduce(total)
        return total

    @staticmethod
    def backward(_context: Any, *slopes: Tensor) -> Tensor:
        total = slopes[0].clone()
        all_reduce(total)
        return total


class SharedNorm(_BatchNorm):
    """Batch normalisation by the statistics of the whole batch (torch's SyncBatchNorm does so on GPUs alone)."""

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - torch's own name
        pass

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - torch's own name
        """Shape (N, C, …)."""
        if not self.training or self.running_mean is None or self.running_var is None:
            return super().forward(input)
        over = [0, *range(2, input.ndim)]
        shape = [1, -1] + [1] * (input.ndim - 2)
        count = torch.full((1,), float(input.numel() // input.shape[1]), device=input.device)
        sums = _Sum.apply(torch.cat([input.float().sum(over), count]))
        mean = sums[:-1] / sums[-1]
        centred = input - mean.view(shape)
        variance = _Sum.apply(centred.float().square().sum(over)) / sums[-1]
        with torch.no_grad():
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
            step = 1 / float(self.num_batches_tracked or 1) if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, step)
            self.running_var.lerp_(variance * sums[-1] / (sums[-1] - 1), step)
        normal = centred * torch.rsqrt(variance + self.eps).view(shape)
        scaled: Tensor = normal * self.weight.view(shape) + self.bias.view(shape) if self.affine else normal
        return scaled


class SharedNoise(nn.Module):
    """Dropout or stochastic depth whose noise is that of the whole batch, drawn alike by every process.

    Args:
        layer: What it stands for.
        team: Knows which rows of the batch are this process's.
    """

    def __init__(self, layer: nn.Dropout | StochasticDepth, team: Team) -> None:
        super().__init__()
        self.layer, self.team = layer, team

    def forward(self, values: Tensor) -> Tensor:
        """Shape (N, …)."""
        if not self.training:
            return values
        whole = torch.ones((self.team.count, *values.shape[1:]), device=values.device, dtype=values.dtype)
        noise: Tensor = self.layer(whole)
        return values * noise[self.team.rows]


def share_layers(module: nn.Module, team: Team) -> None:
    """Put shared layers in place of those that look at a whole batch; names and values of weights stay."""
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm):
            setattr(module, name, _shared_norm(child))
        elif isinstance(child, (nn.Dropout, StochasticDepth)):
            setattr(module, name, SharedNoise(child, team))
        else:
            share_layers(child, team)


def _shared_norm(norm: _BatchNorm) -> SharedNorm:
    shared = SharedNorm(norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats)
    shared.weight, shared.bias = norm.weight, norm.bias
    shared.running_mean, shared.running_var = norm.running_mean, norm.running_var
    shared.num_batches_tracked = norm.num_batches_tracked
    shared.train(norm.training)
    return shared
