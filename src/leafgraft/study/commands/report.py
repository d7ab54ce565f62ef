"""`leafgraft report`: the page of a study again, from its files."""

from __future__ import annotations

from pathlib import Path

from jinja2 import TemplateError

from leafgraft.errors import StudyFolderError
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import is_judged
from leafgraft.study.page.study_page import write_page

# What files without checksums raise when they were changed by hand: keys that lack, values of another kind.
ILL_FITTING = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, TemplateError)


def report(study_dir: Path) -> Path:
    """Rebuild the page from the files of a study folder; return its path.

    Raises:
        StudyFolderError: A file is missing, damaged or changed by hand, a run holds the folder, or one was stopped
            between its plan and its evaluation.
    """
    folder = StudyFolder(study_dir)
    folder.read_json("evaluation.json")  # a folder of something else is left as it is
    with folder.lock():
        if not is_judged(folder):
            raise StudyFolderError(
                f"The evaluation of '{study_dir}' must be of the study as it is now.",
                "The study has changed since, and its run was stopped before it could evaluate.",
                "Run the study again: it goes on where it was stopped.",
            )
        try:
            return write_page(folder, {})
        except ILL_FITTING as error:
            raise StudyFolderError(
                f"The files of '{study_dir}' must be as a run wrote them.",
                f"They do not fit together: {type(error).__name__} {' '.join(str(error).split())[:200]}.",
                "Run the study again: it writes them anew.",
            ) from error
