"""Columns of a table that hold one probability per class, as spreadsheets round them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.reading.table_columns import MEND, OURS, bad_line
from leafgraft.evaluation.predictions.reading.tool_answers import other_answer
from leafgraft.storage.files.table_file import Table, number_of
from leafgraft.storage.predictions import PERCENT, SUM_TOLERANCE

ROUNDED_PLACES = range(2, 5)  # with more decimal places, or one alone, a sum that is off is no rounding
NO_PROBABILITY = 1e-3  # what a column that is no class may hold of it


def read_probabilities(
    path: Path, table: Table, columns: tuple[str, ...], classes: tuple[str, ...], labels: set[str]
) -> Floats:
    """Rows that sum to 1, float64, shape (N, C).

    Args:
        path: File to name in errors.
        table: What the file holds.
        columns: Names of its columns, one per class.
        classes: Names of the classes by column.
        labels: True classes that are among them; none where the table tells no labels.

    Raises:
        PredictionsError: A cell holds no probability, a row does not sum to 1 or 100, or a column is no class.
    """
    texts = [[row[table.header.index(name)] for name in columns] for row in table.rows]
    values = np.empty((len(texts), len(classes)))
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            try:
                values[row, column] = number_of(text, table.delimiter)
            except ValueError:
                raise _no_number(path, table, (row, columns[column]), classes[column], labels) from None
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise bad_line(path, table, row, "finite probabilities", f"{values[row, column]:g} under '{classes[column]}'")
    _check_columns(path, (texts, values), classes, labels)
    if (values < 0).any():
        row, column = np.argwhere(values < 0)[0]
        found = f"{values[row, column]:g} under '{classes[column]}'"
        mend = "If these are logits, write the softmax of each line instead; else mend that line."
        raise bad_line(path, table, row, "probabilities of 0 or more", found, mend)
    sums = values.sum(axis=1)
    whole = PERCENT if np.median(sums) > PERCENT / 2 else 1.0
    off = np.flatnonzero(np.abs(sums / whole - 1) > _tolerance(texts, whole))
    if off.size:
        found = f"{sums[off[0]]:.6g}, and {len(off):,} of {len(sums):,} lines are off"
        mend = MEND if _places(texts, whole) > 1 else "Write them with three decimal places or more."
        raise bad_line(path, table, int(off[0]), f"probabilities that sum to {whole:g}", found, mend)
    return np.asarray(values / sums[:, None])


def check_answers(
    path: Path,
    table: Table,
    predicted: NDArray[np.str_],
    probabilities: Floats,
    classes: Sequence[str],
    mend: str = MEND,
) -> None:
    """The class answered is one of the likeliest.

    Args:
        path: File to name in errors.
        table: What the file holds, in the order of the answers.
        predicted: Names of the classes answered, shape (N,).
        probabilities: Rows sum to 1, shape (N, C).
        classes: Names of the classes by column.
        mend: What the error tells a person to do.

    Raises:
        PredictionsError: It is another in some line.
    """
    if other := other_answer(probabilities, predicted, classes):
        row, likeliest = other
        found = f"'{predicted[row]}' as its answer, and '{likeliest}' as the likeliest class"
        raise bad_line(path, table, row, "one answer in every line", found, mend)


def _no_number(path: Path, table: Table, cell: tuple[int, str], name: str, labels: set[str]) -> PredictionsError:
    row, column = cell
    texts = [line[table.header.index(column)] for line in table.rows]
    text = texts[row]
    if name in labels or any(_is_number(one, table.delimiter) for one in texts):
        return bad_line(path, table, row, f"a number under '{name}'", repr(text))
    number = table.numbers[row]
    found = f"'{name}' holds {text!r} in line {number}, which is no number."
    if labels:
        found = f"'{name}' is the label of no photo, and holds {text!r} in line {number}."
    return PredictionsError(
        f"Every column of '{path}' but photo_id, label, {', '.join(OURS)} must be a class.",
        found,
        f"Leave the column '{name}' out. If it says which photos show one leaf, call it group.",
    )


def _is_number(text: str, delimiter: str) -> bool:
    try:
        return bool(np.isfinite(number_of(text, delimiter)))
    except ValueError:
        return False


def _tolerance(texts: list[list[str]], whole: float) -> float:
    """How far a sum may be from 1: half a unit of the last place for each value, where few places are written."""
    places = _places(texts, whole)
    rounded = len(texts[0]) * 0.5 * 10.0**-places + 1e-9
    return max(SUM_TOLERANCE, rounded) if places in ROUNDED_PLACES else SUM_TOLERANCE


def _places(texts: list[list[str]], whole: float) -> int:
    """Decimal places of the probabilities as shares of 1."""
    cells = [text.strip() for line in texts for text in line]
    places = max(len(text.rstrip("%").replace(",", ".").partition(".")[2]) for text in cells)
    return places + 2 if whole == PERCENT or any(text.endswith("%") for text in cells) else places


def _check_columns(
    path: Path, written: tuple[list[list[str]], Floats], classes: tuple[str, ...], labels: set[str]
) -> None:
    """A column that is no class of any label, and without which the others sum to 1, is no class.

    A class that is never likely is such a column too. It is let be where it holds little or nothing, written as the
    others are: numbers of folds are whole. So it is where all answers are certain (0 or 1).
    """
    texts, values = written
    if not labels or np.isin(values, (0.0, 1.0)).all():
        return
    whole = [all(line[column].isdecimal() for line in texts) for column in range(len(classes))]
    for column, name in enumerate(classes):
        if name in labels or len(classes) < 3:
            continue
        others, most = np.delete(values, column, axis=1).sum(axis=1), values[:, column].max()
        nothing = most == 0 and whole[column] and not all(whole)
        if nothing or (most > NO_PROBABILITY and (np.abs(others - 1) <= NO_PROBABILITY).all()):
            raise PredictionsError(
                f"Every column of '{path}' but photo_id, label, {', '.join(OURS)} must be a class.",
                f"'{name}' is the label of no photo, and holds no probability: without it each line sums to 1.",
                f"Leave the column '{name}' out.",
            )
