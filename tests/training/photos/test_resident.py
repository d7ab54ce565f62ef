from dataclasses import replace

import numpy as np
import torch
from drawn_trials import draw_trial

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.records.recipe import Choice
from leafgraft.training.photos import resident
from leafgraft.training.photos.packing import pack

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_photos_that_lie_on_the_device_are_the_decoded_ones(inputs, monkeypatch):
    monkeypatch.setattr(resident, "ROWS_AT_ONCE", 7)
    photos = inputs.photos(inputs.fold(0).train)
    rows = resident.copy_rows(inputs.pixels, CPU)
    there = replace(photos, resident=rows, pixels=replace(inputs.pixels, array=np.empty(0)))  # nothing else is asked
    change = build_augmentation(draw_trial(augmentation=(Choice("affine"), Choice("mixup"))).recipe.augmentation)
    positions = np.array([5, 0, 9])
    torch.testing.assert_close(there.plain(positions), photos.plain(positions), rtol=0, atol=0)
    for own, other in zip(there.changed(positions, change, 3, 1), photos.changed(positions, change, 3, 1), strict=True):
        torch.testing.assert_close(own, other, rtol=0, atol=0)
    assert there.everything().resident is rows


def test_a_cpu_gets_no_copy_and_a_gpu_only_what_fits(inputs, monkeypatch):
    size = inputs.pixels.array.nbytes
    copied = []
    monkeypatch.setattr(resident, "copy_rows", lambda pixels, device: copied.append(device) or pixels)
    free = iter([4 * size - 4, 4 * size])
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (next(free), 10 * size))
    assert resident.to_device(inputs.pixels, CPU) is None
    assert resident.to_device(inputs.pixels, GPU) is None
    assert resident.to_device(inputs.pixels, GPU) is inputs.pixels
    assert copied == [GPU]


def test_photos_are_copied_once_and_never_sent_to_another_process(inputs, monkeypatch):
    asked = []
    ours = replace(inputs)
    monkeypatch.setattr(
        "leafgraft.training.photos.inputs.to_device", lambda pixels, device: asked.append(device) or "rows"
    )
    assert ours.photos(ours.fold(0).train).resident == ours.photos(ours.fold(0).test).resident == "rows"
    assert len(asked) == 1
    assert pack(ours)._resident == []
