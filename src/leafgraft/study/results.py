"""What a run hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Results:
    """A finished study.

    Attributes:
        folder: The study folder.
        page: The page in it.
        evaluation: As in evaluation.json.
        verdict: As in verdict.json.
        failed: Trials that could not be trained, by key, with the reason.
    """

    folder: Path
    page: Path
    evaluation: Mapping[str, Any]
    verdict: Mapping[str, Any]
    failed: Mapping[str, str]
