"""Heads of one shape side by side: one product serves them all, and each learns as if it were alone.

What a head computes must not depend, not even in the last bit, on which others are there: a run that goes on has fewer
of them. So every head fills whole vector registers (`LANES` numbers), whatever its width, and a batch is filled up with
rows of zeros: arithmetic that treats the rest of a register otherwise than the register never meets one. For the same
reason an optimizer moves heads in one step only where each is a whole number of turns (`TURN` numbers) of its loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

LANES = 16
TURN = 64  # torch's loops take four registers of the widest kind at most
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


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A stacked tensor that learns.

    Attributes:
        name: Of each head's part.
        tensor: Shape (places, ...).
        places: Of each head.
        out: Leading numbers of a place that are the head's; the rest are zeros.
    """

    name: str
    tensor: Tensor
    places: tuple[int, ...]
    out: int

    @property
    def gradient(self) -> Tensor:
        """What the last step left."""
        if self.tensor.grad is None:
            raise RuntimeError("every leaf learns in every step")
        return self.tensor.grad

    def part(self, tensor: Tensor, member: int, first: int = 0) -> Tensor:
        """A head's part of a tensor shaped like this one, or like its places from the one of head `first` on."""
        return tensor[self.places[member] - self.places[first]][: self.out]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """What an optimizer moves in one step: places of heads that lie together, or the part of a single head.

    Attributes:
        parameter: The same memory as the leaf's.
        leaf: That it is of.
        members: Heads, in order.
        whole: Whether it is made of whole places.
    """

    parameter: Tensor
    leaf: Leaf
    members: tuple[int, ...]
    whole: bool

    def part(self, tensor: Tensor, member: int) -> Tensor:
        """A head's part of a tensor shaped like the parameter."""
        return self.leaf.part(tensor, member, self.members[0]) if self.whole else tensor

    def of(self, tensor: Tensor) -> Tensor:
        """What of a tensor shaped like the leaf belongs to the parameter."""
        if not self.whole:
            return self.leaf.part(tensor, self.members[0])
        return tensor[self.leaf.places[self.members[0]] : self.leaf.places[self.members[-1]] + 1]


