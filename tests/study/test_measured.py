"""What is measured once of the same inputs, and again of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leafgraft.records.progress import KEPT, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.measured import digest_of, measured

ARRAY = np.arange(6, dtype=np.float32)


class Heard(Silent):
    def __init__(self) -> None:
        self.kept: list[object] = []

    def note(self, event: str, **fields: object) -> None:
        if event == KEPT:
            self.kept.append(fields["what"])


def test_the_same_inputs_are_measured_once_and_others_again(tmp_path: Path) -> None:
    calls: list[int] = []
    heard, cache = Heard(), CacheFolder(tmp_path)

    def measure() -> dict[str, object]:
        calls.append(1)
        return {"interval": (0.1, np.float64(1 / 3)), "photos": np.int64(len(calls))}

    def ask(what: str = "floors", array: np.ndarray = ARRAY, text: str = "x") -> object:
        return measured(cache, heard, what, [array, text], measure)

    first = ask()
    assert first == {"interval": [0.1, 1 / 3], "photos": 1}
    assert ask() == first
    assert (len(calls), heard.kept) == (1, ["floors"])
    for other in (
        {"what": "another"},
        {"text": "y"},
        {"array": ARRAY + 1},
        {"array": ARRAY.reshape(2, 3)},
        {"array": ARRAY.astype(np.int32)},
    ):
        before = len(calls)
        ask(**other)
        assert len(calls) == before + 1, other


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"digest": "0", "value": 1}'])
def test_what_is_damaged_is_measured_again(tmp_path: Path, damage: str) -> None:
    heard, cache = Heard(), CacheFolder(tmp_path)
    assert measured(cache, heard, "floors", ["x"], lambda: 1) == 1
    (entry,) = tmp_path.rglob("*.json")
    entry.write_text(damage, encoding="utf-8")
    assert measured(cache, heard, "floors", ["x"], lambda: 2) == 2
    assert measured(cache, heard, "floors", ["x"], lambda: 3) == 2
    assert heard.kept == ["floors"]


def test_a_digest_tells_where_one_text_ends() -> None:
    assert digest_of(["ab", "c"]) != digest_of(["a", "bc"])
    assert digest_of([np.array(["ab"])]) != digest_of(["ab"])


def test_another_version_of_the_program_measures_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest_of(["x"])
    monkeypatch.setattr("leafgraft.study.measured._of_program", lambda: "another")
    assert digest_of(["x"]) != before
