"""The pages of the documentation, and the code that puts the book together."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs/book"))
sys.path.insert(0, str(Path(__file__).parent))
