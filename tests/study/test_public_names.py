"""The functions of the study stay what they are, whatever is imported first."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import leafgraft
from leafgraft import study


def test_no_module_hides_a_function() -> None:
    modules = {path.stem for path in Path(study.__file__).parent.iterdir()}
    assert not modules & set(study.__all__)


def test_functions_after_every_module_was_imported() -> None:
    folder = Path(study.__file__).parent
    for path in sorted(folder.rglob("[a-z]*.py")):
        import_module("leafgraft.study." + ".".join(path.relative_to(folder).with_suffix("").parts))
    assert all(type(getattr(study, name)).__name__ == "function" for name in study.__all__)
    assert leafgraft.run is study.run
