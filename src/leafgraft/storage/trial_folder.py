"""The folder of one trial. It counts only with its ``done`` mark, which holds the checksums of all its files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.errors import PredictionsError, StudyFolderError
from leafgraft.records.photo import Manifest
from leafgraft.storage.files.atomic import cannot_write, move_file, write_json
from leafgraft.storage.files.checksums import Say, checksum_of_file, differing, silently
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.predictions import Predictions, read_predictions, write_predictions

DONE, SECOND = "done", "also_test-"


@dataclass(frozen=True, slots=True)
class TrialFolder:
    """``trials/KEY``: trial.json, history.csv, predictions.npz, weights.safetensors, done."""

    path: Path

    @property
    def weights(self) -> Path:
        """Best weights of the trial."""
        return self.path / "weights.safetensors"

    @property
    def checkpoint(self) -> Path:
        """State at the last finished epoch; removed when the trial is done."""
        return self.path / "checkpoint.safetensors"

    @property
    def predictions(self) -> Path:
        """Validation and test rows."""
        return self.path / "predictions.npz"

    @property
    def history(self) -> Path:
        """One row per epoch."""
        return self.path / "history.csv"

    def also_test(self, name: str) -> Path:
        """Predictions on the second folder `name`."""
        return self.path / f"{SECOND}{name}.npz"

    def write_info(self, info: Mapping[str, Any]) -> None:
        """Write trial.json."""
        write_json(self.path / "trial.json", info)

    def read_info(self) -> dict[str, Any]:
        """Read trial.json."""
        return read_json_file(self.path / "trial.json")

    def begin(self) -> None:
        """Clear away what earlier, other or damaged results left, so that none of it is taken for this trial's.

        The checkpoint stays.

        Raises:
            StudyFolderError: The folder cannot be written.
        """
        try:
            self._mark.unlink(missing_ok=True)  # first: from here on the trial does not count
            for file in self.path.iterdir() if self.path.is_dir() else ():
                if file != self.checkpoint and file.is_file():
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def finish(self, predictions: Predictions, fingerprint: str) -> None:
        """Write the predictions, then the done mark with the checksums of all files and what they were made from."""
        write_predictions(self.predictions, predictions)
        files = sorted(
            file for file in self.path.iterdir() if _counts(file) and file not in {self._mark, self.checkpoint}
        )
        self._write_mark(fingerprint, {file.name: checksum_of_file(file) for file in files})

    def _write_mark(self, fingerprint: str, sums: Mapping[str, str]) -> None:
        write_json(self._mark, {"fingerprint": fingerprint, "files": sums})

    def unanswered(self, second: Mapping[str, Manifest]) -> tuple[str, ...]:
        """Names of the second folders whose photos and labels, as they are now, the finished trial has not answered."""
        sums = self.checksums()
        return tuple(
            name
            for name, manifest in second.items()
            if self.also_test(name).name not in sums
            or _answered(self.also_test(name)) != [(photo.photo_id, photo.label) for photo in manifest.photos]
        )

    def answers(self) -> dict[str, list[tuple[str, str]]]:
        """Photos of second folders, by its name, that the trial has answered, with their labels of then."""
        files = self.path.glob(f"{SECOND}*.npz")
        return {file.stem.removeprefix(SECOND): _answered(file) for file in sorted(files)}

    def is_up_to_date(self, fingerprint: str, second: Mapping[str, Manifest]) -> bool:
        """Whether a finished trial has answered these second folders and no other, and its mark says so.

        Args:
            fingerprint: What its mark must say that it was made from.
            second: Photos of the second folders, by name.
        """
        wanted = {self.also_test(name) for name in second}
        left = set(self.path.glob(f"{SECOND}*.npz")) - wanted
        return not left and not self.unanswered(second) and read_json_file(self._mark)["fingerprint"] == fingerprint

    def answer(self, fingerprint: str, second: Mapping[str, Manifest], answers: Mapping[str, Predictions]) -> None:
        """Write the answers of a finished trial to second folders, and its mark anew; nothing else of it changes.

        Answers to folders that are none of these any more are deleted. Killed on the way, the trial is one that was
        finished, and has not answered.

        Args:
            fingerprint: What it was made from.
            second: Photos of all second folders, by name.
            answers: To those that it had not answered.
        """
        stay = {self.also_test(name).name for name in second.keys() - answers.keys()}
        sums = {name: one for name, one in self.checksums().items() if not name.startswith(SECOND) or name in stay}
        self._write_mark(fingerprint, sums)
        try:
            for file in self.path.glob(f"{SECOND}*.npz"):
                if file.name not in stay:
                    file.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        for name, predictions in answers.items():
            write_predictions(self.also_test(name), predictions)
        new = {file.name: checksum_of_file(file) for file in map(self.also_test, answers)}
        self._write_mark(fingerprint, dict(sorted({**sums, **new}.items())))

    def take(self, source: TrialFolder) -> None:
        """Move everything out of the folder of another process into this one; the done mark last."""
        self.begin()
        for file in sorted(source.path.iterdir(), key=lambda one: one.name == DONE):
            move_file(file, self.path / file.name)
        self.checkpoint.unlink(missing_ok=True)

    def take_checkpoint(self, source: TrialFolder) -> None:
        """Move the checkpoint of another process's folder into this one, if it has one."""
        with suppress(FileNotFoundError):
            move_file(source.checkpoint, self.checkpoint)

    def learned(self) -> dict[str, str]:
        """Checksums of weights and answers, which hold no times, but for answers to second folders.

        Empty if the done mark is missing or damaged.
        """
        sums = self.without_second()
        return {name: sums[name] for name in sorted(sums) if name.endswith((".npz", ".safetensors"))}

    def without_second(self) -> dict[str, str]:
        """Checksums of all files by name, as `checksums` gives them, but for answers to second folders."""
        return {name: one for name, one in self.checksums().items() if not name.startswith(SECOND)}

    def has_mark(self) -> bool:
        """Whether the trial was finished, whatever became of its files since."""
        return self._mark.is_file()

    def is_done(self, fingerprint: str, say: Say = silently, earlier: Collection[str] = ()) -> bool:
        """Whether the trial finished on these photos, splits and weights, and all its files are whole.

        Args:
            fingerprint: What it must have been made from.
            say: Told which files are damaged, if any: the caller makes them anew.
            earlier: Fingerprints as earlier versions made them, which count as well.
        """
        if not self._mark.exists():
            return False
        sums = self.checksums()
        if not sums:
            say(f"'{self._mark}' is damaged; the trial is made anew.")
            return False
        if read_json_file(self._mark)["fingerprint"] not in {fingerprint, *earlier}:
            return False
        if damaged := differing(self.path, sums):
            say(f"Damaged in '{self.path}': {', '.join(damaged)}; the trial is made anew.")
            return False
        return True

    def checksums(self) -> dict[str, str]:
        """Checksums of all files by name, as the done mark gives them; empty if it is missing or damaged."""
        try:
            mark = read_json_file(self._mark)
        except StudyFolderError:
            return {}
        sums = mark.get("files")
        if (
            not isinstance(sums, dict)
            or not isinstance(mark.get("fingerprint"), str)
            or self.predictions.name not in sums
        ):
            return {}
        return {str(name): str(wanted) for name, wanted in sums.items()}

    def check(self) -> None:
        """Prove that all files are as the trial wrote them.

        Raises:
            StudyFolderError: Some were changed or lost, or the trial is not finished.
        """
        sums = self.checksums()
        damaged = differing(self.path, sums) if sums else (DONE,)
        if damaged:
            raise StudyFolderError(
                f"'{self.path}' must hold a finished trial, every file as it was written.",
                f"Missing, changed or damaged: {', '.join(damaged)}.",
                "Run the study again: only this trial is made anew.",
            )

    @property
    def _mark(self) -> Path:
        return self.path / DONE

    def read_predictions(self) -> Predictions:
        """Read predictions.npz."""
        return read_predictions(self.predictions)


def _answered(file: Path) -> list[tuple[str, str]]:
    """Photos that answers are of, with their labels; none if the file is lost or damaged."""
    try:
        found = read_predictions(file)
    except PredictionsError:
        return []
    return list(zip(found.photo_id.tolist(), found.classes[found.label].tolist(), strict=True))


def _counts(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")
