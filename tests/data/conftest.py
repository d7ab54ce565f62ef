"""Helpers of the data tests are importable by name; a cache folder of their own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))  # its bad_photos.py
sys.path.insert(0, str(Path(__file__).parent))

from leafgraft.storage.cache.cache_folder import CacheFolder


@pytest.fixture
def cache(tmp_path):
    return CacheFolder(tmp_path / "cache")
