"""Where two labellers agree and where they differ, from their labels files."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from leafgraft.data.read.spelling import composed
from leafgraft.errors import LabelsError
from leafgraft.evaluation.field.agreement import Agreement, measure_agreement
from leafgraft.records.field_labels import FieldLabel
from leafgraft.storage.field_labels import place_of, read_labels
from leafgraft.study.steps.field.given_labels import found_here

Said = list[tuple[Path, str, FieldLabel]]  # in which file, where the photo lies, and what is said of it


@dataclass(frozen=True, slots=True)
class Compared:
    """Two labellers side by side.

    Attributes:
        labellers: Their names, with their files where one person labelled twice.
        found: How far they agree.
        differ: Path, answer of the first and of the second, of each photo that they differ on.
        alone: How many photos each labelled that the other did not.
        said: Which paths of another machine were found here, in words.
    """

    labellers: tuple[str, str]
    found: Agreement
    differ: tuple[tuple[str, str, str], ...]
    alone: tuple[int, int]
    said: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        differ = [{"path": path, "labels": labels} for path, *labels in self.differ]
        told = {"differ": differ, "alone": self.alone, "notes": self.said}
        return {"labellers": self.labellers, **asdict(self.found), **told}


def compare_labellers(files: Sequence[Path]) -> Compared:
    """Compare the two labellers of some files: two names in them, or one person's answers in two files.

    Photos are the same by where they lie; where no two are, as in files from two machines, by what the files call them,
    and if that differs, by folder and file name, as far as each labeller has them once.

    Raises:
        LabelsError: A file cannot be read, there are not two labellers, one of them gives a photo two answers, or no
            photo has a label by both.
    """
    ((one, first), (other, second)), said = _two_of(files)
    by_place = by_first, by_second = _by(_place, first), _by(_place, second)
    if not by_first.keys() & by_second.keys():
        by_first, by_second = _by(_path, first), _by(_path, second)
    if not by_first.keys() & by_second.keys():
        by_first, by_second = map(_by_end, by_place)
    both = [key for key in by_first if key in by_second]
    if not both:
        raise LabelsError(
            f"'{one}' and '{other}' must have labelled the same photos.",
            f"None of {len(by_first)} and {len(by_second)} photos is the same.",
            "Give both the same picks.",
        )
    pairs = [(by_first[key], by_second[key]) for key in both]
    found = measure_agreement([mine.label for mine, _ in pairs], [theirs.label for _, theirs in pairs])
    differ = tuple((mine.path, mine.label, theirs.label) for mine, theirs in pairs if mine.label != theirs.label)
    return Compared((one, other), found, differ, (len(by_first) - len(both), len(by_second) - len(both)), said)


def _two_of(files: Sequence[Path]) -> tuple[list[tuple[str, Said]], tuple[str, ...]]:
    """Both labellers with what they said, and whose photos were found by their end, in words."""
    by_name: dict[str, Said] = {}
    by_file: list[tuple[str, Said]] = []
    told: list[str] = []
    for file in files:
        folder = file.absolute().parent
        labels = read_labels(file)
        found, of_others = found_here(labels, folder)
        told += of_others
        places = [place_of(one.path, folder) for one in found]
        said = [(file, place, label) for place, label in zip(places, labels, strict=True)]
        names = {label.labeller for label in labels}
        by_file.append((f"{' and '.join(sorted(names))} ({file})", said))
        for name in sorted(names):
            by_name.setdefault(name, []).extend(one for one in said if one[2].labeller == name)
    if len(by_name) == 2:
        return list(by_name.items()), (*told,)
    if len(by_name) == 1 and len(files) == 2:
        return by_file, (*told,)
    listed = ", ".join(f"'{name}'" for name in by_name) or "none"
    raise LabelsError(
        "Agreement is that of two labellers.",
        f"{' and '.join(str(file) for file in files)} name {len(by_name)}: {listed}.",
        "Name one file with the rows of two labellers, or two files, one of each.",
    )


def _by(key_of: Callable[[str, FieldLabel], str], said: Said) -> dict[str, FieldLabel]:
    """The answers of one labeller by photo."""
    found: dict[str, FieldLabel] = {}
    for file, place, label in said:
        before = found.setdefault(key_of(place, label), label)
        if before.label != label.label:
            raise LabelsError(
                f"'{label.labeller}' must give '{label.path}' one label.",
                f"It is '{before.label}' in one file, and '{label.label}' in '{file}'.",
                "Delete one of the two lines.",
            )
    return found


def _place(place: str, _label: FieldLabel) -> str:
    return place


def _path(_place: str, label: FieldLabel) -> str:
    return composed(os.path.normpath(label.path))


def _by_end(answers: Mapping[str, FieldLabel]) -> dict[str, FieldLabel]:
    """By folder and file name the answers to photos of which no two have the same; names alone are many's."""
    ends = ["/".join(PureWindowsPath(composed(one.path)).parts[-2:]) for one in answers.values()]
    counts = Counter(ends)
    return {end: one for end, one in zip(ends, answers.values(), strict=True) if counts[end] == 1}
