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
from leafgraft.evaluation.field.picking import Candidate, choose_photos, uncertainty_of
from leafgraft.records.photo import Manifest
from leafgraft.records.pick import Pick
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.known import Adapted, Labelled
from leafgraft.study.steps.field.network import FieldNetwork
from leafgraft.study.steps.finished_study import FinishedStudy


@dataclass(frozen=True, slots=True)
class Picked:
    """What was chosen, and what was not looked at.

    Attributes:
        picks: In the order in which they are worth a label.
        photo_ids: Ids of the picks.
        not_leaves: Paths of photos that seem to show no leaf.
        at_home: Paths of photos that the study was made of.
        leaves_at_home: Paths of others that show a leaf of these, such as the same ones saved again.
        labelled: Paths of photos that have a label.
        manifest: The folder.
    """

    picks: tuple[Pick, ...]
    photo_ids: tuple[str, ...]
    not_leaves: tuple[str, ...]
    at_home: tuple[str, ...]
    leaves_at_home: tuple[str, ...]
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
    photos, finished = scanned.manifest.photos, network.finished
    features = network.features(scanned.manifest)
    passed_over = _passed_over(finished, scanned.manifest, labelled, network.shows_leaf(features))
    eligible = np.flatnonzero(~np.any(list(passed_over.values()), axis=0))
    if not len(eligible):
        raise PhotosError(
            f"'{scanned.manifest.root}' must hold photos that are worth a label.",
            "Of {photos:,}, {at_home:,} are the study's own, {leaves_at_home:,} show leaves of it, {labelled:,} have a "
            "label, {not_leaves:,} show no leaf.".format(
                photos=len(photos), **{name: int(one.sum()) for name, one in passed_over.items()}
            ),
            "Name a folder with other photos.",
        )
    probabilities = network.probabilities(features, adapted)
    uncertainty = None if adapted is None else uncertainty_of(probabilities[eligible])
    choices = [replace(one, rows=eligible[one.rows]) for one in choose_photos(features[eligible], count, uncertainty)]
    rows = _one_of_a_leaf(choices, scanned, np.flatnonzero(passed_over["labelled"]), finished.looking)
    said = [(row, *_likeliest(probabilities[row], network)) for row, _ in rows]
    picks = [
        Pick((Path(scanned.manifest.root) / photos[row].path).as_posix(), order, reason, name, share)
        for order, ((row, name, share), (_, reason)) in enumerate(zip(said, rows, strict=True), 1)
    ]
    return Picked(
        tuple(picks),
        tuple(photos[row].photo_id for row, _ in rows),
        manifest=scanned.manifest,
        **{name: tuple(photos[row].path for row in np.flatnonzero(one)) for name, one in passed_over.items()},
    )


def _passed_over(
    finished: FinishedStudy, manifest: Manifest, labelled: Sequence[Labelled], shows_leaf: NDArray[np.bool_]
) -> dict[str, NDArray[np.bool_]]:
    """Why photos are not chosen from, as `Picked` calls it: for each reason whether it holds, shape (N,)."""
    ids = np.array([photo.photo_id for photo in manifest.photos])
    at_home = np.isin(ids, [photo.photo_id for photo in finished.manifest.photos])
    alike = finished.looking.shown_in(finished.manifest, manifest)
    return {
        "not_leaves": ~shows_leaf,
        "at_home": at_home,
        "leaves_at_home": np.array([photo.path in alike for photo in manifest.photos]) & ~at_home,
        "labelled": np.isin(ids, [one.photo_id for one in labelled]),
    }


def _likeliest(probabilities_c: NDArray[np.float64], network: FieldNetwork) -> tuple[str, float]:
    best = int(probabilities_c.argmax())
    return network.trained.inputs.classes[best], float(probabilities_c[best])


def _one_of_a_leaf(
    choices: Sequence[Candidate], scanned: Scan, known: NDArray[np.int64], looking: Looking
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
