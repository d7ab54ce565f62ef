"""Commands that a person may copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.records import command


def test_a_command_names_what_has_a_value_and_quotes_what_must_be() -> None:
    told = command.typed("run", "my leaves", out=Path("/잎 사진"), preset="", corrections="c.csv")
    assert told == "leafgraft run 'my leaves' --out '/잎 사진' --corrections c.csv"


def test_on_windows_it_is_quoted_as_its_shells_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "os", type("Windows", (), {"name": "nt"}))
    assert command.typed("run", r"C:\my leaves") == 'leafgraft run "C:\\my leaves"'
    assert command.typed("run", r"C:\잎\leaves", out=r"C:\out-1") == r"leafgraft run C:\잎\leaves --out C:\out-1"
    assert command.typed("run", r"C:\R&D", out="leaves(1)") == r'leafgraft run "C:\R&D" --out "leaves(1)"'
    assert command.typed("label", "a;b\\") == r'leafgraft label "a;b\\"'
