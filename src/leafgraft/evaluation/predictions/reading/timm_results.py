"""What timm's inference.py writes: per photo the k likeliest classes, by number or name, with probabilities or logits.

Source: huggingface/pytorch-image-models, ``inference.py``: ``--results-format csv json json-records json-split``,
``--topk``, ``--include-index``, ``--label-type``, ``--results-separate-col``, ``--fullname``; ``utils/misc.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.read.spelling import composed, plain_path
from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.photo_names import folder_of
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, of_probabilities, texts
from leafgraft.records.display import first_of
from leafgraft.storage.files.table_file import number_of
from leafgraft.storage.predictions import SUM_TOLERANCE

PHOTO = "filename"
COLUMN = re.compile(r"(index|label|prob|logit)(?:_(\d+))?")
SHOWN = 5
ROUNDED = 0.01  # what rounding takes from a probability at most
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def is_timm(header: Iterable[str]) -> bool:
    """Whether these columns are those of inference.py, and no others: all of them numbered, or none."""
    others = [name for name in header if name != PHOTO]
    matches = [COLUMN.fullmatch(name) for name in others]
    alike = len({bool(one and one[2]) for one in matches}) == 1
    return (
        len(others) < len(list(header))
        and alike
        and all(matches)
        and any(one and one[1] in "prob logit" for one in matches)
    )


def read_timm_json(path: Path) -> ToolAnswers:
    """Read ``--results-format json`` (by photo) or ``json-split`` (columns and rows).

    Raises:
        PredictionsError: It is no JSON, or none that inference.py writes.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        columns = _columns(plain)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, StopIteration) as error:
        raise _unlike(path, "It is something else, or damaged.") from error
    if not is_timm(columns):
        if all(isinstance(one, dict) and "0" in one for one in plain.values()):
            raise PredictionsError(
                f"'{path}' must hold one object per photo.",
                f"It is a table of pandas by columns ({first_of(list(plain), SHOWN)}), as to_json() writes it.",
                "Write it with to_json(..., orient='records'), or as CSV.",
            )
        raise _unlike(path, f"It names {first_of(list(columns), SHOWN) or 'nothing'}.")
    return read_timm(path, columns)


def _columns(plain: Any) -> dict[str, list[Any]]:
    if "columns" in plain and "data" in plain:
        return {name: [row[at] for row in plain["data"]] for at, name in enumerate(plain["columns"])}
    names = list(next(iter(plain.values())))
    return {PHOTO: list(plain), **{name: [row[name] for row in plain.values()] for name in names}}


def _unlike(path: Path, found: str) -> PredictionsError:
    asked = f"'{path}' must be JSON as timm's inference.py writes it (--results-format json), with filename and prob."
    return PredictionsError(asked, found, "Write it with that, or as CSV.")


def read_timm(path: Path, columns: Mapping[str, Sequence[Any]], delimiter: str = ",") -> ToolAnswers:
    """Answers, with probabilities where all classes are listed for every photo.

    Args:
        path: File to name in errors.
        columns: Cells by name of the column, of names that `is_timm` takes; cells are numbers, texts, or lists of
            these, as lists or as numpy prints them.
        delimiter: What separates the columns of a table: where it is no comma, a comma may be decimal.

    Raises:
        PredictionsError: No class is told, or a line is malformed.
    """
    if not len(next(iter(columns.values()), ())):
        raise PredictionsError(f"'{path}' must hold one line per photo.", "It has none.", "Write the predictions.")
    return replace(_answers(path, texts(columns[PHOTO]), columns, delimiter), folder_order=_numbers_apart)


