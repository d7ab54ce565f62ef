"""A whole study: of the values in its file to a record, and back to text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import yaml
from pydantic import ValidationError

from leafgraft.errors import StudyFileError
from leafgraft.records.pattern import pattern_fault
from leafgraft.records.recipe import Recipe, Training
from leafgraft.records.split import SplitPlan
from leafgraft.records.study import ACT_ABOVE, Ensemble, Study
from leafgraft.records.tuning import Given, Tuned, draw
from leafgraft.storage.study_syntax.recipe_block import beside, cross, plain_recipe, refuse_empty
from leafgraft.storage.study_syntax.study_faults import explain
from leafgraft.storage.study_syntax.study_schema import GroupsPart, SecondPart, StudyPart
from leafgraft.storage.study_syntax.tuning_block import plain_tuning, tuning_of
from leafgraft.storage.study_syntax.yaml_lines import Place, YamlFile, is_scientific


def study_of(file: YamlFile, stem: str) -> Study:
    """The study that a file holds; `stem` is its name if the file gives none.

    Raises:
        StudyFileError: A key is unknown or holds what it must not.
    """
    try:
        part = StudyPart.model_validate(file.values)
    except ValidationError as error:
        raise explain(file, error) from error
    refuse_empty(file, part, ())
    recipes, tuned = _read_blocks(file, part)
    second, places = _folders(part.also_test), {} if isinstance(part.photos, str) else _folders(part.photos)
    _check_folder_names(file, part)
    return Study(
        name=part.name or stem,
        photos=beside(file, part.photos, ("photos",)) if isinstance(part.photos, str) else "",
        places={name: beside(file, one.folder, ("photos", name)) for name, one in places.items()},
        recipes=tuple(recipes),
        tuned=tuple(tuned),
        split=SplitPlan(**part.split.model_dump()),
        training=Training(**{**part.training.model_dump(), "seeds": tuple(part.training.seeds)}),
        also_test={name: beside(file, one.folder, ("also_test", name)) for name, one in second.items()},
        foreign={name: beside(file, folder, ("foreign", name)) for name, folder in part.foreign.items()},
        class_names={name: one.classes for name, one in {**second, **places}.items() if one.classes},
        groups=beside(file, part.groups, ("groups",)) if isinstance(part.groups, str) else "",
        group_name=_group_name(file, part),
        exclude=tuple(part.exclude),
        corrections=os.path.realpath(beside(file, part.corrections, ("corrections",))) if part.corrections else "",
        ensembles=tuple(
            Ensemble(one.of if isinstance(one.of, str) else tuple(one.of), one.members, one.average, one.share)
            for one in part.ensembles
        ),
        tta_views=part.tta.views if part.tta else 0,
        act_above=part.act_above,
    )


def _folders(given: Mapping[str, str | SecondPart]) -> dict[str, SecondPart]:
    return {name: SecondPart(folder=one) if isinstance(one, str) else one for name, one in given.items()}


def _group_name(file: YamlFile, part: StudyPart) -> str:
    if not isinstance(part.groups, GroupsPart):
        return ""
    if fault := pattern_fault(part.groups.name):
        where = file.where(("groups", "name"))
        raise StudyFileError(f"{where}: 'groups.name' must be a regular expression.", *fault)
    return part.groups.name


def _check_folder_names(file: YamlFile, part: StudyPart) -> None:
    for key, names in (("also_test", part.also_test), ("foreign", part.foreign)):
        for name in names:
            if not re.fullmatch(r"[\w.-]+", name):
                raise StudyFileError(
                    f"{file.where((key, name))}: the name of a folder under {key} must be letters, digits, _ . or -.",
                    f"It is '{name}'.",
                    "Use these alone, as in field_2026: the name stands in files and tables.",
                )
            if alike := [one for one in names if one != name and one.casefold() == name.casefold()]:
                raise StudyFileError(
                    f"{file.where((key, alike[-1]))}: names under {key} must differ in more than case.",
                    f"There are '{name}' and '{alike[-1]}'.",
                    "Rename one of them: files are called by them, and not every disk tells the two apart.",
                )
    for name in () if isinstance(part.photos, str) else part.photos:
        if name in part.also_test:
            raise StudyFileError(
                f"{file.where(('also_test', name))}: a second folder must have another name than the places of photos.",
                f"Both are called '{name}'.",
                "Rename one of them.",
            )


def _read_blocks(file: YamlFile, part: StudyPart) -> tuple[list[Recipe], list[Tuned]]:
    """All recipes of all blocks; apart those whose settings are searched for."""
    recipes: list[Recipe] = []
    tuned: list[Tuned] = []
    for index, block in enumerate(part.recipes):
        place: Place = ("recipes", index)
        tuning = tuning_of(file, part, block, place)
        if tuning is None:
            recipes += cross(file, part, block, place, {})
        else:
            first = {key: draw(space, key, Given()) for key, space in tuning.space.items()}
            tuned += [Tuned(recipe, tuning) for recipe in cross(file, part, block, place, first)]
    return recipes, tuned


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
    plain: dict[str, Any] = {
        "name": study.name,
        "photos": study.photos or _plain_folders(study, study.places),
        "split": _plain_split(study.split),
        "training": {**training, "seeds": list(study.training.seeds)},
        "recipes": [*map(plain_recipe, study.recipes), *map(_plain_tuned, study.tuned)],
    }
    if study.also_test:
        plain["also_test"] = _plain_folders(study, study.also_test)
    if study.foreign:
        plain["foreign"] = dict(study.foreign)
    if study.groups:
        plain["groups"] = study.groups
    if study.group_name:
        plain["groups"] = {"name": study.group_name}
    if study.exclude:
        plain["exclude"] = list(study.exclude)
    if study.corrections:
        plain["corrections"] = study.corrections
    if study.ensembles:
        plain["ensembles"] = [_plain_ensemble(one) for one in study.ensembles]
    if study.tta_views:
        plain["tta"] = {"views": study.tta_views}
    if study.act_above != ACT_ABOVE:
        plain["act_above"] = study.act_above
    return plain


def _plain_ensemble(wanted: Ensemble) -> dict[str, Any]:
    plain: dict[str, Any] = {"of": wanted.of if isinstance(wanted.of, str) else list(wanted.of)}
    plain["members"] = wanted.members
    return plain | ({"average": "weights", "share": wanted.share} if wanted.average == "weights" else {})


def _plain_split(plan: SplitPlan) -> dict[str, Any]:
    """What the study file may say of it: with places left out, validation is the one share."""
    given = {field.name: getattr(plan, field.name) for field in fields(plan)}
    implied = {"train", "test"} if plan.leave_out else set()
    return {key: value for key, value in given.items() if value is not None and key not in implied}


def _plain_folders(study: Study, folders: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"folder": folder, "classes": dict(study.class_names.get(name, {}))} for name, folder in folders.items()
    }


def _plain_tuned(tuned: Tuned) -> dict[str, Any]:
    fixed = {key: value for key, value in plain_recipe(tuned.recipe).items() if key not in tuned.tuning.space}
    return {**fixed, "tune": plain_tuning(tuned.tuning)}
