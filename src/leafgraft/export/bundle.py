"""Writes a bundle: the graph, bundle.json with the hash of every other file, and the model card."""

from __future__ import annotations

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
from leafgraft.storage.files.atomic import replace_folder, to_json, write_bytes
from leafgraft.storage.files.checksums import checksum_of

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
    _check_free(folder)
    made = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(made, ignore_errors=True)
    for name, content in files.items():
        write_bytes(made / name, content)
    described = {name: {"sha256": checksum_of(content), "bytes": len(content)} for name, content in files.items()}
    write_bytes(made / INDEX, (to_json({"format": FORMAT, **index, "files": described}) + "\n").encode())
    replace_folder(made, folder)


def _check_free(folder: Path) -> None:
    """Refuse to replace what is no bundle."""
    if not folder.exists() and not folder.is_symlink():
        return
    bundle = folder.is_dir() and not folder.is_symlink() and ((folder / INDEX).is_file() or not any(folder.iterdir()))
    if not bundle:
        raise StudyFolderError(
            f"'{folder}' must be free for the bundle, or hold an older one.",
            "It holds something else.",
            "Move it elsewhere.",
        )
