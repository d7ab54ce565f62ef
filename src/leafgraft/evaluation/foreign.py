"""Predictions from anywhere: our npz, or a CSV that any tool can write.

CSV: ``photo_id,label,<one probability column per class>[,group][,seed]``; labels are class names. Files named
``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe, as are the values of a ``seed`` column. Trials of a study folder
take name, seed and fold from the ``trial.json`` beside them.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from leafgraft.errors import PredictionsError, UsageError
from leafgraft.evaluation.answers import RecipePredictions, TrialPredictions, align
from leafgraft.evaluation.metrics import SMALLEST_PROBABILITY, Floats
from leafgraft.storage.predictions import Predictions, read_predictions

NOT_CLASSES = ("photo_id", "label", "group", "seed")
SUM_TOLERANCE = 1e-3
SEED_IN_NAME = re.compile(r"^(?P<name>.+)-s(?P<seed>\d+)$")


def read_comparison(paths: Sequence[Path]) -> tuple[RecipePredictions, ...]:
    """Read predictions files and check that they can be compared. One file alone gives its own figures, no pairs.

    Raises:
        UsageError: No file, or one file twice.
        PredictionsError: A file is malformed, or does not match the others.
    """
    if not paths:
        raise UsageError("A comparison needs predictions files.", "None was named.", "Name two or more.")
    resolved = [path.resolve() for path in paths]
    if twice := sorted({str(path) for path in resolved if resolved.count(path) > 1}):
        raise UsageError("Each file must be named once.", f"Twice: {', '.join(twice)}.", "Name different files.")
    recipes: dict[str, list[TrialPredictions]] = {}
    names = _names(paths)
    for path, (name, seed, fold) in zip(paths, names, strict=True):
        if path.suffix.lower() == ".csv":
            found = _read_csv(path, seed)
        else:
            found = [TrialPredictions(seed, fold, _test_rows(path, read_predictions(path)))]
        have = {(trial.seed, trial.fold) for trial in recipes.get(name, [])}
        if clash := have & {(trial.seed, trial.fold) for trial in found}:
            raise PredictionsError(
                f"Recipe '{name}' must have each seed and fold once.",
                f"'{path}' gives seed {min(clash)[0]} of fold {min(clash)[1]} again.",
                "Rename the file if it is another recipe.",
            )
        recipes.setdefault(name, []).extend(found)
    result = tuple(RecipePredictions(name, tuple(trials)) for name, trials in recipes.items())
    align([(one.name, one.trials) for one in result], "test")
    return result


def _names(paths: Sequence[Path]) -> list[tuple[str, int, int]]:
    """Name, seed and fold of each file; equal names of different folders get the folder's name in front."""
    known = [_described(path) for path in paths]
    bare = [(path.parent.name if path.stem == "predictions" else path.stem) for path in paths]
    found = []
    for path, told, stem in zip(paths, known, bare, strict=True):
        if told is not None:
            found.append(told)
            continue
        if bare.count(stem) > 1:
            stem = f"{path.parent.name}/{stem}"  # noqa: PLW2901 - the name is made longer, nothing else changes
        match = SEED_IN_NAME.match(stem)
        found.append((match["name"], int(match["seed"]), 0) if match else (stem, 0, 0))
    return found