def _numbers_apart(name: str) -> list[int | str]:
    """As timm sorts folders: capital letters as small ones, and leaf2 before leaf10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name.lower())]


def _answers(path: Path, photo: NDArray[np.str_], columns: Mapping[str, Sequence[Any]], delimiter: str) -> ToolAnswers:
    outputs, shares = _outputs(path, columns, delimiter)
    numbers, labels = _stacked(columns, "index", _texts), _stacked(columns, "label", _texts)
    if names := labels or numbers:
        answers = _of_likeliest(path, photo, names, outputs, shares)
        return answers if numbers or outputs.shape[1] > 1 else _labels_as_answers(path, answers, shares)
    falling = bool((np.diff(outputs, axis=1) <= 0).all())  # as the k likeliest are listed
    if outputs.shape[1] < 2 or falling:
        raise PredictionsError(
            f"'{path}' must tell which classes the probabilities are of.",
            "It has neither the column 'label' nor 'index'.",
            "Run inference.py again with --include-index, or with --topk 0 for all classes; of a network with one "
            "output p, write two columns of probability, 1 - p and p, named by their classes.",
        )
    if shares is None:
        exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        shares = np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))
    else:
        _check_sums(path, shares)
    return of_probabilities(photo, shares, [str(number) for number in range(outputs.shape[1])])


def _outputs(path: Path, columns: Mapping[str, Sequence[Any]], delimiter: str) -> tuple[Floats, Floats | None]:
    """Probabilities or logits, shape (N, K), and again the probabilities, if they are these."""
    for kind in ("prob", "logit"):
        written = _stacked(columns, kind, _texts)
        if written is None:
            continue
        lines = [_numbers(path, kind, *one, delimiter) for one in zip(columns[PHOTO], written, strict=True)]
        if len({len(line) for line in lines}) != 1 or not np.isfinite(np.array(lines)).all():
            found = "It has more for some photos than for others, or one that is not finite."
            raise PredictionsError(f"'{path}' must hold as many numbers per photo.", found, "Write the file anew.")
        outputs = np.array(lines, dtype=np.float64)
        return outputs, outputs if kind == "prob" else None
    raise AssertionError  # is_timm saw one of them


def _numbers(path: Path, kind: str, photo: object, cells: Sequence[str], delimiter: str) -> list[float]:
    try:
        return [number_of(one, delimiter) for one in cells]
    except ValueError as error:
        found = f"Photo {photo} has '{', '.join(cells)}'."
        raise PredictionsError(f"'{path}' must hold numbers under '{kind}'.", found, "Write the file anew.") from error


def _stacked(columns: Mapping[str, Sequence[Any]], kind: str, parse: Any) -> list[list[Any]] | None:
    """Lists of one kind, photo by photo, from one column of lists or from a column for each place; None without."""
    if kind in columns:
        return [parse(cell) for cell in columns[kind]]
    found = sorted((int(match[2]), name) for name in columns if (match := COLUMN.fullmatch(name)) and match[1] == kind)
    if not found:
        return None
    return [[parse(columns[name][row])[0] for _, name in found] for row in range(len(columns[found[0][1]]))]


def _texts(cell: Any) -> list[str]:
    """Parts of a cell: a list, what numpy prints of one, or a single value."""
    if isinstance(cell, list):
        return [composed(str(one)) for one in cell] or [""]
    text = composed(str(cell)).strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [text]
    quoted = [one or other for one, other in QUOTED.findall(text)]
    return quoted or text[1:-1].replace(",", " ").split() or [""]


def _of_likeliest(
    path: Path, photo: NDArray[np.str_], names: Sequence[Sequence[str]], outputs: Floats, shares: Floats | None
) -> ToolAnswers:
    """From the k likeliest classes of each photo."""
    if any(len(line) != outputs.shape[1] for line in names):
        found = "Their numbers differ."
        raise PredictionsError(f"'{path}' must hold a class for each number.", found, "Write the file anew.")
    classes = tuple(sorted(set(names[0])))
    alike = len(classes) > 1 and all(sorted(line) == list(classes) for line in names)
    if shares is not None and alike and bool((np.abs(shares.sum(axis=1) - 1) <= SUM_TOLERANCE).all()):
        order = np.array([[line.index(name) for name in classes] for line in names])
        return of_probabilities(photo, np.take_along_axis(shares, order, axis=1), classes)
    return ToolAnswers(photo, texts(line[0] for line in names))


def _labels_as_answers(path: Path, answers: ToolAnswers, shares: Floats | None) -> ToolAnswers:
    """The same of ``filename,label,prob``, where people write the true class: it is said, and refused if it must be."""
    folders = {folder_of(plain_path(name)) for name in answers.photo.tolist()} - {""}
    classes = {*answers.predicted.tolist(), *folders}
    least = 1.0 if shares is None else float(shares.min())
    if len(classes) > 1 and least < 1 / len(classes) - ROUNDED:
        raise PredictionsError(
            f"Probabilities of '{path}' must be those of the class under 'label', as timm writes them.",
            f"One is {least:.3g}: of {len(classes)} classes, the likeliest has {1 / len(classes):.2g} or more.",
            "If 'label' is the true class, call it 'y_true', and write one column of probability per class (of one "
            "output p: 1 - p and p). If it is the answer, call it 'predicted'.",
        )
    note = f"'{path}': 'label' is taken as the answer, as timm writes it; if it is the true class, call it 'y_true'."
    return replace(answers, notes=(*answers.notes, note))


def _check_sums(path: Path, shares: Floats) -> None:
    sums = shares.sum(axis=1)
    if (shares < 0).any() or (np.abs(sums - 1) > SUM_TOLERANCE).any():
        raise PredictionsError(
            f"Probabilities of each photo in '{path}' must sum to 1.",
            f"They sum to {sums.min():.3g} to {sums.max():.3g}.",
            "Run inference.py with --topk 0 for all classes, or with --include-index.",
        )
