"""The audit: every check, sorted by harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from leafgraft.data.audit.check_list import CHECKS
from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.finding import HARM, Audit, Finding


def audit(inputs: AuditInputs) -> Audit:
    """Run every check. Findings come worst first: by severity, then by how many photos they touch."""
    checks: list[Callable[[AuditInputs], Finding | None]] = [module.check for module in CHECKS]
    findings = [finding for check in checks if (finding := check(inputs)) is not None]
    findings.sort(key=lambda finding: (HARM[finding.severity], -len(finding.photos), finding.code))
    members: dict[str, list[str]] = {}
    for photo in inputs.manifest.photos:
        members.setdefault(photo.group, []).append(photo.path)
    return Audit(
        counts={
            "photos": len(inputs.manifest.photos),
            "classes": inputs.class_counts,
            **({"places": inputs.place_counts} if inputs.manifest.places else {}),
            "unreadable": [one.path for one in inputs.manifest.unreadable],
        },
        findings=tuple(findings),
        groups=tuple(tuple(paths) for paths in members.values() if len(paths) > 1),
        floors=inputs.floors,
        corrections=inputs.corrections,
        floors_not_measured=inputs.floors_not_measured,
    )


def audit_to_json(found: Audit) -> dict[str, Any]:
    """As audit.json holds it."""
    return {
        "counts": dict(found.counts),
        "findings": [asdict(finding) for finding in found.findings],
        "groups": [list(paths) for paths in found.groups],
        "floors": {
            name: {"accuracy": floor.accuracy, "interval": list(floor.interval)} for name, floor in found.floors.items()
        },
        **({"floors_not_measured": dict(found.floors_not_measured)} if found.floors_not_measured else {}),
        **({"corrections": dict(found.corrections)} if found.corrections else {}),
    }
