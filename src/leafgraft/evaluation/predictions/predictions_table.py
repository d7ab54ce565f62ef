"""Predictions as a table: one row per photo, one column of probability per class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.aligned_rows import TrialPredictions
from leafgraft.storage.files.table_file import Table, number_of, read_table
from leafgraft.storage.predictions import SUM_TOLERANCE, Predictions, logits_of

NOT_CLASSES = ("photo_id", "label", "group", "seed", "split", "place")
ROUNDED_PLACES = range(2, 5)  # with more decimal places, or one alone, a sum that is off is no rounding
PERCENT = 100.0


def read_predictions_table(path: Path, seed_of_name: int) -> list[TrialPredictions]:
    """Read a CSV of any spreadsheet: one trial per value of its ``seed`` column, else one.

    Probabilities may have decimal commas, be in per cent, or be rounded to a few places. Of several splits (a column
    ``split``) the test rows count.

    Args:
        path: CSV with ``photo_id``, ``label``, one column of probability per class, and ``group``, ``seed``,
            ``split`` and ``place`` if there are such.
        seed_of_name: The seed if there is no such column.

    Raises:
        PredictionsError: Something is malformed; the line and what to change are said.
    """
    table = read_table(path, ("photo_id", "label"), PredictionsError)
    classes = [column for column in table.header if column not in NOT_CLASSES]
    _check_header(path, table, classes)
    if not table.rows:
        raise PredictionsError(f"'{path}' must hold one line per photo.", "It has none.", "Write the predictions.")
    columns = dict(zip(table.header, zip(*table.rows, strict=True), strict=True))
    ids = np.array([one.replace("\\", "/") for one in columns["photo_id"]])
    label = _labels(path, table, columns["label"], classes)
    probabilities = _probabilities(path, table, classes, set(columns["label"]))
    group = np.array(columns["group"]) if "group" in columns else ids
    place = np.array(columns["place"]) if "place" in columns else None
    for name in ("group", "place"):
        if name in columns and (empty := ids[np.array(columns[name]) == ""]).size:
            raise _bad_row(path, f"a {name} in every line", str(empty[0]), "none")
    seeds = _seeds(path, columns.get("seed"), len(ids), seed_of_name)
    logits = logits_of(probabilities)
    split = np.array(columns["split"]) if "split" in columns else np.full(len(ids), "test")
    whole = rows_of_test(path, Predictions(ids, split, label, logits, np.array(classes), group, place))
    seeds = seeds[split == "test"]
    return [TrialPredictions(int(seed), 0, whole.only(seeds == seed)) for seed in np.unique(seeds)]


def rows_of_test(path: Path, predictions: Predictions) -> Predictions:
    """The rows that a comparison may speak of.

    Raises:
        PredictionsError: None is of the test part.
    """
    splits = sorted({str(one) for one in predictions.split})
    if "test" not in splits:
        raise PredictionsError(
            f"'{path}' must hold test rows: what it says is claimed of photos that nothing was chosen on.",
            f"Its rows are of {', '.join(one or 'no split' for one in splits)}.",
            "Give predictions on test photos. If these are, write 'test' as their split.",
        )
    return predictions.rows("test")


def _check_header(path: Path, table: Table, classes: list[str]) -> None:
    missing = [name for name in ("photo_id", "label") if name not in table.header]
    if not missing and len(classes) > 1 and all(table.header):
        return
    found = f"It names {', '.join(name or 'nothing' for name in table.header) or 'nothing'}."
    mend = "Optional columns are group, seed, split and place; every other column is a class."
    if not missing and [name.lower() for name in classes] in (["predicted"], ["prediction"], ["answer"]):
        mend = f"'{classes[0]}' says only which class was answered: write the probability of every class instead."
    raise PredictionsError(
        f"The first line of '{path}' must name photo_id, label and one probability column per class, each once.",
        found,
        mend,
    )


def _labels(path: Path, table: Table, labels: tuple[str, ...], classes: list[str]) -> np.ndarray:
    """Index of each label among the classes."""
    position = {name: index for index, name in enumerate(classes)}
    row = next((row for row, one in enumerate(labels) if one not in position), None)
    if row is None:
        return np.array([position[one] for one in labels], dtype=np.int64)
    unknown = sorted({one for one in labels if one not in position})
    mend = "Write class names as labels, and one probability column per class."
    if all(one.isdigit() for one in unknown):
        mend = f"Write names instead of numbers: which of {', '.join(classes)} is '{labels[row]}'?"
    raise PredictionsError(
        f"Labels of '{path}' must be among its classes: {', '.join(classes)}.",
        f"Unknown: {', '.join(unknown[:5])}; first in line {table.numbers[row]}.",
        mend,
    )


def _probabilities(path: Path, table: Table, classes: list[str], labels: set[str]) -> Floats:
    """Rows that sum to 1, float64, shape (N, C)."""
    texts = [[row[table.header.index(name)] for name in classes] for row in table.rows]
    values = np.empty((len(texts), len(classes)))
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            try:
                values[row, column] = number_of(text, table.delimiter)
            except ValueError:
                wanted = f"a number under '{classes[column]}'"
                raise _bad_line(path, table, row, wanted, repr(text)) from None
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise _bad_line(path, table, row, "finite probabilities", f"{values[row, column]:g} under '{classes[column]}'")
    _check_columns(path, values, classes, labels)
    if (values < 0).any():
        row, column = np.argwhere(values < 0)[0]
        found = f"{values[row, column]:g} under '{classes[column]}'"
        raise _bad_line(path, table, row, "probabilities of 0 or more", found)
    sums = values.sum(axis=1)
    whole = PERCENT if np.median(sums) > PERCENT / 2 else 1.0
    off = np.flatnonzero(np.abs(sums / whole - 1) > _tolerance(texts, whole))
    if off.size:
        found = f"{sums[off[0]]:.6g}, and {len(off):,} of {len(sums):,} lines are off"
        raise _bad_line(path, table, int(off[0]), f"probabilities that sum to {whole:g}", found)
    return np.asarray(values / sums[:, None])


def _tolerance(texts: list[list[str]], whole: float) -> float:
    """How far a sum may be from 1: half a unit of the last place for each value, where few places are written."""
    cells = [text.strip() for line in texts for text in line]
    places = max(len(text.rstrip("%").replace(",", ".").partition(".")[2]) for text in cells)
    if whole == PERCENT or any(text.endswith("%") for text in cells):
        places += 2
    rounded = len(texts[0]) * 0.5 * 10.0**-places + 1e-9
    return max(SUM_TOLERANCE, rounded) if places in ROUNDED_PLACES else SUM_TOLERANCE


def _check_columns(path: Path, values: Floats, classes: list[str], labels: set[str]) -> None:
    """A column that is no class of any label, and without which the others sum to 1, is no class.

    Where all answers are certain (0 or 1), a class that is never answered is such a column too, and is let be.
    """
    if np.isin(values, (0.0, 1.0)).all():
        return
    for column, name in enumerate(classes):
        if name in labels or len(classes) < 3:
            continue
        others = np.delete(values, column, axis=1).sum(axis=1)
        if not values[:, column].any() or (np.abs(others - 1) <= SUM_TOLERANCE).all():
            raise PredictionsError(
                f"Every column of '{path}' but {', '.join(NOT_CLASSES)} must be a class.",
                f"'{name}' is the label of no photo, and holds no probability: without it each line sums to 1.",
                f"Leave the column '{name}' out.",
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


def _bad_line(path: Path, table: Table, row: int, wanted: str, found: str) -> PredictionsError:
    photo_id = table.rows[row][table.header.index("photo_id")]
    return _bad_row(path, wanted, f"{photo_id} (line {table.numbers[row]})", found)


def _bad_row(path: Path, wanted: str, photo: str, found: str) -> PredictionsError:
    return PredictionsError(
        f"'{path}' must have {wanted}.", f"Photo {photo} has {found}.", "Mend that line, or write the file anew."
    )
