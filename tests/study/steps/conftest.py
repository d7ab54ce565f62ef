from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.photo_set import Looking


class Talk(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def looking(tmp_path: Path) -> Looking:
    return Looking(CacheFolder(tmp_path / "cache"), Talk())
