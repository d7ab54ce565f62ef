"""What `leafgraft pick` says of what it passed over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from leafgraft.cli.commands.field import _left_out
from leafgraft.languages.speaking import said, speaking


def test_fewer_picks_than_were_asked_for_are_said() -> None:
    passed_over: dict[str, Any] = dict.fromkeys(("not_leaves", "at_home", "leaves_at_home", "labelled"), ())
    manifest = SimpleNamespace(unreadable=(), copies=())
    picked: Any = SimpleNamespace(picks=(None,) * 12, manifest=manifest, **passed_over)
    assert _left_out(picked, 12) == []
    (line,) = _left_out(picked, 60)
    assert line.startswith("Picked 12 of 60: copies, and further photos of one leaf")
    with speaking("ko"):
        assert said(line).startswith("60장 가운데 12장을 골랐습니다")
