"""The functions of the study stay what they are, whatever is imported first."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import leafgraft
from leafgraft import study


def test_no_module_hides_a_function() -> None:
    modules = {path.stem for path in Path(study.__file__).parent.glob("*.py")}
    assert not modules & set(study.__all__)


def test_functions_after_every_module_was_imported() -> None:
    for path in sorted(Path(study.__file__).parent.glob("[a-z]*.py")):
        import_module(f"leafgraft.study.{path.stem}")
    assert all(type(getattr(study, name)).__name__ == "function" for name in study.__all__)
    assert leafgraft.run is study.run
