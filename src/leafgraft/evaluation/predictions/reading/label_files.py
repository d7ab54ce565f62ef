"""What Ultralytics' classifiers write with ``save_txt``: a text file per photo, a line ``PROBABILITY NAME`` per class.

Only the five likeliest classes are there, with two decimal places: too few for a log loss, so the answers count alone.

Source: ultralytics/ultralytics, ``engine/results.py``, ``Results.save_txt``; files lie in ``runs/classify/NAME/labels``
and are called as the photo is, without its folder; what is there is appended to.
"""

from __future__ import annotations

import re
from pathlib import Path

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, texts
from leafgraft.storage.files.table_file import decode_text

LINE = re.compile(r"([01]\.\d\d) (\S.*)")
BEGINS = re.compile(rb"\s*(?:[01]\.\d\d \S|\d+(?: -?\d+(?:\.\d+)?(?:e-?\d+)?){4})")
BOX = re.compile(r"\d+( -?\d+(\.\d+)?(e-?\d+)?){4,}")
FOLDER = "labels"


def has_label_files(folder: Path) -> bool:
    """Whether text files like these lie in a folder or below it."""
    return any(BEGINS.match(file.read_bytes()) for file in _files(folder))


def read_label_files(folder: Path) -> ToolAnswers:
    """Read all label files of a folder; where one lies in a folder for each class, that is the true class.

    Args:
        folder: ``labels`` itself, the folder of one prediction, or one that holds a prediction for each class.

    Raises:
        PredictionsError: A file holds boxes, or answers to several photos, or its letters cannot be read.
    """
    files = _files(folder)
    named = [Path(*(part for part in file.relative_to(folder).parts if part != FOLDER)) for file in files]
    answers = [_answer(file) for file in files]
    return ToolAnswers(texts(one.as_posix() for one in named), texts(answers))


def _files(folder: Path) -> list[Path]:
    """Text files, without the hidden ones that systems put beside them, such as macOS' ``._IMG_1.txt``."""
    return sorted(file for file in folder.rglob("*.txt") if not file.name.startswith(".") and file.is_file())


def _answer(file: Path) -> str:
    """The likeliest class: the first line."""
    found = [LINE.fullmatch(line) for line in _lines(file)]
    names = [one[2] for one in found if one]
    if not found or not all(found):
        boxes = any(BOX.fullmatch(line) for line in _lines(file))
        raise PredictionsError(
            f"'{file}' must hold lines 'PROBABILITY NAME', as classifiers of Ultralytics write them.",
            "It holds boxes of a detector." if boxes else "It holds something else.",
            "Predict with a classifier (yolo classify predict ... save_txt=True), and name its folder 'labels' alone."
            if boxes
            else "Take it out of the folder, if it is no answer to a photo.",
        )
    if len(set(names)) < len(names):
        raise PredictionsError(
            f"'{file}' must hold the answer to one photo.",
            f"'{names[0]}' stands there more than once: Ultralytics adds to a file that is there, and calls it as the "
            "photo without its folder.",
            "Predict again into a new folder; where photos of two classes are called alike, one prediction per class.",
        )
    return names[0]


def _lines(file: Path) -> list[str]:
    text, _ = decode_text(file, PredictionsError)  # Python on Windows writes in the encoding of the system
    return [line.strip() for line in text.splitlines() if line.strip()]
