"""Helpers of the data tests are importable by name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
