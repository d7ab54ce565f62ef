"""Several processes that train one trial: each takes its part of every batch, and all make the same step.

The gradients of the parts are added up by Fabric. DistributedDataParallel itself would have to be built anew whenever
a phase lets other stages learn, and would divide by the number of processes, wrong where parts differ in size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

if TYPE_CHECKING:
    from lightning.fabric import Fabric


@dataclass(slots=True, eq=False)
class Team:
    """The processes of a trial, as one of them sees it; of one process alone it changes nothing.

    Attributes:
        fabric: Launched.
        count: Photos of the present batch.
        rows: Which of them are this process's.
    """

    fabric: Fabric
    count: int = 0
    rows: slice = field(default_factory=lambda: slice(None))

    @property
    def size(self) -> int:
        """Number of processes."""
        return int(self.fabric.world_size)

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes."""
        return int(self.fabric.global_rank) == 0

    def own_part(self, positions: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
        """This process's photos of a batch, and their weight: weights of all processes sum to 1.

        Every photo is in one part. Of a batch with fewer photos than processes every process takes the whole.
        """
        self.count = len(positions)
        whole = self.count < self.size
        self.rows = slice(None) if whole else slice(int(self.fabric.global_rank), None, self.size)
        own = positions[self.rows]
        return own, 1 / self.size if whole else len(own) / len(positions)

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes."""
        total: Any = self.fabric.all_reduce(tensor, reduce_op="sum") if self.size > 1 else tensor
        return torch.as_tensor(total)

    def add_up(self, parameters: Iterable[Tensor]) -> None:
        """Let every process have the sum of all processes' gradients."""
        if self.size == 1:
            return
        gradients = [one.grad for one in parameters if one.grad is not None]
        total = self.sum(torch.cat([one.flatten() for one in gradients]))
        parts = torch.split(total, [one.numel() for one in gradients])
        for one, part in zip(gradients, parts, strict=True):
            one.copy_(part.view_as(one))
