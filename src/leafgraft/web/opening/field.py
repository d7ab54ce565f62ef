"""What a study holds of the field, by the name of a place: picks, labels, and zips that phones gave back."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from leafgraft.errors import LeafgraftError
from leafgraft.storage.field_labels import labels_beside, place_of, read_labels
from leafgraft.storage.field_zip import LABELS as IN_ZIP
from leafgraft.storage.field_zip import UNLABELLED, ZIPS, unpack
from leafgraft.storage.files.atomic import write_json
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_folder import StudyFolder, read_csv
from leafgraft.web.opening.asked import OPENED, changed_s

PARCELS = f"{OPENED}/zips.json"  # which unpacked zips were chosen for which place


def picks_of(folder: StudyFolder, place: str) -> Path:
    """The photos that were picked there; of a place without a name, picks.csv."""
    return folder.file(f"picks-{place}.csv" if place else "picks.csv")


def labels_of(folder: StudyFolder, place: str) -> Path:
    """What people said of them on the label page."""
    return labels_beside(picks_of(folder, place))


def parcels_of(folder: StudyFolder, place: str) -> tuple[Path, ...]:
    """Folders of the zips that were chosen for it."""
    folders = (folder.file(f"{ZIPS}/{name}") for name in _parcels(folder).get(place, []))
    return tuple(one for one in folders if one.is_dir())


def take_zip(folder: StudyFolder, place: str, path: Path) -> bool:
    """Unpack what a phone gave back, and note that it is of this place; whether photos without a label are in it.

    Raises:
        LabelsError: It is no whole zip of the phone page.
        StudyFolderError: It cannot be written.
    """
    parcel = unpack(path, folder.file(ZIPS))
    before = _parcels(folder)
    if parcel.name not in before.get(place, []):
        write_json(folder.file(PARCELS), {**before, place: [*before.get(place, []), parcel.name]})
    return (parcel / UNLABELLED).is_dir()


def places_of(folder: StudyFolder) -> list[str]:
    """Places of which something is there, the one that was picked from last first; the one without a name, too."""
    named = {one.stem.removeprefix("picks-") for one in folder.path.glob("picks-*.csv")}
    return sorted(
        {"", *named, *_parcels(folder)},
        key=lambda place: max(map(changed_s, (picks_of(folder, place), *parcels_of(folder, place)))),
        reverse=True,
    )


def look_at_place(folder: StudyFolder, place: str) -> dict[str, int]:
    """Photos that are picked, how many of them have a label, all labels of the page, and those of the phone."""
    picks, labels = picks_of(folder, place), labels_of(folder, place)
    picked = {place_of(path, folder.path) for path in _picked(picks)}
    labelled = {place_of(path, folder.path) for path in _labelled(labels)}
    phone = sum(len(_labelled(one / IN_ZIP)) for one in parcels_of(folder, place))
    return {"picks": len(picked), "labelled": len(picked & labelled), "labels": len(labelled), "phone": phone}


def _picked(picks: Path) -> list[str]:
    with suppress(OSError, ValueError, KeyError):
        return [row["path"] for row in read_csv(picks)]
    return []


def _labelled(labels: Path) -> list[str]:
    with suppress(LeafgraftError):
        return [one.path for one in read_labels(labels)]
    return []


def _parcels(folder: StudyFolder) -> dict[str, Any]:
    with suppress(LeafgraftError):
        return read_json_file(folder.file(PARCELS))
    return {}
