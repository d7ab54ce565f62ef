"""The audit: every check, sorted by harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from types import ModuleType
from typing import Any

from leafgraft.data.audit_inputs import AuditInputs
from leafgraft.records.finding import Audit, Finding

# What is looked for: a finding is a file of its name in the folder of checks.
NAMES = (
    "lg001_unreadable",
    "lg002_two_labels",
    "lg003_copies",
    "lg004_equal_pixels",
    "lg005_same_leaf",
    "lg006_crossing_groups",
    "lg007_split_leak",
    "lg008_small",
    "lg009_dark",
    "lg010_bright",
    "lg011_blurred",
    "lg012_odd_shape",
    "lg013_sizes",
    "lg014_modes",
    "lg015_exif_rotation",
    "lg016_animated",
    "lg017_imbalance",
    "lg018_few_photos",
    "lg019_wide_interval",
    "lg020_wrong_labels",
    "lg021_floors",
    "lg022_metadata",
    "lg023_brightness_by_class",
    "lg024_class_without_photo",
    "lg025_names_alike",
    "lg026_left_out",
    "lg027_passed_over",
    "lg028_cut",
    "lg029_no_split",
    "lg030_names_suggest_groups",
    "lg031_groups_across_classes",
    "lg032_groups_kept_apart",
    "lg040_respelled",
    "lg041_unicode_forms",
)
CHECKS: tuple[ModuleType, ...] = tuple(import_module(f"leafgraft.data.checks.{name}") for name in NAMES)
HARM = {"error": 0, "warning": 1, "note": 2}

__all__ = ["CHECKS", "AuditInputs", "audit", "audit_to_json"]


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
            "unreadable": [one.path for one in inputs.manifest.unreadable],
        },
        findings=tuple(findings),
        groups=tuple(tuple(paths) for paths in members.values() if len(paths) > 1),
        floors=inputs.floors,
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
    }
