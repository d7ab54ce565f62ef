"""Answers from anywhere, laid side by side: our npz, a CSV of anyone, what other tools write.

Photos go by the names that the files give them, as far as these agree; true classes by a column, by the folders of the
photos, or by another file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from leafgraft.data.read.spelling import plain_path
from leafgraft.errors import PredictionsError, UsageError
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.predictions.given_groups import groups_of_several
from leafgraft.evaluation.predictions.named_files import PredictionsFile, check_names
from leafgraft.evaluation.predictions.photo_names import deepest, match_names
from leafgraft.evaluation.predictions.photo_order import check_same_order
from leafgraft.evaluation.predictions.reading.answers_table import of_other_parts
from leafgraft.evaluation.predictions.reading.recognise import read_answers
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, texts, ties_told
from leafgraft.evaluation.predictions.true_classes import (
    are_numbers,
    called_by_others,
    check_called_alike,
    check_spelled_alike,
    class_names,
    labelled_by_folder,
    labelled_by_others,
    labelled_otherwise,
    named_classes,
    never_right,
)
from leafgraft.records.display import first_of
from leafgraft.storage.predictions import Predictions, logits_of, read_predictions

SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A file and what it says."""

    file: PredictionsFile
    said: Predictions | ToolAnswers


def read_files(
    files: Sequence[PredictionsFile], paths: Collection[tuple[str, str]] = ()
) -> tuple[tuple[RecipePredictions, ...], tuple[str, ...]]:
    """Read predictions files of ours and of other tools, with the true classes and one id for each photo.

    Args:
        files: One or more files, each of one recipe.
        paths: Path and id of photos, where some files call photos by these and others by those.

    Returns:
        The recipes, and what was taken how.

    Raises:
        UsageError: No file, or one file twice.
        PredictionsError: A file is malformed, or does not match the others.
    """
    if not files:
        raise UsageError("A comparison needs predictions files.", "None was named.", "Name two or more.")
    resolved = [file.path.resolve() for file in files]
    if twice := sorted({str(path) for path in resolved if resolved.count(path) > 1}):
        raise UsageError("Each file must be named once.", f"Twice: {', '.join(twice)}.", "Name different files.")
    check_names(files)
    read = [_Read(one, read_predictions(one.path) if one.study else read_answers(one.path)) for one in files]
    read, left_out = _of_test(read)
    named = class_names(one.said for one in read)
    nameless = [
        (one.file.path, one.said.unused)
        for one in read
        if isinstance(one.said, ToolAnswers) and not len(one.said.photo)
    ]
    read = [one if one.file.study else replace(one, said=_numbered(one.file.path, one.said, read)) for one in read]
    check_same_order(nameless)
    read = [replace(one, said=_by_folder(one.said, named)) for one in read]
    otherwise = [note for one in read for note in _otherwise_than_folders(one, named)]
    read, notes = _with_ids(read, paths)
    read = _with_true_classes(read, named)
    notes += [note for one in read if not one.file.study for note in _of_rows(one, read, named)]
    recipes: dict[str, list[TrialPredictions]] = {}
    for one in read:
        found = _trials(one, read)
        have = {(trial.seed, trial.fold) for trial in recipes.get(one.file.name, [])}
        if clash := have & {(trial.seed, trial.fold) for trial in found}:
            raise PredictionsError(
                f"Recipe '{one.file.name}' must have each seed and fold once.",
                f"'{one.file.path}' gives seed {min(clash)[0]} of fold {min(clash)[1]} again.",
                "Rename the file if it is another recipe.",
            )
        recipes.setdefault(one.file.name, []).extend(found)
    told = dict.fromkeys(note for one in read if isinstance(one.said, ToolAnswers) for note in one.said.notes)
    as_recipes = tuple(RecipePredictions(name, tuple(trials)) for name, trials in recipes.items())
    return as_recipes, (*left_out, *told, *otherwise, *notes)


def _of_test(read: Sequence[_Read]) -> tuple[list[_Read], list[str]]:
    """The test rows of files that hold others, too, and how many are left out; studies keep theirs."""
    found, notes = list(read), list[str]()
    for place, one in enumerate(read):
        if isinstance(one.said, Predictions) and not one.file.study:
            found[place] = replace(one, said=one.said.rows("test"))
            notes += of_other_parts(one.file.path, one.said.split.tolist())
    return found, notes


def _numbered(path: Path, said: Predictions | ToolAnswers, read: Sequence[_Read]) -> Predictions | ToolAnswers:
    """Names of photos as paths are spelled; rows without names go by their place, if no file has names."""
    names = (said.photo_id if isinstance(said, Predictions) else said.photo).tolist()
    if isinstance(said, Predictions) or names:
        return _called(said, {name: plain_path(name) for name in names})
    others = [one for one in read if isinstance(one.said, Predictions) or len(one.said.photo)]
    lengths = {len(one.said.predicted) for one in read if isinstance(one.said, ToolAnswers)}
    if others or len(lengths) > 1:
        found = f"Its rows have no names, and '{others[0].file.path}' names its photos." if others else ""
        raise PredictionsError(
            f"'{path}' must tell which photo each row is of.",
            found or f"The files have no names, and {' and '.join(f'{one:,}' for one in sorted(lengths))} rows.",
            "Add a column 'filename' (an array 'items' in an npz).",
        )
    if said.seed is not None and len(set(said.seed.tolist())) > 1:
        raise PredictionsError(
            f"'{path}' must tell which photo each row is of.",
            "Its rows have several seeds and no names: which of them are of one photo cannot be told.",
            "Add a column 'filename' (an array 'items' in an npz), or write a file for each seed.",
        )
    note = "No file names its photos: row by row they are taken for the same. The true classes agree in every row."
    return replace(
        said,
        photo=texts(f"row {row:07d}" for row in range(1, len(said.predicted) + 1)),
        notes=(*said.notes, note) if len(read) > 1 else said.notes,
    )


def _by_folder(said: Predictions | ToolAnswers, named: set[str]) -> Predictions | ToolAnswers:
    return labelled_by_folder(said, named) if isinstance(said, ToolAnswers) else said


def _otherwise_than_folders(one: _Read, named: set[str]) -> list[str]:
    """Says where the true classes of a file are others than the folders of its photos."""
    if isinstance(one.said, Predictions):
        return labelled_otherwise(one.file.path, _names(one), one.said.classes[one.said.label].tolist(), named)
    classes = named.union(one.said.predicted.tolist())
    return labelled_otherwise(one.file.path, _names(one), one.said.label.tolist(), classes)


def _with_ids(read: Sequence[_Read], paths: Collection[tuple[str, str]]) -> tuple[list[_Read], list[str]]:
    """The same with one id for each photo: a study's, or the name that tells most."""
    named = [_names(one) for one in read]
    of_studies = [one.said for one in read if one.file.study and isinstance(one.said, Predictions)]
    known = {*paths, *((photo, photo) for said in of_studies for photo in said.photo_id.tolist())}
    tested = {photo for said in of_studies for photo in said.rows("test").photo_id.tolist()}
    own = [place for place, one in enumerate(read) if not one.file.study]
    if not known and own:
        known = {(name, name) for name in named[deepest(named)]}
    found, by_part, notes = list(read), dict[str, list[str]](), list[str]()
    for place in own:
        matched, path = match_names(named[place], known, tested), read[place].file.path
        found[place] = replace(read[place], said=_called(read[place].said, matched.ids))
        if matched.by:
            by_part.setdefault(matched.by, []).append(path.name)
        if matched.several:
            some = first_of(matched.several, SHOWN)
            notes.append(
                f"'{path}': names that lead to several photos each are not used ({len(matched.several):,}): {some}."
            )
    found_by = [f"Photos of {first_of(files, 5)} are found by {how}." for how, files in by_part.items()]
    return found, [*found_by, *notes]


def _names(one: _Read) -> list[str]:
    return [str(name) for name in (one.said.photo_id if isinstance(one.said, Predictions) else one.said.photo)]


def _called(said: Predictions | ToolAnswers, ids: Mapping[str, str]) -> Predictions | ToolAnswers:
    if isinstance(said, ToolAnswers):
        alone = said.group is not None and bool((said.group == said.photo).all())
        photo = texts(ids.get(one, one) for one in said.photo.tolist())
        return replace(said, photo=photo, group=None if alone else said.group)
    photo = texts(ids.get(one, one) for one in said.photo_id.tolist())
    alone = bool((said.group == said.photo_id).all())  # no groups were given
    return replace(said, photo_id=photo, group=photo if alone else said.group)


