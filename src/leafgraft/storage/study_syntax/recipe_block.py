"""Blocks of recipes in a study file: read into recipes, and written again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leafgraft.errors import StudyFileError
from leafgraft.records.display import did_you_mean
from leafgraft.records.recipe import Choice, Recipe, SmallFirst
from leafgraft.storage.study_syntax.study_schema import RECIPE_KEYS, RecipePart, SidesPart, StudyPart
from leafgraft.storage.study_syntax.yaml_lines import Place, YamlFile, absolute

MOST_RECIPES = 10_000
CHOICES = ("backbone", "strategy", "head", "loss", "optimizer", "scheduler")


def beside(file: YamlFile, path: str, place: Place) -> str:
    """A path relative to the study file; kaggle names stay as they are."""
    if path.startswith("kaggle:"):
        return path
    return str(absolute(file.path.parent, path, f"{file.where(place)}: a path is needed."))


def cross(file: YamlFile, study: StudyPart, block: RecipePart, place: Place, first: Mapping[str, Any]) -> list[Recipe]:
    """All recipes of a block: every list crossed with the others.

    Args:
        file: To name lines.
        study: Whose recipe keys are the defaults of the block's.
        block: To cross.
        place: Place of the block.
        first: Of keys that are searched for: a value to stand for them.

    Raises:
        StudyFileError: It names no backbone, makes too many recipes, a key is empty, or a menu entry has several names.
    """
    refuse_empty(file, block, place)
    options: dict[str, list[Any]] = {key: [value] for key, value in first.items()}
    for key in (key for key in RECIPE_KEYS if key not in first):
        of_block = key in block.model_fields_set
        value = getattr(block if of_block else study, key)
        if value is None:
            continue
        at: Place = (*place, key) if of_block else (key,)
        if key == "augmentation":
            options[key] = read_pipelines(file, value, at, crossed=of_block)
        else:
            several = value if isinstance(value, list) else [value]
            places = [(*at, index) for index in range(len(several))] if isinstance(value, list) else [at]
            options[key] = [read_value(file, key, one, where) for one, where in zip(several, places, strict=True)]
    if "backbone" not in options:
        raise StudyFileError(
            f"{file.where(place)}: a block of recipes must name a backbone.", "It names none.", "See: leafgraft menu."
        )
    if (count := math.prod(map(len, options.values()))) > MOST_RECIPES:
        raise StudyFileError(
            f"{file.where(place)}: a block must make at most {MOST_RECIPES:,} recipes.",
            f"Its lists, crossed, make {count:,}.",
            "Shorten them.",
        )
    options["best_of"] = [block.best_of or study.best_of or 1]
    return [_recipe(dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def refuse_empty(file: YamlFile, block: RecipePart, place: Place) -> None:
    """Refuse a recipe key without a value: it would stand for the default, not for what the study says.

    Raises:
        StudyFileError: There is one.
    """
    for key in (*RECIPE_KEYS, "best_of"):
        if key in block.model_fields_set and getattr(block, key) is None:
            raise StudyFileError(
                f"{file.where((*place, key))}: {key} must have a value.",
                "It is empty.",
                f"Write one, or leave {key} out.",
            )


def _recipe(values: dict[str, Any]) -> Recipe:
    sides = values.get("image_size")
    if isinstance(sides, SidesPart):
        values |= {"image_size": sides.then, "small_first": SmallFirst(sides.first, sides.epochs)}
    return Recipe(**values)


def read_value(file: YamlFile, key: str, value: Any, place: Place) -> Any:
    """The value of one recipe key."""
    if key in CHOICES:
        return read_choice(file, value, place)
    if key == "weights" and value not in {"pretrained", "none"}:
        return _weights_file(file, value, place)
    return value


def _weights_file(file: YamlFile, value: str, place: Place) -> str:
    """A file of weights; one that is gone is asked for where it is read: a study that is done needs it no more.

    Raises:
        StudyFileError: It is none, and is not called as one.
    """
    path = beside(file, value, place)
    if not Path(value).suffix and not Path(path).is_file():
        raise StudyFileError(
            f"{file.where(place)}: weights must be 'pretrained', 'none' or a file, not '{value}'.",
            f"There is no file '{path}'.",
            did_you_mean(
                value, ("pretrained", "none"), "Name a .safetensors or .pth file, relative to the study file."
            ),
        )
    return path


def read_pipelines(file: YamlFile, value: Any, place: Place, *, crossed: bool) -> list[tuple[Choice, ...]]:
    """Augmentations that belong together. A flat list is one pipeline at the top level, and crossed in a block."""
    if not isinstance(value, list):
        return [(read_choice(file, value, place),)]
    several = [
        tuple(read_choice(file, one, (*place, row, column)) for column, one in enumerate(entry))
        if isinstance(entry, list)
        else (read_choice(file, entry, (*place, row)),)
        for row, entry in enumerate(value)
    ]
    if several and (crossed or any(isinstance(entry, list) for entry in value)):
        return several
    return [tuple(choice for pipeline in several for choice in pipeline)]


def read_choice(file: YamlFile, value: Any, place: Place) -> Choice:
    """A bare name, or ``{name: {setting: value}}``.

    Raises:
        StudyFileError: It is something else.
    """
    if isinstance(value, str):
        return Choice(value, {}, file.where(place))
    if len(value) != 1:
        raise StudyFileError(
            f"{file.where(place)}: a menu entry must be a name or {{name: {{setting: value}}}}.",
            f"It has {len(value)} names: {', '.join(value)}." if value else "It has no name.",
            "Write several entries as a list.",
        )
    name, settings = next(iter(value.items()))
    return Choice(name, settings or {}, file.where((*place, name)))


def plain_recipe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as a block that holds it alone."""
    plain: dict[str, Any] = {key: plain_choice(getattr(recipe, key)) for key in CHOICES}
    plain["augmentation"] = [[plain_choice(choice) for choice in recipe.augmentation]] if recipe.augmentation else []
    for key in ("weights", "batch_norm", "auxiliary", "image_size", "learning_rate", "balance", "best_of"):
        value = getattr(recipe, key)
        if value is not None:
            plain[key] = value
    if small := recipe.small_first:
        plain["image_size"] = {"first": small.side_px, "epochs": small.epochs, "then": recipe.image_size}
    return plain


def plain_choice(choice: Choice) -> str | dict[str, dict[str, Any]]:
    """A menu choice as a bare name, or with its settings."""
    settings: Mapping[str, Any] = choice.settings
    return {choice.name: _plain_values(settings)} if settings else choice.name


def _plain_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for key, value in settings.items()
    }
