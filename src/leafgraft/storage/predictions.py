"""The predictions file: the waist between training and everything after it."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.storage.files.atomic import write_npz


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What one trial says of its validation and test photos.

    Attributes:
        photo_id: Photo ids, str, shape (N,).
        split: ``validation`` or ``test``, str, shape (N,).
        label: Index into `classes`, int64, shape (N,).
        logits: Unnormalised log-probabilities, float32, shape (N, C).
        classes: Class names, str, shape (C,).
        group: Group of each photo, str, shape (N,).
        place: Place of each photo, str, shape (N,); None where photos have no place.
    """

    photo_id: NDArray[np.str_]
    split: NDArray[np.str_]
    label: NDArray[np.int64]
    logits: NDArray[np.float32]
    classes: NDArray[np.str_]
    group: NDArray[np.str_]
    place: NDArray[np.str_] | None = None

    def rows(self, split: str) -> Predictions:
        """Only the rows of one split, in their order."""
        return self.only(self.split == split)

    def only(self, keep: NDArray[np.bool_]) -> Predictions:
        """Some of the rows, in their order."""
        return Predictions(
            self.photo_id[keep],
            self.split[keep],
            self.label[keep],
            self.logits[keep],
            self.classes,
            self.group[keep],
            None if self.place is None else self.place[keep],
        )

    def grouped(self, group_of: Mapping[str, str]) -> Predictions:
        """The same rows in other groups, by photo id."""
        group = np.array([group_of[photo_id] for photo_id in self.photo_id.tolist()], dtype=np.str_)
        return replace(self, group=group)

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Softmax of the logits, float64, shape (N, C); rows sum to 1."""
        shifted = self.logits.astype(np.float64)
        shifted -= shifted.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


_KINDS = {"photo_id": "U", "split": "U", "label": "iu", "logits": "f", "classes": "U", "group": "U", "place": "U"}
OPTIONAL = ("group", "place")


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write `predictions` atomically as npz without pickles."""
    arrays = {name: getattr(predictions, name) for name in _KINDS}
    write_npz(path, {name: array for name, array in arrays.items() if array is not None})


def read_predictions(path: Path) -> Predictions:
    """Read and check a predictions file; ``group`` may be absent (every photo is then its own group), and ``place``.

    Another tool may write ``probabilities`` in place of ``logits``.

    Raises:
        PredictionsError: Not an npz, arrays missing or of the wrong kind or shape, logits not finite.
    """
    arrays = load_arrays(path)
    if "probabilities" in arrays and "logits" not in arrays:
        arrays["logits"] = logits_of(_probabilities(path, arrays))
    missing = [name for name in _KINDS if name not in arrays and name not in OPTIONAL]
    if missing:
        raise PredictionsError(
            f"Predictions file '{path}' must hold {', '.join(name for name in _KINDS if name not in OPTIONAL)}.",
            f"It lacks {', '.join(missing)}.",
            "Write them with numpy.savez, or give a CSV with photo_id, label and one probability column per class.",
        )
    arrays.setdefault("group", arrays["photo_id"])
    for name, kinds in ((name, kinds) for name, kinds in _KINDS.items() if name in arrays):
        if arrays[name].dtype.kind not in kinds:
            raise PredictionsError(
                f"Array '{name}' of '{path}' must be {_WORDS[kinds]}.",
                f"It is {arrays[name].dtype}.",
                "Convert it before writing the file.",
            )
    with np.errstate(over="ignore"):  # what single precision cannot hold becomes infinite, and is refused as such
        arrays["logits"] = arrays["logits"].astype(np.float32)
    _check_shapes(path, arrays)
    _check_values(path, arrays)
    return Predictions(
        photo_id=arrays["photo_id"],
        split=arrays["split"],
        label=arrays["label"].astype(np.int64),
        logits=arrays["logits"],
        classes=arrays["classes"],
        group=arrays["group"],
        place=arrays.get("place"),
    )