def _with_true_classes(read: Sequence[_Read], named: set[str]) -> list[_Read]:
    known: dict[str, str] = {}
    numbered: dict[str, str] = {}
    for one in read:
        if isinstance(one.said, Predictions):
            labels = one.said.classes[one.said.label].tolist()
        else:
            labels = one.said.label.tolist()
        told = numbered if are_numbers(labels) else known
        told |= dict(zip(_names(one), labels, strict=False))
    found = []
    for one in read:
        said = one.said
        if isinstance(said, ToolAnswers):
            said = called_by_others(said, known)
            said = labelled_by_others(one.file.path, said, numbered | known)
            said = named_classes(said, sorted(named | set(known.values()) or set(numbered.values())))
        found.append(replace(one, said=said))
    return found


def _of_rows(one: _Read, read: Sequence[_Read], named: set[str]) -> list[str]:
    """Says which groups of a file hold what cannot be one leaf, and which of its answers are never right, or tied."""
    said, path = one.said, one.file.path
    if isinstance(said, Predictions):
        given = [] if (said.group == said.photo_id).all() else said.group.tolist()
        places = [] if said.place is None else said.place.tolist()
        several = groups_of_several(path, given, said.classes[said.label].tolist(), places)
        return [*several, *ties_told(path, said.logits)]
    groups, places = ([] if told is None else told.tolist() for told in (said.group, said.place))
    several = groups_of_several(path, groups, said.label.tolist(), places)
    if said.probabilities is not None:
        return several
    return [*several, *never_right(path, said, {*named, *_labels(read)})]


def _labels(read: Sequence[_Read]) -> Iterator[str]:
    """True classes of all rows."""
    for one in read:
        yield from one.said.classes[one.said.label] if isinstance(one.said, Predictions) else one.said.label


def _trials(one: _Read, read: Sequence[_Read]) -> list[TrialPredictions]:
    if isinstance(one.said, Predictions):
        found = [TrialPredictions(one.file.seed, one.file.fold, one.said)]
    else:
        whole, only = _predictions(one.file.path, one.said, read)
        seeds = np.full(len(whole.label), one.file.seed) if one.said.seed is None else one.said.seed
        found = [TrialPredictions(int(seed), 0, whole.only(seeds == seed), only) for seed in np.unique(seeds)]
    for trial in found:
        ids, counts = np.unique(trial.predictions.photo_id, return_counts=True)
        if (counts > 1).any():
            raise PredictionsError(
                f"'{one.file.name}' must hold each photo once per seed.",
                f"{first_of(ids[counts > 1].tolist(), 5)} occurs more than once with seed {trial.seed}.",
                "Drop the copies, or tell the seeds apart; of photos called alike in two folders, write the folders.",
            )
    return found


def _predictions(path: Path, said: ToolAnswers, read: Sequence[_Read]) -> tuple[Predictions, bool]:
    """Rows as ours are, and whether only answers are known of them: these then stand as certain."""
    only = said.probabilities is None
    if only:
        check_called_alike(path, said)
    classes = _all_classes(path, said, read) if only else said.classes
    position = {name: index for index, name in enumerate(classes)}
    if unknown := sorted(set(said.label.tolist()) - set(classes)):
        raise PredictionsError(
            f"True classes of '{path}' must be among its classes: {', '.join(classes)}.",
            f"Unknown: {first_of(unknown, 5)}.",
            "Call the classes the same in both, and give one column of probability for each.",
        )
    label = np.array([position[one] for one in said.label.tolist()], dtype=np.int64)
    answered = np.array([position[one] for one in said.predicted.tolist()], dtype=np.int64)
    shares = np.eye(len(classes))[answered] if said.probabilities is None else said.probabilities
    group = said.photo if said.group is None else np.where(said.group == "", said.photo, said.group)
    test = np.full(len(label), "test")
    return Predictions(said.photo, test, label, logits_of(shares), np.array(classes), group, said.place), only


def _all_classes(path: Path, said: ToolAnswers, read: Sequence[_Read]) -> tuple[str, ...]:
    """Of answers alone: the classes that a file beside it names, else all that answers alone tell."""
    own = {*said.predicted.tolist(), *said.label.tolist()}
    told: set[str] = set()
    for one in read:
        names = one.said.classes
        if len(names) and own <= {str(name) for name in names}:
            return tuple(str(name) for name in names)
        if isinstance(one.said, ToolAnswers) and not len(names):
            told |= {*one.said.predicted.tolist(), *one.said.label.tolist()}
    check_spelled_alike(path, own | told)
    return tuple(sorted(own | told))
