"""Whether one kernel moves all weights at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def is_fused(groups: Sequence[dict[str, Any]]) -> bool:
    """On a GPU alone: on a CPU the last bits of a fused step depend on where in memory the weights lie.

    A trial that was cut would then not end as one that was not.
    """
    return all(parameter.is_cuda for group in groups for parameter in group["params"])
