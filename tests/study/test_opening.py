"""What is known once the photos were looked at is said."""

from __future__ import annotations

from pathlib import Path

from leafgraft.records.progress import Silent
from leafgraft.study.commands import plan


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


def test_what_has_no_effect_on_a_probe_is_said_once(tmp_path: Path, drawn_leaves: Path) -> None:
    file, heard = tmp_path / "small.yaml", Heard()
    shared = f"photos: {drawn_leaves}\nimage_size: 32\nweights: none\naugmentation: [flip]\noptimizer: sgd\n"
    blocks = "recipes:\n  - {backbone: squeezenet1_1, strategy: [probe, frozen], loss: [cross_entropy, focal]}\n"
    file.write_text(shared + blocks, encoding="utf-8")
    planned = plan(str(file), progress=heard)
    said = [line for line in heard.lines if "no effect" in line]
    assert len(said) == 1
    assert said[0].endswith("so these have no effect on it: optimizer, augmentation, loss.")
    assert sum("-probe-" in trial["key"] for trial in planned["trials"]) == 1
