"""Which trials a study needs, and what they will cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from leafgraft.choices.menu import resolve
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.study import Study


def resolve_recipes(study: Study) -> tuple[Recipe, ...]:
    """Check every choice against the menus and write all defaults out; equal recipes count once."""
    recipes: list[Recipe] = []
    for recipe in study.recipes:
        resolved = resolve(recipe)
        if resolved not in recipes:
            recipes.append(resolved)
    return tuple(recipes)


def list_trials(study: Study, recipes: tuple[Recipe, ...]) -> tuple[Trial, ...]:
    """Every recipe with every seed on every fold, seeds innermost."""
    folds = study.split.folds or 1
    return tuple(
        Trial(recipe, study.training, seed, fold)
        for recipe in recipes
        for fold in range(folds)
        for seed in study.training.seeds
    )


def describe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values for JSON, without the notes of where it was written."""
    plain = asdict(recipe)
    for value in plain.values():
        for choice in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(choice, dict):
                choice.pop("where", None)
    return plain
