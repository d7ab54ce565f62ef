"""What people say at a review: read from corrections.csv, and in it before anything else happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any

from leafgraft.data.read.spelling import PhotoNames
from leafgraft.errors import LabelsError
from leafgraft.records.correction import ACTIONS, EXCLUDE, KEEP, NOBODY, OF_PAIRS, RELABEL, Correction
from leafgraft.records.display import first_of, name_meant
from leafgraft.records.review import SHARED, ReviewItem, ReviewSheet
from leafgraft.storage.corrections import read_own_corrections, write_corrections
from leafgraft.web.labelling.answers_file import AnsweredElsewhereError, AnswersFile

FORMULAS = ("=", "+", "-", "@")  # with which no path begins in the file: spreadsheets would compute it
MOST_NAMED = 3
Said = tuple[frozenset[str], str, str]  # of a correction: what is said of what


class Reviewed:
    """Reads and writes the corrections file of a sheet; rows of other photos stay as they are.

    Args:
        sheet: What is asked.
    """

    def __init__(self, sheet: ReviewSheet) -> None:
        self.sheet = sheet
        self._one_at_a_time = Lock()
        self._given: dict[int, Said] = {}  # by item, since this page began
        self._file = AnswersFile(sheet.corrections)
        self._names = PhotoNames(sheet.root, sorted(sheet.paths))
        self._copies = PhotoNames(sheet.root, sorted(sheet.copies))

    def check(self) -> None:
        """Look at the file.

        Raises:
            LabelsError: It cannot be read, or corrects photos of another study.
        """
        unknown = [
            path
            for row in self._rows()
            for path in sorted(row.target - self.sheet.paths)
            if not self._names.is_file(path)  # of a class that is left out, or a copy under another label
        ]
        if unknown:
            raise LabelsError(
                f"'{self.sheet.corrections}' must correct photos of this study.",
                f"It names {len(unknown):,} that are not among them: {first_of(unknown, MOST_NAMED)}.",
                "Name another file with --out, or mend it.",
            )

    def lacks_applied(self) -> bool:
        """Whether the study took something from corrections of which this file says nothing: it would be lost.

        Raises:
            LabelsError: The file cannot be read.
        """
        told = {row.target for row in self._rows()}
        return any(target not in told for target, _, _ in self.sheet.applied)

    def read(self) -> dict[int, Correction]:
        """The answers by the number of their item.

        Raises:
            LabelsError: The file was changed, and cannot be read any more.
        """
        with self._one_at_a_time:
            rows = self._rows()
        found = ((number, _answer(item, rows)) for number, item in enumerate(self.sheet.items))
        return {number: row for number, row in found if row}

    def save(self, number: int, choice: int, note: str, was: int | None = None) -> Correction:
        """Write one answer, in place of an earlier one to the same item; it is on the disk when this returns.

        What another item says of the same photo stays, such as that it is left out, unless both cannot be.

        Args:
            number: Number of the item.
            choice: Which of its choices.
            note: Kept with it.
            was: Which the browser shows as chosen so far, -1 for none; None if it does not say.

        Raises:
            AnsweredElsewhereError: Another browser has given another answer meanwhile.
            LabelsError: The file was changed, and cannot be read any more, or is gone.
            StudyFolderError: The disk is full, or the file cannot be written.
        """
        time, item = datetime.now().astimezone().isoformat(timespec="seconds"), self.sheet.items[number]
        said = replace(item.choices[choice], labeller=self.sheet.labeller, time=time, note=" ".join(note.split()))
        said = said if said.action == RELABEL else replace(said, label="")
        with self._one_at_a_time:
            rows = self._rows()
            if was is not None and self._is_other(
                number, item.choices[was].said if was >= 0 else None, said.said, rows
            ):
                raise AnsweredElsewhereError(item.photos[0].path)
            if said.action == KEEP and (kept := _kept_relabelled(item, rows)):
                return kept  # as the file says: it stays, with the label that was given to it elsewhere
            dropped = self._replaced(number, rows)
            rows = [row for row in rows if row.target != said.target and row.said != dropped]
            write_corrections(self.sheet.corrections, [_plain(row) for row in (*rows, said)])
            self._file.note_written()
            self._given[number] = said.said
        return said

    def _is_other(self, number: int, seen: Said | None, new: Said, rows: Sequence[Correction]) -> bool:
        """Whether an item was given an answer that a browser does not show: the file may say what others imply."""
        before = _answer(self.sheet.items[number], rows)
        given = self._given.get(number)
        return given is not None and given != new and seen not in {given, before.said if before else None}

    def _replaced(self, number: int, rows: Sequence[Correction]) -> Said | None:
        """What an item said before, unless another item says it: that it was asked there is known, or may be."""
        before = _answer(self.sheet.items[number], rows)
        if before is None:
            return None
        others = [one for one in range(len(self.sheet.items)) if one != number]
        if before.said == self._given.get(number):
            return None if any(self._given.get(one) == before.said for one in others) else before.said
        offered = {choice.said for one in others for choice in self.sheet.items[one].choices}
        return None if before.said in offered else before.said

    def summary(self) -> dict[str, Any]:
        """How much was corrected, by whom, of how many test photos, and how many trials are stale by it.

        Raises:
            LabelsError: The file was changed, and cannot be read any more.
        """
        rows = self._rows()
        tested = Counter(row.action for row in rows if row.path in self.sheet.tested)
        said = {row.said for row in rows if row.action != KEEP and row.target <= self.sheet.paths}
        return {
            **{action: sum(row.action == action for row in rows) for action in ACTIONS},
            "by": dict(Counter(row.labeller or NOBODY for row in rows)),
            "test_labels_changed": tested[RELABEL],
            "test_photos_excluded": tested[EXCLUDE],
            "stale": () if said == self.sheet.applied else self.sheet.trials,
        }

    def _rows(self) -> list[Correction]:
        """The rows of the file, photos called as the study calls them."""
        self._file.check()
        return [
            replace(
                row,
                path=self._called(row.path),
                label=name_meant(row.label, self.sheet.classes),
                group=self._called(row.group) if row.action in OF_PAIRS else "",
            )
            for row in read_own_corrections(self.sheet.corrections)
        ]

    def _called(self, written: str) -> str:
        found = self._names.find(written) or [self.sheet.copies[one] for one in self._copies.find(written)]
        return found[0] if len(set(found)) == 1 else written


def _answer(item: ReviewItem, rows: Sequence[Correction]) -> Correction | None:
    """What the rows say to an item."""
    choices = {choice.said for choice in item.choices}
    return next((row for row in reversed(rows) if row.said in choices), None) or _kept_relabelled(item, rows)


def _kept_relabelled(item: ReviewItem, rows: Sequence[Correction]) -> Correction | None:
    """That a photo is kept, by a row that gives it another label: asked of one that lies in a second folder, too."""
    if all(reason.code != SHARED for reason in item.reasons):
        return None
    of = item.choices[0].target
    return next(
        (replace(row, action=KEEP, label="") for row in rows if row.action == RELABEL and row.target == of), None
    )


def _plain(row: Correction) -> Correction:
    path, group = (f"./{one}" if one.startswith(FORMULAS) else one for one in (row.path, row.group))
    return replace(row, path=path, group=group)
