"""What an audit finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded finding about the photos.

    Attributes:
        code: ``LG001`` and so on; one per check.
        severity: ``error`` (figures would be wrong), ``warning`` (figures may mislead) or ``note``.
        title: One line.
        photos: Paths relative to the photos folder.
        measured: What was measured, by name.
        why: Why it matters, one or two sentences.
        mend: What to do about it.
    """

    code: str
    severity: Severity
    title: str
    photos: tuple[str, ...]
    measured: Mapping[str, Any]
    why: str
    mend: str


@dataclass(frozen=True, slots=True)
class Floor:
    """An accuracy that needs no leaf. Shares between 0 and 1; the interval is at 95%."""

    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything an audit says.

    Attributes:
        counts: ``{"photos": n, "classes": {name: n}, "unreadable": [path, ...]}``.
        findings: Sorted by harm, worst first.
        groups: Paths of each group of two or more photos.
        floors: By name: ``largest_class``, ``border_pixels``, ``colour``, ``background``, ``metadata``.
    """

    counts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    groups: tuple[tuple[str, ...], ...]
    floors: Mapping[str, Floor] = field(default_factory=dict)
