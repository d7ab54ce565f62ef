"""What people say of photos in files beside them: groups, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from leafgraft.data.read.spelling import as_meant, as_on_disk
from leafgraft.errors import PhotosError
from leafgraft.records.pattern import check_pattern
from leafgraft.records.study import Study


class Telling(TypedDict, total=False):
    """What a call may say of photos."""

    groups: str | Path | None
    group_name: str | None
    corrections: str | Path | None


@dataclass(frozen=True, slots=True)
class Told:
    """What people say of photos, in files beside them.

    Attributes:
        group_file: Which show one leaf, or empty.
        group_name: Regular expression for the part of a photo's name that says it, or empty.
        corrections: What was corrected of them, or empty.
    """

    group_file: str = ""
    group_name: str = ""
    corrections: str = ""

    @classmethod
    def of(cls, **telling: Unpack[Telling]) -> Told:
        """From the arguments of a call.

        Raises:
            UsageError: An expression is given that is none.
        """
        groups, corrections = (
            str(as_meant(one)) if one else "" for one in (telling.get("groups"), telling.get("corrections"))
        )
        name = telling.get("group_name")
        if name is not None:
            check_pattern(name)
        return cls(groups, name or "", corrections)

    def check(self) -> None:
        """Look for the files.

        Raises:
            PhotosError: One is not there.
        """
        for called, file in (("group file", self.group_file), ("file of corrections", self.corrections)):
            if file and not Path(file).is_file():
                found = "It is a folder." if Path(file).is_dir() else "There is no such file."
                raise PhotosError(f"The {called} '{file}' must be a file.", found, "Check the path.")


NOTHING_TOLD = Told()


def told_of(study: Study) -> Told:
    """What a study file says of its photos."""
    return Told(_on_disk(study.groups), study.group_name, _on_disk(study.corrections))


def _on_disk(file: str) -> str:
    """A file in the spelling of the disk: Hangul and accents are composed in two ways."""
    return str(as_on_disk(Path(file))) if file else ""
