"""Predictions of all recipes laid on the same rows, in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.metrics import Floats, Ints, negative_log_likelihood
from leafgraft.records.display import first_of
from leafgraft.records.evaluation import DidNotLearn, Making
from leafgraft.storage.predictions import Predictions

SHOWN_IDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class TrialPredictions:
    """Predictions of one seed on one fold.

    Attributes:
        seed: Seed of the trial.
        fold: Number of the fold, counted from 0.
        predictions: What the trial says of its validation and test photos.
        only_answers: Whether no probabilities are known; the answers then stand as certain.
    """

    seed: int
    fold: int
    predictions: Predictions
    only_answers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RecipePredictions:
    """Predictions of one recipe.

    Attributes:
        name: Display name.
        trials: One per seed and fold.
        also_test: The same on each second folder, by its name.
        cost: ``gigaflops`` and ``megabytes``, as far as known.
        did_not_learn: What its training photos tell, if it is below the optimum there.
        derived_from: Names of the recipes it is made of; empty for a trained one.
        making: How it was made.
    """

    name: str
    trials: tuple[TrialPredictions, ...]
    also_test: Mapping[str, tuple[TrialPredictions, ...]] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    did_not_learn: DidNotLearn | None = None
    derived_from: tuple[str, ...] = ()
    making: Making = "elsewhere"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one recipe says of every row, one line per seed.

    Attributes:
        name: Name of the recipe.
        predicted: Class answered as an index, shape (S, N).
        correct: Whether it is the true one, shape (S, N).
        confidence: Probability of the class answered, from 0 to 1, shape (S, N).
        loss: Negative log-likelihood in nats, shape (S, N).
        only_answers: Whether neither confidence nor loss is known: what stands there must not be told.
    """

    name: str
    predicted: Ints
    correct: NDArray[np.bool_]
    confidence: Floats
    loss: Floats
    only_answers: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows shared by all recipes, sorted by photo id.

    Attributes:
        photo_id: Shape (N,); with folds on validation rows and second folders, ``FOLD/PHOTO_ID``.
        photos: Number of different photos.
        label: Index into `classes`, shape (N,).
        group: Index of the group, 0 to `groups` - 1, shape (N,).
        groups: Number of groups.
        classes: Class names in alphabetical order.
        answers: One per recipe, in the order given.
        place: Place of each row, shape (N,); None where photos have no place.
    """

    photo_id: NDArray[np.str_]
    photos: int
    label: Ints
    group: Ints
    groups: int
    classes: tuple[str, ...]
    answers: tuple[Answers, ...]
    place: NDArray[np.str_] | None = None

    def of_place(self, name: str) -> Rows:
        """The rows of one place; of test rows, where each photo has one.

        Args:
            name: Name of the place.
        """
        keep = self.place == name
        unique, group = np.unique(self.group[keep], return_inverse=True)
        columns = ("predicted", "correct", "confidence", "loss")
        answers = tuple(replace(one, **{name: getattr(one, name)[:, keep] for name in columns}) for one in self.answers)
        ids = self.photo_id[keep]
        return Rows(ids, len(ids), self.label[keep], group, len(unique), self.classes, answers)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """All rows of one seed, sorted by id; `photo` is the id without the fold, `place` empty where none is known."""

    photo_id: NDArray[np.str_]
    photo: NDArray[np.str_]
    label: Ints
    group: NDArray[np.str_]
    place: NDArray[np.str_]
    probabilities: Floats


def align(recipes: Sequence[tuple[str, Sequence[TrialPredictions]]], split: str, *, by_fold: bool = False) -> Rows:
    """Lay all recipes on the same rows.

    Args:
        recipes: Name and trials of each.
        split: Which rows: ``test``, ``validation``, or empty for all.
        by_fold: Whether a photo may occur once per fold; its copies then stay in one group.

    Raises:
        PredictionsError: Rows, labels, classes or groups of the recipes differ, a photo occurs twice, or there
            are no rows.
    """
    classes = tuple(sorted(str(name) for name in recipes[0][1][0].predictions.classes))
    lines: dict[str, list[_Line]] = {}
    for name, trials in recipes:
        by_seed: dict[int, list[TrialPredictions]] = {}
        for trial in trials:
            by_seed.setdefault(trial.seed, []).append(trial)
        lines[name] = [_join(name, by_seed[seed], split, classes, by_fold=by_fold) for seed in sorted(by_seed)]
    first_name, first = next((name, found[0]) for name, found in lines.items())
    if not len(first.photo_id):
        raise PredictionsError(
            f"'{first_name}' must hold {split or 'some'} rows.", "It has none.", "Give predictions on those photos."
        )
    groups = _agree_on_groups(lines)
    for name, found in lines.items():
        for line in found:
            _check_same_rows(first_name, first, name, line, classes)
    unique, group = np.unique(groups, return_inverse=True)
    only = {name for name, trials in recipes if any(trial.only_answers for trial in trials)}
    answers = tuple(_answer(name, found, first.label, name in only) for name, found in lines.items())
    photos = len(np.unique(first.photo))
    place = _agree_on_places(lines)
    return Rows(first.photo_id, photos, first.label, group.astype(np.int64), len(unique), classes, answers, place)


def _join(
    name: str, trials: Sequence[TrialPredictions], split: str, classes: tuple[str, ...], *, by_fold: bool
) -> _Line:
    parts = []
    for trial in trials:
        rows = trial.predictions.rows(split) if split else trial.predictions
        columns = _columns(name, rows, classes)
        names = np.array([str(one) for one in rows.classes])
        position = {one: index for index, one in enumerate(classes)}
        new_index = np.array([position[str(one)] for one in names], dtype=np.int64)
        ids = np.char.add(f"{trial.fold}/", rows.photo_id) if by_fold else rows.photo_id
        place = np.full(len(ids), "") if rows.place is None else rows.place
        parts.append((ids, rows.photo_id, new_index[rows.label], rows.group, place, rows.probabilities[:, columns]))
    ids, photos, labels, groups, places, probabilities = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    if repeated := sorted({str(one) for one in ids[1:][ids[1:] == ids[:-1]]}):
        raise PredictionsError(
            f"'{name}' must hold each photo once per seed.",
            f"{_some(repeated)} occurs more than once with seed {trials[0].seed}.",
            "Drop the copies, or tell the seeds apart.",
        )
    return _Line(ids, photos[order], labels[order], groups[order], places[order], probabilities[order])


def _columns(name: str, rows: Predictions, classes: tuple[str, ...]) -> Ints:
    given = [str(one) for one in rows.classes]
    if sorted(given) != list(classes):
        raise PredictionsError(
            f"All recipes must have the classes {', '.join(classes)}.",
            f"'{name}' has {', '.join(given)}.",
            "Give predictions over the same classes; their order does not matter.",
        )
    return np.array([given.index(one) for one in classes], dtype=np.int64)


def _agree_on_groups(lines: Mapping[str, Sequence[_Line]]) -> NDArray[np.str_]:
    """The groups that any recipe gives; a file without groups says nothing against them."""
    told: tuple[str, _Line] | None = None
    for name, found in lines.items():
        for line in found:
            if bool((line.group == line.photo).all()):
                continue
            if told is None:
                told = (name, line)
                continue
            if len(line.group) != len(told[1].group) or not (line.photo_id == told[1].photo_id).all():
                continue  # the rows differ: reported as such
            differs = ~_same_partition(told[1].group, line.group)
            if differs.any():
                raise PredictionsError(
                    f"Groups of photos in '{told[0]}' and '{name}' must be the same.",
                    f"They differ for {_some([str(one) for one in line.photo_id[differs]])}.",
                    "Give both files the same groups, or leave the groups out of one.",
                )
    return told[1].group if told else next(iter(lines.values()))[0].photo


def _agree_on_places(lines: Mapping[str, Sequence[_Line]]) -> NDArray[np.str_] | None:
    """The places that any recipe gives; a file without places says nothing against them."""
    given = [(name, line.place) for name, found in lines.items() for line in found if (line.place != "").any()]
    for name, place in given:
        if (place != given[0][1]).any():
            raise PredictionsError(
                f"Places of photos in '{given[0][0]}' and '{name}' must be the same.",
                f"They differ for {int((place != given[0][1]).sum()):,} photos.",
                "Give both files the same places, or leave the places out of one.",
            )
    return given[0][1] if given else None


def _same_partition(one: NDArray[np.str_], other: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Whether each row has the same companions in both; group names may differ."""
    _, left = np.unique(one, return_inverse=True)
    _, right = np.unique(other, return_inverse=True)
    _, both = np.unique(left * (right.max() + 1) + right, return_inverse=True)
    size_both = np.bincount(both)[both]
    return np.asarray((size_both == np.bincount(left)[left]) & (size_both == np.bincount(right)[right]))


