"""Derived trials, each with its own key and predictions file: test-time augmentation, ensembles, averaged weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from leafgraft.evaluation.metrics import validation_loss
from leafgraft.records.digest import short_digest
from leafgraft.records.display import counted
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.study import Ensemble, Study
from leafgraft.storage.predictions import Predictions, read_predictions, write_predictions
from leafgraft.storage.study_folder import StudyFolder, TrialFolder
from leafgraft.study.costs import cost_of_average, cost_of_members
from leafgraft.study.steps.preflight import missing_members
from leafgraft.training.analysis.averaging import write_average
from leafgraft.training.analysis.second_folders import answers_of
from leafgraft.training.analysis.tta import ensemble, logits_of_views
from leafgraft.training.fit.predict import predictions_of, second_predictions
from leafgraft.training.photos.inputs import TrialInputs


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived trial.

    Attributes:
        key: Its folder under ``trials``.
        name: Display name of the derived recipe.
        seed: Seed of its members.
        fold: Fold of its members.
        of: Keys of the trials that it is made from.
        identity: Short hash of what it is, whatever it is called.
    """

    key: str
    name: str
    seed: int
    fold: int
    of: tuple[str, ...]
    identity: str


def derive(
    study: Study,
    trials: Sequence[Trial],
    inputs_of: Callable[[Trial], TrialInputs],
    folder: StudyFolder,
    progress: Progress,
) -> tuple[Derived, ...]:
    """Make every derived trial that the study asks for and that is not there yet."""
    made = _views_of_all(study.tta_views, trials, inputs_of, folder, progress) if study.tta_views else []
    for wanted in study.ensembles:
        if wanted.average == "weights":
            of_members = _averages(wanted, trials, inputs_of, folder, progress)
        else:
            of_members = _ensembles(wanted, trials, inputs_of, folder, progress)
        if not of_members:
            progress.say(f"{wanted.name}: left out, as it takes more recipes than could be trained.")
        made.extend(of_members)
    if made:
        progress.say(f"{counted(len(made), 'derived trial')} (test-time augmentation, ensembles, averaged weights)")
    return tuple(made)


def views_key(trial: Trial, views: int) -> str:
    """Key of the derived trial that answers with so many views of each photo."""
    return f"tta{views}-{trial.key}"


def _views_of_all(
    views: int,
    trials: Sequence[Trial],
    inputs_of: Callable[[Trial], TrialInputs],
    folder: StudyFolder,
    progress: Progress,
) -> list[Derived]:
    """Test-time augmentation of every trial."""
    made = []
    first: dict[tuple[str, int], Derived] = {}  # of trials that are the same for every seed
    with progress.task(f"Test-time augmentation, {views} views", len(trials)) as advance:
        for trial in trials:
            name = f"{trial.recipe.name} + TTA({views})"
            identity = _digest([f"tta{views}", trial.recipe.identity])
            key = views_key(trial, views)
            derived = Derived(key, name, trial.seed, trial.fold, (trial.key,), identity)
            _make_tta(trial, inputs_of(trial), folder, derived, (views, first.get((identity, trial.fold)), progress))
            if trial.recipe.same_for_every_seed:
                first.setdefault((identity, trial.fold), derived)
            made.append(derived)
            progress.note("trial done", trial=derived.key)
            advance(1)
    return made


def _make_tta(
    trial: Trial, inputs: TrialInputs, folder: StudyFolder, derived: Derived, of: tuple[int, Derived | None, Progress]
) -> None:
    """What is not there of so many views of a trial; those of an equal trial with another seed are taken over."""
    views, equal, progress = of
    target, made_of = folder.trial(derived.key), _made_of(derived, folder)
    done = target.is_done(made_of, progress.say, _made_of_before(derived, folder))
    if done and target.is_up_to_date(made_of, inputs.answered):
        return
    names = target.unanswered(inputs.answered) if done else tuple(inputs.also_test)
    if done and not names:
        target.answer(made_of, inputs.answered, {})
        return
    if equal is None:
        logits = logits_of_views(trial, inputs, folder.trial(trial.key), views)
        second = {name: second_predictions(inputs, name, logits) for name in names}
        whole: Callable[[], Predictions] = partial(predictions_of, trial, inputs, logits)
    else:
        there = folder.trial(equal.key)
        second, whole = {name: read_second(there, name) for name in names}, there.read_predictions
    if done:
        target.answer(made_of, inputs.answered, second)
        return
    predictions = whole()
    target.begin()
    for name, other in second.items():
        write_predictions(target.also_test(name), other)
    _finish(folder, derived, predictions, views)


def _ensembles(
    wanted: Ensemble,
    trials: Sequence[Trial],
    inputs_of: Callable[[Trial], TrialInputs],
    folder: StudyFolder,
    progress: Progress,
) -> list[Derived]:
    members = choose_members(wanted, trials, folder)
    made: list[Derived] = []
    for of in _together(members, trials):
        keys = tuple(trial.key for trial in of)
        identity = _digest(["ensemble", *(member.identity for member in members)])
        key = f"ensemble{len(members)}-s{of[0].seed}-f{of[0].fold}-{_digest(keys)[:8]}"
        derived = Derived(key, wanted.name, of[0].seed, of[0].fold, keys, identity)
        target, made_of, second = folder.trial(derived.key), _made_of(derived, folder), inputs_of(of[0]).answered
        if not (target.is_done(made_of, progress.say) and target.is_up_to_date(made_of, second)):
            sources = [folder.trial(key) for key in keys]
            target.begin()
            for other in second:
                write_predictions(target.also_test(other), ensemble([read_second(source, other) for source in sources]))
            _finish(folder, derived, ensemble([source.read_predictions() for source in sources]), 1)
        made.append(derived)
    return made


