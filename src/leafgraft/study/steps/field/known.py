"""What a study folder knows of the field: photos that were picked and labelled, and the head of each place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.read.spelling import place_key
from leafgraft.records.pick import RANDOM
from leafgraft.storage.study_folder import StudyFolder

PICKED, LABELLED, ADAPTED = "field/picked.json", "field/labelled.json", "field/adapted.json"
FOLDERS = "field/folders.json"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One photo of the field that has an answer.

    Attributes:
        photo_id: Id of the photo, by its bytes.
        label: A class of the study, which a head was fitted to or tested on, or that it is none, or cannot be told.
        place: Where it was taken.
    """

    photo_id: str
    label: str
    place: str


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """The head that was fitted last to a place.

    Attributes:
        place: Which; None of one that an earlier version fitted.
        trial: Key of the trial whose features it is for.
        weight: Shape (C, D).
        bias: Shape (C,).
        temperature: What its logits are divided by.
    """

    place: str | None
    trial: str
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    temperature: float


def note_picked(folder: StudyFolder, reasons: Mapping[str, str]) -> dict[str, str]:
    """Keep why each photo was picked, by photo id, and return it; one that was drawn to test with stays so."""
    before = _picked(folder)
    testing = {photo_id: reason for photo_id, reason in before.items() if reason == RANDOM}
    picked = {**before, **reasons, **testing}
    folder.write_json(PICKED, picked)
    return picked


def note_folder(folder: StudyFolder, unlabelled: Path) -> None:
    """Keep where photos were picked from, the last one first."""
    own = str(unlabelled.resolve())
    folder.write_json(FOLDERS, {"folders": [own, *(str(one) for one in folders_looked_at(folder) if str(one) != own)]})


def folders_looked_at(folder: StudyFolder) -> tuple[Path, ...]:
    """Where photos were picked from, the last one first."""
    return tuple(Path(one) for one in folder.read_json(FOLDERS)["folders"]) if folder.has(FOLDERS) else ()


def testing_ids(folder: StudyFolder) -> frozenset[str]:
    """Photos that were drawn at random to test with: no head is fitted to their labels."""
    return frozenset(photo_id for photo_id, reason in _picked(folder).items() if reason == RANDOM)


def _picked(folder: StudyFolder) -> dict[str, str]:
    return folder.read_json(PICKED) if folder.has(PICKED) else {}


def note_labelled(folder: StudyFolder, labelled: Sequence[Labelled]) -> None:
    """Keep which photos have a label; a later label of a photo counts."""
    known = {one.photo_id: one for one in (*read_labelled(folder), *labelled)}
    folder.write_json(LABELLED, {"labelled": [asdict(one) for one in known.values()]})


def read_labelled(folder: StudyFolder) -> tuple[Labelled, ...]:
    """Photos that `leafgraft adapt` was told the label of."""
    if not folder.has(LABELLED):
        return ()
    return tuple(Labelled(**one) for one in folder.read_json(LABELLED)["labelled"])


def note_adapted(folder: StudyFolder, adapted: Adapted) -> None:
    """Keep the head that was fitted last to a place: the next picks there are what it is unsure of."""
    others = [one for one in read_adapted(folder) if _place(one.place) != _place(adapted.place)]
    folder.write_json(ADAPTED, {"heads": [asdict(one) for one in (adapted, *others)]})


def read_adapted(folder: StudyFolder) -> tuple[Adapted, ...]:
    """The head of each place, the one that was fitted last first."""
    if not folder.has(ADAPTED):
        return ()
    kept = folder.read_json(ADAPTED)
    heads = kept.get("heads", [{**kept, "place": None}])
    return tuple(
        Adapted(one["place"], one["trial"], np.array(one["weight"]), np.array(one["bias"]), float(one["temperature"]))
        for one in heads
    )


def head_for(adapted: Sequence[Adapted], labelled: Sequence[Labelled], photo_ids: Container[str]) -> Adapted | None:
    """The head for a folder of photos: that of the place which the most of its labelled ones are of; else None."""
    places = Counter(_place(one.place) for one in labelled if one.photo_id in photo_ids)
    heads = [one for one in adapted if places[_place(one.place)] or (one.place is None and places)]
    return max(heads, key=lambda one: places[_place(one.place)], default=None)


def _place(name: str | None) -> str | None:
    return None if name is None else place_key(name)
