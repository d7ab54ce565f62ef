"""The line from photos to report, stage by stage.

Functions are imported when they are first asked for: torch takes seconds, and half of them do without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leafgraft.choices.menu import menu_to_json
    from leafgraft.study.audit_stage import audit
    from leafgraft.study.cache import cache_to_json
    from leafgraft.study.commands import doctor, plan
    from leafgraft.study.comparison import compare
    from leafgraft.study.export_stage import export
    from leafgraft.study.line import run
    from leafgraft.study.page import report
    from leafgraft.study.paths import check_photos, check_request, check_results
    from leafgraft.study.sampling import sample
    from leafgraft.study.tune_command import find_rates, tune

_MODULE_OF = {
    "audit": "audit_stage",
    "cache_to_json": "cache",
    "check_photos": "paths",
    "check_request": "paths",
    "check_results": "paths",
    "compare": "comparison",
    "doctor": "commands",
    "export": "export_stage",
    "plan": "commands",
    "report": "page",
    "run": "line",
    "sample": "sampling",
    "tune": "tune_command",
    "find_rates": "tune_command",
}
__all__ = [
    "audit",
    "cache_to_json",
    "check_photos",
    "check_request",
    "check_results",
    "compare",
    "doctor",
    "export",
    "find_rates",
    "menu_to_json",
    "plan",
    "report",
    "run",
    "sample",
    "tune",
]


def __getattr__(name: str) -> Any:
    """Import a function from its module."""
    if name == "menu_to_json":
        return import_module("leafgraft.choices.menu").menu_to_json
    if name in _MODULE_OF:
        return getattr(import_module(f"leafgraft.study.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module 'leafgraft.study' has no attribute {name!r}")
