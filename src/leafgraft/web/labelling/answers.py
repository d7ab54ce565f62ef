"""The answers of one person to one sheet: read from the disk, and on the disk before anything else happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from threading import Lock

from leafgraft.records.display import name_meant
from leafgraft.records.field_labels import FieldLabel, LabelSheet
from leafgraft.storage.field_labels import place_of, read_own_labels, write_labels
from leafgraft.web.labelling.answers_file import AnsweredElsewhereError, AnswersFile


class Answers:
    """Reads and writes the labels file of a sheet; rows of other photos and other people stay as they are.

    Args:
        sheet: What is asked.
    """

    def __init__(self, sheet: LabelSheet) -> None:
        self.sheet = sheet
        self._one_at_a_time = Lock()
        self._folder = sheet.labels.absolute().parent
        self._given: dict[int, str] = {}  # by photo, since this page began
        self._file = AnswersFile(sheet.labels)

    def read(self) -> dict[int, FieldLabel]:
        """The answers by the number of their photo.

        Raises:
            LabelsError: The file was changed, and cannot be read any more.
        """
        with self._one_at_a_time:
            said = {self._place(one): one for one in self._rows() if self._is_own(one)}
        places = [place_of(one.path, self._folder) for one in self.sheet.photos]
        return {number: said[place] for number, place in enumerate(places) if place in said}

    def save(self, number: int, label: str, note: str, was: str | None = None) -> FieldLabel:
        """Write one answer, in place of an earlier one to the same photo; it is on the disk when this returns.

        Args:
            number: Number of the photo.
            label: The answer.
            note: Kept with it.
            was: What the browser shows as the answer so far, empty for none; None if it does not say.

        Raises:
            AnsweredElsewhereError: Another browser has given another answer meanwhile.
            LabelsError: The file was changed, and cannot be read any more, or is gone.
            StudyFolderError: The disk is full, or the file cannot be written.
        """
        time = datetime.now().astimezone().isoformat(timespec="seconds")
        new = FieldLabel(self.sheet.photos[number].path, label, self.sheet.labeller, time, " ".join(note.split()))
        with self._one_at_a_time:
            labels = list(self._rows())
            places = [self._place(one) if self._is_own(one) else "" for one in labels]
            at = places.index(self._place(new)) if self._place(new) in places else len(labels)
            there = name_meant(labels[at].label, self.sheet.answers) if at < len(labels) else ""
            if was is not None and was != there and self._given.get(number, was) not in {was, label}:
                raise AnsweredElsewhereError(new.path)
            labels[at : at + 1] = [new]
            write_labels(self.sheet.labels, labels)
            self._file.note_written()
            self._given[number] = label
        return new

    def _rows(self) -> Sequence[FieldLabel]:
        self._file.check()
        return read_own_labels(self.sheet.labels)

    def _is_own(self, label: FieldLabel) -> bool:
        return label.labeller == self.sheet.labeller

    def _place(self, label: FieldLabel) -> str:
        return place_of(label.path, self._folder)
