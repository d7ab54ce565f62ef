"""What the driver asks every machine of a Ray cluster; without torch, so that the answers come soon."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tempfile
from pathlib import Path

import ray

COMPARED = ("leafgraft", "torch", "onnxruntime", "numpy")


def versions() -> dict[str, str]:
    """Versions that must be the same on all machines."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in COMPARED}}


def look_around(shared: Path) -> tuple[bool, dict[str, str]]:
    """Whether this machine sees a folder of the driver's cache, and its versions."""
    return shared.is_dir(), versions()


def own_cache(name: str) -> Path:
    """Where this machine keeps what it makes for an executor."""
    return Path(tempfile.gettempdir()) / f"leafgraft-{name}-{ray.get_runtime_context().get_node_id()[:16]}"


def clear_away(name: str) -> None:
    """Delete what this machine kept for an executor."""
    shutil.rmtree(own_cache(name), ignore_errors=True)
