"""The cache folder, shared by studies: decoded photos and kept features.

Everything in it can be made anew from the photos. `$LEAFGRAFT_CACHE` names it; the default is the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


def default_cache_path() -> Path:
    """`$LEAFGRAFT_CACHE`, else `$XDG_CACHE_HOME/leafgraft`, else `~/.cache/leafgraft`."""
    named = os.environ.get("LEAFGRAFT_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leafgraft"


KINDS = ("pixels", "features", "thumbnails", "facts")
DEFAULT_LIMIT_GB = 20.0
GIGABYTE = 1024**3


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

    @property
    def limit_bytes(self) -> int:
        """Most that the folder may hold: `$LEAFGRAFT_CACHE_GB`, else 20 GB."""
        return int(float(os.environ.get("LEAFGRAFT_CACHE_GB") or DEFAULT_LIMIT_GB) * GIGABYTE)

    def sizes(self) -> dict[str, int]:
        """Bytes by kind of entry."""
        return {kind: sum(file.stat().st_size for file in self._files(kind)) for kind in KINDS}

    def size_bytes(self) -> int:
        """Bytes of all entries."""
        return sum(self.sizes().values())

    def empty(self) -> None:
        """Delete every entry; downloaded weights stay."""
        for kind in KINDS:
            shutil.rmtree(self.path / kind, ignore_errors=True)

    def make_room(self, size_bytes: int) -> int:
        """Delete arrays, the least recently used first, until `size_bytes` more fit; return the bytes deleted."""
        arrays = [file for kind in ("pixels", "features") for file in self._files(kind) if file.suffix == ".npy"]
        free, deleted = self.limit_bytes - self.size_bytes(), 0
        for file in sorted(arrays, key=lambda one: one.stat().st_mtime):
            if free + deleted >= size_bytes:
                break
            deleted += file.stat().st_size
            file.with_suffix(".json").unlink(missing_ok=True)
            file.unlink()
        return deleted

    def _files(self, kind: str) -> list[Path]:
        folder = self.path / kind
        return [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []
