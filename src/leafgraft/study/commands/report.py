"""`leafgraft report`: the page of a study again, from its files."""

from __future__ import annotations

from pathlib import Path

from jinja2 import TemplateError

from leafgraft.data.read.spelling import as_meant
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import judged
from leafgraft.study.page.study_page import write_page


def report(study_dir: str | Path) -> Path:
    """Rebuild the page from the files of a study folder; return its path.

    Raises:
        StudyFolderError: A file is missing, damaged or changed by hand, a run holds the folder, or one was stopped
            between its plan and its evaluation.
    """
    folder = StudyFolder(as_meant(study_dir))
    with judged(folder, TemplateError):
        return write_page(folder)
