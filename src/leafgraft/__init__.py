"""Graft a pretrained network onto your leaf photos, and find out honestly which graft takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from leafgraft import errors

if TYPE_CHECKING:
    from leafgraft.study import audit, compare, run
    from leafgraft.web.predictor import load_bundle

# onnxruntime from 1.29 on tells its makers about machines and models unless this is set before it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"
__all__ = ["__version__", "audit", "compare", "errors", "load_bundle", "run"]


def __dir__() -> list[str]:
    """What can be asked for: notebooks offer it after a tab."""
    return __all__


def __getattr__(name: str) -> Any:
    """Import the stages when they are first asked for: torch takes seconds."""
    if name in {"audit", "compare", "run"}:
        from leafgraft import study  # noqa: PLC0415 - see above

        return getattr(study, name)
    if name == "load_bundle":
        from leafgraft.web import predictor  # noqa: PLC0415 - onnxruntime takes a quarter of a second

        return predictor.load_bundle
    raise AttributeError(f"module 'leafgraft' has no attribute {name!r}")
