"""The file that answers go to, which may be gone, and answers that several browsers give to one page."""

from __future__ import annotations

from pathlib import Path

from leafgraft.errors import LabelsError


class AnsweredElsewhereError(LabelsError):
    """Another browser that shows the same page has given another answer meanwhile."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"An answer to '{path}' must follow the one before.",
            "It was answered in another browser meanwhile.",
            "Look at that answer, and answer again to replace it.",
        )


class AnswersFile:
    """Knows whether the file was there: one that is gone is not begun anew, as if nothing had been said.

    Args:
        path: Path of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._was_there = path, path.exists()

    def note_written(self) -> None:
        """Note that it is there from now on."""
        self._was_there = True

    def check(self) -> None:
        """Look whether it is there.

        Raises:
            LabelsError: It was, and is gone.
        """
        is_there = self._path.exists()
        if self._was_there and not is_there:
            raise LabelsError(
                f"'{self._path}' must hold the answers so far.",
                "It was there, and is gone.",
                "Bring it back, or start 'leafgraft label' again.",
            )
        self._was_there = is_there
