"""What a study was asked for: photos or a study file, a preset, corrections."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.errors import LeafgraftError
from leafgraft.records.extent import UNTIL
from leafgraft.records.study import PRESETS, is_study_file
from leafgraft.storage.corrections import OWN, corrections_taken
from leafgraft.storage.files.atomic import write_json
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder, is_study_folder

OPENED = "open"  # folder of a study: what the page asked for, and what its commands said
ASKED = f"{OPENED}/asked.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study was asked for.

    Attributes:
        photos: Photos or a study file; empty where nothing says which.
        preset: Of bare photos; empty for a study file.
        corrections: File that the next run takes, or empty.
        until: The last part that is asked for, as `leafgraft run` has it.
    """

    photos: str = ""
    preset: str = ""
    corrections: str = ""
    until: str = UNTIL[-1]

    @property
    def is_file(self) -> bool:
        """Whether it is a study file."""
        return is_study_file(self.photos)


def is_study(path: Path) -> bool:
    """Whether a run filled this folder, or the page was asked to begin one there."""
    return is_study_folder(path) or (path / ASKED).is_file()


def read_asked(folder: StudyFolder) -> Asked:
    """What the last run was asked for, or the page, whichever is newer."""
    told: dict[str, Any] = {}
    for path in sorted(map(folder.file, ("run.json", ASKED)), key=changed_s):
        with suppress(LeafgraftError):
            told |= read_json_file(path)
    photos = str(told.get("photos" if "asked" not in told else "asked", ""))
    preset = "" if is_study_file(photos) else str(told.get("preset", PRESETS[0]))
    return Asked(photos, preset, _corrections(folder), str(told.get("until", UNTIL[-1])))


def keep_asked(folder: StudyFolder, asked: Asked) -> None:
    """Write down what is asked for, until the run has done so.

    Raises:
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    write_json(folder.file(ASKED), {"asked": asked.photos, "preset": asked.preset, "until": asked.until})


def _corrections(folder: StudyFolder) -> str:
    """Those that the study takes already, else those of the page."""
    with suppress(LeafgraftError):
        if before := corrections_taken(folder.path, load_study(folder.file("resolved.yaml")).corrections):
            return before
    own = folder.file(OWN)
    return str(own) if own.is_file() else ""


def changed_s(path: Path) -> float:
    """When a file was written; 0 if it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
