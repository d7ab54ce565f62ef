"""`leafgraft doctor`: what this machine can do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path, weights_folder_path
from leafgraft.training.doctor import check_machine


def doctor() -> list[dict[str, Any]]:
    """What this machine can do."""
    return [asdict(check) for check in check_machine(CacheFolder(default_cache_path()), weights_folder_path())]
