"""The menus: explicit lists of entries, and the check of one choice and its settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

from leafgraft.choices.backbones import timm_family
from leafgraft.choices.backbones.build import NETWORKS, TIMM_NETWORKS
from leafgraft.choices.entry import Entry
from leafgraft.errors import MenuError
from leafgraft.records.display import did_you_mean
from leafgraft.records.recipe import Choice
from leafgraft.records.strategy import Phase

# What stands on each menu, in this order: an entry is a file of its name in the folder of its kind.
NAMES: Mapping[str, tuple[str, ...]] = {
    "strategies": (
        "uniform",
        "full",
        "frozen",
        "gradual",
        "partial",
        "stagewise",
        "probe",
        "probe_then_full",
    ),
    "heads": (
        "linear",
        "mlp",
    ),
    "losses": (
        "cross_entropy",
        "focal",
        "class_balanced",
    ),
    "optimizers": (
        "sgd",
        "adam",
        "adamw",
    ),
    "schedulers": (
        "constant",
        "step",
        "plateau",
        "cosine",
        "one_cycle",
    ),
    "augmentations": (
        "blur",
        "jitter",
        "affine",
        "flip",
        "random_resized_crop",
        "trivial_augment",
        "mixup",
        "cutmix",
    ),
}


class _Menu(Mapping[str, Entry]):
    """The entries of a kind by name; a file is imported when its entry is first asked for."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __getitem__(self, name: str) -> Entry:
        if name not in NAMES[self._kind]:
            raise KeyError(name)
        entry: Entry = import_module(f"leafgraft.choices.{self._kind}.{name}").ENTRY
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES[self._kind])

    def __len__(self) -> int:
        return len(NAMES[self._kind])


BACKBONES: tuple[Entry, ...] = (
    *(one.entry for one in NETWORKS),
    *(one.entry for one in TIMM_NETWORKS),
    timm_family.ENTRY,
)
MENUS: Mapping[str, Mapping[str, Entry]] = {
    "backbones": {entry.name: entry for entry in BACKBONES},
    **{kind: _Menu(kind) for kind in NAMES},
}


def find(kind: str, choice: Choice) -> Entry:
    """Find the entry that `choice` names.

    Args:
        kind: Name of the menu, one of `MENUS`.
        choice: What is chosen; its settings are not looked at.

    Raises:
        MenuError: The menu has no such entry.
    """
    menu = MENUS[kind]
    if kind == "backbones" and choice.name.startswith(timm_family.PREFIX) and choice.name not in menu:
        return menu["timm:NAME"]
    asked = f"{said_at(choice)}'{choice.name}' must be on the menu of {kind}."
    if choice.name == "timm:NAME":
        raise MenuError(asked, "NAME stands for the name of a timm model.", "Write one, such as timm:resnet10t.")
    if choice.name not in menu:
        raise MenuError(asked, "It is not.", f"{_near(choice.name, menu)}Allowed: {', '.join(menu)}.")
    return menu[choice.name]


def settings(kind: str, choice: Choice) -> dict[str, Any]:
    """All settings of `choice`, defaults filled in.

    Args:
        kind: Name of the menu, one of `MENUS`.
        choice: What is chosen, with the settings that are given.

    Raises:
        MenuError: The menu has no such entry, or a setting is unknown or out of range.
    """
    entry = find(kind, choice)
    filled = entry.defaults
    for name, value in choice.settings.items():
        if name not in entry.settings:
            allowed = ", ".join(entry.settings) or "none: write the bare name"
            raise MenuError(
                f"{said_at(choice)}'{name}' must be a setting of {choice.name}.",
                "It is not.",
                f"{_near(name, entry.settings)}Allowed: {allowed}.",
            )
        try:
            filled[name] = entry.settings[name].read(value)
        except ValueError:
            raise MenuError(
                f"{said_at(choice)}'{name}' of {choice.name} must be {entry.settings[name].allowed}.",
                f"It is {value!r}.",
                f"The default is {json.dumps(entry.settings[name].default)}.",
            ) from None
    return filled


def phases(strategy: Choice, stage_names: tuple[str, ...]) -> tuple[Phase, ...]:
    """The phases of a strategy on a backbone of these stages.

    Args:
        strategy: Strategy with the settings that are given.
        stage_names: Names of the stages, from the stem on.

    Raises:
        MenuError: There is no such strategy, or the backbone has too few stages.
    """
    entry = find("strategies", strategy)
    made: tuple[Phase, ...] = entry.build(stage_names, **settings("strategies", strategy))
    return made


def menu_to_json(kind: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """All menus, or one, as plain values.

    Raises:
        MenuError: There is no such kind.
    """
    if kind is not None and kind not in MENUS:
        raise MenuError(
            f"'{kind}' must be a menu.",
            "There is none of that name.",
            f"{_near(kind, MENUS)}Menus: {', '.join(MENUS)}.",
        )
    return {
        name: [
            {"name": entry.name, "summary": entry.summary, "defaults": entry.defaults, "source": entry.source}
            for entry in menu.values()
        ]
        for name, menu in MENUS.items()
        if kind in {None, name}
    }


def said_at(choice: Choice) -> str:
    """Where a choice was written, to begin a message with; empty if nowhere."""
    return f"{choice.where}: " if choice.where else ""


def _near(name: str, known: Iterable[str]) -> str:
    return f"{did_you_mean(name, known, cutoff=0.5)} ".lstrip()
