"""Recipes: one full choice of backbone, strategy, head, loss, and so on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from leafgraft.records.digest import short_digest

SOLVED = "probe"  # the strategy whose head is solved for


@dataclass(frozen=True, slots=True)
class Choice:
    """One menu entry with its settings.

    Attributes:
        name: Name on its menu, such as ``gradual``.
        settings: Values that differ from the defaults, or all values once resolved.
        where: Where it was written, such as ``studies/potato.yaml, line 12``; for errors only.
    """

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SmallFirst:
    """Early epochs on small photos, which take less time.

    Attributes:
        side_px: Side of the photos that the whole network learns from in those epochs.
        epochs: How many epochs, counted from the first.
    """

    side_px: int
    epochs: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """One full choice.

    Attributes:
        backbone: A pretrained network without its classifier.
        strategy: Which stages learn, from which epoch, how fast.
        head: What maps pooled features to class logits.
        loss: What training minimises.
        optimizer: How weights move.
        scheduler: How the learning rate moves.
        augmentation: Applied in order to training photos; empty for none.
        weights: ``pretrained``, ``none`` or a file.
        batch_norm: ``train`` or ``fixed``.
        auxiliary: Whether auxiliary heads train too (GoogLeNet).
        learning_rate: Peak rate of the head; None takes the strategy's default, if it has a rate.
        image_size: Side of the square network input in pixels.
        small_first: Smaller photos to learn from in the first epochs, if asked for.
        balance: ``places`` to have every place count alike in training, ``none`` to have every photo do so.
        name: Display name, unique within a study; set when the recipe is resolved.
        best_of: Among how many settings these were chosen on validation photos; 1 if they were not searched for.
    """

    backbone: Choice
    strategy: Choice = field(default_factory=lambda: Choice("frozen"))
    head: Choice = field(default_factory=lambda: Choice("linear"))
    loss: Choice = field(default_factory=lambda: Choice("cross_entropy"))
    optimizer: Choice = field(default_factory=lambda: Choice("adamw"))
    scheduler: Choice = field(default_factory=lambda: Choice("cosine"))
    augmentation: tuple[Choice, ...] = ()
    weights: str = "pretrained"
    batch_norm: str = "train"
    auxiliary: bool = False
    learning_rate: float | None = None
    image_size: int = 224
    small_first: SmallFirst | None = None
    balance: str = "none"
    name: str = field(default="", compare=False)
    best_of: int = field(default=1, compare=False)

    @property
    def solved(self) -> bool:
        """Whether its head is solved for and not trained: without epochs, rate, optimizer or chance."""
        return self.strategy.name == SOLVED

    @property
    def same_for_every_seed(self) -> bool:
        """Whether no seed changes anything; random weights of a backbone are drawn by the seed."""
        return self.solved and self.weights != "none"

    @property
    def frozen(self) -> bool:
        """Whether its backbone stays as it is from beginning to end."""
        return self.solved or self.strategy.name == "frozen"

    @property
    def identity(self) -> str:
        """Short hash of every choice: equal recipes have equal identities, whatever they are called."""
        text = json.dumps(plain(self), sort_keys=True, default=str)
        return short_digest(text, 12)


@dataclass(frozen=True, slots=True)
class Training:
    """How long and on what seeds every recipe trains.

    Attributes:
        epochs: Most epochs.
        patience: Epochs without a lower validation loss before stopping.
        batch_size: Photos per step.
        seeds: One trial per recipe, fold and seed.
        views: Augmented views kept per photo while stages are frozen; 0 for the plain photo only.
    """

    epochs: int = 50
    patience: int = 7
    batch_size: int = 32
    seeds: tuple[int, ...] = (0,)
    views: int = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe with one seed on one fold: the unit of work, resume and distribution.

    Attributes:
        recipe: What is trained.
        training: How long it trains, at most.
        seed: Seed of the trial; fixes order, masks, augmentation and what starts at random.
        fold: Number of the fold, counted from 0.
        photos: Short hash of which photos with which labels and groups are where.
        averaged: Key of a network with the mean of this trial's weights and another's; empty for the trial itself.
    """

    recipe: Recipe
    training: Training
    seed: int
    fold: int
    photos: str = ""
    averaged: str = ""

    @property
    def key(self) -> str:
        """Folder name: backbone, strategy, seed and fold, then a short hash of everything that decides the result."""
        return self.averaged or self._key({"photos": self.photos} if self.photos else {})

    @property
    def earlier_key(self) -> str:
        """The key that versions before 2026-11-28 gave it: the photos were no part of it."""
        return self._key({})

    def _key(self, photos: dict[str, str]) -> str:
        identity = photos | {
            "recipe": self.recipe.identity,
            "epochs": self.training.epochs,
            "patience": self.training.patience,
            "batch_size": self.training.batch_size,
            "views": self.training.views,
            "seed": self.seed,
            "fold": self.fold,
        }
        digest = short_digest(json.dumps(identity, sort_keys=True), 8)
        readable = re.sub(r"[^A-Za-z0-9_.]+", "-", f"{self.recipe.backbone.name}-{self.recipe.strategy.name}")
        return f"{readable[:80]}-s{self.seed}-f{self.fold}-{digest}"


def without_where(value: Any) -> Any:
    """Plain values without the notes of where in a file they were written."""
    return _without(value, lambda _: {"where"})


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values for JSON: what decides the result, without where it was written and how it is called."""
    return _without(asdict(recipe), _notes_of)  # type: ignore[no-any-return]


def _notes_of(value: Mapping[str, Any]) -> set[str]:
    """Where a choice was written and what the recipe is called: they do not decide the result."""
    absent = {"small_first": None, "balance": "none"}  # keys of recipes without them are as they were before
    notes = {key for key, nothing in absent.items() if value.get(key, "") == nothing}
    return notes | ({"where", "name", "best_of"} if "backbone" in value else {"where"})


def _without(value: Any, keys_of: Callable[[Mapping[str, Any]], set[str]]) -> Any:
    """Plain values without some keys of every mapping in them."""
    if isinstance(value, dict):
        left_out = keys_of(value)
        return {key: _without(item, keys_of) for key, item in value.items() if key not in left_out}
    return [_without(item, keys_of) for item in value] if isinstance(value, (list, tuple)) else value
