"""Whether so many trials at a time fit into memory, asked before they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import torch
from torch import Tensor, nn

from leafgraft.choices.menu import phases as phases_of
from leafgraft.errors import MenuError, UsageError
from leafgraft.records.recipe import Trial
from leafgraft.storage.cache.cache_folder import GIGABYTE
from leafgraft.training.network import Network, build_network
from leafgraft.training.phases import frozen_prefix, set_phase
from leafgraft.training.photos.inputs import TrialInputs

PROCESS_BYTES = 600 * 1024**2  # Python, torch and what both load
PASS_PHOTOS = 32  # photos at a time while outputs of frozen stages are computed
COPIES = 4  # of a weight that learns, beside the weight: its gradient, two moments, the best so far
CONTROL_GROUPS = ("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes")


def check_memory(trials: Sequence[Trial], inputs: Mapping[int, TrialInputs], jobs: int) -> None:
    """Refuse more trials at a time than fit.

    Raises:
        UsageError: Saying how many do.
    """
    needed, largest = most_bytes(trials, len(next(iter(inputs.values())).classes))
    free = free_bytes(next(iter(inputs.values())).device)
    if jobs * needed > free:
        fit = free // needed
        raise UsageError(
            f"{jobs} trials at a time must fit into memory: about {needed / GIGABYTE:.1f} GB each "
            f"('{largest.recipe.name or largest.recipe.backbone.name}').",
            f"{free / GIGABYTE:.1f} GB are free.",
            f"Use --jobs {fit}." if fit > 1 else "Leave --jobs out, or lower batch_size or image_size.",
        )


def most_bytes(trials: Sequence[Trial], classes: int) -> tuple[int, Trial]:
    """Bytes of the trial that needs most, and that trial; one of each kind is measured.

    Settings among which is searched may not fit their network; they are not trained, and need none. The first do.
    """
    kinds = {_kind(trial): trial for trial in trials}
    needs = []
    for trial in kinds.values():
        with suppress(MenuError):
            needs.append((trial_bytes(trial, classes), trial))
    return max(needs, key=lambda need: need[0])


def _kind(trial: Trial) -> tuple[object, ...]:
    """What decides the memory that a trial needs."""
    recipe = trial.recipe
    choices = [str((one.name, one.settings)) for one in (recipe.backbone, recipe.strategy, recipe.head)]
    return (*choices, recipe.batch_norm, recipe.auxiliary, recipe.image_size, trial.training.batch_size)


def trial_bytes(trial: Trial, classes: int) -> int:
    """About how many bytes a process needs for a trial: weights, their copies, and what a step keeps for its gradients.

    A few made-up photos go through the network; its weights do not matter for that.
    """
    network = build_network(replace(trial.recipe, weights="none"), classes, 0).to(memory_format=torch.channels_last)
    total = PROCESS_BYTES + sum(_size(parameter) for parameter in network.parameters())
    phases = phases_of(trial.recipe.strategy, network.backbone.stage_names)
    of_phases = []
    for phase in phases:
        set_phase(network, phase, trial.recipe.batch_norm)
        learning = sum(_size(parameter) for parameter in network.parameters() if parameter.requires_grad)
        cut = frozen_prefix(network, phase)
        kept = _kept_bytes(network, trial.recipe.image_size, cut)
        of_phases.append(COPIES * learning + kept * trial.training.batch_size)
    frozen = max(frozen_prefix(network, phase) for phase in phases)
    passing = _largest_output_bytes(network, trial.recipe.image_size, frozen) * 3 * PASS_PHOTOS if frozen else 0
    return total + max(passing, *of_phases)


def _kept_bytes(network: Network, side: int, cut: int) -> int:
    """Bytes per photo that a step keeps for its gradients."""
    sizes: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    photos = torch.zeros(2, 3, side, side).to(memory_format=torch.channels_last)
    with torch.no_grad():
        maps = network.prefix(photos, cut)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(maps, cut)
    return sum(sizes.values()) // len(photos)


def _largest_output_bytes(network: Network, side: int, cut: int) -> int:
    """Bytes per photo of the largest map that any layer of the first stages gives."""
    largest = 0

    def note(_module: nn.Module, _inputs: object, output: object) -> None:
        nonlocal largest
        if isinstance(output, Tensor):
            largest = max(largest, output.numel() * output.element_size())

    hooks = [module.register_forward_hook(note) for module in network.modules()]
    try:
        with torch.inference_mode():
            network.eval().prefix(torch.zeros(1, 3, side, side), cut)
    finally:
        for hook in hooks:
            hook.remove()
    return largest


def _size(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def free_bytes(device: str) -> int:
    """Memory that is free for networks: of the GPU with ``cuda``, else of the machine or the container."""
    if device == "cuda":
        return sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count()))
    return min([int(psutil.virtual_memory().available), *_free_in_container(Path("/sys/fs/cgroup"))])


def _free_in_container(groups: Path) -> list[int]:
    """What the container's limit leaves, if it has one; pages that only mirror files do not count as taken."""
    free = []
    for limit, used in CONTROL_GROUPS:
        try:
            most, taken = (int((groups / name).read_text(encoding="ascii")) for name in (limit, used))
            table = (groups / used).with_name("memory.stat").read_text(encoding="ascii")
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        mirrored = [int(line.split()[1]) for line in table.splitlines() if line.startswith("inactive_file ")]
        free.append(max(0, most - taken + sum(mirrored)))
    return free
