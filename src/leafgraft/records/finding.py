"""What an audit finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from leafgraft.languages.speaking import Name, word
from leafgraft.records.display import counted, html_list, html_note, html_table, not_measured_words, percent, span

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

    def __repr__(self) -> str:
        return f"Finding({self.code} {self.severity}: {self.title})"

    def _repr_html_(self) -> str:
        """What was found, why it matters, what to do, and the photos."""
        title = f"{self.code} {self.severity}: {self.title}"
        photos = tuple(map(Name, self.photos))
        return html_table(title, ("why", "to do"), [(self.why, self.mend)]) + html_list("Photos", photos)


@dataclass(frozen=True, slots=True)
class Floor:
    """An accuracy that needs no leaf. Shares between 0 and 1; the interval is at 95%."""

    accuracy: float
    interval: tuple[float, float]


def floors_from_json(found: Mapping[str, Any]) -> dict[str, Floor]:
    """By name, as audit.json holds them."""
    return {name: Floor(one["accuracy"], tuple(one["interval"])) for name, one in found.items()}


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything an audit says.

    Attributes:
        counts: ``{"photos": n, "classes": {name: n}, "unreadable": [path, ...]}``.
        findings: Sorted by harm, worst first.
        groups: Paths of each group of two or more photos.
        floors: By name: ``largest_class``, ``border_pixels``, ``colour``, ``background``, ``metadata``.
        corrections: What people corrected, counted; empty if nothing.
        floors_not_measured: Why by name, of floors that these photos cannot have.
    """

    counts: Mapping[str, Any]
    findings: tuple[Finding, ...]
    groups: tuple[tuple[str, ...], ...]
    floors: Mapping[str, Floor] = field(default_factory=dict)
    corrections: Mapping[str, Any] = field(default_factory=dict)
    floors_not_measured: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Audit({self._extent()})"

    def _repr_html_(self) -> str:
        """Findings, worst first, and the floors."""
        found = [
            (
                f"{one.code} {word(one.severity, 'severity')}",
                one.title,
                f"{len(one.photos):,}" if one.photos else "",
                one.mend,
            )
            for one in self.findings
        ]
        shown = html_table(f"Audit of {self._extent()}", ("finding", "what", "photos", "to do"), found)
        if self.floors:
            rows = [
                (word(name.replace("_", " "), "figure"), percent(of.accuracy), span(of.interval))
                for name, of in self.floors.items()
            ]
            shown += html_table("Accuracy that needs no leaf", ("floor", "accuracy", "95% interval"), rows)
        return shown + "".join(map(html_note, not_measured_words(self.floors_not_measured)))

    def _extent(self) -> str:
        photos = counted(self.counts["photos"], "photo")
        of_severity = Counter(one.severity for one in self.findings)
        found = ", ".join(counted(count, severity) for severity, count in of_severity.items())
        return f"{photos} of {counted(len(self.counts['classes']), 'class', 'classes')}: {found or 'nothing found'}"
