"""Arrays of other tools in an npz: what fastai's ``learn.get_preds`` returns, Keras' ``predict``, scikit-learn's.

Without pickles: arrays of objects are refused when the file is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, of_probabilities, texts, with_answers
from leafgraft.storage.predictions import SUM_TOLERANCE

NAMES = {
    "probabilities": ("preds", "probs", "probabilities", "y_prob", "y_score", "predictions"),
    "label": ("targs", "targets", "labels", "label", "y_true"),
    "predicted": ("decoded", "predicted", "y_pred"),
    "classes": ("vocab", "classes", "class_names", "classes_"),
    "photo": ("items", "filenames", "file_paths", "filename", "photo_id", "paths"),
}


def is_of_another_tool(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether these arrays are answers, and not what leafgraft writes."""
    return "split" not in arrays and any(
        name in arrays for kind in ("probabilities", "predicted") for name in NAMES[kind]
    )


def read_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> ToolAnswers:
    """Answers, with the photo and the true class as far as the arrays tell.

    Args:
        path: To name in errors.
        arrays: By name: probabilities (N, C) or answers (N,), true classes (N,), names of classes (C,), photos (N,).

    Raises:
        PredictionsError: Shapes do not match, or rows of probabilities do not sum to 1.
    """
    found = {kind: array for kind, names in NAMES.items() if (array := _first(arrays, names)) is not None}
    if "probabilities" in found and found["probabilities"].ndim == 1:  # classes, called predictions
        found["predicted"] = found.pop("probabilities")
    _check_shapes(path, found)
    classes = texts(found["classes"].tolist()) if "classes" in found else texts(())
    photo = texts(found["photo"].tolist()) if "photo" in found else texts(())
    label = _names(path, found["label"], classes) if "label" in found else texts(())
    if "probabilities" not in found:
        return ToolAnswers(photo, _names(path, found["predicted"], classes), label)
    shares = _shares(path, found["probabilities"])
    names = classes.tolist() or [str(number) for number in range(shares.shape[1])]
    if "predicted" in found:
        shares = with_answers(shares, _names(path, found["predicted"], classes), names)
    return replace(of_probabilities(photo, shares, names), label=label)


def _first(arrays: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[Any] | None:
    return next((arrays[one] for one in names if one in arrays), None)


def _check_shapes(path: Path, found: Mapping[str, NDArray[Any]]) -> None:
    answers = found["probabilities"] if "probabilities" in found else found["predicted"]
    rows, columns = (*answers.shape, 0, 0)[:2]
    wanted = dict.fromkeys(("label", "predicted", "photo"), (rows,))
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
    if values.dtype.kind not in "iu" or not len(classes):
        return texts(values.tolist())
    if len(values) and not 0 <= values.min() <= values.max() < len(classes):
        raise PredictionsError(
            f"Classes of '{path}' must be numbered from 0 to {len(classes) - 1}.",
            f"They reach from {values.min()} to {values.max()}.",
            "Name every class, in the order of the numbers.",
        )
    return np.asarray(classes[values])


def _shares(path: Path, given: NDArray[Any]) -> NDArray[np.float64]:
    """Rows that sum to 1."""
    asked = f"Probabilities of each photo in '{path}' must lie between 0 and 1, and sum to 1."
    mend = "Take the softmax of logits first; of a network with one output p, write the columns 1 - p and p."
    if given.dtype.kind != "f":
        raise PredictionsError(asked, f"They are {given.dtype}.", mend)
    sums = given.sum(axis=1, dtype=np.float64)
    if (given < 0).any() or not (np.abs(sums - 1) <= SUM_TOLERANCE).all():
        raise PredictionsError(asked, f"They sum to {sums.min():.3g} to {sums.max():.3g}.", mend)
    return np.asarray(given / sums[:, None], dtype=np.float64)
