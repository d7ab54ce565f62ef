"""What a file says, before its photos are matched with those of others and its true classes are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.read.spelling import composed
from leafgraft.evaluation.metrics import Floats, Ints
from leafgraft.records.display import counted
from leafgraft.storage.files.table_file import groups_of

# What to do where the two differ.
EITHER = "Leave out the answers or the probabilities: of scikit-learn's SVC(probability=True), for one, these differ."
LIFT = 1e-6  # of a probability: more than float32 loses of its logarithm, less than anyone reads


@dataclass(frozen=True, slots=True, eq=False)
class ToolAnswers:
    """Answers of one model, or of its seeds, to N test photos.

    Attributes:
        photo: Names as written, str, shape (N,), or (0,) where the rows have none.
        predicted: Names of the classes answered, str, shape (N,).
        label: Names of the true classes, str, shape (N,), or (0,) where the file does not tell them.
        classes: Names of the classes by column of `probabilities`; none where only answers are known.
        probabilities: Rows sum to 1, shape (N, C); None where only answers are known.
        group: Group of each photo, str, shape (N,), if told; empty where it has none.
        place: Place of each photo, str, shape (N,), if told.
        seed: Shape (N,), if told.
        notes: What was left out or taken how.
        unused: Values of columns that were left out, str, shape (N,), by their names.
        folder_order: By what the tool sorts the names of class folders, and so numbers them.
    """

    photo: NDArray[np.str_]
    predicted: NDArray[np.str_]
    label: NDArray[np.str_] = field(default_factory=lambda: texts(()))
    classes: tuple[str, ...] = ()
    probabilities: Floats | None = None
    group: NDArray[np.str_] | None = None
    place: NDArray[np.str_] | None = None
    seed: Ints | None = None
    notes: tuple[str, ...] = ()
    unused: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    folder_order: Callable[[str], Any] = str


def texts(values: Iterable[object]) -> NDArray[np.str_]:
    """Values as text with composed letters, shape (N,).

    Args:
        values: Values of any kind.
    """
    return np.array([composed(str(one)) for one in values], dtype=np.str_)


def with_groups(path: Path, answers: ToolAnswers, written: Sequence[str]) -> ToolAnswers:
    """The same with the group of each photo; how many have none is noted.

    Args:
        path: File to name in the note.
        answers: Answers of N rows.
        written: What stands as the group of each row, N texts.
    """
    groups = groups_of(written)
    alone = counted(groups.count(""), "row", "rows")
    note = f"'{path}': {alone} without a group; each such photo counts as a leaf of its own."
    return replace(answers, group=texts(groups), notes=(*answers.notes, note) if "" in groups else answers.notes)


def of_probabilities(photo: NDArray[np.str_], probabilities: Floats, classes: Sequence[str]) -> ToolAnswers:
    """Answers that are the likeliest classes.

    Args:
        photo: Names of the photos as written, shape (N,).
        probabilities: Rows sum to 1, shape (N, C).
        classes: Names of the classes by column.
    """
    predicted = texts(classes[column] for column in probabilities.argmax(axis=1))
    return ToolAnswers(photo, predicted, classes=tuple(classes), probabilities=probabilities)


def ties_told(path: Path, likely_nc: NDArray[np.floating]) -> tuple[str, ...]:
    """Says in how many rows the likeliest class is not the only one, where a file tells no answer: rounding makes such.

    Args:
        path: To name in what is said.
        likely_nc: Probabilities or logits, shape (N, C).
    """
    tied = int(((likely_nc == likely_nc.max(axis=1, keepdims=True)).sum(axis=1) > 1).sum())
    if not tied:
        return ()
    rows = len(likely_nc)
    note = (
        f"'{path}': several classes are likeliest in {tied:,} of {rows:,} rows; the first by name counts as the answer."
    )
    return (note,)


def other_answer(probabilities: Floats, predicted: NDArray[np.str_], classes: Sequence[str]) -> tuple[int, str] | None:
    """The first row whose answer is none of its likeliest classes, and the likeliest; None where all answers are.

    Args:
        probabilities: Rows sum to 1, shape (N, C).
        predicted: Names of the classes answered, shape (N,).
        classes: Names of the classes by column.

    Example:
        >>> shares = np.array([[0.6, 0.4], [0.3, 0.7]])
        >>> other_answer(shares, np.array(["early", "early"]), ("early", "late"))
        (1, 'late')
    """
    answered = np.where(predicted[:, None] == texts(classes), probabilities, -1).max(axis=1, initial=-1)
    other = np.flatnonzero(answered < probabilities.max(axis=1))
    return (int(other[0]), classes[int(probabilities[other[0]].argmax())]) if other.size else None


def with_answers(probabilities: Floats, predicted: NDArray[np.str_], classes: Sequence[str]) -> Floats:
    """The same probabilities, the class answered a little likelier where rounding made others as likely.

    Args:
        probabilities: Rows sum to 1, shape (N, C).
        predicted: Names of the classes answered, shape (N,).
        classes: Names of the classes by column.
    """
    answered = predicted[:, None] == texts(classes)
    likeliest = probabilities == probabilities.max(axis=1, keepdims=True)
    lift = answered & likeliest & (likeliest.sum(axis=1, keepdims=True) > 1)
    rows = lift.any(axis=1)
    lifted = np.where(lift, probabilities * (1 + LIFT), probabilities)
    lifted[rows] /= lifted[rows].sum(axis=1, keepdims=True)
    return np.asarray(lifted)
