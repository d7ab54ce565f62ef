"""What `leafgraft predict` writes: its classes may be called as columns of other tables are, such as ``split``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.arrays import checked_shares
from leafgraft.evaluation.predictions.reading.probability_columns import read_probabilities
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, of_probabilities, texts, with_answers
from leafgraft.records.display import counted
from leafgraft.storage.files.table_file import Table

FIRST = ("path", "answer", "declined", "set", "distance")  # columns; behind them the classes, then
AFTER = "bundle"
UNREADABLE = "unreadable"


def is_of_bundle(names: Sequence[str]) -> bool:
    """Whether these are the columns of ``--csv``."""
    return tuple(names[: len(FIRST)]) == FIRST and AFTER in names


def table_of_bundle(path: Path, table: Table) -> ToolAnswers:
    """What ``--csv`` writes.

    Args:
        path: To name in errors.
        table: Of these columns, with a row or more.

    Raises:
        PredictionsError: Photos were declined: the table has no probabilities of these. Or a line is malformed.
    """
    cells = {name: [row[at] for row in table.rows] for at, name in enumerate(FIRST)}
    if declined := sum(map(bool, cells["declined"])):
        raise PredictionsError(
            f"'{path}' must have the probabilities of every photo.",
            f"It was written by 'leafgraft predict --csv', which leaves out those of declined photos: {declined:,} of "
            f"{len(table.rows):,}.",
            "Compare what 'leafgraft predict --json' prints: it has them all.",
        )
    classes = table.header[len(FIRST) : len(table.header) - 1 - table.header[::-1].index(AFTER)]
    shares = read_probabilities(path, table, classes, classes, set())
    return of_probabilities(texts(cells["path"]), with_answers(shares, texts(cells["answer"]), classes), classes)


def records_of_bundle(path: Path, records: Sequence[Mapping[str, Any]]) -> ToolAnswers | None:
    """What ``--json`` prints, a declined photo by its likeliest class; None for other records.

    Args:
        path: To name in what is said.
        records: One per photo.

    Raises:
        PredictionsError: Two bundles answered, or what stands there are no probabilities.
    """
    if not all({"path", "declined", "probabilities"} <= one.keys() for one in records):
        return None
    read = [one for one in records if one["declined"] != UNREADABLE]
    if not read:
        return ToolAnswers(texts(()), texts(()))
    classes = list(read[0]["probabilities"])
    if other := next((one for one in read if one["probabilities"].keys() != set(classes)), None):
        raise PredictionsError(
            f"'{path}' must hold answers of one bundle.",
            f"Those to '{read[0]['path']}' and to '{other['path']}' are of different classes.",
            "Write a file for each bundle.",
        )
    shares = checked_shares(path, np.array([[one["probabilities"][name] for name in classes] for one in read]))
    notes = []
    if declined := sum(1 for one in read if one["declined"]):
        what = counted(declined, "declined photo counts", "declined photos count")
        notes.append(f"'{path}': {what} by the likeliest class.")
    if lost := len(records) - len(read):
        notes.append(f"'{path}': {counted(lost, 'photo')} left out that could not be read.")
    answers = of_probabilities(texts(one["path"] for one in read), shares, texts(classes).tolist())
    return replace(answers, notes=tuple(notes))
