"""Choose the photos of an unlabelled folder that are most worth a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.read.folder import read_unlabelled
from leafgraft.data.read.scan import Scan
from leafgraft.errors import PhotosError
from leafgraft.evaluation.field.picking import Choice, choose, uncertainty_of
from leafgraft.records.photo import Manifest
from leafgraft.records.pick import Pick
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.known import Adapted, Labelled
from leafgraft.study.steps.field.network import FieldNetwork


@dataclass(frozen=True, slots=True)
class Picked:
    """What was chosen, and what was not looked at.

    Attributes:
        picks: In the order in which they are worth a label.
        photo_ids: Of the picks.
        not_leaves: Paths of photos that seem to show no leaf.
        at_home: Paths of photos that the study was made of.
        labelled: Paths of photos that have a label.
        manifest: The folder.
    """

    picks: tuple[Pick, ...]
    photo_ids: tuple[str, ...]
    not_leaves: tuple[str, ...]
    at_home: tuple[str, ...]
    labelled: tuple[str, ...]
    manifest: Manifest


def look_at_unlabelled(folder: Path, looking: Looking) -> Scan:
    """Read all photos of a folder, whatever folders they lie in; copies and what cannot be read are left out and said.

    Raises:
        PhotosError: It holds no photo that can be read.
    """
    return looking.scan(read_unlabelled(folder), least_classes=1)


def pick_photos(
    network: FieldNetwork, scanned: Scan, labelled: Sequence[Labelled], adapted: Adapted | None, count: int
) -> Picked:
    """Choose from what is new, shows a leaf, and has no label yet.

    Args:
        network: Whose features are clustered, and whose answer is suggested.
        scanned: The folder.
        labelled: Photos that have a label.
        adapted: The head that learned from them, if there is one.
        count: Labels to give.

    Raises:
        PhotosError: No photo is left to choose from.
    """
    photos = scanned.manifest.photos
    home = {photo.photo_id for photo in network.finished.manifest.photos}
    known = {one.photo_id for one in labelled}
    features = network.features(scanned.manifest)
    leaf = network.shows_leaf(features)
    ids = [photo.photo_id for photo in photos]
    open_to_choice = np.array([one not in home and one not in known for one in ids]) & leaf
    eligible = np.flatnonzero(open_to_choice)
    if not len(eligible):
        raise PhotosError(
            f"'{scanned.manifest.root}' must hold photos that are worth a label.",
            f"Of {len(photos):,}, {sum(one in home for one in ids):,} are the study's own, "
            f"{sum(one in known for one in ids):,} have a label, {int((~leaf).sum()):,} show no leaf.",
            "Name a folder with other photos.",
        )
    probabilities = network.probabilities(features, adapted)
    uncertainty = None if adapted is None else uncertainty_of(probabilities[eligible])
    choices = [replace(one, rows=eligible[one.rows]) for one in choose(features[eligible], count, uncertainty)]
    rows = _one_of_a_leaf(choices, scanned, np.flatnonzero([one in known for one in ids]), network.finished.looking)
    said = [(row, *_likeliest(probabilities[row], network)) for row, _ in rows]
    picks = [
        Pick((Path(scanned.manifest.root) / photos[row].path).as_posix(), order, reason, name, share)
        for order, ((row, name, share), (_, reason)) in enumerate(zip(said, rows, strict=True), 1)
    ]
    return Picked(
        tuple(picks),
        tuple(ids[row] for row, _ in rows),
        tuple(photo.path for photo, shows in zip(photos, leaf, strict=True) if not shows),
        tuple(photo.path for photo in photos if photo.photo_id in home),
        tuple(photo.path for photo in photos if photo.photo_id in known),
        scanned.manifest,
    )


def _likeliest(probabilities_c: NDArray[np.float64], network: FieldNetwork) -> tuple[str, float]:
    best = int(probabilities_c.argmax())
    return network.trained.inputs.classes[best], float(probabilities_c[best])


def _one_of_a_leaf(
    choices: Sequence[Choice], scanned: Scan, known: NDArray[np.int64], looking: Looking
) -> list[tuple[int, str]]:
    """Of each choice the first photo whose leaf is not among those before, nor among the labelled ones."""
    near = [int(row) for one in choices for row in one.rows]
    rows = sorted({*near, *known.tolist()})
    grouped = looking.groups(scanned.rows(rows)).manifest.photos
    group_of = {row: photo.group for row, photo in zip(rows, grouped, strict=True)}
    taken = {group_of[int(row)] for row in known}
    found = []
    for choice in choices:
        free = next((int(row) for row in choice.rows if group_of[int(row)] not in taken), None)
        if free is not None:
            taken.add(group_of[free])
            found.append((free, choice.reason))
    return found
