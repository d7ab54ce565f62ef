"""Floors: accuracies that need no leaf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import ExtraTreeClassifier

from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.data.dealing import fold_of_each
from leafgraft.data.read.facts import PhotoFacts
from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.records.display import first_of
from leafgraft.records.finding import Floor

FORESTS = ("border_pixels", "colour", "background", "metadata")
FOLDS, TREES = 5, 100
LEAST_LEAVES = 2  # of each class: one to learn from, one to be asked about
SHOWN_CLASSES = 3
CHUNK = 256
BINS, CELLS = 8, 3
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FloorInputs:
    """What each floor may look at, one row per photo.

    Attributes:
        border: Colours of 8 border pixels, shape (N, 24).
        colour: Mean and deviation of red, green and blue, shape (N, 6).
        metadata: Size, file size, JPEG quality, camera, date, mode, shape (N, M).
        background: Features of the photo without its leaf, shape (N, B); None leaves that floor out.
    """

    border: Table
    colour: Table
    metadata: Table
    background: Table | None = None


def floor_inputs(facts: Sequence[PhotoFacts]) -> FloorInputs:
    """Collect what the floors look at.

    Args:
        facts: What was read of each photo, in the order of the labels.
    """
    return FloorInputs(
        border=np.array([one.border for one in facts], dtype=np.float32),
        colour=np.array([one.colour for one in facts], dtype=np.float32),
        metadata=_metadata(facts),
    )


def _metadata(facts: Sequence[PhotoFacts]) -> Table:
    numbers = [[one.width, one.height, one.file_bytes, one.jpeg_quality] for one in facts]
    words = [
        np.unique([getattr(one, name)[:10] for one in facts], return_inverse=True)[1]
        for name in ("camera", "taken", "mode")
    ]
    return np.column_stack([np.array(numbers, dtype=np.float32), *words]).astype(np.float32)


def background_features(
    photos_nhwc: NDArray[np.uint8], leaf_masks: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]
) -> Table:
    """Describe photos without their leaves: per cell of a 3 by 3 grid the mean and deviation of colour, and histograms.

    Only pixels outside the mask count, so the shape of the leaf has no part in it but through what it hides; cells
    wholly covered take the mean of all background pixels.

    Args:
        photos_nhwc: uint8, shape (N, S, S, 3).
        leaf_masks: Marks the leaf of each photo, shape (N, S, S).

    Returns:
        float32, shape (N, 3·3·6 + 3·8).
    """
    chunks = [photos_nhwc[start : start + CHUNK] for start in range(0, len(photos_nhwc), CHUNK)]
    return np.concatenate(side_by_side(lambda chunk: _describe(chunk, leaf_masks), chunks))


def _describe(photos_nhwc: NDArray[np.uint8], leaf_masks: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]) -> Table:
    outside = ~leaf_masks(photos_nhwc)
    whole = np.nan_to_num(_moments(photos_nhwc, outside, 1))
    cells = _moments(photos_nhwc, outside, CELLS)
    cells = np.where(np.isnan(cells), whole, cells)
    histograms = _histograms(photos_nhwc, outside)
    return np.concatenate([histograms, cells.reshape(len(cells), -1)], axis=1).astype(np.float32)


def _moments(photos_nhwc: NDArray[np.uint8], outside: NDArray[np.bool_], cells: int) -> NDArray[np.float64]:
    """Mean and deviation of red, green and blue of each cell, shape (N, cells * cells, 6); not a number if covered."""
    starts = np.linspace(0, photos_nhwc.shape[1], cells + 1).astype(int)[:-1]

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.add.reduceat(np.add.reduceat(values, starts, axis=1), starts, axis=2))

    weight = outside[..., None].astype(np.float64)
    colours = photos_nhwc * weight
    count = total(weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total(colours) / count
        deviation = np.sqrt(np.maximum(total(colours * photos_nhwc) / count - mean**2, 0))
    return np.concatenate([mean, deviation], axis=-1).reshape(len(photos_nhwc), cells**2, 6)


def _histograms(photos_nhwc: NDArray[np.uint8], outside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the background in each of 8 ranges of red, green and blue, shape (N, 24)."""
    rows, height, width = np.nonzero(outside)
    levels = photos_nhwc[rows, height, width].astype(np.int64) * BINS // 256
    places = (rows[:, None] * 3 + np.arange(3)) * BINS + levels
    counts = np.bincount(places.ravel(), minlength=len(photos_nhwc) * 3 * BINS).reshape(len(photos_nhwc), 3 * BINS)
    return np.asarray(counts / np.maximum(outside.sum(axis=(1, 2)), 1)[:, None])


