"""A drawn bundle and drawn photos; helpers of these tests are importable by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

COLOURS = {
    "red.jpg": (200, 60, 50),
    "green.png": (60, 180, 70),
    "blue.webp": (50, 70, 200),
    "mixed.png": (130, 120, 60),
    "white.jpg": (255, 255, 255),
}


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn bundle; tests that change it copy it first."""
    from drawn_bundle import write_bundle

    return write_bundle(tmp_path_factory.mktemp("drawn") / "bundle")


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One photo per class, one between two classes, one of nothing known."""
    folder = tmp_path_factory.mktemp("photos")
    for name, colour in COLOURS.items():
        Image.new("RGB", (120, 90), colour).save(folder / name)
    return folder
