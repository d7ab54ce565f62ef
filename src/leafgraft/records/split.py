"""Which photos train, validate and test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from leafgraft.errors import StudyFolderError
from leafgraft.records.digest import short_digest
from leafgraft.records.photo import Photo


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """How to split.

    Attributes:
        train: Share of photos to train on.
        validation: Share of photos to choose on.
        test: Share of photos to report on.
        seed: Seed of the shuffle.
        keep_groups: Whether photos of one group stay together.
        folds: Number of cross-validation folds, or None for one split by shares.
        leave_out: ``place`` for one fold per place, tested on that place and trained on the others; else None.
    """

    train: float = 0.8
    validation: float = 0.1
    test: float = 0.1
    seed: int = 0
    keep_groups: bool = True
    folds: int | None = None
    leave_out: str | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """One split. Photo ids, each in the fixed order of the manifest; training shuffles its own per epoch.

    `left_out` names the place that it is tested on and not trained on, if one is left out.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Splits:
    """The folds of a study (one, unless cross-validated) and how they came about.

    Attributes:
        folds: Which photos are where.
        seed: Seed of the shuffle.
        keep_groups: Whether photos of one group lie in one part of each fold; of a given split whether they do.
        origin: ``drawn``, or ``given``: the photos came with their own split.
        validation_drawn: Whether a given split had no validation part, which was drawn from its training part.
    """

    folds: tuple[Fold, ...]
    seed: int
    keep_groups: bool
    origin: str = "drawn"
    validation_drawn: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        """Places that are left out of training in turn; none otherwise."""
        return tuple(fold.left_out for fold in self.folds if fold.left_out)

    @property
    def tested(self) -> tuple[str, ...]:
        """Short hash of the test photos of each fold, whatever they are called and however they are ordered."""
        return tuple(short_digest(json.dumps(sorted(fold.test)), 16) for fold in self.folds)

    def untrained(self, photos: Iterable[Photo]) -> tuple[str, ...]:
        """Places of these photos that are tested and that no fold trains on while it tests them."""
        place_of = {photo.photo_id: photo.place for photo in photos}
        tested, trained = set[str](), set[str]()
        for fold in self.folds:
            here = {place_of.get(one, "") for one in fold.test}
            tested |= here
            trained |= here & {place_of.get(one, "") for one in fold.train}
        return tuple(sorted(tested - trained - {""}))


def splits_to_json(splits: Splits) -> dict[str, Any]:
    """As splits.json holds them."""
    plain = asdict(splits)
    for fold in plain["folds"]:
        if not fold["left_out"]:
            del fold["left_out"]
    return plain


def splits_from_json(value: Mapping[str, Any]) -> Splits:
    """Read what `splits_to_json` wrote.

    Raises:
        StudyFolderError: A part is missing.
    """
    try:
        folds = tuple(
            Fold(tuple(fold["train"]), tuple(fold["validation"]), tuple(fold["test"]), fold.get("left_out", ""))
            for fold in value["folds"]
        )
        drawn = bool(value.get("validation_drawn"))  # splits of earlier versions do not say it
        return Splits(folds, int(value["seed"]), bool(value["keep_groups"]), str(value["origin"]), drawn)
    except (KeyError, TypeError, ValueError) as error:
        raise StudyFolderError(
            "splits.json must hold folds of train, validation and test.",
            f"It lacks {error}.",
            "Delete it and run the study again: it is made anew.",
        ) from error
