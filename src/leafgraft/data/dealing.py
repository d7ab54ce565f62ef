"""Groups of photos dealt out to parts: by class and place, seeded, each part near its share."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import Fold, SplitPlan


def units_of(photos: Sequence[Photo], plan: SplitPlan) -> dict[tuple[str, str], list[list[Photo]]]:
    """Groups of photos by class and place; every photo alone if groups are not kept."""
    groups: dict[str, list[Photo]] = {}
    for photo in photos:
        groups.setdefault(photo.group if plan.keep_groups else photo.photo_id, []).append(photo)
    by_class: dict[tuple[str, str], list[list[Photo]]] = {}
    for members in groups.values():
        of = _most([photo.label for photo in members]), _most([photo.place for photo in members])
        by_class.setdefault(of, []).append(members)
    return dict(sorted(by_class.items()))


def _most(names: Sequence[str]) -> str:
    """The name that occurs most; most groups are one photo, which need not be counted."""
    return names[0] if len(names) == 1 else Counter(names).most_common(1)[0][0]


def deal(
    by_class: Mapping[tuple[str, str], list[list[Photo]]], shares: Sequence[float], seed: int, least: int = 1
) -> list[set[str]]:
    """Deal groups to parts of the given shares; return the photo ids of each part.

    Rounding of one class is made good by the next: what a part lacks is carried over, so that the parts keep
    their shares over all classes too. A part gets at least `least` groups of a class where there are enough.
    """
    generator = np.random.default_rng(seed)
    ids: list[set[str]] = [set() for _ in shares]
    carried = np.zeros(len(shares))
    for members in by_class.values():
        order = generator.permutation(len(members))
        target = np.asarray(shares) * sum(len(group) for group in members)
        parts = _deal_class([members[index] for index in order], target + np.clip(carried, -0.5, 0.5), least)
        for part, groups in enumerate(parts):
            ids[part].update(photo.photo_id for group in groups for photo in group)
        carried += target - np.array([sum(len(group) for group in groups) for groups in parts])
    return ids


def _deal_class(groups: Sequence[list[Photo]], target: NDArray[np.float64], least: int) -> list[list[list[Photo]]]:
    """Deal the groups of one class; a part that got too few takes the smallest one that another can spare."""
    parts: list[list[list[Photo]]] = [[] for _ in target]
    lacking = target.copy()
    for group in sorted(groups, key=len, reverse=True):
        part = int(np.argmax(lacking))
        parts[part].append(group)
        lacking[part] -= len(group)
    for enough in range(1, least + 1):
        for part in range(len(parts)):
            if len(parts[part]) < enough and any(len(other) > enough for other in parts):
                spare = [number for number, other in enumerate(parts) if len(other) > enough]
                giver = min(spare, key=lambda number: (len(parts[number][-1]), lacking[number]))
                parts[part].append(parts[giver].pop())
                lacking[giver] += len(parts[part][-1])
    return parts


def to_fold(manifest: Manifest, parts: Sequence[set[str]]) -> Fold:
    """Photo ids of each part in the manifest's order."""
    train, validation, test = (
        tuple(photo.photo_id for photo in manifest.photos if photo.photo_id in part) for part in parts
    )
    return Fold(train, validation, test)


def fold_of_each(labels: NDArray[Any], groups: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Fold of each photo, shape (N,), from 0 up: groups whole, classes spread over all folds as far as can be.

    A fold may be empty where groups are large. The photos that were dealt last are remembered: floors and suspected
    labels ask for the same folds.

    Args:
        labels: Class of each photo, shape (N,).
        groups: Group of each photo, shape (N,), of which there are at least `count`.
        count: Number of folds, at most the photos of the largest class.
    """
    codes = [np.unique(names, return_inverse=True)[1].astype(np.int64).tobytes() for names in (labels, groups)]
    return _deal_folds(codes[0], codes[1], count).copy()


@lru_cache(maxsize=1)
def _deal_folds(labels: bytes, groups: bytes, count: int) -> NDArray[np.int64]:
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415 - a split needs no scikit-learn

    of_label, of_group = np.frombuffer(labels, np.int64), np.frombuffer(groups, np.int64)
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=0)
    found = np.zeros(len(of_label), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class of fewer photos than folds is in some of them only
        for number, (_, out) in enumerate(folds.split(of_label, of_label, of_group)):
            found[out] = number
    return found
