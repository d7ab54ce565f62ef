"""Heads of one shape side by side: one product serves them all, and each learns as if it were alone.

What a head computes must not depend, not even in the last bit, on which others are there: a run that goes on has fewer
of them. So every head fills whole vector registers (`LANES` numbers), whatever its width, and a batch is filled up with
rows of zeros: arithmetic that treats the rest of a register otherwise than the register never meets one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

LANES = 16
ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Identity)
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
class _Shared:
    """The first layer: heads of one seed read the same features, so small ones share one product.

    `weight` has shape (blocks, width, D); each block holds `per_block` heads of one seed.
    """

    weight: Tensor
    bias: Tensor
    out: int
    per_block: int
    places: Tensor
    spans: tuple[tuple[int, int], ...]

    def __call__(self, batch: Batch) -> Tensor:
        spans = self.spans if len(batch.features) == len(self.spans) else ((0, len(self.weight)),)
        parts = []
        for features, (start, end) in zip(batch.features, spans, strict=True):
            blocks = features.expand(end - start, -1, -1)
            given = torch.baddbmm(self.bias[start:end, None], blocks, self.weight[start:end].transpose(1, 2))
            apart = given.view(end - start, given.shape[1], self.per_block, -1)
            parts.append(apart.transpose(1, 2).flatten(0, 1))
        return torch.cat(parts).index_select(0, self.places)[:, :, : self.out].contiguous()


@dataclass(slots=True, eq=False)
class _Linear:
    """A later layer: every head reads its own features. `weight` has shape (M, width, D)."""

    weight: Tensor
    bias: Tensor
    out: int

    def __call__(self, hidden: Tensor) -> Tensor:
        given = torch.baddbmm(self.bias[:, None], hidden, self.weight.transpose(1, 2))
        return given[:, :, : self.out].contiguous()


@dataclass(slots=True, eq=False)
class _Norm:
    """BatchNorm1d of every head over the photos of its own batch."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    variance: Tensor
    count: Tensor
    momentum: float
    eps: float

    def __call__(self, hidden: Tensor, rows: int, *, training: bool) -> Tensor:
        mean, variance = self.mean, self.variance
        if training:
            photos = hidden[:, :rows]
            mean = photos.mean(dim=1)
            variance = (photos - mean[:, None]).square().mean(dim=1)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance * (rows / max(1, rows - 1)), self.momentum)
                self.count += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        return hidden * scale[:, None] + (self.bias - mean * scale)[:, None]


def can_stack(head: nn.Module) -> bool:
    """Whether heads like this one can be trained side by side."""
    layers = list(_layers(head))
    known = all(isinstance(layer, (nn.Linear, nn.BatchNorm1d, nn.Dropout, *ACTIVATIONS)) for _, layer in layers)
    linear = [layer for _, layer in layers if isinstance(layer, nn.Linear)]
    norms = [layer for _, layer in layers if isinstance(layer, nn.BatchNorm1d)]
    plain = all(norm.affine and norm.track_running_stats and norm.momentum is not None for norm in norms)
    even = all(layer.out_features % LANES == 0 for layer in linear[:-1])
    starts = bool(layers) and isinstance(layers[0][1], nn.Linear) and isinstance(layers[-1][1], nn.Linear)
    return known and plain and even and starts and all(layer.bias is not None for layer in linear)


@dataclass(slots=True, eq=False)
class StackedHead:
    """Heads of one shape.

    Attributes:
        seed_of: Position of each head's seed in a batch's features, shape (M,); heads of one seed lie together.
        layers: In order.
        weights: Everything that learns.
        views: Of each head: its tensors by name, parts of the stacked ones.
    """

    seed_of: Tensor
    layers: list[Any] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)
    views: list[dict[str, Tensor]] = field(default_factory=list)

    def __call__(self, batch: Batch) -> Tensor:
        """Logits, shape (M, P, C); one batch for all heads, or one per seed."""
        hidden: Tensor = self.layers[0](batch)
        for layer in self.layers[1:]:
            if isinstance(layer, _Norm):
                hidden = layer(hidden, batch.rows, training=batch.draw is not None)
            elif isinstance(layer, nn.Dropout):
                if batch.draw is not None and layer.p > 0:
                    hidden = hidden * batch.draw(hidden.shape[2], layer.p).index_select(0, self.seed_of)
            else:
                hidden = layer(hidden)
        return hidden

    def zero_grad(self) -> None:
        """Forget gradients; their places stay, as every head's view of them does."""
        for weight in self.weights:
            if weight.grad is not None:
                weight.grad.zero_()

    def learning(self, member: int) -> dict[str, Tensor]:
        """What learns of one head, by name, each with its gradient."""
        return {name: view for name, view in self.views[member].items() if view.grad is not None}