def _described(path: Path) -> tuple[str, int, int] | None:
    beside = path.parent / "trial.json"
    if path.stem != "predictions" or not beside.is_file():
        return None
    try:
        info = json.loads(beside.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise PredictionsError(
            f"'{beside}' must be readable JSON.", f"It is not: {error}.", "Move the predictions elsewhere."
        ) from error
    if not isinstance(info, dict):
        return None
    name, seed, fold = info.get("name"), info.get("seed"), info.get("fold", 0)
    if isinstance(name, str) and isinstance(seed, int) and isinstance(fold, int):
        return name, seed, fold
    return None


def _test_rows(path: Path, predictions: Predictions) -> Predictions:
    splits = sorted({str(one) for one in predictions.split})
    if "test" in splits:
        return predictions
    if len(splits) > 1:
        raise PredictionsError(
            f"'{path}' must hold test rows.",
            f"It holds the splits {', '.join(splits)}.",
            "Name the rows to compare on 'test' in the array 'split'.",
        )
    return replace(predictions, split=np.full(len(predictions.label), "test"))


def _read_csv(path: Path, seed_of_name: int) -> list[TrialPredictions]:
    header, lines = _lines(path)
    classes = [column for column in header if column not in NOT_CLASSES]
    _check_header(path, header, classes)
    if not lines:
        raise PredictionsError(f"'{path}' must hold one line per photo.", "It has none.", "Write the predictions.")
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    ids = np.array(columns["photo_id"])
    probabilities = _probabilities(path, columns, classes, ids)
    position = {name: index for index, name in enumerate(classes)}
    if unknown := sorted({one for one in columns["label"] if one not in position}):
        raise PredictionsError(
            f"Labels of '{path}' must be among its classes: {', '.join(classes)}.",
            f"Unknown: {', '.join(unknown[:5])}.",
            "Write class names as labels, and one probability column per class.",
        )
    label = np.array([position[one] for one in columns["label"]], dtype=np.int64)
    group = np.array(columns["group"]) if "group" in columns else ids
    if "group" in columns and (empty := ids[group == ""]).size:
        raise _bad_row(path, "a group in every line", str(empty[0]), "none")
    seeds = _seeds(path, columns.get("seed"), len(ids), seed_of_name)
    logits = np.log(np.clip(probabilities, SMALLEST_PROBABILITY, None)).astype(np.float32)
    whole = Predictions(ids, np.full(len(ids), "test"), label, logits, np.array(classes), group)
    return [TrialPredictions(int(seed), 0, _keep(whole, seeds == seed)) for seed in np.unique(seeds)]


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            header = [name.strip() for name in next(reader, [])]
            lines = [line for line in reader if line]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PredictionsError(
            f"'{path}' must be a CSV file in UTF-8.", f"It cannot be read: {error}.", "Check path and encoding."
        ) from error
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise PredictionsError(
                f"Each line of '{path}' must have {len(header)} values.",
                f"Line {number} has {len(line)}.",
                "Mend that line; quote values that hold a comma.",
            )
    return header, lines


def _check_header(path: Path, header: list[str], classes: list[str]) -> None:
    if "photo_id" not in header or "label" not in header or len(classes) < 2 or len(set(header)) < len(header):
        raise PredictionsError(
            f"The first line of '{path}' must name photo_id, label and one probability column per class, each once.",
            f"It names {', '.join(header) or 'nothing'}.",
            "Optional columns are group and seed; every other column is a class.",
        )


def _probabilities(path: Path, columns: dict[str, tuple[str, ...]], classes: list[str], ids: np.ndarray) -> Floats:
    table = np.empty((len(ids), len(classes)))
    for index, name in enumerate(classes):
        try:
            table[:, index] = np.array(columns[name], dtype=np.float64)
        except ValueError:
            row = next(row for row, text in enumerate(columns[name]) if not _is_number(text))
            raise _bad_row(path, f"a number under '{name}'", str(ids[row]), repr(columns[name][row])) from None
    for bad, wanted in (
        (~np.isfinite(table), "finite probabilities"),
        (table < 0, "probabilities of 0 or more"),
    ):
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise _bad_row(path, wanted, str(ids[row]), f"{table[row, column]:g} under '{classes[column]}'")
    sums = table.sum(axis=1)
    off = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
    if off.size:
        found = f"{sums[off[0]]:.6g}, and {len(off):,} lines in all are off"
        raise _bad_row(path, "probabilities that sum to 1", str(ids[off[0]]), found)
    return np.asarray(table / sums[:, None])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bad_row(path: Path, wanted: str, photo_id: str, found: str) -> PredictionsError:
    return PredictionsError(
        f"'{path}' must have {wanted}.", f"Photo {photo_id} has {found}.", "Mend that line, or write the file anew."
    )


def _seeds(path: Path, column: tuple[str, ...] | None, rows: int, seed_of_name: int) -> np.ndarray:
    if column is None:
        return np.full(rows, seed_of_name)
    try:
        return np.array([int(one) for one in column])
    except ValueError as error:
        raise PredictionsError(
            f"Seeds of '{path}' must be whole numbers.", f"They are not: {error}.", "Number the seeds 0, 1, 2, ..."
        ) from error


def _keep(whole: Predictions, rows: np.ndarray) -> Predictions:
    return Predictions(
        whole.photo_id[rows], whole.split[rows], whole.label[rows], whole.logits[rows], whole.classes, whole.group[rows]
    )
