"""Entries of the menus, and the settings that they take."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a menu entry.

    Attributes:
        default: Value if nothing is given; one of the allowed ones.
        allowed: What is allowed, in words.
        read: Returns the value in its one normal form (so that 1 and 1.0 are one recipe); raises ValueError
            if it is not allowed.
    """

    default: Any
    allowed: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to choose.

    Attributes:
        name: Name on the menu.
        summary: One line for a person who chooses.
        source: Paper or library.
        build: Makes it.
        settings: Settings that it takes, by name.
        learning_rate: Rate of the head if a recipe names none; of strategies alone.
        rate_factor: Factor on that rate; of optimizers alone.
    """

    name: str
    summary: str
    source: str
    build: Callable[..., Any]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    learning_rate: float = 0.0
    rate_factor: float = 1.0

    @property
    def defaults(self) -> dict[str, Any]:
        """The default of every setting, by name."""
        return {name: copy.deepcopy(setting.default) for name, setting in self.settings.items()}


def number(default: float, low: float, high: float) -> Setting:
    """A number within bounds, which are allowed too.

    Args:
        default: Value if nothing is given.
        low: Smallest value.
        high: Largest value.

    Example:
        >>> setting = number(0.1, 0.0, 1.0)
        >>> setting.allowed, setting.read(1)
        ('a number from 0 to 1', 1.0)
    """

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ValueError
        return float(value)

    return Setting(default, f"a number from {low:g} to {high:g}", read)


def whole(default: int, low: int, high: float = math.inf) -> Setting:
    """A whole number within bounds, which are allowed too.

    Args:
        default: Value if nothing is given.
        low: Smallest value.
        high: Largest value; without it there is none.

    Example:
        >>> whole(5, 1).allowed
        'a whole number from 1 up'
    """

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    upto = "" if math.isinf(high) else f" to {high:g}"
    return Setting(default, f"a whole number from {low}{upto}" + ("" if upto else " up"), read)


def one_of(default: str, options: Sequence[str]) -> Setting:
    """One of a few words.

    Args:
        default: Word if nothing is given.
        options: All words that are allowed.

    Example:
        >>> one_of("relu", ("gelu", "relu")).allowed
        'gelu or relu'
    """

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in options:
            raise ValueError
        return value

    return Setting(default, " or ".join(options), read)


def flag(*, default: bool) -> Setting:
    """True or false.

    Args:
        default: Value if nothing is given.
    """

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - every refused setting is a ValueError
        return value

    return Setting(default, "true or false", read)


def sizes(default: Sequence[int]) -> Setting:
    """A list of one or more whole numbers above 0.

    Args:
        default: Sizes if none are given.

    Example:
        >>> sizes([512]).read([64, 32])
        [64, 32]
    """
    size = whole(1, 1)

    def read(value: Any) -> list[int]:
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError
        return [size.read(each) for each in value]

    return Setting(list(default), "a list of whole numbers above 0", read)


def class_weights() -> Setting:
    """Nothing, ``balanced``, or a number above 0 per class."""

    def read(value: Any) -> Any:
        if value is None or value == "balanced":
            return value
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError
        weights = [number(1.0, 0.0, math.inf).read(each) for each in value]
        if not all(0 < weight < math.inf for weight in weights):
            raise ValueError
        return weights

    return Setting(None, "null, 'balanced', or a list of numbers above 0, one per class", read)
