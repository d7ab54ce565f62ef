"""What a trial is trained on, fit to be sent to another process: decoded photos stay in the cache."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from leafgraft.data.decode.pixel_rows import PixelMap, open_pixel_map
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.training.photos.inputs import TrialInputs


def pack(inputs: TrialInputs) -> TrialInputs:
    """The same without the photos that another process can map from the cache."""
    also_test = {name: (manifest, _emptied(pixels)) for name, (manifest, pixels) in inputs.also_test.items()}
    return replace(inputs, pixels=_emptied(inputs.pixels), also_test=also_test)


def unpack(inputs: TrialInputs, progress: Progress) -> TrialInputs:
    """The same with its photos, mapped from the cache."""

    def filled(manifest: Manifest, pixels: PixelMap) -> PixelMap:
        if len(pixels.array):
            return pixels
        return open_pixel_map(manifest, pixels.side, inputs.cache, progress)

    also_test = {name: (manifest, filled(manifest, pixels)) for name, (manifest, pixels) in inputs.also_test.items()}
    return replace(inputs, pixels=filled(inputs.manifest, inputs.pixels), also_test=also_test)


def _emptied(pixels: PixelMap) -> PixelMap:
    return replace(pixels, array=pixels.array[:0].copy()) if isinstance(pixels.array, np.memmap) else pixels
