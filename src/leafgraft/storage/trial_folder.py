"""The folder of one trial. It counts only with its ``done`` mark, which holds the checksums of all its files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.atomic import cannot_write, move_file, write_json
from leafgraft.storage.files.checksums import Say, checksum_of_file, differing, silently
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.predictions import Predictions, read_predictions, write_predictions

DONE = "done"


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
        return self.path / f"also_test-{name}.npz"

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
        sums = {file.name: checksum_of_file(file) for file in files}
        write_json(self._mark, {"fingerprint": fingerprint, "files": sums})

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
        """Checksums of weights and answers, which hold no times; empty if the done mark is missing or damaged."""
        sums = self.checksums()
        return {name: sums[name] for name in sorted(sums) if name.endswith((".npz", ".safetensors"))}

    def has_mark(self) -> bool:
        """Whether the trial was finished, whatever became of its files since."""
        return self._mark.is_file()

    def is_done(self, fingerprint: str, say: Say = silently) -> bool:
        """Whether the trial finished on these photos, splits and weights, and all its files are whole.

        Args:
            fingerprint: What it must have been made from.
            say: Told which files are damaged, if any: the caller makes them anew.
        """
        if not self._mark.exists():
            return False
        sums = self.checksums()
        if not sums:
            say(f"'{self._mark}' is damaged; the trial is made anew.")
            return False
        if read_json_file(self._mark)["fingerprint"] != fingerprint:
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


def _counts(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")
