"""Libraries that the entries of the menus use, imported when something of them is first used.

The menus are read by commands that train nothing; torch alone takes seconds to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import timm
    import torch
    from numpy.typing import NDArray
    from scipy import special
    from torch import Tensor, nn
    from torch.nn import functional
    from torchvision import models
    from torchvision.transforms.v2 import functional as transforms

__all__ = ["NDArray", "Tensor", "functional", "models", "nn", "np", "special", "timm", "torch", "transforms"]


class _Later:
    """A module that is imported by the first look into it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


if not TYPE_CHECKING:
    NDArray = Tensor = Any  # in annotations alone
    np, timm, torch, models = _Later("numpy"), _Later("timm"), _Later("torch"), _Later("torchvision.models")
    nn, functional = _Later("torch.nn"), _Later("torch.nn.functional")
    transforms, special = _Later("torchvision.transforms.v2.functional"), _Later("scipy.special")
