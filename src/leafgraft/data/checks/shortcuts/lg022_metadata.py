"""File properties that give the class away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.records.display import plural
from leafgraft.records.finding import Finding

CODE = "LG022"
STRONG = 0.5
LEAST_PHOTOS = 30


def check(inputs: AuditInputs) -> Finding | None:
    """File properties that give the class away."""
    labels = np.array([photo.label for photo in inputs.manifest.photos])
    if len(labels) < LEAST_PHOTOS:
        return None
    strengths = {name: round(_association(values, labels), 3) for name, values in _properties(inputs).items()}
    telling = {name: strength for name, strength in strengths.items() if strength >= STRONG}
    if not telling:
        return None
    return Finding(
        CODE,
        "warning",
        f"{', '.join(telling)} of the file {plural(len(telling), 'tells', 'tell')} the class",
        (),
        {"cramers_v": strengths, "strong_from": STRONG},
        "Classes were photographed or saved in different ways. Sizes and compression leave traces in the pixels that a "
        "network can learn instead of the disease.",
        "Save all photos the same way; where they were taken differs, test on a second folder from elsewhere.",
    )


def _properties(inputs: AuditInputs) -> dict[str, NDArray[np.str_]]:
    """Properties as categories; numbers are cut into quarters."""
    pairs = list(inputs.pairs())
    return {
        "size": np.array([f"{photo.width}x{photo.height}" for photo, _ in pairs]),
        "file size": _quarters(np.array([facts.file_bytes for _, facts in pairs])),
        "camera": np.array([facts.camera for _, facts in pairs]),
        "date": np.array([facts.taken[:10] for _, facts in pairs]),
        "JPEG quality": np.array([str(facts.jpeg_quality) for _, facts in pairs]),
        "colour mode": np.array([facts.mode for _, facts in pairs]),
    }


def _quarters(values: NDArray[np.int64]) -> NDArray[np.str_]:
    return np.digitize(values, np.quantile(values, (0.25, 0.5, 0.75))).astype(np.str_)


def _association(values: NDArray[np.str_], labels: NDArray[np.str_]) -> float:
    """Bias-corrected Cramér's V: 0 for none, 1 if the one tells the other. Source: Bergsma 2013."""
    _, columns = np.unique(values, return_inverse=True)
    _, rows = np.unique(labels, return_inverse=True)
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    if min(table.shape) < 2:
        return 0.0
    count = table.sum()
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / count
    phi = ((table - expected) ** 2 / expected).sum() / count
    free_rows, free_columns = (size - (size - 1) ** 2 / (count - 1) for size in table.shape)
    free = (table.shape[0] - 1) * (table.shape[1] - 1) / (count - 1)
    least = min(free_rows, free_columns) - 1
    return float(np.sqrt(max(0.0, phi - free) / least)) if least > 0 else 0.0