def stack(heads: Sequence[nn.Module], seeds: Sequence[int]) -> StackedHead:
    """Put heads side by side.

    Args:
        heads: Of one shape, for which `can_stack` holds.
        seeds: Of each; equal ones must lie together.
    """
    names = list(dict.fromkeys(seeds))
    device = next(heads[0].parameters()).device
    stacked = StackedHead(torch.tensor([names.index(seed) for seed in seeds], device=device))
    stacked.views = [{} for _ in heads]
    for name, layer in _layers(heads[0]):
        members = [head.get_submodule(name) if name else head for head in heads]
        if isinstance(layer, nn.Linear):
            later = bool(stacked.layers)
            made = _stack_linear(stacked, name, members) if later else _stack_shared(stacked, name, members, seeds)
            stacked.layers.append(made)
        elif isinstance(layer, nn.BatchNorm1d):
            stacked.layers.append(_stack_norm(stacked, name, members))
        else:
            stacked.layers.append(layer)
    return stacked


def _stack_shared(stacked: StackedHead, name: str, members: Sequence[Any], seeds: Sequence[int]) -> _Shared:
    out, width, per_block = members[0].out_features, _width(members[0].out_features), 1
    if out <= LANES // 2:
        width = 1 << (out - 1).bit_length()
        per_block = LANES // width
    places, spans, blocks = [], [], 0
    for seed in dict.fromkeys(seeds):
        count = seeds.count(seed)
        places += [blocks * per_block + number for number in range(count)]
        spans.append((blocks, blocks + -(-count // per_block)))
        blocks = spans[-1][1]
    weight = members[0].weight.new_zeros(blocks * per_block, width, members[0].in_features)
    bias = members[0].weight.new_zeros(blocks * per_block, width)
    leaves = _leaf(stacked, weight.view(blocks, per_block * width, -1)), _leaf(stacked, bias.view(blocks, -1))
    for kind, leaf in zip(("weight", "bias"), leaves, strict=True):
        apart = [part.view(blocks * per_block, width, *leaf.shape[2:]) for part in (leaf.detach(), _grad(leaf))]
        for view, member, place in zip(stacked.views, members, places, strict=True):
            _enter(view, _join(name, kind), [part[place, :out] for part in apart], getattr(member, kind))
    where = torch.tensor(places, device=weight.device)
    return _Shared(*leaves, out, per_block, where, tuple(spans))


def _stack_linear(stacked: StackedHead, name: str, members: Sequence[Any]) -> _Linear:
    out = members[0].out_features
    leaves = []
    for kind in ("weight", "bias"):
        first = getattr(members[0], kind)
        leaves.append(_leaf(stacked, first.new_zeros(len(members), _width(out), *first.shape[1:])))
        for number, (view, member) in enumerate(zip(stacked.views, members, strict=True)):
            parts = [part[number, :out] for part in (leaves[-1].detach(), _grad(leaves[-1]))]
            _enter(view, _join(name, kind), parts, getattr(member, kind))
    return _Linear(leaves[0], leaves[1], out)


def _stack_norm(stacked: StackedHead, name: str, members: Sequence[Any]) -> _Norm:
    tensors = []
    for kind in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
        rows = torch.stack([getattr(member, kind).detach() for member in members])
        learns = kind in {"weight", "bias"}
        tensors.append(_leaf(stacked, rows) if learns else rows)
        for number, (view, member) in enumerate(zip(stacked.views, members, strict=True)):
            parts = [part[number] for part in ((rows, _grad(tensors[-1])) if learns else (rows,))]
            _enter(view, _join(name, kind), parts, getattr(member, kind))
    weight, bias, mean, variance, count = tensors
    return _Norm(weight, bias, mean, variance, count, members[0].momentum, members[0].eps)


def _enter(view: dict[str, Tensor], name: str, parts: Sequence[Tensor], value: Tensor) -> None:
    """Note a head's part of a stacked tensor, and of its gradient, and give it its value."""
    view[name] = parts[0]
    with torch.no_grad():
        view[name].copy_(value)
    if len(parts) > 1:
        view[name].grad = parts[1]


def _leaf(stacked: StackedHead, tensor: Tensor) -> Tensor:
    leaf = tensor.detach().requires_grad_()
    leaf.grad = torch.zeros_like(leaf)
    stacked.weights.append(leaf)
    return leaf


def _grad(leaf: Tensor) -> Tensor:
    if leaf.grad is None:
        raise RuntimeError("a leaf has a place for its gradient from the beginning")
    return leaf.grad


def _width(out: int) -> int:
    """Rows of a weight, so that the next head's begin at the start of a register."""
    return -(-out // LANES) * LANES


def _layers(head: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Layers in order, by name; a single one has no name."""
    if isinstance(head, nn.Sequential):
        yield from head.named_children()
    else:
        yield "", head


def _join(name: str, kind: str) -> str:
    return f"{name}.{kind}" if name else kind
