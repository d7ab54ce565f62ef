"""Heads of one shape side by side: one product serves them all, and each learns as if it were alone.

For that an optimizer moves heads in one step only where each is a whole number of turns (`TURN` numbers) of torch's
loops: what is left over at the end of a loop may be rounded otherwise.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from leafgraft.training.heads.layers import LANES, Batch, OwnLinear, OwnNorm, SharedLinear

TURN = 64  # torch's loops take four registers of the widest kind at most
ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU, nn.Tanh, nn.Identity)


@dataclass(frozen=True, slots=True, eq=False)
class StackedParameter:
    """A stacked tensor that learns.

    Attributes:
        name: Name of the tensor in each head.
        tensor: Shape (places, ...).
        places: Place of each head.
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
            raise RuntimeError("every parameter learns in every step")
        return self.tensor.grad

    def part(self, tensor: Tensor, member: int, first: int = 0) -> Tensor:
        """A head's part of a tensor shaped like this one, or like its places from the one of head `first` on."""
        return tensor[self.places[member] - self.places[first]][: self.out]


@dataclass(frozen=True, slots=True, eq=False)
class ParameterGroup:
    """What an optimizer moves in one step: places of heads that lie together, or the part of a single head.

    Attributes:
        parameter: The same memory as the stacked tensor.
        stacked: The stacked tensor that it is of.
        members: Heads, in order.
        whole: Whether it is made of whole places.
    """

    parameter: Tensor
    stacked: StackedParameter
    members: tuple[int, ...]
    whole: bool

    def part(self, tensor: Tensor, member: int) -> Tensor:
        """A head's part of a tensor shaped like the parameter."""
        return self.stacked.part(tensor, member, self.members[0]) if self.whole else tensor

    def of(self, tensor: Tensor) -> Tensor:
        """What of a tensor shaped like the stacked tensor belongs to the parameter."""
        if not self.whole:
            return self.stacked.part(tensor, self.members[0])
        return tensor[self.stacked.places[self.members[0]] : self.stacked.places[self.members[-1]] + 1]


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
        layers: Layers in order.
        parameters: Everything that learns.
        views: For each head its tensors by name, parts of the stacked ones.
    """

    seed_of: Tensor
    layers: list[Any] = field(default_factory=list)
    parameters: list[StackedParameter] = field(default_factory=list)
    views: list[dict[str, Tensor]] = field(default_factory=list)

    def __call__(self, batch: Batch) -> Tensor:
        """Logits, shape (M, P, C); one batch for all heads, or one per seed."""
        hidden: Tensor = self.layers[0](batch)
        for layer in self.layers[1:]:
            if isinstance(layer, OwnNorm):
                hidden = layer(hidden, batch.rows, training=batch.draw is not None)
            elif isinstance(layer, nn.Dropout):
                if batch.draw is not None and layer.p > 0:
                    hidden = hidden * batch.draw(hidden.shape[2], layer.p).index_select(0, self.seed_of)
            else:
                hidden = layer(hidden)
        return hidden

    def zero_grad(self) -> None:
        """Forget gradients."""
        for one in self.parameters:
            one.tensor.grad = None

    def parameter_groups(self, members: Sequence[int]) -> list[ParameterGroup]:
        """What an optimizer is given of heads of one group, which lie together."""
        made = []
        for one in self.parameters:
            whole = one.tensor[0].numel() % TURN == 0
            for whose in [tuple(members)] if whole else [(member,) for member in members]:
                group = ParameterGroup(one.tensor.detach(), one, whose, whole)
                made.append(replace(group, parameter=group.of(group.parameter)))
        return made


def stack(heads: Sequence[nn.Module], seeds: Sequence[int], groups: Sequence[Hashable]) -> StackedHead:
    """Put heads side by side.

    Args:
        heads: Heads of one shape, for which `can_stack` holds.
        seeds: Seed of each head.
        groups: Group of each head; equal ones must lie together, and within them equal seeds.
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
    stacked: StackedHead, name: str, members: Sequence[Any], block_of: Sequence[tuple[Hashable, int]]
) -> SharedLinear:
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
    weight, bias = _linear(stacked, name, members, (len(seeds) * per_block, width), tuple(places))
    whose = (torch.tensor(numbers, device=weight.device) for numbers in (places, seeds))
    return SharedLinear(weight, bias, out, per_block, *whose)


def _stack_linear(stacked: StackedHead, name: str, members: Sequence[Any]) -> OwnLinear:
    form = (len(members), _up(members[0].out_features, LANES))
    return OwnLinear(*_linear(stacked, name, members, form, tuple(range(len(members)))), members[0].out_features)


def _linear(
    stacked: StackedHead, name: str, members: Sequence[Any], form: tuple[int, int], places: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Stack weights and biases; `form` is the number of places and outputs of each."""
    count, width = form
    weight = _parameter(stacked, _join(name, "weight"), members, ((*form, members[0].in_features), places))
    return weight, _parameter(stacked, _join(name, "bias"), members, ((count, _up(width, TURN)), places))


def _stack_norm(stacked: StackedHead, name: str, members: Sequence[Any]) -> OwnNorm:
    shape, places = (len(members), _up(members[0].num_features, TURN)), tuple(range(len(members)))
    weight, bias = (_parameter(stacked, _join(name, kind), members, (shape, places)) for kind in ("weight", "bias"))
    counted: list[Tensor] = []
    for kind in ("running_mean", "running_var", "num_batches_tracked"):
        counted.append(torch.stack([getattr(member, kind).detach() for member in members]))
        for view, row in zip(stacked.views, counted[-1], strict=True):
            view[_join(name, kind)] = row
    mean, variance, count = counted
    return OwnNorm(weight, bias, mean, variance, count, members[0].momentum, members[0].eps)


def _parameter(
    stacked: StackedHead, name: str, members: Sequence[Any], form: tuple[tuple[int, ...], tuple[int, ...]]
) -> Tensor:
    """Stack a tensor of all heads in a form: the shape of the whole, and the place of each."""
    values = [getattr(member, name.rsplit(".", 1)[-1]).detach() for member in members]
    tensor: Tensor = values[0].new_zeros(form[0]).requires_grad_()
    stacked_parameter = StackedParameter(name, tensor, form[1], len(values[0]))
    for number, (view, value) in enumerate(zip(stacked.views, values, strict=True)):
        view[name] = stacked_parameter.part(tensor.detach(), number)
        view[name].copy_(value)
    stacked.parameters.append(stacked_parameter)
    return tensor


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
