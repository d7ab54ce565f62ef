"""Fixtures for all tests: an own cache, one thread, real photos where they are at hand, drawn leaves."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # heard.py
os.environ.setdefault("OMP_NUM_THREADS", "1")
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in a job in the background; the tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Size of the soaks in tests/soak."""
    parser.addoption("--nightly", action="store_true", help="the long soaks: an hour or two")


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the user's cache and weights out of the tests, and theirs out of it."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEAFGRAFT_CACHE", str(folder))
        patch.delenv("LEAFGRAFT_WEIGHTS", raising=False)
        patch.delenv("LEAFGRAFT_MAPS_GB", raising=False)
        patch.setenv("LEAFGRAFT_LANG", "en")  # whatever this machine speaks
        patch.setenv("LEAFGRAFT_FROZEN_ENGINE", "eager")  # the tests of the others name them
        yield folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real photos."""
    if not (SHARED / "data").is_dir():
        pytest.skip("real photos are not at hand: ../shared/data is absent")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_weights() -> Path:
    """Folder of pretrained weights."""
    if not (SHARED / "weights").is_dir():
        pytest.skip("pretrained weights are not at hand: ../shared/weights is absent")
    return SHARED / "weights"


@pytest.fixture(scope="session")
def drawn_leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 72 drawn leaves of three classes, 64 pixels wide, without faults."""
    from leafgraft.data.drawn.sample import draw_sample

    folder = tmp_path_factory.mktemp("drawn") / "leaves"
    draw_sample(folder, photos_per_class=24, side=64, seed=0)
    return folder
