"""Predictions from anywhere: our npz, or a CSV that any tool can write.

CSV: ``photo_id,label,<one probability column per class>[,group][,seed][,split]``; labels are class names. Files named
``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe unless the caller says that they are not, as are the values of a
``seed`` column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leafgraft.errors import PredictionsError, UsageError
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions, align
from leafgraft.evaluation.predictions.predictions_table import read_predictions_table, rows_of_test
from leafgraft.storage.predictions import read_predictions, refuse_probabilities

SEED_IN_NAME = re.compile(r"^(?P<name>.+)-s(?P<seed>\d+)$")


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """A predictions file, and whose it is.

    Attributes:
        path: npz or CSV.
        name: Of its recipe.
        seed: Of its trial.
        fold: Of its trial.
    """

    path: Path
    name: str
    seed: int = 0
    fold: int = 0


def name_files(paths: Sequence[Path], *, seeds_by_name: bool = True) -> list[PredictionsFile]:
    """Recipe and seed of each file, by its name; equal names of different folders get the folder's name in front.

    Args:
        paths: The files.
        seeds_by_name: Whether ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe.
    """
    bare = [(path.parent.name if path.stem == "predictions" else path.stem) for path in paths]
    found = []
    for path, stem in zip(paths, bare, strict=True):
        name = f"{path.parent.name}/{stem}" if bare.count(stem) > 1 else stem
        match = SEED_IN_NAME.match(name) if seeds_by_name else None
        found.append(PredictionsFile(path, match["name"], int(match["seed"])) if match else PredictionsFile(path, name))
    return found


def read_files(
    files: Sequence[PredictionsFile], id_of_path: Mapping[str, str] | None = None
) -> tuple[RecipePredictions, ...]:
    """Read predictions files and check that they can be compared. One file alone gives its own figures, no pairs.

    Args:
        files: One or more.
        id_of_path: Photo ids by path, where some files call photos by these and others by those.

    Raises:
        UsageError: No file, or one file twice.
        PredictionsError: A file is malformed, or does not match the others.
    """
    if not files:
        raise UsageError("A comparison needs predictions files.", "None was named.", "Name two or more.")
    resolved = [file.path.resolve() for file in files]
    if twice := sorted({str(path) for path in resolved if resolved.count(path) > 1}):
        raise UsageError("Each file must be named once.", f"Twice: {', '.join(twice)}.", "Name different files.")
    recipes: dict[str, list[TrialPredictions]] = {}
    for file in files:
        found = _read(file, id_of_path or {})
        have = {(trial.seed, trial.fold) for trial in recipes.get(file.name, [])}
        if clash := have & {(trial.seed, trial.fold) for trial in found}:
            raise PredictionsError(
                f"Recipe '{file.name}' must have each seed and fold once.",
                f"'{file.path}' gives seed {min(clash)[0]} of fold {min(clash)[1]} again.",
                "Rename the file if it is another recipe.",
            )
        recipes.setdefault(file.name, []).extend(found)
    result = tuple(RecipePredictions(name, tuple(trials)) for name, trials in recipes.items())
    align([(one.name, one.trials) for one in result], "test")
    return result


def _read(file: PredictionsFile, id_of_path: Mapping[str, str]) -> list[TrialPredictions]:
    if file.path.suffix.lower() != ".csv":
        whole = read_predictions(file.path)
        refuse_probabilities(file.path, whole)
        return [TrialPredictions(file.seed, file.fold, rows_of_test(file.path, whole))]
    return [_with_ids(trial, id_of_path) for trial in read_predictions_table(file.path, file.seed)]


def _with_ids(trial: TrialPredictions, id_of_path: Mapping[str, str]) -> TrialPredictions:
    """The same with photo ids in place of paths; what is no known path stays as it is."""
    given = [str(one) for one in trial.predictions.photo_id]
    ids = np.array([id_of_path.get(unicodedata.normalize("NFC", one).removeprefix("./"), one) for one in given])
    alone = bool((trial.predictions.group == trial.predictions.photo_id).all())  # no groups were given
    group = ids if alone else trial.predictions.group
    return replace(trial, predictions=replace(trial.predictions, photo_id=ids, group=group))
