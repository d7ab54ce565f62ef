"""Decoded photos on a GPU: copied there once, so that steps wait for nothing from the processor."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from leafgraft.data.decode.pixel_rows import PixelMap

SHARE = 0.25  # of the free memory of a GPU that photos may take; what is larger is sent batch by batch
ROWS_AT_ONCE = 1024


def to_device(pixels: PixelMap, device: torch.device) -> Tensor | None:
    """All photos, uint8, shape (N, S, S, 3), on a GPU; None for a CPU, and where they do not fit."""
    if device.type != "cuda":
        return None
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return copy_rows(pixels, device) if pixels.array.nbytes <= SHARE * free_bytes else None


def copy_rows(pixels: PixelMap, device: torch.device) -> Tensor:
    """A copy of all photos on a device, uint8, shape (N, S, S, 3)."""
    rows = torch.empty(pixels.array.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        rows[part] = torch.from_numpy(np.array(pixels.array[part]))
    return rows
