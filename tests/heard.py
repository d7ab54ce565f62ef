"""What several tests listen to."""

from __future__ import annotations

from leafgraft.records.progress import Silent


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)