def _check_same_rows(first_name: str, first: _Line, name: str, line: _Line, classes: tuple[str, ...]) -> None:
    if len(first.photo_id) != len(line.photo_id) or not (first.photo_id == line.photo_id).all():
        lacking = sorted(set(first.photo_id.tolist()) - set(line.photo_id.tolist()))
        strange = sorted(set(line.photo_id.tolist()) - set(first.photo_id.tolist()))
        raise PredictionsError(
            f"'{first_name}' and '{name}' must hold the same photos.",
            f"'{name}' lacks {_some(lacking)} and has {_some(strange)} besides.",
            "Predict the same photos with both.",
        )
    differs = first.label != line.label
    if differs.any():
        row = int(np.flatnonzero(differs)[0])
        raise PredictionsError(
            f"Labels in '{first_name}' and '{name}' must agree.",
            f"They differ for {_some([str(one) for one in first.photo_id[differs]])}: "
            f"{classes[first.label[row]]} against {classes[line.label[row]]} for the first.",
            "Find out which is right, and mend the other.",
        )


def _some(names: Sequence[str]) -> str:
    return f"{len(names):,} ({first_of(names, SHOWN_IDS)})" if names else "none"


def _answer(name: str, found: Sequence[_Line], label: Ints, only_answers: bool) -> Answers:  # noqa: FBT001 - of one recipe
    predicted = np.stack([line.probabilities.argmax(axis=1) for line in found]).astype(np.int64)
    return Answers(
        name=name,
        predicted=predicted,
        correct=predicted == label,
        confidence=np.stack([line.probabilities.max(axis=1) for line in found]),
        loss=np.stack([negative_log_likelihood(line.probabilities, label) for line in found]),
        only_answers=only_answers,
    )
