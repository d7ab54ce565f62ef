"""What the doctor says of a machine of Windows, on a stand-in of its registry."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from leafgraft.training import doctor


@pytest.mark.parametrize(("enabled", "works"), [(1, True), (0, False), (None, False)])
def test_windows_is_asked_whether_it_takes_long_paths(
    enabled: int | None, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def query(_opened: object, name: str) -> tuple[int, int]:
        if enabled is None:
            raise FileNotFoundError(name)
        return enabled, 4

    registry = SimpleNamespace(HKEY_LOCAL_MACHINE=0, OpenKey=lambda *_: nullcontext(), QueryValueEx=query)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "platform", "win32")
    (check,) = doctor._long_paths()
    assert check.works == works
    assert ("LongPathsEnabled 1" in check.mend) != works


def test_other_systems_are_not_asked() -> None:
    assert doctor._long_paths() == []
