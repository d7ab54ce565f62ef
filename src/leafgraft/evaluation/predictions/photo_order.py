"""Rows without names: whether files may be laid side by side row by row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError

FRACTION = re.compile(r"-?\d*[.,]\d+(e-?\d+)?%?", re.IGNORECASE)  # a confidence, which every model has otherwise


def check_same_order(files: Sequence[tuple[Path, Mapping[str, NDArray[np.str_]]]]) -> None:
    """Refuse files whose rows a column that is not used tells apart, but otherwise in each.

    Args:
        files: Path of each, and its unused columns by name, shape (N,).

    Raises:
        PredictionsError: They may be in different orders.
    """
    for (path, columns), (other, others) in itertools.combinations(files, 2):
        for name in (name for name in columns if name in others):
            values, found = columns[name], others[name]
            differs = np.flatnonzero(values != found)
            shared = set(values.tolist()) & set(found.tolist())  # what names photos names mostly the same ones
            of_photos = 2 * len(shared) > len(values) and _tells_rows_apart(values) and _tells_rows_apart(found)
            if differs.size and of_photos:
                row = int(differs[0])
                raise PredictionsError(
                    f"'{path}' and '{other}' must tell which photo each row is of.",
                    f"No column is known to name photos, and '{name}' has '{values[row]}' in row {row + 1} of the "
                    f"first and '{found[row]}' in that of the other: the rows may be in another order.",
                    f"If '{name}' names the photos, call it 'filename' in all files; if not, leave it out.",
                )


def _tells_rows_apart(values: NDArray[np.str_]) -> bool:
    told = values.tolist()
    return len(set(told)) == len(told) and not any(map(FRACTION.fullmatch, told))
