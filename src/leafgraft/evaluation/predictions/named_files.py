"""Whose a predictions file is, by its name: files named ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe.

So are ``NAME-seed0``, ``NAME_seed_1``, ...

Not where the caller says that they are not, nor where ``NAME`` itself is a recipe of their folder or of a study:
MobileOne and MobileOne S4 are two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from os.path import normpath
from pathlib import Path

from leafgraft.errors import PredictionsError

SEED_IN_NAME = re.compile(r"^(?P<name>.+)(?:-s|[-_ ]seed[-_ =]?)(?P<seed>\d+)$")


@dataclass(frozen=True, slots=True)
class PredictionsFile:
    """A predictions file, and whose it is.

    Attributes:
        path: npz, CSV, JSON, or a folder of label files.
        name: Name of its recipe.
        seed: Seed of its trial.
        fold: Fold of its trial, counted from 0.
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
        paths: Files, or folders of label files.
        seeds_by_name: Whether ``NAME-s0``, ``NAME-s1``, ... are seeds of one recipe, if no other of their folder or
            beside them is called ``NAME``.
        beside: Names of recipes of studies that stand beside them.
    """
    called = [_called_by(path) for path in paths]
    counts = Counter(one.name for one in called)
    whole = {(one.parent.name, one.name) for one in called}
    found = []
    for path, of in zip(paths, called, strict=True):
        match = SEED_IN_NAME.match(of.name)
        alone = match and (of.parent.name, match["name"]) not in whole and match["name"] not in beside
        name, seed = (match["name"], int(match["seed"])) if match and alone and seeds_by_name else (of.name, 0)
        found.append(PredictionsFile(path, name, seed))
    several = {
        one.name
        for one, of in zip(found, called, strict=True)
        if counts[of.name] > 1 or (one.name != of.name and one.name in counts)
    }
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
    """Which files were taken as seeds of one recipe by their names, and which were not, as another is called so.

    Args:
        named: Files with their recipes and seeds, as `name_files` gives them with ``seeds_by_name``.
    """
    taken: dict[str, list[Path]] = {}
    others: dict[str, list[Path]] = {}
    for file in named:
        stem = _called_by(file.path).name
        if not (match := SEED_IN_NAME.match(stem)):
            continue
        if file.name.endswith(stem):
            others.setdefault(match["name"], []).append(file.path)
        else:
            taken.setdefault(file.name, []).append(file.path)
    return [
        *(
            f"Taken as seeds of one recipe, '{name}': {_listed(paths)}. If they are different recipes: --seeds none."
            for name, paths in taken.items()
        ),
        *(
            f"Not taken as seeds of '{name}', as another recipe is called so: {_listed(paths)}. If they are seeds of "
            "one recipe, give them another name, such as 'mine-s0'."
            for name, paths in others.items()
        ),
    ]


def _listed(paths: Sequence[Path]) -> str:
    apart = len({path.parent for path in paths}) > 1 or any(_called_by(path).name != path.stem for path in paths)
    return ", ".join(path.as_posix() if apart else path.name for path in paths)


def check_names(files: Sequence[PredictionsFile]) -> None:
    """Refuse files that are called as a recipe of a study.

    Args:
        files: Files of studies and others, with the names of their recipes.

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