SUM_TOLERANCE = 4e-3  # bfloat16 rounds each probability by up to 1/256 of it
PERCENT = 100
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)  # the logarithm of a smaller one is that of this
LARGEST_BYTES = 4 * 1024**3  # a million photos of a thousand classes
_WORDS = {"U": "text", "iu": "whole numbers", "f": "floating-point numbers"}
# What numpy, zipfile and zlib raise on files that are damaged or something else.
DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,  # also of encrypted archives, and of methods that are not implemented
    MemoryError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays of an npz by name, without pickled objects.

    Raises:
        PredictionsError: There is no such file, or it cannot be read so.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            size = sum(member.file_size for member in file.zip.infolist())
            if size > LARGEST_BYTES:  # a few megabytes of zip can hold a thousand times as much
                raise _too_large(path, size)
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise PredictionsError(f"'{path}' must be a file.", "There is none.", "Check the path.") from None
    except DAMAGED as error:
        if "Object arrays" in str(error):  # numpy takes any other file for a pickle
            raise PredictionsError(
                f"'{path}' must hold arrays of numbers or text.",
                "One holds Python objects, such as paths: opening it can run any code, so it was left closed.",
                "Save text: items=[str(one) for one in items].",
            ) from None
        raise PredictionsError(
            f"'{path}' must be a predictions file (npz without pickled objects).",
            f"The system said: {error.strerror}."
            if isinstance(error, OSError) and error.strerror
            else "It cannot be read: it is something else, or damaged.",
            "Write it with numpy.savez from plain arrays.",
        ) from error
    return {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}  # others are no arrays


def _too_large(path: Path, size: int) -> PredictionsError:
    return PredictionsError(
        f"'{path}' must unpack to at most {LARGEST_BYTES:,} bytes.",
        f"It unpacks to {size:,}.",
        "Leave out arrays that are not needed, and split it by seed.",
    )


def _check_shapes(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    rows, classes = arrays["photo_id"].size, arrays["classes"].size
    wanted = dict.fromkeys(("photo_id", "split", "label", *(name for name in OPTIONAL if name in arrays)), (rows,))
    shapes: dict[str, tuple[int, ...]] = {"classes": (classes,), **wanted, "logits": (rows, classes)}
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise PredictionsError(
                f"Array '{name}' of '{path}' must have shape {shape}.",
                f"It has {arrays[name].shape}.",
                "One row per photo, one column per class.",
            )


def _check_values(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    names = arrays["classes"].tolist()
    if len(set(names)) < max(2, len(names)):
        raise PredictionsError(
            f"'{path}' must have two or more classes of different names.",
            f"It has {', '.join(names) or 'none'}.",
            "One name per column of 'logits'.",
        )
    if not np.isfinite(arrays["logits"]).all():
        raise PredictionsError(
            f"Logits of '{path}' must be finite.",
            "Some are not-a-number or infinite.",
            "Leave those rows out, or retrain.",
        )
    label = arrays["label"]
    if label.size and (label.min() < 0 or label.max() >= len(names)):
        raise PredictionsError(
            f"Labels of '{path}' must lie between 0 and {len(names) - 1}.",
            f"They reach from {label.min()} to {label.max()}.",
            "Labels are indices into 'classes'.",
        )


def refuse_probabilities(path: Path, predictions: Predictions) -> None:
    """Refuse what another tool wrote as logits and is none.

    Raises:
        PredictionsError: They are probabilities.
    """
    if predictions.logits.size and _are_probabilities(predictions.logits):
        raise PredictionsError(
            f"Array 'logits' of '{path}' must hold unnormalised log-probabilities.",
            "It holds probabilities: no number is negative, and every row sums to 1.",
            "Call the array 'probabilities'.",
        )
    if predictions.logits.size and _are_probabilities(predictions.logits / PERCENT):
        raise PredictionsError(
            f"Array 'logits' of '{path}' must hold unnormalised log-probabilities.",
            "It holds probabilities in per cent: no number is negative, and every row sums to 100.",
            "Divide them by 100, and call the array 'probabilities'.",
        )


def _are_probabilities(values_nc: NDArray[Any]) -> bool:
    return bool((values_nc >= 0).all() and (np.abs(values_nc.sum(axis=1) - 1) <= SUM_TOLERANCE).all())


def logits_of(probabilities_nc: NDArray[Any]) -> NDArray[np.float32]:
    """Logits that softmax makes these probabilities of, float32, shape (N, C)."""
    logits: NDArray[np.float32] = np.log(np.clip(probabilities_nc, SMALLEST_PROBABILITY, None)).astype(np.float32)
    return logits


def _probabilities(path: Path, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The array of that name."""
    given = arrays["probabilities"]
    if given.dtype.kind != "f" or given.ndim != 2 or not _are_probabilities(given):
        raise PredictionsError(
            f"Array 'probabilities' of '{path}' must hold one row per photo that sums to 1, of numbers from 0 to 1.",
            f"It has shape {given.shape} of {given.dtype}, or a row that does not.",
            "Write what softmax gives, or the array 'logits'.",
        )
    return given
