"""Helpers of the training tests are importable by name."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from drawn_trials import draw_inputs


@pytest.fixture(autouse=True)
def _one_thread():
    """Bit-equal results do not depend on how many cores the machine has, nor does the time of these tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def inputs(tmp_path):
    return draw_inputs(tmp_path / "cache")
