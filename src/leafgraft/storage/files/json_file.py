"""JSON files that hold one object: missing and damaged ones are said in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leafgraft.errors import StudyFolderError


def read_json_file(path: Path) -> dict[str, Any]:
    """Read a file that leafgraft wrote.

    Raises:
        StudyFolderError: It is missing or damaged.
    """
    return parse_json(path, read_file(path))


def read_file(path: Path) -> bytes:
    """Bytes of a file that leafgraft wrote.

    Raises:
        StudyFolderError: It is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        asked = f"'{path.parent}' must be a study folder with '{path.name}'."
        if path.parent.is_file():
            raise StudyFolderError(asked, "It is a file.", "Name the folder that a run filled.") from None
        mend = "Run the study first: leafgraft run PHOTOS --out FOLDER."
        raise StudyFolderError(asked, "There is no such file.", mend) from None
    except OSError as error:
        raise StudyFolderError(
            f"'{path}' must be readable.", f"The system said: {error.strerror or error}.", "Mend its permissions."
        ) from error


def parse_json(path: Path, content: bytes) -> dict[str, Any]:
    """The object that `content`, read from `path`, holds.

    Raises:
        StudyFolderError: It is no JSON object.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StudyFolderError(
            f"'{path}' must be JSON.",
            f"It is damaged: {error}.",
            "Delete it and run the study again: it is made anew.",
        ) from error
    if not isinstance(value, dict):
        raise StudyFolderError(
            f"'{path}' must hold a JSON object.", "It holds something else.", "Delete it and run again."
        )
    return value
