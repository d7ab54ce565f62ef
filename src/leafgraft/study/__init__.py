"""What a run does from photos to report: commands, their steps, and the page.

Functions are imported when they are first asked for: torch takes seconds, and half of them do without it.
"""

from __future__ import annotations

import gc
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from leafgraft.records.extras import not_installed

if TYPE_CHECKING:
    from leafgraft.choices.menu import menu_to_json
    from leafgraft.study.commands.audit import audit
    from leafgraft.study.commands.compare import compare
    from leafgraft.study.commands.doctor import cache_to_json, doctor
    from leafgraft.study.commands.export import export
    from leafgraft.study.commands.field.adapt import adapt, foresee
    from leafgraft.study.commands.field.pick import pick
    from leafgraft.study.commands.paper import paper
    from leafgraft.study.commands.paths import check_compared, check_photos, check_request, check_results
    from leafgraft.study.commands.plan import plan
    from leafgraft.study.commands.report import report
    from leafgraft.study.commands.run import run
    from leafgraft.study.commands.sample import sample
    from leafgraft.study.commands.tune import find_rates, tune

_MODULE_OF = {
    "adapt": "commands.field.adapt",
    "audit": "commands.audit",
    "cache_to_json": "commands.doctor",
    "check_compared": "commands.paths",
    "check_photos": "commands.paths",
    "check_request": "commands.paths",
    "check_results": "commands.paths",
    "compare": "commands.compare",
    "doctor": "commands.doctor",
    "export": "commands.export",
    "foresee": "commands.field.adapt",
    "paper": "commands.paper",
    "pick": "commands.field.pick",
    "plan": "commands.plan",
    "report": "commands.report",
    "run": "commands.run",
    "sample": "commands.sample",
    "tune": "commands.tune",
    "find_rates": "commands.tune",
}
_TRAINING = {"adapt", "audit", "export", "find_rates", "foresee", "pick", "plan", "run", "tune"}
__all__ = [
    "adapt",
    "audit",
    "cache_to_json",
    "check_compared",
    "check_photos",
    "check_request",
    "check_results",
    "compare",
    "doctor",
    "export",
    "find_rates",
    "foresee",
    "menu_to_json",
    "paper",
    "pick",
    "plan",
    "report",
    "run",
    "sample",
    "tune",
]


def __dir__() -> list[str]:
    """What can be asked for: notebooks offer it after a tab."""
    return __all__


def __getattr__(name: str) -> Any:
    """Import a function from its module.

    Raises:
        UsageError: It needs an extra that is not installed.
    """
    module = "leafgraft.choices.menu" if name == "menu_to_json" else f"leafgraft.study.{_MODULE_OF.get(name, '')}"
    if name not in __all__:
        raise AttributeError(f"module 'leafgraft.study' has no attribute {name!r}")
    try:
        return getattr(_import(module), name)
    except ModuleNotFoundError as error:
        raise not_installed(error, trains=name in _TRAINING) or error from None


def _import(module: str) -> ModuleType:
    """Import a module, and all that trains: a seventh faster if nothing looks for garbage among it meanwhile."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return import_module(module)
    finally:
        if collects:
            gc.enable()
