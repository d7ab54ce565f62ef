"""The rate finder takes every recipe that has a rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from leafgraft.study.commands import tune
from leafgraft.study.commands.request import open_study


def test_a_recipe_that_is_searched_for_has_a_rate_to_find(
    drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    found = {"rates": [0.1, 1.0], "losses": [1.0, 2.0], "suggested": 0.1, "valley": 0.1}
    monkeypatch.setattr(tune, "find_rate", lambda *_: found)
    read: list[str] = []
    monkeypatch.setattr(tune, "open_study", lambda photos: read.append(photos) or open_study(photos))
    file = tmp_path / "study.yaml"
    searched = "recipes: [{backbone: squeezenet1_1, tune: {learning_rate: {log: [1e-4, 0.1]}}}]"
    file.write_text(f"photos: {drawn_leaves}\nimage_size: 32\nweights: none\n{searched}\n", encoding="utf-8")
    rates = tune.find_rates(str(file), out=tmp_path / "out").rates
    assert [one["suggested"] for one in rates] == [0.1]
    assert read == [str(file)]
