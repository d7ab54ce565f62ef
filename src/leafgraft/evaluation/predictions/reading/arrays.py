"""Arrays of other tools in an npz: what fastai's ``learn.get_preds`` returns, Keras' ``predict``, scikit-learn's.

Without pickles: arrays of objects are refused when the file is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.tool_answers import (
    EITHER,
    ToolAnswers,
    of_probabilities,
    other_answer,
    texts,
    ties_told,
    with_answers,
    with_groups,
)
from leafgraft.storage.files.table_file import given
from leafgraft.storage.predictions import SUM_TOLERANCE

SOFTMAX = "Take the softmax of logits first; of a network with one output p, write the columns 1 - p and p."
MEND = "Give each row one, or leave the array out."

NAMES = {
    "probabilities": ("preds", "probs", "probabilities", "y_prob", "y_score", "predictions"),
    "label": ("targs", "targets", "labels", "label", "y_true"),
    "predicted": ("decoded", "predicted", "y_pred"),
    "classes": ("vocab", "classes", "class_names", "classes_"),
    "photo": (
        *("items", "filenames", "file_paths", "filename", "photo_id", "paths"),
        *("image_paths", "fnames", "files", "ids"),
    ),
    "group": ("group",),
    "place": ("place",),
    "seed": ("seed",),
}


def is_of_another_tool(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether these arrays are answers, and not what leafgraft writes."""
    return "split" not in arrays and any(
        name in arrays for kind in ("probabilities", "predicted") for name in NAMES[kind]
    )


def read_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> ToolAnswers:
    """Answers, with the photo and the true class as far as the arrays tell.

    Args:
        path: File to name in errors.
        arrays: Arrays by name: probabilities (N, C) or answers (N,), true classes (N,), names of classes (C,), photos
            (N,), and groups, places and seeds (N,).

    Raises:
        PredictionsError: Shapes do not match, rows of probabilities do not sum to 1, or a place is missing.
    """
    called = {
        kind: next(one for one in names if one in arrays) for kind, names in NAMES.items() if {*names} & {*arrays}
    }
    if "probabilities" in called and arrays[called["probabilities"]].ndim == 1:  # classes, called predictions
        one = called.pop("probabilities")
        called.setdefault("predicted", one)
    found = {kind: _whole_numbers(arrays[name]) for kind, name in called.items()}
    rows = (*(found["probabilities"] if "probabilities" in found else found["predicted"]).shape, 0)[0]
    of_all = {kind for kind in ("group", "place", "seed") if kind in found and found[kind].ndim == 0}
    found |= {kind: _whole_numbers(np.broadcast_to(found[kind], rows)) for kind in of_all}
    _check_shapes(path, found)
    answers = _answers(path, found)
    place = _filled_places(path, found["place"]) if "place" in found else None
    seed = _seeds(path, found["seed"]) if "seed" in found else None
    others = [name for name in arrays if name not in called.values()]
    notes = (f"'{path}': not used: {', '.join(others)}.",) if others else ()
    unused = {name: texts(arrays[name].tolist()) for name in others if arrays[name].shape == (rows,)}
    answers = replace(answers, place=place, seed=seed, notes=(*answers.notes, *notes), unused=unused)
    return with_groups(path, answers, texts(found["group"].tolist()).tolist()) if "group" in found else answers


def _answers(path: Path, found: Mapping[str, NDArray[Any]]) -> ToolAnswers:
    classes, photo = (texts(found[kind].tolist() if kind in found else ()) for kind in ("classes", "photo"))
    label = _names(path, found["label"], classes) if "label" in found else texts(())
    if "probabilities" not in found:
        return ToolAnswers(photo, _names(path, found["predicted"], classes), label)
    shares = checked_shares(path, found["probabilities"])
    names = classes.tolist() or [str(number) for number in range(shares.shape[1])]
    if "predicted" in found:
        predicted = _names(path, found["predicted"], classes)
        if other := other_answer(shares, predicted, names):
            row, likeliest = other
            told = f"Row {row + 1} has '{predicted[row]}' as its answer, and '{likeliest}' as the likeliest class."
            raise PredictionsError(f"Answers and probabilities of '{path}' must agree.", told, EITHER)
        shares = with_answers(shares, predicted, names)
    return replace(of_probabilities(photo, shares, names), label=label, notes=ties_told(path, shares))


