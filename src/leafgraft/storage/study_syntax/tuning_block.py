"""`tune:` in a block of recipes: what a search may change, read into records, and written again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

from pydantic import ValidationError

from leafgraft.errors import StudyFileError
from leafgraft.records.display import did_you_mean
from leafgraft.records.recipe import Choice
from leafgraft.records.tuning import Options, Range, Tuning
from leafgraft.storage.study_syntax.recipe_block import CHOICES, plain_choice, read_choice, read_value
from leafgraft.storage.study_syntax.study_schema import RECIPE_KEYS, RecipePart, StudyPart
from leafgraft.storage.study_syntax.yaml_lines import Place, YamlFile

FORMS = ("log", "range", "int")
LIMITS = ("trials", "seed", "prune")
MOST_TRIALS = 100_000
EXAMPLE = "Write for instance {log: [1e-5, 1e-2]}, {range: [0, 0.5]}, {int: [1, 8]}, or a list of values."


def tuning_of(file: YamlFile, study: StudyPart, block: RecipePart, place: Place) -> Tuning | None:
    """The search of a block, its own or the study's; None if it has none, or says so: ``tune: null``.

    Raises:
        StudyFileError: A key is unknown, both fixed and searched for, or a range or list is none.
    """
    own = "tune" in block.model_fields_set
    given = block.tune if own else study.tune
    if given is None:
        return None
    at: Place = (*place, "tune") if own else ("tune",)
    tuning = read_tuning(file, given, at)
    for key in tuning.space:
        if key in block.model_fields_set:
            asked = f"{key} must be fixed or searched for"
            _refuse(file, (*place, key), asked, "The block does both", f"Leave {key} out here, or out of tune.")
    if study.split.folds or study.split.leave_out:
        asked, key = "A search needs one split by shares", "folds" if study.split.folds else "leave_out"
        found = f"split has {key}: {getattr(study.split, key)}, so every photo is a test photo of some fold"
        _refuse(file, at, asked, f"Here {found}", f"Leave {key} out, or leave tune out.")
    return tuning


def read_tuning(file: YamlFile, given: Any, place: Place) -> Tuning:
    """Read a `tune:` block.

    Raises:
        StudyFileError: A key is unknown, or a range or list is none.
    """
    if not isinstance(given, dict) or not set(given) - set(LIMITS):
        _refuse(file, place, "tune must name what to search, by recipe key", f"It holds {_words(given)}", EXAMPLE)
    for key in given:
        if key not in (*RECIPE_KEYS, *LIMITS):
            _refuse_unknown(file, (*place, key), key, (*RECIPE_KEYS, *LIMITS), "a recipe key or one of tune's own")
    prune = given.get("prune", True)
    if not isinstance(prune, bool):
        _refuse(file, (*place, "prune"), "prune must be true or false", f"It is {_words(prune)}", "Mend it.")
    return Tuning(
        space={key: _read_space(file, key, given[key], (*place, key)) for key in given if key not in LIMITS},
        trials=_read_whole(file, given.get("trials", 50), 1, (*place, "trials")),
        seed=_read_whole(file, given.get("seed", 0), 0, (*place, "seed")),
        prune=prune,
        where=file.where(place),
    )


def _read_whole(file: YamlFile, value: Any, least: int, place: Place) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_TRIALS:
        asked = f"{place[-1]} must be a whole number from {least} to {MOST_TRIALS:,}"
        _refuse(file, place, asked, f"It is {_words(value)}", "Mend it.")
    return value


def _read_space(file: YamlFile, key: str, value: Any, place: Place) -> Range | Options:
    """What one recipe key may become."""
    if key == "learning_rate" and isinstance(value, dict):
        return _read_range(file, value, place)
    if key == "augmentation":
        pipelines = [one if isinstance(one, list) else [one] for one in value] if isinstance(value, list) else []
        values: list[Any] = [
            tuple(_read_entry(file, key, one, (*place, row, column)) for column, one in enumerate(pipeline))
            for row, pipeline in enumerate(pipelines)
        ]
    elif key in CHOICES:
        several = value if isinstance(value, list) else [value]
        values = [_read_entry(file, key, one, (*place, row)) for row, one in enumerate(several)]
    else:
        values = [read_value(file, key, one, place) for one in value] if _is_list_of(key, value) else []
    if not values:
        _refuse(
            file, place, f"{key} must be a range, or a list of values it may have", f"It is {_words(value)}", EXAMPLE
        )
    return Options(tuple(values))


def _is_list_of(key: str, value: Any) -> bool:
    """Whether it is a list of values that a recipe key may have."""
    try:
        RecipePart.model_validate({key: value})
    except ValidationError:
        return False
    return isinstance(value, list) and not any(isinstance(one, dict) for one in value)


def _read_entry(file: YamlFile, key: str, value: Any, place: Place) -> Choice:
    if not isinstance(value, (str, dict)) or (isinstance(value, dict) and not _is_entry(value)):
        asked = f"{key} must be menu names, or {{name: {{setting: range or list}}}}"
        _refuse(file, place, asked, f"It is {_words(value)}", "See: leafgraft menu.")
    return _opened(file, read_choice(file, value, place), place)


def _is_entry(value: dict[str, Any]) -> bool:
    return all(settings is None or isinstance(settings, dict) for settings in value.values())


def _opened(file: YamlFile, choice: Choice, place: Place) -> Choice:
    """A menu choice whose settings are ranges, options (a list always means options), or fixed."""
    at = (*place, choice.name)
    settings: dict[str, Any] = {}
    for name, value in choice.settings.items():
        if isinstance(value, dict):
            settings[name] = _read_range(file, value, (*at, name))
        elif isinstance(value, list):
            if not value:
                _refuse(file, (*at, name), f"{name} must be a list of values to try", "It is empty", EXAMPLE)
            settings[name] = Options(tuple(value))
        else:
            settings[name] = value
    return replace(choice, settings=settings)


def _read_range(file: YamlFile, value: dict[str, Any], place: Place) -> Range:
    for form in value:
        if form not in FORMS:
            _refuse_unknown(file, place, form, FORMS, "a kind of range")
    if len(value) != 1:
        _refuse(file, place, f"{place[-1]} must have one range", f"It has {_words(list(value))}", EXAMPLE)
    form, ends = next(iter(value.items()))
    if not isinstance(ends, list) or len(ends) != 2 or not all(_is_number(end) for end in ends):
        _refuse(file, place, f"{form} of {place[-1]} must be [low, high], two numbers", f"It is {ends!r}", EXAMPLE)
    low, high = ends
    if not low < high:
        mend = "Give two numbers that differ." if low == high else f"Try [{high}, {low}]."
        _refuse(file, place, f"{form} of {place[-1]} must go from low to high", f"It is {ends!r}", mend)
    if form == "log" and low <= 0:
        _refuse(file, place, f"log of {place[-1]} must begin above 0", f"It begins at {low:g}", "Use range for 0.")
    if form == "int" and not all(isinstance(end, int) for end in ends):
        _refuse(file, place, f"int of {place[-1]} must have whole ends", f"It is {ends!r}", "Use range for fractions.")
    return Range(float(low), float(high), log=form == "log", whole=form == "int")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _refuse_unknown(file: YamlFile, place: Place, key: str, known: Sequence[str], kind: str) -> NoReturn:
    hint = did_you_mean(str(key), known, cutoff=0.5)
    _refuse(file, place, f"'{key}' must be {kind}", "It is not", f"{hint} Allowed: {', '.join(known)}.".lstrip())


def _refuse(file: YamlFile, place: Place, asked: str, found: str, mend: str) -> NoReturn:
    raise StudyFileError(f"{file.where(place)}: {asked}.", f"{found}.", mend)


def _words(value: Any) -> str:
    if value is None or value in ([], {}):
        return "empty"
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else repr(value)


def plain_tuning(tuning: Tuning) -> dict[str, Any]:
    """A search as it stands in a study file."""
    limits = {"trials": tuning.trials, "seed": tuning.seed, "prune": tuning.prune}
    return {**limits, **{key: _plain(space) for key, space in tuning.space.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, Range):
        form = "log" if value.log else "int" if value.whole else "range"
        return {form: [int(end) if value.whole else end for end in (value.low, value.high)]}
    if isinstance(value, Options):
        return [_plain(one) for one in value.values]
    if isinstance(value, Choice):
        return plain_choice(replace(value, settings={name: _plain(one) for name, one in value.settings.items()}))
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
