"""What a search picks of a space: what optuna suggests, or what a trial had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna

from leafgraft.records.tuning import Range


@dataclass(frozen=True, slots=True)
class Suggested:
    """Picks what optuna suggests."""

    proposal: optuna.Trial

    def number(self, path: str, among: Range) -> float:
        """A number."""
        if among.whole:
            return self.proposal.suggest_int(path, int(among.low), int(among.high))
        return self.proposal.suggest_float(path, among.low, among.high, log=among.log)

    def option(self, path: str, labels: Sequence[str]) -> int:
        """An index."""
        return labels.index(self.proposal.suggest_categorical(path, labels))


@dataclass(frozen=True, slots=True)
class Kept:
    """Picks what a trial had."""

    settings: Mapping[str, Any]

    def number(self, path: str, among: Range) -> float:
        """A number."""
        value = self.settings[path]
        return int(value) if among.whole else float(value)

    def option(self, path: str, labels: Sequence[str]) -> int:
        """An index."""
        return labels.index(self.settings[path])
