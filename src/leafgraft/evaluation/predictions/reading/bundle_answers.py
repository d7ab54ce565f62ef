"""What `leafgraft predict` writes: its classes may be called as columns of other tables are, such as ``split``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.arrays import checked_shares
from leafgraft.evaluation.predictions.reading.probability_columns import check_answers, read_probabilities
from leafgraft.evaluation.predictions.reading.records import records_table
from leafgraft.evaluation.predictions.reading.table_columns import added_columns, bad_line, check_filled, values_of
from leafgraft.evaluation.predictions.reading.tool_answers import (
    ToolAnswers,
    of_probabilities,
    texts,
    with_answers,
    with_groups,
)
from leafgraft.records.display import counted
from leafgraft.storage.files.table_file import Table

FIRST = ("path", "answer", "declined", "set", "distance")  # columns; behind them the classes, then
AFTER = "bundle"
OF_EVIDENCE = ("act", "evidence")  # behind it
KEYS = {*FIRST, AFTER, "probabilities", "evidence", "heatmap", "reason", "interval", "photos"}  # of ``--json``
UNREADABLE = "unreadable"


def is_of_bundle(names: Sequence[str]) -> bool:
    """Whether these are the columns of ``--csv``."""
    return tuple(names[: len(FIRST)]) == FIRST and AFTER in names


def table_of_bundle(path: Path, table: Table) -> ToolAnswers:
    """What ``--csv`` writes.

    Args:
        path: File to name in errors.
        table: Table with these columns, and at least one row.

    Raises:
        PredictionsError: Photos were declined: the table has no probabilities of these. Or two bundles answered, or a
            line is malformed.
    """
    end = len(table.header) - 1 - table.header[::-1].index(AFTER)
    classes, behind = table.header[len(FIRST) : end], table.header[end + 1 :]
    answered = values_of(table, "answer")
    if (row := next((row for row, one in enumerate(answered) if one and one not in classes), None)) is not None:
        raise bad_line(path, table, row, "one of its classes as each answer", f"'{answered[row]}'")
    if declined := sum(map(bool, values_of(table, "declined"))):
        raise PredictionsError(
            f"'{path}' must have the probabilities of every photo.",
            f"It was written by 'leafgraft predict --csv', which leaves out those of declined photos: {declined:,} of "
            f"{len(table.rows):,}.",
            "Compare what 'leafgraft predict --json' prints: it has them all.",
        )
    _check_bundles(path, values_of(table, AFTER).tolist())
    shares = read_probabilities(path, table, classes, classes, set())
    check_answers(path, table, answered, shares, classes)
    answers = of_probabilities(values_of(table, "path"), with_answers(shares, answered, classes), classes)
    return _with_added(path, table, [name for name in behind if name not in OF_EVIDENCE], answers)


def records_of_bundle(path: Path, records: Sequence[Mapping[str, Any]]) -> ToolAnswers | None:
    """What ``--json`` prints, a declined photo by its likeliest class; None for other records.

    Args:
        path: To name in what is said.
        records: One per photo.

    Raises:
        PredictionsError: Two bundles answered, an answer is not the likeliest, or there are no probabilities.
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
    _check_bundles(path, [str(one.get(AFTER, "")) for one in read])
    shares = checked_shares(path, np.array([[one["probabilities"][name] for name in classes] for one in read]))
    notes = []
    if declined := sum(1 for one in read if one["declined"]):
        what = counted(declined, "declined photo counts", "declined photos count")
        notes.append(f"'{path}': {what} by the likeliest class.")
    if lost := len(records) - len(read):
        notes.append(f"'{path}': {counted(lost, 'photo')} left out that could not be read.")
    answers = of_probabilities(texts(one["path"] for one in read), shares, texts(classes).tolist())
    added = list(dict.fromkeys(name for one in read for name in one if name not in KEYS))
    told = [{name: one.get(name) for name in ("path", "answer", *added)} for one in read]
    table = records_table(path, told)
    given = texts(one.get("answer") or likeliest for one, likeliest in zip(read, answers.predicted, strict=True))
    check_answers(path, table, given, shares, answers.classes)
    return _with_added(path, table, added, replace(answers, notes=tuple(notes)))


def _check_bundles(path: Path, bundles: Sequence[str]) -> None:
    first = bundles[0]
    if other := next((one for one in bundles if one != first), None):
        raise PredictionsError(
            f"'{path}' must hold answers of one bundle.",
            f"It has some of '{first}' and some of '{other}'.",
            "Write a file for each bundle.",
        )


def _with_added(path: Path, table: Table, names: Sequence[str], answers: ToolAnswers) -> ToolAnswers:
    """The same with the true classes, groups and places that a person added."""
    found = added_columns(names)
    check_filled(path, table, found)
    place = values_of(table, found.place) if found.place else None
    notes = (f"'{path}': not used: {', '.join(found.others)}.",) if found.others else ()
    answers = replace(answers, label=values_of(table, found.label), place=place, notes=(*answers.notes, *notes))
    return with_groups(path, answers, values_of(table, found.group).tolist()) if found.group else answers
