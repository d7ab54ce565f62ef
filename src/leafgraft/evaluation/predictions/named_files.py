"""Whose a predictions file is, by its name: files named ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe.

Not where the caller says that they are not, nor where ``NAME`` itself is a recipe: MobileOne and MobileOne S4 are two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from os.path import normpath
from pathlib import Path

from leafgraft.errors import PredictionsError

SEED_IN_NAME = re.compile(r"^(?P<name>.+)-s(?P<seed>\d+)$")


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """A predictions file, and whose it is.

    Attributes:
        path: npz, CSV, JSON, or a folder of label files.
        name: Of its recipe.
        seed: Of its trial.
        fold: Of its trial.
        study: Name of the study that the trial is of; empty for a file of anyone.
    """

    path: Path
    name: str
    seed: int = 0
    fold: int = 0
    study: str = ""


def name_files(
    paths: Sequence[Path], *, seeds_by_name: bool = True, beside: Collection[str] = ()
) -> list[PredictionsFile]:
    """Recipe and seed of each file, by its name; equal names of different folders get the folder's name in front.

    Args:
        paths: The files.
        seeds_by_name: Whether ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe, if no other is called ``NAME``.
        beside: Names of recipes that stand beside them.
    """
    called = [_called_by(path) for path in paths]
    counts = Counter(one.name for one in called)
    found = []
    for path, of in zip(paths, called, strict=True):
        match = SEED_IN_NAME.match(of.name)
        of_seed = match if seeds_by_name and match and match["name"] not in {*counts, *beside} else None
        name, seed = (of_seed["name"], int(of_seed["seed"])) if of_seed else (of.name, 0)
        found.append(PredictionsFile(path, name, seed))
    several = {one.name for one, of in zip(found, called, strict=True) if counts[of.name] > 1}
    return [
        replace(one, name=f"{of.parent.name}/{one.name}") if one.name in several else one
        for one, of in zip(found, called, strict=True)
    ]


def _called_by(path: Path) -> Path:
    """What names its recipe: the file, or its folder where all files are called alike."""
    whole = Path(normpath(path.absolute()))
    alike = whole.stem in {"predictions", "labels"} and whole.parent.name
    return whole.parent if alike else whole.parent / whole.stem


def seeds_taken(named: Sequence[PredictionsFile]) -> list[str]:
    """Which files were taken as seeds of one recipe by their names."""
    by_name: dict[str, list[Path]] = {}
    for file in named:
        stem = _called_by(file.path).name
        if SEED_IN_NAME.match(stem) and not file.name.endswith(stem):
            by_name.setdefault(file.name, []).append(file.path)
    notes = []
    for name, paths in by_name.items():
        apart = len({path.parent for path in paths}) > 1
        files = ", ".join(path.as_posix() if apart else path.name for path in paths)
        notes.append(f"Taken as seeds of one recipe, '{name}': {files}. If they are different recipes: --seeds none.")
    return notes


def check_names(files: Sequence[PredictionsFile]) -> None:
    """Refuse files that are called as a recipe of a study.

    Raises:
        PredictionsError: One is: the two would be taken for one recipe.
    """
    of_studies = {one.name: one.study for one in files if one.study}
    for one in files:
        if not one.study and one.name in of_studies:
            raise PredictionsError(
                f"'{one.path}' must be called otherwise than the recipes of '{of_studies[one.name]}'.",
                f"One of these is called '{one.name}', too.",
                "Rename the file.",
            )
