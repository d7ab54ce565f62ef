"""`leafgraft sample`: draw a labelled set of leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leafgraft.data.drawn.faults import parse_faults
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.data.read.spelling import as_meant
from leafgraft.records.progress import Progress


def sample(
    directory: str | Path,
    *,
    photos_per_class: int = 60,
    side: int = 128,
    seed: int = 0,
    faults: str | Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Draw leaves into class folders; return what truth.json holds.

    Args:
        directory: Folder to fill, new or empty.
        photos_per_class: Photos of each class, before any fault adds copies.
        side: Side of the photos in pixels.
        seed: Seed of the leaves; the same one draws the same leaves.
        faults: Faults to plant, each as ``NAME=COUNT``; or one of them.
        progress: Shows how far it is.

    Raises:
        UsageError: The folder is not empty, a number is out of range, a fault is unknown, or there are more faults than
            photos.
        StudyFolderError: A photo cannot be written.
    """
    planted = parse_faults([faults] if isinstance(faults, str) else faults)
    return asdict(draw_sample(as_meant(directory), photos_per_class, side, seed, planted, progress))
