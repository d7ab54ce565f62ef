"""Which trials a study needs, and how they are called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from leafgraft.choices.menu import settings as settings_of
from leafgraft.choices.resolve import resolve
from leafgraft.errors import TrainingError
from leafgraft.records.digest import short_digest
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Choice, Recipe, Trial, without_where
from leafgraft.records.split import Splits, splits_to_json
from leafgraft.records.study import Study
from leafgraft.records.tuning import Tuned

MENU_OF = {"head": "heads", "loss": "losses", "optimizer": "optimizers", "scheduler": "schedulers"}
Answers = Mapping[str, Sequence[tuple[str, str]]]  # photos and labels of second folders by name
PLAIN = ("weights", "batch_norm", "auxiliary", "image_size", "learning_rate", "balance")


def resolve_recipes(study: Study) -> tuple[Recipe, ...]:
    """Check every choice against the menus, write all defaults out, and name each recipe; equal ones count once."""
    return _named(_each_once(study))


def _each_once(study: Study) -> list[Recipe]:
    recipes: list[Recipe] = []
    for recipe in study.recipes:
        resolved = resolve(recipe)
        if resolved not in recipes:
            recipes.append(resolved)
        elif resolved.best_of > 1:  # a search came upon settings that were given too
            recipes[recipes.index(resolved)] = resolved
    return recipes


def _named(recipes: list[Recipe]) -> tuple[Recipe, ...]:
    """Recipes with names.

    A name says backbone and strategy, and else only what differs among the recipes of the study; numbers have three
    digits, and all that they have where recipes would share a name.
    """
    names = [_name(recipe, recipes) for recipe in recipes]
    return tuple(
        replace(recipe, name=name if names.count(name) == 1 else _name(recipe, recipes, _whole))
        for recipe, name in zip(recipes, names, strict=True)
    )


def planned_recipes(study: Study) -> tuple[Recipe, ...]:
    """The recipes of a study, then one for every search, with the first of its settings: it may find others."""
    firsts = [replace(resolve(one.recipe), best_of=one.tuning.trials) for one in study.tuned]
    recipes = _named([*_each_once(study), *firsts])
    names, given = [recipe.name for recipe in recipes], len(recipes) - len(firsts)
    return tuple(
        replace(recipe, name=f"{recipe.name}, search {place}") if place > 0 and names.count(recipe.name) > 1 else recipe
        for place, recipe in enumerate(recipes, 1 - given)
    )


def named_searches(study: Study) -> tuple[Tuned, ...]:
    """Every search, its recipe resolved, and named by its backbone and strategy."""
    bases = [resolve(one.recipe) for one in study.tuned]
    names = [f"{base.backbone.name} {_words('strategies', base.strategy)}" for base in bases]
    alone = [name if names.count(name) == 1 else f"{name}, search {place}" for place, name in enumerate(names, 1)]
    return tuple(
        replace(one, recipe=replace(base, name=name)) for one, base, name in zip(study.tuned, bases, alone, strict=True)
    )


def _short(value: Any) -> Any:
    """Found settings have many digits; three tell most of them apart."""
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _whole(value: Any) -> Any:
    """With every digit."""
    return value


def _name(recipe: Recipe, recipes: list[Recipe], told: Callable[[Any], Any] = _short) -> str:
    parts = [recipe.backbone.name, _words("strategies", recipe.strategy, told)]
    for key, menu in MENU_OF.items():
        if not recipe.solved and any(getattr(other, key) != getattr(recipe, key) for other in recipes):
            parts.append(_words(menu, getattr(recipe, key), told))
    if not recipe.solved and any(other.augmentation != recipe.augmentation for other in recipes):
        words = [_words("augmentations", choice, told) for choice in recipe.augmentation]
        parts.append("+".join(words) or "no augmentation")
    alike = [other for other in recipes if other.backbone == recipe.backbone]
    for key in PLAIN:
        value = _plain(recipe, key)
        if key == "learning_rate":  # each strategy has its own default
            alike = [other for other in alike if other.strategy == recipe.strategy]
        if any(_plain(other, key) != value for other in alike):
            parts.append(("auxiliary" if value else "no auxiliary") if key == "auxiliary" else f"{key}={told(value)}")
    if recipe.best_of > 1:
        parts.append(f"(best of {recipe.best_of})")
    return " ".join(parts)


def _plain(recipe: Recipe, key: str) -> Any:
    small = recipe.small_first if key == "image_size" else None
    return f"{small.side_px} for {small.epochs}, {recipe.image_size}" if small else getattr(recipe, key)


def _words(menu: str, choice: Choice, told: Callable[[Any], Any] = _short) -> str:
    """A choice as ``name`` or ``name(setting=value)`` with what is not default."""
    defaults = settings_of(menu, Choice(choice.name))
    other = [f"{key}={told(value)}" for key, value in choice.settings.items() if defaults[key] != value]
    return f"{choice.name}({', '.join(other)})" if other else choice.name


def list_trials(study: Study, recipes: tuple[Recipe, ...], folds: int, photos: str = "") -> tuple[Trial, ...]:
    """Every recipe with every seed on every fold, seeds innermost; `photos` says which lie where.

    A head that is solved for does not hear of epochs, batches and views: neither does its trial's key. Its seeds give
    equal trials, so that it stands beside trained recipes seed by seed, with no scatter of its own.
    """
    untrained = replace(study.training, epochs=0, patience=0, batch_size=0, views=0)
    return tuple(
        Trial(recipe, untrained if recipe.solved else study.training, seed, fold, photos)
        for recipe in recipes
        for fold in range(folds)
        for seed in study.training.seeds
    )


def planned_trials(study: Study, manifest: Manifest, splits: Splits, plan: Mapping[str, Any]) -> tuple[Trial, ...]:
    """All trials of a study that lies in a folder, with the keys that its plan.json gives them.

    In folders that versions before 2026-11-28 wrote, keys do not say which photos.
    """
    photos, keys = fingerprint_of(manifest, splits, {}), {one["key"] for one in plan["trials"]}
    trials = list_trials(study, resolve_recipes(study), len(splits.folds), photos)
    return tuple(replace(trial, photos="") if trial.earlier_key in keys else trial for trial in trials)


def complete_trials(trials: Sequence[Trial], failed: Mapping[str, str]) -> tuple[Trial, ...]:
    """The trials that can be compared: of each recipe the seeds of which no fold failed.

    Raises:
        TrainingError: There is none.
    """
    cut = {(trial.recipe.name, trial.seed) for trial in trials if trial.key in failed}
    complete = tuple(trial for trial in trials if (trial.recipe.name, trial.seed) not in cut)
    if not complete:
        raise TrainingError(
            "At least one recipe must be trained on every fold.",
            f"{len(failed)} of {len(trials)} trials failed; the first: {next(iter(failed.values()), '')}",
            "Mend the study file as the reasons say, and run it again.",
        )
    return complete


def fingerprint_of(manifest: Manifest, splits: Splits, second: Answers) -> str:
    """Short hash of which photos with which labels are where, those of second folders too, if they are given."""
    parts: dict[str, Any] = {
        "labels": [[photo.photo_id, photo.label, photo.group] for photo in manifest.photos],
        "splits": splits_to_json(splits)["folds"],
        "second": dict(sorted(second.items())),
    }
    if manifest.places:
        parts["places"] = [photo.place for photo in manifest.photos]
    return short_digest(json.dumps(parts), 16)


def earlier_fingerprints(
    manifest: Manifest, splits: Splits, second: Mapping[str, Manifest], answered: Iterable[Answers]
) -> tuple[str, ...]:
    """As versions before 2026-12 made them: of second folders as they are, and as trials have answered them."""
    known: list[Answers] = [labelled(second)]
    for answers in answered:
        if answers not in known:
            known.append(answers)
    return tuple(fingerprint_of(manifest, splits, one) for one in known)


def labelled(second: Mapping[str, Manifest]) -> dict[str, list[tuple[str, str]]]:
    """Photos of second folders with their labels."""
    return {name: [(photo.photo_id, photo.label) for photo in other.photos] for name, other in second.items()}


def labels_of(manifest: Manifest) -> str:
    """Short hash of the photos with their labels and groups, wherever they lie."""
    return short_digest(json.dumps([[photo.photo_id, photo.label, photo.group] for photo in manifest.photos]), 16)


def describe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values for JSON, without the notes of where it was written."""
    return without_where(asdict(recipe))  # type: ignore[no-any-return]
