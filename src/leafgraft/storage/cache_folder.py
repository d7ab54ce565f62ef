"""The cache folder, shared by studies: decoded photos and kept features.

Everything in it can be made anew from the photos. `$LEAFGRAFT_CACHE` names it; the default is the user's cache folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


def default_cache_path() -> Path:
    """`$LEAFGRAFT_CACHE`, else `$XDG_CACHE_HOME/leafgraft`, else `~/.cache/leafgraft`."""
    named = os.environ.get("LEAFGRAFT_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leafgraft"


@dataclass(frozen=True, slots=True)
class CacheFolder:
    """Where shared work is kept.

    Attributes:
        path: The folder; created when first written to.
    """

    path: Path

    def entry(self, kind: str, name: str) -> Path:
        """Path of one entry, such as ``pixels/3fa9…-224.npy``; its folder is made."""
        folder = self.path / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name
