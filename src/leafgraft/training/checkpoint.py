"""The state of a trial after its last finished epoch: from here it goes on as if never stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from leafgraft.storage.atomic import write_bytes


def write_checkpoint(path: Path, parts: Mapping[str, Mapping[str, Tensor]], state: Mapping[str, Any]) -> None:
    """Write tensors by part and name, and everything else as JSON, in one atomic file without pickles."""
    tensors = {
        f"{part}/{name}": tensor.detach().cpu().contiguous()
        for part, named in parts.items()
        for name, tensor in named.items()
    }
    write_bytes(path, save(tensors, metadata={"state": json.dumps(state)}))


def read_checkpoint(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]] | None:
    """Read what `write_checkpoint` wrote; None if there is none, or if it is damaged (the trial then starts anew)."""
    if not path.is_file():
        return None
    parts: dict[str, dict[str, Tensor]] = {}
    try:
        with safe_open(path, framework="pt") as file:
            state: dict[str, Any] = json.loads(file.metadata()["state"])
            for key in file.keys():  # noqa: SIM118 - not a mapping
                part, name = key.split("/", 1)
                parts.setdefault(part, {})[name] = file.get_tensor(key)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        path.unlink()
        return None
    return parts, state


def copy_into(target: Mapping[str, Tensor], source: Mapping[str, Tensor]) -> None:
    """Copy tensors by name.

    Raises:
        KeyError: A name is missing.
    """
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])
