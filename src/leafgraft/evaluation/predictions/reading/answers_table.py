"""Answers as a table: one row per photo, with one column of probability per class, or with the answers alone."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.reading.bundle_answers import is_of_bundle, table_of_bundle
from leafgraft.evaluation.predictions.reading.probability_columns import check_answers, read_probabilities
from leafgraft.evaluation.predictions.reading.table_columns import (
    TableColumns,
    check_filled,
    find_columns,
    values_of,
    with_composed_letters,
    with_photo_names,
    without_prefix,
)
from leafgraft.evaluation.predictions.reading.timm_results import is_timm, read_timm
from leafgraft.evaluation.predictions.reading.tool_answers import (
    EITHER,
    ToolAnswers,
    of_probabilities,
    with_answers,
    with_groups,
)
from leafgraft.storage.files.table_file import WHOLE, Table, read_table, whole_of

TEST = "test"  # as the split of a row


def read_answers_table(path: Path) -> ToolAnswers:
    """Read a CSV of any tool or spreadsheet; only its test rows, if it has a column ``split``.

    Probabilities may have decimal commas, be in per cent, or be rounded to a few places.

    Args:
        path: CSV with a column that names the photo or one of its true class, and with the class answered or one
            column of probability per class; ``group``, ``seed``, ``split`` and ``place`` if there are such.

    Raises:
        PredictionsError: Something is malformed; the line and what to change are said.
    """
    return answers_of_table(path, read_table(path, ("photo_id", "label"), PredictionsError))


def answers_of_table(path: Path, table: Table) -> ToolAnswers:
    """The same of a table that was read.

    Args:
        path: File to name in errors.
        table: What the file holds, as `read_table` gives it.

    Raises:
        PredictionsError: Something is malformed; the line and what to change are said.
    """
    table = with_photo_names(with_composed_letters(path, table))
    if table.rows and is_of_bundle(table.header):
        return table_of_bundle(path, table)
    if is_timm(table.header):
        columns = zip(table.header, zip(*table.rows, strict=True), strict=False)
        return read_timm(path, {name: list(cells) for name, cells in columns}, table.delimiter)
    found = find_columns(path, table)
    if not table.rows:
        raise PredictionsError(f"'{path}' must hold one line per photo.", "It has none.", "Write the predictions.")
    left_out: tuple[str, ...] = ()
    if found.split:
        table, left_out = _test_rows(path, table, found.split)
    check_filled(path, table, found)
    table = _without_zeros(table, found)
    found = find_columns(path, table)
    answers = _answers(path, table, found)
    place = values_of(table, found.place) if found.place else None
    seed = _seeds(path, values_of(table, found.seed)) if found.seed else None
    notes = (*left_out, *answers.notes)
    answers = replace(answers, label=values_of(table, found.label), place=place, seed=seed, notes=notes)
    return with_groups(path, answers, values_of(table, found.group).tolist()) if found.group else answers


def _without_zeros(table: Table, found: TableColumns) -> Table:
    """The same with numbers of classes as whole ones: pandas and numpy write them as 0.0, 1.0, 2.0."""
    columns = {name: values_of(table, name).tolist() for name in (found.label, found.predicted) if name}
    whole = [table.header.index(name) for name, cells in columns.items() if all(map(WHOLE.fullmatch, cells))]
    if all(whole_of(cell).isdecimal() for cell in columns.get(found.label, ["none"])):
        header = tuple(map(whole_of, table.header))
        table = replace(table, header=header) if len(set(header)) == len(header) else table
    rows = (tuple(whole_of(cell) if at in whole else cell for at, cell in enumerate(row)) for row in table.rows)
    return replace(table, rows=tuple(rows)) if whole else table


def _test_rows(path: Path, table: Table, split: str) -> tuple[Table, tuple[str, ...]]:
    """The rows of the test part, and how many others are left out."""
    splits = [str(one) for one in values_of(table, split)]
    of_test = [one.casefold() == TEST for one in splits]
    check_test(path, {TEST} if any(of_test) else set(splits))
    rows, numbers = itertools.compress(table.rows, of_test), itertools.compress(table.numbers, of_test)
    return replace(table, rows=tuple(rows), numbers=tuple(numbers)), of_other_parts(path, splits)


def of_other_parts(path: Path, splits: Sequence[str]) -> tuple[str, ...]:
    """Says how many rows are not compared, as they are of other parts than test; nothing where all are of that.

    Args:
        path: File to name.
        splits: Part of each row.
    """
    others = Counter(one or "no split" for one in splits if one.casefold() != TEST)
    what = ", ".join(f"{name} ({count:,})" for name, count in others.most_common())
    return (f"'{path}': only test rows are compared; left out: {what}.",) if others else ()


def check_test(path: Path, splits: set[str]) -> None:
    """Refuse rows that a comparison may not speak of.

    Args:
        path: File to name in errors.
        splits: Names of the splits that its rows are of; a row without one counts as ``""``.

    Raises:
        PredictionsError: None is of the test part.
    """
    if TEST not in splits:
        raise PredictionsError(
            f"'{path}' must hold test rows: what it says is claimed of photos that nothing was chosen on.",
            f"Its rows are of {', '.join(one or 'no split' for one in sorted(splits))}.",
            "Give predictions on test photos. If these are, write 'test' as their split.",
        )


def _answers(path: Path, table: Table, found: TableColumns) -> ToolAnswers:
    """Probabilities where all classes have a column, else the answers alone."""
    photo, label = values_of(table, found.photo), values_of(table, found.label)
    predicted = values_of(table, found.predicted)
    known = {*label.tolist(), *predicted.tolist()}
    classes = without_prefix(found.others, known)
    if found.predicted and not (len(classes) > 1 and known <= set(classes)):
        left_out = (f"'{path}': not used: {', '.join(found.others)}.",) if found.others else ()
        _refuse_numbers(path, table, predicted)
        unused = {name: values_of(table, name) for name in found.others}
        return ToolAnswers(photo, predicted, notes=left_out, unused=unused)
    if not (all(one.isdecimal() for one in classes) and not any(one.isdecimal() for one in known)):
        _check_labels(path, table, label, classes)
    probabilities = read_probabilities(path, table, found.others, classes, {*label.tolist()} & {*classes})
    if found.predicted:
        check_answers(path, table, predicted, probabilities, classes, EITHER)
        probabilities = with_answers(probabilities, predicted, classes)
    return replace(of_probabilities(photo, probabilities, classes), notes=_ties(path, table, probabilities))


def _ties(path: Path, table: Table, probabilities: Floats) -> tuple[str, ...]:
    """Says in how many lines the likeliest class is not the only one: rounding makes such."""
    tied = np.flatnonzero((probabilities == probabilities.max(axis=1, keepdims=True)).sum(axis=1) > 1)
    if not tied.size:
        return ()
    note = (
        f"'{path}': several classes are likeliest in {len(tied):,} of {len(probabilities):,} lines, first in line "
        f"{table.numbers[tied[0]]}; the first by name counts as the answer."
    )
    return (note,)


def _refuse_numbers(path: Path, table: Table, predicted: NDArray[np.str_]) -> None:
    """A network with one output gives a number for each photo, and no class."""
    broken = [row for row, one in enumerate(predicted) if re.fullmatch(r"\d*\.\d+(e-?\d+)?", one)]
    if broken:
        raise PredictionsError(
            f"Answers of '{path}' must be classes.",
            f"Line {table.numbers[broken[0]]} has the number {predicted[broken[0]]}.",
            "Of a network with one output p, write two columns of probability, 1 - p and p, named by their classes.",
        )


def _check_labels(path: Path, table: Table, labels: NDArray[np.str_], classes: tuple[str, ...]) -> None:
    """Each true class is among the classes."""
    row = next((row for row, one in enumerate(labels) if one not in classes), None)
    if row is None:
        return
    unknown = sorted({str(one) for one in labels if one not in classes})
    mend = "Write class names as labels, and one probability column per class."
    if all(one.isdecimal() for one in unknown):
        mend = f"Write names instead of numbers: which of {', '.join(classes)} is '{labels[row]}'?"
    raise PredictionsError(
        f"Labels of '{path}' must be among its classes: {', '.join(classes)}.",
        f"Unknown: {', '.join(unknown[:5])}; first in line {table.numbers[row]}.",
        mend,
    )


def _seeds(path: Path, column: NDArray[np.str_]) -> NDArray[np.int64]:
    plain = [whole_of(str(one)) for one in column]
    other = next((one for one in plain if not one.isdecimal()), None)
    if other is not None:
        mend = "Number the seeds 0, 1, 2, ..."
        raise PredictionsError(f"Seeds of '{path}' must be whole numbers.", f"One is '{other}'.", mend)
    return np.array([int(one) for one in plain])
