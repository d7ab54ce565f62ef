"""What an audit finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from leafgraft.languages.speaking import Name, word
from leafgraft.records.display import counted, html_list, html_note, html_table, not_measured_words, percent, span

Severity = Literal["error", "warning", "note"]
HARM = {"error": 0, "warning": 1, "note": 2}
COUNTED, FOUND = "photos counted", "finding"  # events of a run that looks at its photos
NOT_KEPT = ("LG007", "LG018", "LG029", "LG032")  # the split parts photos of one leaf, or there is no split


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


def findings_of(audited: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Findings of audit.json, worst first; ``folder`` names the second folder that one is of, if it is of one."""
    second: Mapping[str, Any] = audited.get("second", {})
    of = [{**finding, "folder": ""} for finding in audited["findings"]]
    of += [{**finding, "folder": name} for name, one in second.items() for finding in one["findings"]]
    return tuple(sorted(of, key=lambda finding: HARM[finding["severity"]]))


def seen_in_training(audited: Mapping[str, Any]) -> dict[str, int]:
    """How many test photos show a leaf of training, by audit.json; nothing where none does.

    Those of the study have no name. Of second folders those count that show what any photo of the training folder does.
    """
    own = next((one["measured"]["test_photos"] for one in audited.get("findings", ()) if one["code"] == "LG007"), 0)
    second = audited.get("second", {}).items()
    found = {"": own, **{name: len({away for _, away in one.get("shared", ())}) for name, one in second}}
    return {name: count for name, count in found.items() if count}


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything an audit says.

    Attributes:
        counts: ``{"photos": n, "classes": {name: n}, "unreadable": [path, ...]}``.
        findings: Sorted by harm, worst first.
        groups: Paths of each group of two or more photos.
        floors: Floors by name: ``largest_class``, ``border_pixels``, ``colour``, ``background``, ``metadata``.
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
