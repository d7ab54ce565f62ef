"""Does the exported graph say what the trained network says, from the bytes of a file on?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from leafgraft.errors import BundleError
from leafgraft.evaluation.metrics import Floats
from leafgraft.export.graph import DISTANCE, PROBABILITIES

TOLERANCE = 1e-3
AT_ONCE = 16
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the graph is from what it was compared with.

    Attributes:
        photos: Compared.
        same_class: Those of them with the same class on top.
        largest_difference: Largest difference of a probability.
        tolerance: Largest difference that is allowed.
    """

    photos: int
    same_class: int
    largest_difference: float
    tolerance: float = TOLERANCE


def open_session(model: bytes) -> onnxruntime.InferenceSession:
    """Load a graph as `leafgraft predict` does for many photos: one thread for each of several at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def answer_all(
    session: onnxruntime.InferenceSession, photos: Iterable[Pixels], advance: Callable[[int], None]
) -> tuple[Floats, Floats]:
    """Probabilities of shape (N, C) and distances of shape (N,) of photos of any size."""

    def answer(photo: Pixels) -> tuple[NDArray[np.float32], float]:
        shares, distance = session.run([PROBABILITIES, DISTANCE], {"photo": photo})
        return shares, float(distance[0])

    probabilities, distances, coming = [], [], iter(photos)
    with ThreadPoolExecutor() as threads:
        while waiting := list(islice(coming, AT_ONCE)):  # a folder of large photos is never held whole
            for shares, distance in threads.map(answer, waiting):
                probabilities.append(shares)
                distances.append(distance)
                advance(1)
    return np.array(probabilities, dtype=np.float64), np.array(distances, dtype=np.float64)


def check_parity(graph_nc: Floats, network_nc: Floats, paths: list[str], classes: tuple[str, ...], what: str) -> Parity:
    """Compare probabilities row by row.

    Args:
        graph_nc: What the graph says.
        network_nc: What it must say.
        paths: Photo of each row.
        classes: Name of each column.
        what: What it is compared with, in words.

    Raises:
        BundleError: A photo has another class on top, or a probability differs by more than 0.001.
    """
    differences = np.abs(graph_nc - network_nc)
    same = graph_nc.argmax(axis=1) == network_nc.argmax(axis=1)
    bad = ~same | (differences.max(axis=1) > TOLERANCE)
    if bad.any():
        rows = np.flatnonzero(bad)
        row = rows[differences[rows].max(axis=1).argmax()]
        column = int(differences[row].argmax())
        raise BundleError(
            f"The exported graph must agree with {what}: the same class for every photo, and probabilities within "
            f"{TOLERANCE:g}.",
            f"{len(rows):,} of {len(paths):,} photos differ, most of all '{paths[row]}': {classes[column]} "
            f"{graph_nc[row, column]:.4f} instead of {network_nc[row, column]:.4f} "
            f"(a difference of {differences[row, column]:.4f}).",
            "Nothing was exported. Run the study again if its weights or photos were changed; else report this.",
        )
    return Parity(len(paths), int(same.sum()), float(differences.max()))
