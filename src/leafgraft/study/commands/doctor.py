"""`leafgraft doctor`: what this machine can do, and what the cache folder holds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path, weights_folder_path


def doctor() -> list[dict[str, Any]]:
    """What this machine can do."""
    from leafgraft.training.doctor import check_machine  # noqa: PLC0415 - the cache is looked at without torch
    from leafgraft.web.phone import VENDORED  # noqa: PLC0415 - as above

    found = check_machine(CacheFolder(default_cache_path()), weights_folder_path(), VENDORED)
    return [asdict(check) for check in found]


def cache_to_json(*, empty: bool = False) -> dict[str, Any]:
    """What the cache folder holds, in bytes by kind.

    Args:
        empty: Whether it is emptied first.
    """
    cache = CacheFolder(default_cache_path())
    if empty:
        cache.empty()
    return {
        "path": str(cache.path),
        "bytes": cache.size_bytes(),
        "limit_bytes": cache.limit_bytes,
        "kinds": cache.sizes(),
    }
