"""What is wrong with a study file, in words: the line, the key, what it must be, what is allowed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from leafgraft.errors import StudyFileError
from leafgraft.records.display import did_you_mean
from leafgraft.records.pattern import EXAMPLE
from leafgraft.storage.study_syntax.study_schema import (
    EnsemblePart,
    GroupsPart,
    RecipePart,
    SecondPart,
    SidesPart,
    SplitPart,
    StudyPart,
    TrainingPart,
    TtaPart,
)
from leafgraft.storage.study_syntax.yaml_lines import Place, YamlFile

PARTS: dict[str, type[BaseModel]] = {
    "split": SplitPart,
    "training": TrainingPart,
    "recipes": RecipePart,
    "ensembles": EnsemblePart,
    "tta": TtaPart,
    "also_test": SecondPart,
    "photos": SecondPart,
    "image_size": SidesPart,
    "groups": GroupsPart,
}
MENU_KEYS = ("backbone", "strategy", "head", "loss", "optimizer", "scheduler", "augmentation")
EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "too_short": "a list that is not empty",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "literal_error": "{expected}",
}


def explain(file: YamlFile, error: ValidationError) -> StudyFileError:
    """The first fault of a file; unknown keys come before wrong values, as they may be the cause of these."""
    faults: list[Any] = error.errors()
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            return _unknown_key(file, _place(file, fault))
    for fault in faults:
        if fault["type"] == "missing":
            return StudyFileError(
                f"{file.where(_place(file, fault))}: '{fault['loc'][-1]}' must be given.",
                "It is missing.",
                "See studies/minutes.yaml for an example.",
            )
    return _wrong_value(file, faults)


def _place(file: YamlFile, fault: Any) -> Place:
    """The part of pydantic's location that is the file's own: without the names of the types that it tried."""
    place: Place = ()
    for part in fault["loc"]:
        if (*place, part) in file.lines:
            place = (*place, part)
    return place


def _part_around(place: Place) -> type[BaseModel]:
    """The innermost part of the file that a place lies in."""
    return next((PARTS[str(part)] for part in reversed(place[:-1]) if part in PARTS), StudyPart)


def _unknown_key(file: YamlFile, place: Place) -> StudyFileError:
    part = _part_around(place)
    key, known = str(place[-1]), list(part.model_fields)
    homes = [name for name, other in PARTS.items() if other is not part and key in other.model_fields]
    if len(place) > 1 and key in StudyPart.model_fields and key not in RecipePart.model_fields:
        hint = "It belongs at the top level of the file. "
    elif homes and part in {StudyPart, RecipePart}:
        hint = f"It belongs under '{homes[0]}:'. "
    else:
        hint = f"{did_you_mean(key, known)} ".lstrip()
    within = f" of {place[0]}" if len(place) > 1 else ""
    return StudyFileError(
        f"{file.where(place)}: '{key}' must be a known key{within}.",
        "It is not.",
        f"{hint}Allowed: {', '.join(known)}.",
    )


def _wrong_value(file: YamlFile, faults: list[Any]) -> StudyFileError:
    """The first wrong value. A value that may be of several types has a fault for each; the deepest says most."""
    first = _place(file, faults[0])
    around = [fault for fault in faults if _place(file, fault)[: len(first)] == first]
    place = max((_place(file, fault) for fault in around), key=len)
    here = [fault for fault in around if _place(file, fault) == place]
    key, given = ".".join(str(part) for part in place), here[0]["input"]
    if here[0]["type"] == "value_error":
        asked, found = str(here[0]["msg"]).removeprefix("Value error, ").split("; ", 1)
        return StudyFileError(f"{file.where(place)}: {asked}.", f"{found[0].upper()}{found[1:]}.", "Mend it.")
    menu_key = next((part for part in reversed(place) if isinstance(part, str)), "")
    if menu_key in MENU_KEYS:
        expected, mend = "a menu name or {name: {setting: value}}", "See: leafgraft menu."
    elif len(place) > 1 and place[-2] in MENU_KEYS and isinstance(place[-1], str):
        expected, mend = "followed by its settings", f"Write {place[-1]}: {{setting: value}}; see: leafgraft menu."
    else:
        expected = " or ".join(dict.fromkeys(_expected(fault) for fault in here))
        mend = "Quote it if it is text." if "text" in expected and not isinstance(given, (str, list)) else "Mend it."
        if menu_key == "image_size":
            mend = "Write image_size: 224, or image_size: {first: 128, epochs: 5, then: 224}."
        elif key == "photos" and isinstance(given, list):
            mend = "Write photos: FOLDER, or photos: {home: FOLDER, field: FOLDER}."
        elif key == "groups":
            mend = f"Write groups: groups.csv, or {EXAMPLE}."
        elif expected == "a list" and isinstance(given, (str, int, float)):
            mend = f"Put it into brackets: {menu_key}: [{given}]."
        elif any(fault["type"] == "model_type" for fault in here):
            mend = f"Allowed: {', '.join(PARTS[str(place[0])].model_fields)}."
    return StudyFileError(f"{file.where(place)}: '{key}' must be {expected}.", f"It is {_words(given)}.", mend)


def _expected(fault: Any) -> str:
    words = EXPECTED.get(fault["type"])
    return words.format(**fault.get("ctx", {})) if words else str(fault["msg"])


def _words(given: object) -> str:
    if given is None:
        return "empty"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (list, dict)) and not given:
        return "empty"
    if isinstance(given, list):
        return f"a list of {len(given)}"
    if isinstance(given, dict):
        return f"keys: {', '.join(map(str, given))}"
    return repr(given)
