from __future__ import annotations

from pathlib import Path

import pytest

from heard import Heard
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.photo_set import Looking


@pytest.fixture
def looking(tmp_path: Path) -> Looking:
    return Looking(CacheFolder(tmp_path / "cache"), Heard())
