"""What a command names, looked for before anything heavy is imported: a mistyped path is said at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leafgraft.data.read.source import open_source
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import PredictionsError
from leafgraft.records.study import check_preset, is_study_file


def check_request(photos: str, preset: str = "") -> None:
    """Look for a study file and all that it names, or for photos, and for a preset of them.

    Args:
        photos: A study file, or photos: a folder of class folders, a CSV, ``kaggle:OWNER/NAME``.
        preset: Study of bare photos, ``minutes``, ``hour`` or ``overnight``; empty where none is named.

    Raises:
        LeafgraftError: It is not there, or cannot be used.
    """
    check_preset(photos, preset)
    if not is_study_file(photos):
        check_photos(photos)
        return
    from leafgraft.study.commands.request import check_named  # noqa: PLC0415 - see above

    check_named(photos)


def check_photos(photos: str) -> None:
    """Look for photos.

    Raises:
        PhotosError: They are not there.
    """
    open_source(photos)


def check_results(study_dir: str | Path, name: str) -> None:
    """Look for a file of a study folder.

    Args:
        study_dir: The study folder.
        name: Name of a JSON file in it, such as ``evaluation.json``.

    Raises:
        StudyFolderError: It is not there, or no JSON.
    """
    from leafgraft.storage.files.json_file import read_json_file  # noqa: PLC0415 - see above

    read_json_file(as_meant(study_dir) / name)


def check_compared(files: str | Path | Sequence[str | Path]) -> list[Path]:
    """Look for what `compare` is to read; where it lies.

    Args:
        files: Study folders and files of answers; or one of them.

    Raises:
        PredictionsError: One of them is not there, or is a study file.
    """
    found = []
    for file in [files] if isinstance(files, str | Path) else files:
        asked, path = f"'{file}' must be a file of answers or a study folder.", as_meant(file)
        if not path.exists():
            raise PredictionsError(asked, "There is none.", "Check the path.")
        if is_study_file(file) and path.is_file():
            raise PredictionsError(asked, "It is a study file.", "Name the folder that a run filled.")
        found.append(path)
    return found
