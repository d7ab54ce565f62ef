"""What `leafgraft adapt` writes: adaptation.json and a page in each language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.report.adaptation import build_adaptation_page
from leafgraft.storage.files.atomic import write_json
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.files.pages import write_editions
from leafgraft.storage.study_folder import is_study_folder
from leafgraft.study.page.contact_sheets import small_jpeg

PAGE, FIGURES, BUNDLE, INDEX = "index.html", "adaptation.json", "bundle", "bundle.json"
OF_SYSTEMS = {"thumbs.db", "desktop.ini"}  # beside those that begin with a dot
OF_ADAPTATION = {"place", "gates", "kept"}  # keys of its figures
SHOWN = 24
Missed = tuple[str, str, str]


def check_adaptation_folder(folder: Path) -> None:
    """Leave a folder alone that holds something, and no adaptation; files that systems hide count as nothing.

    Raises:
        UsageError: It does, is a study or a bundle, or is no folder.
    """
    if folder.exists() and not folder.is_dir():
        found = f"'{folder}' is a file."
    elif is_study_folder(folder):
        found = f"'{folder}' is a study."
    elif not _is_of_adaptation(folder) and (there := _first_in(folder)):
        found = f"'{folder}' holds '{there}', which is of no adaptation."
    else:
        return
    raise UsageError("--out must name a new folder, or one of an earlier adaptation.", found, "Name another.")


def _first_in(folder: Path) -> str:
    """The first name in a folder; empty if there is none that shows, or no folder."""
    names = (one.name for one in folder.glob("[!.]*")) if folder.is_dir() else ()
    return min((name for name in names if name.casefold() not in OF_SYSTEMS), default="")


def _is_of_adaptation(folder: Path) -> bool:
    """Whether its figures say so, or the bundle, which comes first."""
    with suppress(StudyFolderError):
        if read_json_file(folder / FIGURES).keys() >= OF_ADAPTATION:
            return True
    with suppress(StudyFolderError):
        return "adaptation" in read_json_file(folder / BUNDLE / INDEX)
    return False


def write_adaptation(folder: Path, figures: Mapping[str, Any], headline: str, missed: Sequence[Missed]) -> Path:
    """Write all into a folder.

    Args:
        folder: Where to.
        figures: As in adaptation.json.
        headline: What happened, in one sentence.
        missed: Path, class and answer of each photo that the new head has wrong.
    """
    shown = [
        {"path": Path(path).name, "true": true, "predicted": predicted, "thumbnail": small_jpeg(Path(path))}
        for path, true, predicted in missed[:SHOWN]
    ]
    page = folder / PAGE
    write_json(folder / FIGURES, figures)  # first: by them a folder is known whose page could not be written
    write_editions(page, lambda edition: build_adaptation_page(figures, headline, shown, len(missed), edition))
    return page
