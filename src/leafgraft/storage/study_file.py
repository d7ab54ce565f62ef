"""Study files: YAML to a study record and back."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from leafgraft.errors import StudyFileError
from leafgraft.records.recipe import Choice, Recipe, Training
from leafgraft.records.split import SplitPlan
from leafgraft.records.study import Ensemble, Study
from leafgraft.storage.study_faults import explain
from leafgraft.storage.study_schema import LONGEST_NAME, RECIPE_KEYS, RecipePart, SecondPart, StudyPart
from leafgraft.storage.yaml_lines import Place, YamlFile, is_scientific, read_yaml

MOST_RECIPES = 10_000
CHOICES = ("backbone", "strategy", "head", "loss", "optimizer", "scheduler")


def load_study(path: Path) -> Study:
    """Load a study file; relative paths in it are relative to it.

    Raises:
        StudyFileError: It cannot be read, or a key is unknown or holds what it must not.
    """
    return _to_study(read_yaml(path), _as_name(path.stem))


def study_for_photos(photos: str) -> Study:
    """The quick study that comes with leafgraft, on these photos."""
    with resources.as_file(resources.files("leafgraft") / "studies" / "quick.yaml") as path:
        quick = load_study(path)
    if photos.startswith("kaggle:"):
        return replace(quick, photos=photos, name=_as_name(photos.rstrip("/").rsplit("/", 1)[-1]))
    path = _resolved(Path(), photos, f"Photos must be a path, not {photos!r}.")
    return replace(quick, photos=str(path), name=_as_name(path.stem if path.suffix.lower() == ".csv" else path.name))


def _as_name(text: str) -> str:
    """A name for the study's folder, as near to `text` as one may be."""
    return re.sub(r"[/\\:]", "-", "".join(filter(str.isprintable, text)))[:LONGEST_NAME].strip(" .") or "photos"


def _to_study(file: YamlFile, stem: str) -> Study:
    try:
        part = StudyPart.model_validate(file.values)
    except ValidationError as error:
        raise explain(file, error) from error
    recipes = [
        recipe for index, block in enumerate(part.recipes) for recipe in _cross(file, part, block, ("recipes", index))
    ]
    second = {name: SecondPart(folder=one) if isinstance(one, str) else one for name, one in part.also_test.items()}
    _check_folder_names(file, part)
    return Study(
        name=part.name or stem,
        photos=_beside(file, part.photos, ("photos",)),
        recipes=tuple(recipes),
        split=SplitPlan(**part.split.model_dump()),
        training=Training(**{**part.training.model_dump(), "seeds": tuple(part.training.seeds)}),
        also_test={name: _beside(file, one.folder, ("also_test", name)) for name, one in second.items()},
        foreign={name: _beside(file, folder, ("foreign", name)) for name, folder in part.foreign.items()},
        class_names={name: one.classes for name, one in second.items() if one.classes},
        groups=_beside(file, part.groups, ("groups",)) if part.groups else "",
        exclude=tuple(part.exclude),
        ensembles=tuple(
            Ensemble(one.of if isinstance(one.of, str) else tuple(one.of), one.members) for one in part.ensembles
        ),
        tta_views=part.tta.views if part.tta else 0,
    )


def _check_folder_names(file: YamlFile, part: StudyPart) -> None:
    for key, names in (("also_test", part.also_test), ("foreign", part.foreign)):
        for name in names:
            if not re.fullmatch(r"[\w.-]+", name):
                raise StudyFileError(
                    f"{file.where((key, name))}: the name of a folder under {key} must be letters, digits, _ . or -.",
                    f"It is '{name}'.",
                    "It stands in files and tables.",
                )


def _beside(file: YamlFile, path: str, place: Place) -> str:
    """A path relative to the study file; kaggle names stay as they are."""
    if path.startswith("kaggle:"):
        return path
    return str(_resolved(file.path.parent, path, f"{file.where(place)}: a path is needed."))


def _resolved(folder: Path, path: str, asked: str) -> Path:
    try:
        return (folder / Path(path).expanduser()).resolve()
    except (ValueError, RuntimeError, OSError) as error:
        raise StudyFileError(
            asked, f"{path!r} is none: {str(error).rstrip('.')}.", "Write it out, without ~ and odd characters."
        ) from error


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
    if (count := math.prod(map(len, options.values()))) > MOST_RECIPES:
        raise StudyFileError(
            f"{file.where(place)}: a block must make at most {MOST_RECIPES:,} recipes.",
            f"Its lists, crossed, make {count:,}.",
            "Shorten them.",
        )
    return [Recipe(**dict(zip(options, values, strict=True))) for values in itertools.product(*options.values())]


def _value(file: YamlFile, key: str, value: Any, place: Place) -> Any:
    if key in CHOICES:
        return _choice(file, value, place)
    if key == "weights" and value not in {"pretrained", "none"}:
        return _beside(file, value, place)
    return value


def _pipelines(file: YamlFile, value: Any, place: Place, *, crossed: bool) -> list[tuple[Choice, ...]]:
    """Augmentations that belong together. A flat list is one pipeline at the top level, and crossed in a block."""
    if not isinstance(value, list):
        return [(_choice(file, value, place),)]
    several = [
        tuple(_choice(file, one, (*place, row, column)) for column, one in enumerate(entry))
        if isinstance(entry, list)
        else (_choice(file, entry, (*place, row)),)
        for row, entry in enumerate(value)
    ]
    if several and (crossed or any(isinstance(entry, list) for entry in value)):
        return several
    return [tuple(choice for pipeline in several for choice in pipeline)]


def _choice(file: YamlFile, value: Any, place: Place) -> Choice:
    """A bare name, or ``{name: {setting: value}}``."""
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


def resolved_text(study: Study) -> str:
    """A study with every default, as YAML; `load_study` reads it back."""
    return str(yaml.dump(_plain(study), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


class _Dumper(yaml.SafeDumper):
    """Quotes text that `read_yaml` would take for a number, such as a class called 1e4."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    node = dumper.represent_str(text)
    node.style = "'" if is_scientific(node) else node.style
    return node


_Dumper.add_representer(str, _quoted)


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
    if study.foreign:
        plain["foreign"] = dict(study.foreign)
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