def measure_floors(
    labels: NDArray[np.str_], groups: NDArray[np.str_], inputs: FloorInputs, places: NDArray[np.str_] | None = None
) -> dict[str, Floor]:
    """Accuracy of the largest class, and of forests of random trees that see no leaf, cross-validated by group.

    Args:
        labels: Class name of each photo, shape (N,).
        groups: Group of each photo, shape (N,).
        inputs: What the forests see.
        places: Place of each photo, shape (N,), where each is left out of learning in turn, as it is for the recipes;
            None to divide the photos at random.

    Returns:
        By name; without those that `not_measured` names.
    """
    counts = Counter(labels.tolist())
    largest = max(counts, key=lambda label: counts[label])
    floors = {"largest_class": _floor(labels == largest, groups)}
    if not_measured(labels, groups):
        return floors
    tables = dict(zip(FORESTS, (inputs.border, inputs.colour, inputs.background, inputs.metadata), strict=True))
    number = min(FOLDS, *counts.values(), len(np.unique(groups)))
    if places is None:
        fold_of = fold_of_each(labels, groups, number)
        folds = [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(number)]
    else:
        folds = [_leaving_out(places == place, groups) for place in np.unique(places)]
    seen = {name: table for name, table in tables.items() if table is not None}
    jobs = [(name, fold) for name in seen for fold in folds]
    answers = side_by_side(lambda job: _forest_answers(seen[job[0]], labels, *job[1]), jobs)
    right = {name: np.zeros(len(labels), dtype=np.bool_) for name in seen}
    for (name, (_, test)), found in zip(jobs, answers, strict=True):
        right[name][test] = found == labels[test]
    return floors | {name: _floor(one, groups) for name, one in right.items()}


def _leaving_out(out: NDArray[np.bool_], groups: NDArray[np.str_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows to learn from and rows to be asked about, of which no leaf is learned from."""
    return np.flatnonzero(~np.isin(groups, groups[out])), np.flatnonzero(out)


def not_measured(labels: NDArray[np.str_], groups: NDArray[np.str_]) -> dict[str, str]:
    """Floors that these photos cannot have, and why, by name; empty where all can be measured.

    Args:
        labels: Class name of each photo, shape (N,).
        groups: Group of each photo, shape (N,).
    """
    leaves = {str(label): len(np.unique(groups[labels == label])) for label in np.unique(labels)}
    if not (alone := [label for label, count in leaves.items() if count < LEAST_LEAVES]):
        return {}
    named = first_of([f"'{label}'" for label in alone], SHOWN_CLASSES)
    why = (
        "What border pixels, colour, background and metadata alone reach is not measured, as a floor is tested on "
        f"other leaves than it learns from: there is only one leaf of {named}."
    )
    return dict.fromkeys(FORESTS, why)


def _floor(right_n: NDArray[np.bool_], groups: NDArray[np.str_]) -> Floor:
    """With the interval that accuracies of recipes have."""
    return Floor(*share_of_groups(right_n[None], groups))


def _forest_answers(
    table: Table, labels: NDArray[np.str_], train: NDArray[np.int64], test: NDArray[np.int64]
) -> NDArray[np.str_]:
    """Class of each test photo by a forest of extremely randomised trees that has seen no photo of its group.

    The same as scikit-learn's `ExtraTreesClassifier`, tree by tree: that one changes the filters of warnings of the
    whole process, and where several run side by side, it warns of its own insides.

    Source: Geurts, Ernst and Wehenkel 2006, Extremely randomized trees, Machine Learning 63.
    """
    known, asked = table[train], table[test]
    names, codes = np.unique(labels[train], return_inverse=True)
    seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=TREES)
    shares = np.zeros((len(test), len(names)))
    for seed in seeds:
        shares += ExtraTreeClassifier(random_state=seed).fit(known, codes).predict_proba(asked)
    return np.asarray(names[shares.argmax(axis=1)])
