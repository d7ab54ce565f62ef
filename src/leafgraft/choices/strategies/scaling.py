"""Rates of stages relative to the head."""

from __future__ import annotations

from collections.abc import Sequence


def equal(stages: Sequence[str], rate: float) -> dict[str, float]:
    """The same factor for every stage.

    Args:
        stages: Names of the stages.
        rate: Rate of each as a factor on that of the head.

    Example:
        >>> equal(("stem", "layer1"), 0.1)
        {'stem': 0.1, 'layer1': 0.1}
    """
    return dict.fromkeys(stages, rate)