@dataclass(slots=True, eq=False)
class _Shared:
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
class _Linear:
    """A later layer: every head reads its own features. `weight` has shape (M, width, D)."""

    weight: Tensor
    bias: Tensor
    out: int

    def __call__(self, hidden: Tensor) -> Tensor:
        given = _product(hidden, self.weight, self.bias[:, : self.weight.shape[1]])
        return _photos_first(given, self.out)


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
        seed_of: Position of each head's seed in a batch's features, shape (M,).
        layers: In order.
        leaves: Everything that learns.
        views: Of each head: its tensors by name, parts of the stacked ones.
    """

    seed_of: Tensor
    layers: list[Any] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
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
        """Forget gradients."""
        for leaf in self.leaves:
            leaf.tensor.grad = None

    def joints(self, members: Sequence[int]) -> list[Joint]:
        """What an optimizer is given of heads of one group, which lie together."""
        made = []
        for leaf in self.leaves:
            whole = leaf.tensor[0].numel() % TURN == 0
            for whose in [tuple(members)] if whole else [(one,) for one in members]:
                joint = Joint(leaf.tensor.detach(), leaf, whose, whole)
                made.append(replace(joint, parameter=joint.of(joint.parameter)))
        return made


def stack(heads: Sequence[nn.Module], seeds: Sequence[int], groups: Sequence[int]) -> StackedHead:
    """Put heads side by side.

    Args:
        heads: Of one shape, for which `can_stack` holds.
        seeds: Of each.
        groups: Of each; equal ones must lie together, and within them equal seeds.
    """
    names = list(dict.fromkeys(seeds))
    device = next(heads[0].parameters()).device
    stacked = StackedHead(torch.tensor([names.index(seed) for seed in seeds], device=device))
    stacked.views = [{} for _ in heads]
    for name, layer in _layers(heads[0]):
        members = [head.get_submodule(name) if name else head for head in heads]
        if isinstance(layer, nn.Linear):
            blocks = [] if stacked.layers else list(zip(groups, seeds, strict=True))
            made = _stack_shared(stacked, name, members, blocks) if blocks else _stack_linear(stacked, name, members)
            stacked.layers.append(made)
        elif isinstance(layer, nn.BatchNorm1d):
            stacked.layers.append(_stack_norm(stacked, name, members))
        else:
            stacked.layers.append(layer)
    return stacked


def _stack_shared(
    stacked: StackedHead, name: str, members: Sequence[Any], block_of: Sequence[tuple[int, int]]
) -> _Shared:
    out, width, per_block = members[0].out_features, _up(members[0].out_features, LANES), 1
    if out <= LANES // 2:
        width = 1 << (out - 1).bit_length()
        per_block = LANES // width
    places: list[int] = []
    seeds: list[int] = []
    for block in dict.fromkeys(block_of):
        inside = [number for number, one in enumerate(block_of) if one == block]
        places += [len(seeds) * per_block + number for number in range(len(inside))]
        seeds += [int(stacked.seed_of[inside[0]])] * -(-len(inside) // per_block)
    shapes = (len(seeds) * per_block, width, members[0].in_features), (len(seeds) * per_block, _up(width, TURN))
    leaves = [
        _leaf(stacked, _join(name, kind), members, (shape, tuple(places)))
        for kind, shape in zip(("weight", "bias"), shapes, strict=True)
    ]
    whose = (torch.tensor(numbers, device=leaves[0].device) for numbers in (places, seeds))
    return _Shared(leaves[0], leaves[1], out, per_block, *whose)


def _stack_linear(stacked: StackedHead, name: str, members: Sequence[Any]) -> _Linear:
    out, places = members[0].out_features, tuple(range(len(members)))
    width = _up(out, LANES)
    shapes = (len(members), width, members[0].in_features), (len(members), _up(width, TURN))
    leaves = [
        _leaf(stacked, _join(name, kind), members, (shape, places))
        for kind, shape in zip(("weight", "bias"), shapes, strict=True)
    ]
    return _Linear(leaves[0], leaves[1], out)


def _stack_norm(stacked: StackedHead, name: str, members: Sequence[Any]) -> _Norm:
    shape, places = (len(members), _up(members[0].num_features, TURN)), tuple(range(len(members)))
    weight, bias = (_leaf(stacked, _join(name, kind), members, (shape, places)) for kind in ("weight", "bias"))
    counted: list[Tensor] = []
    for kind in ("running_mean", "running_var", "num_batches_tracked"):
        counted.append(torch.stack([getattr(member, kind).detach() for member in members]))
        for view, row in zip(stacked.views, counted[-1], strict=True):
            view[_join(name, kind)] = row
    mean, variance, count = counted
    return _Norm(weight, bias, mean, variance, count, members[0].momentum, members[0].eps)


def _leaf(
    stacked: StackedHead, name: str, members: Sequence[Any], form: tuple[tuple[int, ...], tuple[int, ...]]
) -> Tensor:
    """Stack a tensor of all heads in a form: the shape of the whole, and the place of each."""
    values = [getattr(member, name.rsplit(".", 1)[-1]).detach() for member in members]
    tensor: Tensor = values[0].new_zeros(form[0]).requires_grad_()
    leaf = Leaf(name, tensor, form[1], len(values[0]))
    for number, (view, value) in enumerate(zip(stacked.views, values, strict=True)):
        view[name] = leaf.part(tensor.detach(), number)
        view[name].copy_(value)
    stacked.leaves.append(leaf)
    return tensor


def _product(inputs_bpd: Tensor, weight_bwd: Tensor, bias_bw: Tensor) -> Tensor:
    """Shape (blocks, width, P): this way round the weights' gradient comes out as the weights lie."""
    return torch.baddbmm(bias_bw[:, :, None], weight_bwd, inputs_bpd.transpose(1, 2))


def _photos_first(given_mwp: Tensor, out: int) -> Tensor:
    return given_mwp[:, :out].transpose(1, 2).contiguous()


def filled(rows: Tensor) -> Tensor:
    """Rows of zeros added up to a multiple of `LANES`."""
    return pad(rows, (0, 0, 0, -len(rows) % LANES)) if len(rows) % LANES else rows


def _up(count: int, multiple: int) -> int:
    """The next multiple."""
    return -(-count // multiple) * multiple


def _layers(head: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Layers in order, by name; a single one has no name."""
    if isinstance(head, nn.Sequential):
        yield from head.named_children()
    else:
        yield "", head


def _join(name: str, kind: str) -> str:
    return f"{name}.{kind}" if name else kind