def _whole_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """The same, as whole numbers where one per row is told as 0.0 and 1.0, or as false and true."""
    if (
        values.ndim == 1
        and values.dtype.kind in "bf"
        and np.isfinite(values).all()
        and (values == np.round(values)).all()
    ):
        return values.astype(np.int64)
    return values


def _filled_places(path: Path, values: NDArray[Any]) -> NDArray[np.str_]:
    told = texts(values.tolist())
    lacking = next((row for row, one in enumerate(told.tolist(), 1) if not given(one)), None)
    if lacking is not None:
        asked = f"The array 'place' of '{path}' must have a value in every row."
        raise PredictionsError(asked, f"Row {lacking} has none.", MEND)
    return told


def _seeds(path: Path, values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind not in "iu":
        found = f"They are {values.dtype}."
        raise PredictionsError(f"Seeds of '{path}' must be whole numbers.", found, "Number the seeds 0, 1, 2, ...")
    return values.astype(np.int64)


def _check_shapes(path: Path, found: Mapping[str, NDArray[Any]]) -> None:
    answers = found["probabilities"] if "probabilities" in found else found["predicted"]
    rows, columns = (*answers.shape, 0, 0)[:2]
    wanted = dict.fromkeys(("label", "predicted", "photo", "group", "place", "seed"), (rows,))
    shapes = {
        **wanted,
        "probabilities": (rows, columns),
        "classes": (columns,) if columns else found.get("classes", answers).shape,
    }
    for kind, array in found.items():
        if array.shape != shapes[kind]:
            raise PredictionsError(
                f"The array of each photo's {kind} in '{path}' must have shape {shapes[kind]}.",
                f"It has {array.shape}.",
                "One row per photo, one column per class, in the same order in all arrays.",
            )


def _names(path: Path, values: NDArray[Any], classes: NDArray[np.str_]) -> NDArray[np.str_]:
    """Class of each row by name; by number where no names are told."""
    if values.dtype.kind == "f":
        raise PredictionsError(
            f"Classes and answers of '{path}' must be names or whole numbers.",
            f"They are numbers such as {values[~np.isfinite(values) | (values != np.round(values))][0]:.4g}.",
            SOFTMAX,
        )
    if values.dtype.kind not in "iu" or not len(classes):
        return texts(values.tolist())
    if len(values) and not 0 <= values.min() <= values.max() < len(classes):
        raise PredictionsError(
            f"Classes of '{path}' must be numbered from 0 to {len(classes) - 1}.",
            f"They reach from {values.min()} to {values.max()}.",
            "Name every class, in the order of the numbers.",
        )
    return np.asarray(classes[values])


def checked_shares(path: Path, written: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities as float64, every row divided by its sum, shape (N, C).

    Args:
        path: File to name in errors.
        written: What the file holds as probabilities, shape (N, C).

    Raises:
        PredictionsError: They are no probabilities.
    """
    asked = f"Probabilities of each photo in '{path}' must lie between 0 and 1, and sum to 1."
    if written.dtype.kind != "f":
        raise PredictionsError(asked, f"They are {written.dtype}.", SOFTMAX)
    sums = written.sum(axis=1, dtype=np.float64)
    if (written < 0).any() or not (np.abs(sums - 1) <= SUM_TOLERANCE).all():
        raise PredictionsError(asked, f"They sum to {sums.min():.3g} to {sums.max():.3g}.", SOFTMAX)
    return np.asarray(written / sums[:, None], dtype=np.float64)