def _together(members: Sequence[Recipe], trials: Sequence[Trial]) -> Iterator[list[Trial]]:
    """The trials of the members, in their order, of each seed and fold that all of them have; none of no members."""
    for seed, fold in sorted({(trial.seed, trial.fold) for trial in trials}):
        of = [t for m in members for t in trials if t.recipe.name == m.name and (t.seed, t.fold) == (seed, fold)]
        if of and len(of) == len(members):
            yield of


def averages(wanted: Ensemble, trials: Sequence[Trial], folder: StudyFolder) -> Iterator[tuple[str, list[Trial]]]:
    """Key of each network that averages weights, with the two trials that it is made from."""
    for of in _together(choose_members(wanted, trials, folder), trials):
        digest = _digest([*(trial.key for trial in of), repr(wanted.share)])[:8]
        yield f"average{wanted.share:g}-s{of[0].seed}-f{of[0].fold}-{digest}", of


def _averages(
    wanted: Ensemble,
    trials: Sequence[Trial],
    inputs_of: Callable[[Trial], TrialInputs],
    folder: StudyFolder,
    progress: Progress,
) -> list[Derived]:
    """Networks that average weights; their folders hold what those of trained ones hold, but for a history."""
    name, made = wanted.name, []
    listed = list(averages(wanted, trials, folder))
    with progress.task(name, len(listed)) as advance:
        for key, of in listed:
            identity = _digest(["average", repr(wanted.share), *(trial.recipe.identity for trial in of)])
            derived = Derived(key, name, of[0].seed, of[0].fold, tuple(trial.key for trial in of), identity)
            inputs, target = inputs_of(of[0]), folder.trial(key)
            told = {"name": name, "key": key, "derived_from": list(derived.of), "made_of": _made_of(derived, folder)}
            done = target.is_done(inputs.fingerprint, progress.say, inputs.earlier)
            known = target.read_info() if done else {}
            if known.get("made_of") in _made_of_before(derived, folder):
                known["made_of"] = told["made_of"]
            if not told.items() <= known.items():  # members of another name now name it so
                members = [(trial, folder.trial(trial.key)) for trial in of]
                costs = cost_of_average([source.read_info() for _, source in members])
                write_average(members, wanted.share, inputs, target, told | costs, progress)
            elif not target.is_up_to_date(inputs.fingerprint, inputs.answered):
                opened_as = next(one for one in of if one.key == target.read_info()["opened_as"])
                names = target.unanswered(inputs.answered)
                answers = answers_of(opened_as, inputs, target, names, progress)
                target.answer(inputs.fingerprint, inputs.answered, answers)
            made.append(derived)
            progress.note("trial done", trial=key)
            advance(1)
    return made


def choose_members(wanted: Ensemble, trials: Sequence[Trial], folder: StudyFolder) -> list[Recipe]:
    """Members by name, all, or those of the lowest mean validation loss; none where some could not be trained."""
    recipes: dict[str, Recipe] = {trial.recipe.name: trial.recipe for trial in trials}
    least = wanted.members if wanted.of == "best" else 2
    if missing_members(wanted, list(recipes)) or len(recipes) < least:
        return []
    if isinstance(wanted.of, tuple):
        return [recipes[name] for name in wanted.of]
    if wanted.of == "all":
        return list(recipes.values())
    losses: dict[str, list[float]] = {name: [] for name in recipes}
    for trial in trials:
        losses[trial.recipe.name].append(validation_loss(folder.trial(trial.key).read_predictions()))
    ranked = sorted(recipes, key=lambda name: float(np.mean(losses[name])))
    return [recipes[name] for name in ranked[: wanted.members]]


def read_second(folder: TrialFolder, name: str) -> Predictions:
    """Predictions of a trial on the second folder `name`."""
    return read_predictions(folder.also_test(name))


def _finish(folder: StudyFolder, derived: Derived, predictions: Predictions, passes: int) -> None:
    cost = cost_of_members([folder.trial(key).read_info() for key in derived.of], passes)
    info = {"derived_from": list(derived.of), "seed": derived.seed, "fold": derived.fold, **cost}
    target = folder.trial(derived.key)
    target.write_info(info)
    target.finish(predictions, _made_of(derived, folder))


def _made_of(derived: Derived, folder: StudyFolder) -> str:
    """Short hash of its members' files, but for second folders: made from others, it does not count as done."""
    return _digest([json.dumps(folder.trial(key).without_second(), sort_keys=True) for key in derived.of])


def _made_of_before(derived: Derived, folder: StudyFolder) -> list[str]:
    """The same as versions before 2026-12 made it, of the answers to second folders, too: it counts as well."""
    return [_digest([json.dumps(folder.trial(key).checksums(), sort_keys=True) for key in derived.of])]


def _digest(parts: Sequence[str]) -> str:
    return short_digest(json.dumps(list(parts)), 12)
