"""The state of a trial after its last finished epoch: from here it goes on as if never stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import write_bytes

TOLD = "told"  # what the file says of itself, beside its tensors


def write_checkpoint(path: Path, parts: Mapping[str, Mapping[str, Tensor]], state: Mapping[str, Any]) -> None:
    """Write tensors by part and name, and everything else as JSON, in one atomic file without pickles.

    Args:
        path: File to write; one that is there is replaced.
        parts: Tensors by name of the part, which holds no slash, and by name.
        state: What else is kept, as values that JSON knows.

    Raises:
        StudyFolderError: The file cannot be written.
    """
    tensors = {
        f"{part}/{name}": tensor.detach().cpu().contiguous()
        for part, named in parts.items()
        for name, tensor in named.items()
    }
    text = json.dumps(state)
    told = {"state": text, "sha256": _checksum(tensors, text)}
    write_bytes(path, save(tensors, metadata={TOLD: json.dumps(told)}))  # of several keys the order would be random


def read_checkpoint(path: Path) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """Read what `write_checkpoint` wrote.

    Args:
        path: File to read.

    Raises:
        StudyFolderError: There is none, or it is damaged: its checksum differs.
    """
    parts: dict[str, dict[str, Tensor]] = {}
    try:
        with safe_open(path, framework="pt") as file:
            told = json.loads((file.metadata() or {})[TOLD])
            text, wanted = str(told["state"]), told["sha256"]
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from error
    if wanted != _checksum(tensors, text):
        raise _damaged(path, "its checksum differs")
    for key, tensor in tensors.items():
        part, name = key.split("/", 1)
        parts.setdefault(part, {})[name] = tensor
    state: dict[str, Any] = json.loads(text)
    return parts, state


def _checksum(tensors: Mapping[str, Tensor], state: str) -> str:
    digest = hashlib.sha256(state.encode())
    for key in sorted(tensors):
        tensor = tensors[key]
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _damaged(path: Path, why: str) -> StudyFolderError:
    return StudyFolderError(
        f"'{path}' must hold the state of a trial.", f"It cannot be read: {why}.", "Run the study again."
    )


def copy_into(target: Mapping[str, Tensor], source: Mapping[str, Tensor]) -> None:
    """Copy values of tensors by name.

    Args:
        target: Tensors to overwrite in place.
        source: Tensors of the same shapes; names that `target` lacks have no part in it.

    Raises:
        KeyError: A name is missing from `source`.
    """
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])
