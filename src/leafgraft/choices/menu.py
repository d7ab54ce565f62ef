"""The menus: explicit lists of entries, and the check of everything a study file chooses from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from leafgraft.choices.backbones import timm_family
from leafgraft.choices.backbones.build import NETWORKS, TIMM_NETWORKS
from leafgraft.choices.entry import Entry
from leafgraft.errors import CombinationError, MenuError
from leafgraft.records.display import did_you_mean
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.strategy import Phase

MIXING = ("mixup", "cutmix")
# What a head that is solved for has no use for; the keys by their names in study files.
TRAINING_CHOICES = ("loss", "optimizer", "scheduler")
TRAINING_KEYS = {
    "augmentation": "augmentation",
    "learning_rate": "learning_rate",
    "batch_norm": "batch_norm",
    "auxiliary": "auxiliary",
    "small_first": "image_size: first",
}
SMALLEST_SIDE_PX, LARGEST_SIDE_PX = 32, 1024

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
    asked = f"{_where(choice)}'{choice.name}' must be on the menu of {kind}."
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
                f"{_where(choice)}'{name}' must be a setting of {choice.name}.",
                "It is not.",
                f"{_near(name, entry.settings)}Allowed: {allowed}.",
            )
        try:
            filled[name] = entry.settings[name].read(value)
        except ValueError:
            raise MenuError(
                f"{_where(choice)}'{name}' of {choice.name} must be {entry.settings[name].allowed}.",
                f"It is {value!r}.",
                f"The default is {json.dumps(entry.settings[name].default)}.",
            ) from None
    return filled


def resolve(recipe: Recipe) -> Recipe:
    """Check every choice of a recipe and write all defaults out.

    Raises:
        MenuError: Something is not on a menu, or out of range.
        CombinationError: It does not go together.
    """
    filled: dict[str, Any] = {kind: _filled(menu, getattr(recipe, kind)) for kind, menu in _KINDS.items()}
    augmentation = tuple(_filled("augmentations", choice) for choice in recipe.augmentation)
    strategy, optimizer = find("strategies", recipe.strategy), find("optimizers", recipe.optimizer)
    rate = recipe.learning_rate
    if rate is None and not recipe.solved:
        rate = strategy.learning_rate * optimizer.rate_factor
    _check_values(recipe, rate)
    _check_together(recipe)
    filled["learning_rate"] = None if rate is None else float(rate)  # so that 1 and 1.0 are one recipe
    resolved = replace(recipe, **filled, augmentation=augmentation, name="")
    return _without_training(resolved) if recipe.solved else resolved


def _without_training(recipe: Recipe) -> Recipe:
    """What has no part in a head that is solved for is as if it had not been given."""
    plain = Recipe(recipe.backbone)
    filled: dict[str, Any] = {kind: _filled(_KINDS[kind], getattr(plain, kind)) for kind in TRAINING_CHOICES}
    others: dict[str, Any] = {key: getattr(plain, key) for key in TRAINING_KEYS}
    return replace(recipe, **filled, **others)


def without_effect(recipe: Recipe) -> list[str]:
    """What a recipe was given that has no part in it, since its head is solved for, in words."""
    if not recipe.solved:
        return []
    plain = Recipe(recipe.backbone)
    given = [key for key in (*TRAINING_CHOICES, *TRAINING_KEYS) if getattr(recipe, key) != getattr(plain, key)]
    return [TRAINING_KEYS.get(key, key) for key in given]


_KINDS = {
    "backbone": "backbones",
    "strategy": "strategies",
    "head": "heads",
    "loss": "losses",
    "optimizer": "optimizers",
    "scheduler": "schedulers",
}


def _filled(kind: str, choice: Choice) -> Choice:
    return replace(choice, settings=settings(kind, choice))


def _check_values(recipe: Recipe, rate: float | None) -> None:
    at = _where(recipe.backbone)
    if rate is not None and not 0 < rate < 100:
        raise MenuError(f"{at}learning_rate must lie between 0 and 100.", f"It is {rate}.", "Try 0.001.")
    if recipe.batch_norm not in {"train", "fixed"}:
        raise MenuError(f"{at}batch_norm must be train or fixed.", f"It is '{recipe.batch_norm}'.", "Mend it.")
    if not SMALLEST_SIDE_PX <= recipe.image_size <= LARGEST_SIDE_PX:
        raise MenuError(
            f"{at}image_size must be from {SMALLEST_SIDE_PX} to {LARGEST_SIDE_PX} pixels.",
            f"It is {recipe.image_size}.",
            "224 is what most pretrained networks saw.",
        )
    if (small := recipe.small_first) and not SMALLEST_SIDE_PX <= small.side_px < recipe.image_size:
        raise MenuError(
            f"{at}image_size: first must be from {SMALLEST_SIDE_PX} pixels to less than then ({recipe.image_size}).",
            f"It is {small.side_px}.",
            "Write, for instance, image_size: {first: 128, epochs: 5, then: 224}.",
        )


def _check_together(recipe: Recipe) -> None:
    tapped = [network.name for network in NETWORKS if network.auxiliary_taps]
    if recipe.auxiliary and recipe.backbone.name not in tapped:
        raise CombinationError(
            f"{_where(recipe.backbone)}auxiliary: true needs a backbone with auxiliary heads.",
            f"{recipe.backbone.name} has none.",
            f"Use {' or '.join(tapped)}, or leave auxiliary out.",
        )
    mixing = [choice.name for choice in recipe.augmentation if choice.name in MIXING]
    if len(mixing) > 1:
        raise CombinationError(
            f"{_where(recipe.augmentation[0])}An augmentation may mix photos once.",
            f"It has {' and '.join(mixing)}.",
            "Keep one of them.",
        )
    if recipe.strategy.name in {"probe", "probe_then_full"} and recipe.head.name != "linear":
        raise CombinationError(
            f"{_where(recipe.strategy)}{recipe.strategy.name} needs a linear head: only that has a convex optimum.",
            f"The head is {recipe.head.name}.",
            "Use head: linear, or another strategy.",
        )


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


def _where(choice: Choice) -> str:
    return f"{choice.where}: " if choice.where else ""


def _near(name: str, known: Iterable[str]) -> str:
    return f"{did_you_mean(name, known, cutoff=0.5)} ".lstrip()
