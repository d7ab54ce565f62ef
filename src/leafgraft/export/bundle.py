"""Writes a bundle: the graph, bundle.json with the hash of every other file, and the model card."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from leafgraft.errors import StudyFolderError
from leafgraft.storage.atomic import to_json, write_bytes

FORMAT = 1
MODEL, MODEL_INT8 = "model.onnx", "model.int8.onnx"
INDEX = "bundle.json"


def versions() -> dict[str, str]:
    """Of the libraries that had a hand in the bundle."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": np.__version__,
    }


def write_bundle(folder: Path, files: Mapping[str, bytes], index: Mapping[str, Any]) -> None:
    """Write a bundle in place of the one that is there.

    It is written beside it and then renamed, so a reader never meets files of two bundles.

    Args:
        folder: Where to.
        files: By name.
        index: All other keys of bundle.json.

    Raises:
        StudyFolderError: It cannot be written.
    """
    made = folder.with_name(f".{folder.name}.part")
    _remove(made)
    for name, content in files.items():
        write_bytes(made / name, content)
    described = {name: _describe(content) for name, content in files.items()}
    write_bytes(made / INDEX, (to_json({"format": FORMAT, **index, "files": described}) + "\n").encode())
    _remove(folder)
    made.rename(folder)


def _describe(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _remove(folder: Path) -> None:
    """Remove a bundle, and nothing that is something else."""
    if not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir() or (any(folder.iterdir()) and not _is_bundle(folder)):
        raise StudyFolderError(
            f"'{folder}' must be free for the bundle, or hold an older one.",
            "It holds something else.",
            "Move it elsewhere.",
        )
    shutil.rmtree(folder)


def _is_bundle(folder: Path) -> bool:
    return (folder / INDEX).is_file() or folder.name.endswith(".part")
