"""`leafgraft label`: photos that a person labels on a page, or faults of a study that a person reviews there."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from leafgraft.data.read.spelling import as_on_disk, is_file
from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.correction import KEEP
from leafgraft.records.field_labels import LabelSheet
from leafgraft.records.photo import Unreadable
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.review import ReviewSheet
from leafgraft.records.study import is_study_file
from leafgraft.storage.corrections import OWN, corrections_taken, read_own_corrections
from leafgraft.storage.field_labels import LABELS, labels_beside, read_own_labels
from leafgraft.storage.field_zip import PICKS, is_zip, unlabelled_of
from leafgraft.storage.files.atomic import write_json
from leafgraft.storage.files.folder_lock import hold
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import command_again
from leafgraft.study.steps.labelling.to_label import (
    Asked,
    check_classes,
    read_folder_to_label,
    read_picks,
    without_unreadable,
)
from leafgraft.study.steps.labelling.to_review import list_items, photos_folders, photos_or_table, read_known
from leafgraft.web.labelling.answers import Answers
from leafgraft.web.labelling.app import create_label_app
from leafgraft.web.labelling.review_app import create_review_app
from leafgraft.web.labelling.reviewed import Reviewed

REVIEW = "field/review.json"  # of a study: where its corrections were written to
# Takes the address to listen on, and what is told of every answer that cannot be kept.
MakePage = Callable[[str, Callable[[str], None]], ASGIApp]


@dataclass(frozen=True, slots=True, eq=False)
class Labelling:
    """A sheet that is open for answers.

    Attributes:
        sheet: What is asked.
        answers: What was said, as it stands on the disk.
        left_out: Files that are not shown, and why.
        app: Makes the page.
    """

    sheet: LabelSheet
    answers: Answers
    left_out: tuple[Unreadable, ...]
    app: MakePage


@contextmanager
def open_labelling(
    source: Path,
    *,
    classes: str = "",
    labeller: str = "",
    place: str = "",
    out: Path | None = None,
    progress: Progress | None = None,
) -> Iterator[Labelling]:
    """Hold a labels file, and what is to be labelled.

    Args:
        source: A table of picks, a folder of photos, or a zip of the phone page, which is unpacked beside itself, or
            beside the labels file where its folder cannot be written.
        classes: Names with commas between them; needed for a folder.
        labeller: Who answers; by default the name of the user.
        place: Where the photos were taken: the command that adapts to the labels names it.
        out: The labels file; by default ``labels.csv`` beside ``picks.csv``, ``NAME-labels.csv`` beside what is called
            otherwise.
        progress: Shows how far it is.

    Raises:
        LabelsError: The picks, or labels that are there already, cannot be used.
        PhotosError: No photo can be shown.
        StudyFolderError: Another page writes to the labels file, or its folder cannot be written.
        UsageError: There are fewer than two classes, or the labels file is the table of picks.
    """
    shown, labels = progress or Silent(), out or _labels_of(source)
    _check_out(source, labels)
    asked = _read(source, labels, shown)
    chosen, name = check_classes(classes, asked.classes, source), _labeller(labeller)
    with hold(labels, labels.with_name(f".{labels.name}.lock"), called="Labels file", user="label page"):
        read_own_labels(labels)
        photos, left_out = without_unreadable(asked, shown)
        sheet = LabelSheet(photos, chosen, labels, name, asked.study, place)
        answers = Answers(sheet)
        yield Labelling(sheet, answers, left_out, partial(create_label_app, answers))


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """A study whose faults are open for answers.

    Attributes:
        sheet: What is asked.
        answers: What was said, as it stands on the disk.
        app: Makes the page.
    """

    sheet: ReviewSheet
    answers: Reviewed
    app: MakePage


@contextmanager
def open_review(study_dir: Path, *, labeller: str = "", out: Path | None = None) -> Iterator[Review]:
    """Hold a corrections file, and what is suspected of the photos of a study.

    Args:
        study_dir: Folder of a study that was run at least as far as its audit.
        labeller: Who answers; by default the name of the user.
        out: The corrections file; by default the one that the study takes, else ``corrections.csv`` beside the photos'
            folder, or beside a table of photos that lie elsewhere.

    Raises:
        LabelsError: Corrections that are there already cannot be used.
        StudyFolderError: A file of the study is missing or damaged, another page writes to the corrections file, or its
            folder cannot be written.
        UsageError: The corrections file would lie among the photos, or may be that of another folder beside theirs.
    """
    folder = StudyFolder(study_dir)
    if not folder.has("audit.json"):
        mend = "`leafgraft run PHOTOS --until audit` does that in a minute or two; --out names the folder."
        raise StudyFolderError(f"'{study_dir}' must be a study that was audited.", "It holds no audit.json.", mend)
    folder.read_bytes("resolved.yaml")
    study = load_study(folder.file("resolved.yaml"))
    known = read_known(folder, study)
    photos = photos_folders(study, known)
    beside, taken = photos_or_table(study, known, study_dir.resolve()), corrections_taken(study_dir, study.corrections)
    default = taken or beside.with_name(OWN)
    corrections = as_on_disk((out or Path(default)).absolute())
    _check_corrections(corrections, photos)
    if out is None and not taken and str(corrections) != _reviewed_before(folder):
        _check_whose(corrections, beside)
    sheet = ReviewSheet(
        items=list_items(folder, known),
        classes=known.classes,
        corrections=corrections,
        labeller=_labeller(labeller),
        root=str(known.root),
        paths=frozenset(known.came),
        copies=known.copies,
        tested=known.tested,
        applied=frozenset(said for said in known.said if said[1] != KEEP),
        trials=_finished_trials(folder),
        command=command_again(folder, str(corrections), otherwise=study.photos),
    )
    lock = corrections.with_name(f".{corrections.name}.lock")
    with hold(corrections, lock, called="Corrections file", user="review page"):
        reviewed = Reviewed(sheet)
        reviewed.check()
        if reviewed.lacks_applied():
            raise _not_in_one_file(study_dir, taken, corrections)
        with suppress(StudyFolderError):  # of a study that cannot be written the next review may ask whose they are
            write_json(folder.file(REVIEW), {"corrections": str(corrections)})
        yield Review(sheet, reviewed, partial(create_review_app, reviewed))


def _not_in_one_file(study_dir: Path, taken: str, corrections: Path) -> UsageError:
    found = f"It takes '{taken}', and '{corrections}' does not say what that says."
    mend = "Leave --out out, to go on in the first, or copy the first to the second."
    if not Path(taken).is_file() or Path(taken).resolve() == corrections.resolve():
        found = f"'{corrections}' does not say what the last run took."
        mend = "Bring back the file that says it, or name it with --out; or run the study with this file as it is."
    return UsageError(f"All corrections of '{study_dir}' must be in one file.", found, mend)


def _check_corrections(corrections: Path, photos: Sequence[Path]) -> None:
    if among := [folder for folder in photos if corrections.parent.resolve().is_relative_to(folder)]:
        found = f"'{corrections}' lies in the photos' folder '{among[0]}', to which nothing is ever written."
        raise UsageError("The corrections file must lie outside of the photos.", found, "Name another with --out.")
    if corrections.is_dir():
        raise UsageError("--out must name a file.", f"'{corrections}' is a folder.", "Name a file in it.")


def _reviewed_before(folder: StudyFolder) -> str:
    """The corrections file that the last review of this study wrote to, or empty."""
    return str(folder.read_json(REVIEW).get("corrections", "")) if folder.has(REVIEW) else ""


def _check_whose(corrections: Path, photos: Path) -> None:
    """Leave corrections alone that may be those of another folder beside the photos'."""
    named = {one for row in read_own_corrections(corrections) for one in row.target}
    if not named or any(Path(name).is_absolute() for name in named):  # that of one place is in no other
        return
    beside = (one for one in sorted(corrections.parent.iterdir()) if os.path.isdir(one))  # noqa: PTH112 - never fails
    others = (one for one in beside if one.resolve() != photos)
    if other := next((one for one in others if all(is_file(one / name) for name in named)), None):
        found = f"All photos that it names are in '{other}', too, and this study has not taken it or written to it."
        mend = f"If it is of these photos: --out '{corrections}'. Else name another file with --out."
        raise UsageError(f"'{corrections}' must correct photos of '{photos}'.", found, mend)


