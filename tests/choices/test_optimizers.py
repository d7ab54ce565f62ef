"""How optimizers are built."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from leafgraft.choices.optimizers.fused import is_fused


@dataclass
class _OnGpu:
    is_cuda: bool = True


def test_optimizers_are_fused_where_every_weight_is_on_a_gpu() -> None:
    assert is_fused([{"params": [_OnGpu()]}, {"params": [_OnGpu(), _OnGpu()]}])
    assert not is_fused([{"params": [_OnGpu()]}, {"params": [torch.zeros(3)]}])
