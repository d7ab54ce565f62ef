"""The check of a whole recipe: every choice, its values, and what goes together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from leafgraft.choices.backbones.build import NETWORKS
from leafgraft.choices.menu import find, said_at, settings
from leafgraft.errors import CombinationError, MenuError
from leafgraft.records.recipe import Choice, Recipe

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

KINDS = {
    "backbone": "backbones",
    "strategy": "strategies",
    "head": "heads",
    "loss": "losses",
    "optimizer": "optimizers",
    "scheduler": "schedulers",
}


def resolve(recipe: Recipe) -> Recipe:
    """Check every choice of a recipe and write all defaults out.

    Raises:
        MenuError: Something is not on a menu, or out of range.
        CombinationError: It does not go together.
    """
    filled: dict[str, Any] = {kind: _filled(menu, getattr(recipe, kind)) for kind, menu in KINDS.items()}
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
    filled: dict[str, Any] = {kind: _filled(KINDS[kind], getattr(plain, kind)) for kind in TRAINING_CHOICES}
    others: dict[str, Any] = {key: getattr(plain, key) for key in TRAINING_KEYS}
    return replace(recipe, **filled, **others)


def without_effect(recipe: Recipe) -> list[str]:
    """What a recipe was given that has no part in it, since its head is solved for, in words."""
    if not recipe.solved:
        return []
    plain = Recipe(recipe.backbone)
    given = [key for key in (*TRAINING_CHOICES, *TRAINING_KEYS) if getattr(recipe, key) != getattr(plain, key)]
    return [TRAINING_KEYS.get(key, key) for key in given]


def _filled(kind: str, choice: Choice) -> Choice:
    return replace(choice, settings=settings(kind, choice))


def _check_values(recipe: Recipe, rate: float | None) -> None:
    at = said_at(recipe.backbone)
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
            f"{said_at(recipe.backbone)}auxiliary: true needs a backbone with auxiliary heads.",
            f"{recipe.backbone.name} has none.",
            f"Use {' or '.join(tapped)}, or leave auxiliary out.",
        )
    mixing = [choice.name for choice in recipe.augmentation if choice.name in MIXING]
    if len(mixing) > 1:
        raise CombinationError(
            f"{said_at(recipe.augmentation[0])}An augmentation may mix photos once.",
            f"It has {' and '.join(mixing)}.",
            "Keep one of them.",
        )
    if recipe.strategy.name in {"probe", "probe_then_full"} and recipe.head.name != "linear":
        raise CombinationError(
            f"{said_at(recipe.strategy)}{recipe.strategy.name} needs a linear head: only that has a convex optimum.",
            f"The head is {recipe.head.name}.",
            "Use head: linear, or another strategy.",
        )