def _finished_trials(folder: StudyFolder) -> tuple[str, ...]:
    planned = folder.read_json("plan.json")["trials"] if folder.has("plan.json") else ()
    return tuple(one["key"] for one in planned if folder.trial(one["key"]).has_mark())


def _labels_of(source: Path) -> Path:
    if source.is_dir():
        folder = source.resolve()
        return folder.with_name(f"{folder.name}-{LABELS}")
    return labels_beside(source)


def _check_out(source: Path, labels: Path) -> None:
    asked = f"'{source}' must be a table of picks (CSV), a folder of photos, or a zip of the phone page."
    if not source.exists():
        raise UsageError(asked, "There is no such file or folder.", "Check the path.")
    if is_study_file(source) and source.is_file():
        raise UsageError(asked, "It is a study file.", "To review its photos, name the folder that a run filled.")
    if labels.is_dir():
        raise UsageError("--out must name a file.", f"'{labels}' is a folder.", "Name a file in it.")
    if labels.resolve() == source.resolve():
        found = f"'{labels}' is both."
        raise UsageError("Labels must be written into another file than the picks.", found, "Name a file with --out.")


def _read(source: Path, labels: Path, progress: Progress) -> Asked:
    if is_zip(source):
        # where --out leads to, if a file was named there because the zip's own folder cannot be written
        into = source.parent if os.access(source.parent, os.W_OK) else labels.parent
        source = unlabelled_of(source, into).with_name(PICKS)
    return read_folder_to_label(source, labels) if source.is_dir() else read_picks(source, labels, progress)


def _labeller(given: str) -> str:
    try:
        name = " ".join((given or getpass.getuser()).split())
    except (KeyError, OSError):  # a system without names of users
        name = ""
    if not name:
        raise UsageError("There must be a name of who labels.", "There is none.", "Name yourself with --labeller.")
    return name
