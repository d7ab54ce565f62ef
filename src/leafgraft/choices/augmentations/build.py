"""Build the augmentations that a recipe names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leafgraft.choices.augmentations.operation import Augmentation
from leafgraft.choices.menu import find
from leafgraft.records.recipe import Choice


def build_augmentation(choices: Sequence[Choice]) -> Augmentation:
    """All augmentations of a recipe as one.

    Args:
        choices: Augmentations with all their settings, in order; at most one that mixes photos.
    """
    built: list[Any] = [find("augmentations", choice).build(**choice.settings) for choice in choices]
    mixing = [operation for operation in built if hasattr(operation, "mix")]
    return Augmentation(tuple(one for one in built if one not in mixing), mixing[0] if mixing else None)
