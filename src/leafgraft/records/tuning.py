"""What a search may change in a recipe, and how long it looks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from leafgraft.records.recipe import Choice, Recipe


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers to draw from.

    Attributes:
        low: The least.
        high: The greatest.
        log: Whether factors count, not differences.
        whole: Whether only whole numbers are drawn.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """Values to choose from: plain ones, menu choices (whose settings may be ranges and options), or pipelines."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Tuning:
    """A search.

    Attributes:
        space: What may change, by recipe key.
        trials: Settings to try.
        seed: Seed of the search.
        prune: Whether trials that lag behind are given up early.
        where: Where it was written; for errors only.
    """

    space: Mapping[str, Range | Options]
    trials: int = 50
    seed: int = 0
    prune: bool = True
    where: str = ""


@dataclass(frozen=True, slots=True)
class Tuned:
    """A recipe whose settings are searched for.

    Attributes:
        recipe: With the settings that are not searched for.
        tuning: The search.
    """

    recipe: Recipe
    tuning: Tuning

    def draw(self, picks: Picks) -> Recipe:
        """The recipe with settings as picked."""
        return replace(self.recipe, **{key: draw(space, key, picks) for key, space in self.tuning.space.items()})


class Picks(Protocol):
    """Picks settings."""

    def number(self, path: str, among: Range) -> float:
        """A number; `path` names the setting, such as ``head.mlp.dropout``."""

    def option(self, path: str, labels: Sequence[str]) -> int:
        """The index of one of several options."""


def draw(value: Any, path: str, picks: Picks) -> Any:
    """One value of a space; a value that is no range and no options is itself."""
    if isinstance(value, Range):
        return picks.number(path, value)
    if isinstance(value, Options):
        labels = _labels(value.values)
        index = picks.option(path, labels) if len(labels) > 1 else 0
        twin = labels[index].removeprefix(_name(value.values[index]))  # its settings are apart from the other's
        return draw(value.values[index], path + twin, picks)
    if isinstance(value, Choice):
        at = f"{path}.{value.name}"
        return replace(value, settings={key: draw(one, f"{at}.{key}", picks) for key, one in value.settings.items()})
    if isinstance(value, tuple):
        return tuple(draw(one, f"{path}.{_name(value)}", picks) for one in value)
    return value


def _labels(values: Sequence[Any]) -> list[str]:
    """Short names of options, each its own."""
    names = [_name(value) for value in values]
    return [name if names.count(name) == 1 else f"{name} #{place}" for place, name in enumerate(names, 1)]


def _name(value: Any) -> str:
    if isinstance(value, Choice):
        return value.name
    if isinstance(value, tuple):
        return "+".join(_name(one) for one in value) or "none"
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class Given:
    """Picks the place given for a path, else the first; notes how many places there are, and what may be drawn.

    The places of a range are its ends, and a number between them with a fraction unless it is of whole numbers.

    Attributes:
        places: By path.
        counts: Places by path, as far as met.
        space: Ends of ranges and labels of options by path, as far as met.
    """

    places: Mapping[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    space: dict[str, Range | list[str]] = field(default_factory=dict)

    def number(self, path: str, among: Range) -> float:
        """An end of the range, or a number between."""
        numbers: tuple[float, ...] = (among.low, among.high, among.low + 0.4321 * (among.high - among.low))
        if among.whole:
            numbers = int(among.low), int(among.high)
        self.counts[path], self.space[path] = len(numbers), among
        return numbers[self.places.get(path, 0)]

    def option(self, path: str, labels: Sequence[str]) -> int:
        """The given option."""
        self.counts[path], self.space[path] = len(labels), list(labels)
        return self.places.get(path, 0)


def extremes(tuned: Tuned) -> Iterator[Recipe]:
    """Recipes that together hold every option and every place of every range, beside the first of all others."""
    return (recipe for recipe, _ in _explored(tuned))


def searched_space(tuned: Tuned) -> dict[str, Range | list[str]]:
    """What a search may change: by the path of each setting its range, or the labels of its options."""
    return {path: one for _, given in _explored(tuned) for path, one in given.space.items()}


def _explored(tuned: Tuned) -> Iterator[tuple[Recipe, Given]]:
    waiting: list[Mapping[str, int]] = [{}]
    known: set[str] = set()
    while waiting:
        places = waiting.pop()
        given = Given(places)
        yield tuned.draw(given), given
        for path in sorted(set(given.counts) - known):
            known.add(path)
            waiting += [{**places, path: place} for place in range(1, given.counts[path])]
