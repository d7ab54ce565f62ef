"""Study files: YAML to a study record and back."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from leafgraft.errors import StudyFileError
from leafgraft.records.recipe import Choice, Recipe, Training
from leafgraft.records.split import SplitPlan
from leafgraft.records.study import Ensemble, Study
from leafgraft.storage.atomic import write_text
from leafgraft.storage.study_schema import (
    RECIPE_KEYS,
    EnsemblePart,
    RecipePart,
    SecondPart,
    SplitPart,
    StudyPart,
    TrainingPart,
    TtaPart,
)
from leafgraft.storage.yaml_lines import Place, YamlFile, read_yaml

CHOICES = ("backbone", "strategy", "head", "loss", "optimizer", "scheduler")


def load_study(path: Path) -> Study:
    """Load a study file; relative paths in it are relative to it.

    Raises:
        StudyFileError: It cannot be read, or a key is unknown or holds what it must not.
    """
    return _to_study(read_yaml(path), path.stem)


def study_for_photos(photos: str) -> Study:
    """The quick study that comes with leafgraft, on these photos."""
    with resources.as_file(resources.files("leafgraft") / "studies" / "quick.yaml") as path:
        quick = load_study(path)
    name = photos.removeprefix("kaggle:").rstrip("/").rsplit("/", 1)[-1]
    name = Path(photos).resolve().stem if not photos.startswith("kaggle:") else name
    absolute = photos if photos.startswith("kaggle:") else str(Path(photos).expanduser().resolve())
    return replace(quick, photos=absolute, name=name)


def _to_study(file: YamlFile, stem: str) -> Study:
    try:
        part = StudyPart.model_validate(file.values)
    except ValidationError as error:
        raise _explain(file, error) from error
    recipes = [
        recipe for index, block in enumerate(part.recipes) for recipe in _cross(file, part, block, ("recipes", index))
    ]
    second = {name: SecondPart(folder=one) if isinstance(one, str) else one for name, one in part.also_test.items()}
    for name in second:
        if not re.fullmatch(r"[\w.-]+", name):
            raise StudyFileError(
                f"{file.where(('also_test', name))}: a second folder's name must be letters, digits, _ . or -.",
                f"It is '{name}'.",
                "It becomes part of a file name.",
            )
    return Study(
        name=part.name or stem,
        photos=_beside(file, part.photos),
        recipes=tuple(recipes),
        split=SplitPlan(**part.split.model_dump()),
        training=Training(**{**part.training.model_dump(), "seeds": tuple(part.training.seeds)}),
        also_test={name: _beside(file, one.folder) for name, one in second.items()},
        class_names={name: one.classes for name, one in second.items() if one.classes},
        groups=_beside(file, part.groups) if part.groups else "",
        exclude=tuple(part.exclude),
        ensembles=tuple(
            Ensemble(one.of if isinstance(one.of, str) else tuple(one.of), one.members) for one in part.ensembles
        ),
        tta_views=part.tta.views if part.tta else 0,
    )


def _beside(file: YamlFile, path: str) -> str:
    """A path relative to the study file; kaggle names stay as they are."""
    return path if path.startswith("kaggle:") else str((file.path.parent / Path(path).expanduser()).resolve())


def _cross(file: YamlFile, study: StudyPart, block: RecipePart, place: Place) -> list[Recipe]:
    """All recipes of a block: every list crossed with the others."""
    options: dict[str, list[Any]] = {}
    for key in RECIPE_KEYS:
        of_block = key in block.model_fields_set
        value = getattr(block if of_block else study, key)
        if value is None:
            continue
        at: Place = (*place, key) if of_block else (key,)
        if key == "augmentation":
            options[key] = _pipelines(file, value, at, crossed=of_block)
        else:
            several = value if isinstance(value, list) else [value]
            places = [(*at, index) for index in range(len(several))] if isinstance(value, list) else [at]
            options[key] = [_value(file, key, one, where) for one, where in zip(several, places, strict=True)]
    if "backbone" not in options:
        raise StudyFileError(
            f"{file.where(place)}: a block of recipes must name a backbone.", "It names none.", "See: leafgraft menu."
        )
    return [Recipe(**dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def _value(file: YamlFile, key: str, value: Any, place: Place) -> Any:
    if key in CHOICES:
        return _choice(file, value, place)
    if key == "weights" and value not in {"pretrained", "none"}:
        return _beside(file, value)
    return value


def _pipelines(file: YamlFile, value: Any, place: Place, *, crossed: bool) -> list[tuple[Choice, ...]]:
    """Augmentations that belong together. A flat list is one pipeline at the top level, and crossed in a block."""
    if not isinstance(value, list):
        return [(_choice(file, value, place),)]
    if not value:
        return [()]
    if any(isinstance(one, list) for one in value):
        several = [one if isinstance(one, list) else [one] for one in value]
    else:
        several = [[one] for one in value] if crossed else [value]
    return [tuple(_choice(file, one, place) for one in pipeline) for pipeline in several]


def _choice(file: YamlFile, value: Any, place: Place) -> Choice:
    """A bare name, or ``{name: {setting: value}}``."""
    if isinstance(value, str):
        return Choice(value, {}, file.where(place))
    if len(value) != 1:
        raise StudyFileError(
            f"{file.where(place)}: a menu entry must be a name or {{name: {{setting: value}}}}.",
            f"It has {len(value)} names: {', '.join(value)}.",
            "Write a list of entries.",
        )
    name, settings = next(iter(value.items()))
    return Choice(name, settings or {}, file.where((*place, name)))


_PARTS: dict[str, type[BaseModel]] = {
    "split": SplitPart,
    "training": TrainingPart,
    "recipes": RecipePart,
    "ensembles": EnsemblePart,
    "tta": TtaPart,
    "also_test": SecondPart,
}


def _explain(file: YamlFile, error: ValidationError) -> StudyFileError:
    """The first fault of a file, with its line and what is allowed."""
    fault = next((one for one in error.errors() if one["type"] == "extra_forbidden"), error.errors()[0])
    place: Place = tuple(part for part in fault["loc"] if _in_file(file, part))
    where, key = file.where(place), ".".join(str(part) for part in place) or "the file"
    if fault["type"] == "extra_forbidden":
        part = _PARTS.get(str(place[0]), StudyPart) if len(place) > 1 else StudyPart
        known = list(part.model_fields)
        near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
        return StudyFileError(
            f"{where}: '{place[-1]}' must be a known key.",
            "It is not.",
            f"{f'Did you mean {near[0]!r}? ' if near else ''}Allowed: {', '.join(known)}.",
        )
    if fault["type"] == "missing":
        return StudyFileError(
            f"{where}: '{fault['loc'][-1]}' must be given.", "It is missing.", "See studies/quick.yaml for an example."
        )
    message = str(fault["msg"]).removeprefix("Value error, ")
    given = fault["input"] if isinstance(fault["input"], (str, int, float, bool)) else type(fault["input"]).__name__
    return StudyFileError(f"{where}: {key} must hold another value.", f"It is {given!r}: {message}.", "Mend that line.")


def _in_file(file: YamlFile, part: str | int) -> bool:
    """Whether a part of pydantic's location is one of the file's own keys (and not the name of a type it tried)."""
    return isinstance(part, int) or any(part in place for place in file.lines) or part in StudyPart.model_fields


def write_resolved(path: Path, study: Study) -> None:
    """Write a study with every default; `load_study` reads it back."""
    write_text(path, yaml.safe_dump(_plain(study), sort_keys=False, allow_unicode=True, width=100))


def _plain(study: Study) -> dict[str, Any]:
    training = {field.name: getattr(study.training, field.name) for field in fields(study.training)}
    split = {field.name: getattr(study.split, field.name) for field in fields(study.split)}
    plain: dict[str, Any] = {
        "name": study.name,
        "photos": study.photos,
        "split": {key: value for key, value in split.items() if value is not None},
        "training": {**training, "seeds": list(study.training.seeds)},
        "recipes": [_plain_recipe(recipe) for recipe in study.recipes],
    }
    if study.also_test:
        plain["also_test"] = {
            name: {"folder": folder, "classes": dict(study.class_names.get(name, {}))}
            for name, folder in study.also_test.items()
        }
    if study.groups:
        plain["groups"] = study.groups
    if study.exclude:
        plain["exclude"] = list(study.exclude)
    if study.ensembles:
        plain["ensembles"] = [
            {"of": one.of if isinstance(one.of, str) else list(one.of), "members": one.members}
            for one in study.ensembles
        ]
    if study.tta_views:
        plain["tta"] = {"views": study.tta_views}
    return plain


def _plain_recipe(recipe: Recipe) -> dict[str, Any]:
    plain: dict[str, Any] = {key: _plain_choice(getattr(recipe, key)) for key in CHOICES}
    plain["augmentation"] = [[_plain_choice(choice) for choice in recipe.augmentation]] if recipe.augmentation else []
    for key in ("weights", "batch_norm", "auxiliary", "image_size", "learning_rate"):
        value = getattr(recipe, key)
        if value is not None:
            plain[key] = value
    return plain


def _plain_choice(choice: Choice) -> str | dict[str, dict[str, Any]]:
    settings: Mapping[str, Any] = choice.settings
    return {choice.name: _plain_values(settings)} if settings else choice.name


def _plain_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for key, value in settings.items()
    }
