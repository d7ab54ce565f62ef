"""Search a recipe's settings: optuna proposes, validation photos judge, and what lags behind is given up early."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import optuna
from optuna.pruners import MedianPruner, NopPruner
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, TrialState

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.choices.resolve import resolve
from leafgraft.errors import MenuError, TrainingError
from leafgraft.records.digest import short_digest
from leafgraft.records.progress import Advance, Progress
from leafgraft.records.recipe import Recipe, Training, Trial, without_where
from leafgraft.records.tuning import Range, Tuned, extremes, searched_space
from leafgraft.training.search.journal import FIXED, kept_studies, name_anew
from leafgraft.training.search.picks import Kept, Suggested
from leafgraft.training.search_trial import PRUNED
from leafgraft.training.workers.events import Outcome
from leafgraft.training.workers.jobs import Job

STARTUP_TRIALS = 5  # that are never given up early: the others need something to be compared with
WARMUP_EPOCHS = 3
LEAST_FOR_IMPORTANCE = 8
LOST, REASON, RESULT = "lost", "reason", "result"
DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(slots=True, eq=False)
class Search:
    """One search: gives out settings to try, and hears what they reach.

    Attributes:
        tuned: The recipe, resolved and named, and what may change in it.
        training: How long each trial trains.
        fingerprints: Fingerprints of the photos and their split, as `open_search` takes them.
        study: Optuna's.
        progress: Where words go.
        at_once: Settings of one round: they are tried at the same time, and the next round learns from all of them, so
            that it does not matter which was done first. 0 learns from each as soon as it has ended.
        advance: Called for each trial that ends.
    """

    tuned: Tuned
    training: Training
    fingerprints: Sequence[str]
    study: optuna.Study
    progress: Progress
    at_once: int = 1
    advance: Advance = lambda _steps: None
    _asked: int = 0
    _given: int = 0
    _ended: dict[int, Outcome] = field(default_factory=dict)
    _proposals: dict[int, optuna.Trial] = field(default_factory=dict)
    _best_loss: float = float("inf")

    @property
    def title(self) -> str:
        """For the person."""
        return f"Search for {self.tuned.recipe.name}"

    @property
    def left(self) -> int:
        """How many settings are still to be tried."""
        return max(0, self.tuned.tuning.trials - self._asked)

    def next(self) -> Job | None:
        """The next settings of a round; those that do not go together are of it, and count as tried."""
        while self._asked < self.tuned.tuning.trials and not (self.at_once and self._given >= self.at_once):
            seed = self.tuned.tuning.seed * 1_000_003 + self._asked
            self.study.sampler = TPESampler(seed=seed % 2**32)  # NumPy takes no larger one
            proposal = self.study.ask()
            self._asked += 1
            self._given += 1
            self._proposals[proposal.number] = proposal
            try:
                recipe = resolve(self.tuned.draw(Suggested(proposal)))
            except MenuError as error:
                self._take_down(proposal.number, str(error))
                continue
            recipe = replace(recipe, name=f"{self.tuned.recipe.name} #{proposal.number}")
            return Job(Trial(recipe, self.training, self.training.seeds[0], 0), self.fingerprints[0], proposal.number)
        return None

    def alike(self, _job: Job) -> list[Job]:
        """None: settings are tried alone, for others are chosen by what they reach."""
        return []

    def goes_on(self, job: Job, epoch: int, loss: float) -> bool:
        """Whether a trial that has reached `loss` is worth another epoch."""
        proposal = self._proposals[job.proposal]
        proposal.report(loss, epoch)
        return not proposal.should_prune()

    def ended(self, job: Job, outcome: Outcome) -> None:
        """Take down what settings reach."""
        self._take_down(job.proposal, outcome)

    def _take_down(self, number: int, outcome: Outcome) -> None:
        self._ended[number] = outcome
        self.advance(1)
        self._end_round()

    def _end_round(self) -> None:
        """Tell optuna what all settings of a round reach, in their order, once the last has ended."""
        whole = self._given == self.at_once or self._asked >= self.tuned.tuning.trials
        if self.at_once and not (whole and len(self._ended) == self._given):
            return
        for number, outcome in sorted(self._ended.items()):
            self._tell(number, outcome)
        self._given, self._ended = 0, {}

    def _tell(self, number: int, outcome: Outcome) -> None:
        """Tell optuna what settings reach."""
        if isinstance(outcome, str):
            self._fail(number, outcome)
            return
        self._proposals.pop(number).set_user_attr(RESULT, outcome)
        if outcome["stopped"] == PRUNED:
            self.study.tell(number, state=TrialState.PRUNED)
        else:
            self.study.tell(number, outcome["loss"])
            self._say_if_best(outcome["loss"])

    def _say_if_best(self, loss: float) -> None:
        if loss < self._best_loss:
            self._best_loss = loss
            count = len(finished(self.study))
            self.progress.say(f"{self.tuned.recipe.name}: lowest validation loss {loss:.4f} after {count} tried")

    def _fail(self, number: int, reason: str) -> None:
        self._proposals.pop(number).set_user_attr(REASON, reason)
        self.study.tell(number, state=TrialState.PRUNED)  # a failed one, in optuna's sense, would teach it nothing

    def lost(self, job: Job, reason: str) -> None:
        """Say that settings are tried again."""
        self.progress.say(f"{job.title}: the {reason}. The settings are tried again.")


def open_search(
    storage: JournalStorage,
    tuned: Tuned,
    training: Training,
    fingerprints: Sequence[str],
    progress: Progress,
    at_once: int = 1,
) -> Search:
    """Begin a search, or take it up where it was stopped: what was being tried then is tried again.

    Args:
        storage: Optuna's, in the study folder.
        tuned: The recipe, resolved and named, and what may change in it.
        training: How long each trial trains.
        fingerprints: Those of the photos and their split, then what earlier versions gave; others, another search.
        progress: Where words go.
        at_once: Settings of one round; see `Search`.

    Raises:
        WeightsError: Weights among which is searched cannot be had.
    """
    tuning, fingerprints = tuned.tuning, name_anew(storage, fingerprints)
    fixed = {key: value for key, value in asdict(tuned.recipe).items() if key not in tuning.space}
    decisive = [_fixed_part(fixed), asdict(replace(tuning, trials=0, where="")), asdict(training)]
    now, weights = without_where(decisive), _searched_weights(tuned, training)
    names = [_digest([*now, *of, fingerprints[0]]) for of in (weights, ())]  # earlier versions did not tell weights
    names += [_digest([*decisive, one]) for one in fingerprints]
    called = {one.user_attrs[FIXED].get("name", one.study_name): one.study_name for one in kept_studies(storage)}
    name = next((called[one] for one in names if one in called), names[0])  # journals of earlier versions go on
    pruner = MedianPruner(STARTUP_TRIALS, WARMUP_EPOCHS) if tuning.prune else NopPruner()
    study = optuna.create_study(
        storage=storage, study_name=name, pruner=pruner, direction="minimize", load_if_exists=True
    )
    told = {"name": names[0], "settings": without_where(_fixed_part(fixed)), "fingerprint": fingerprints[0]}
    told = study.user_attrs.get(FIXED, {}) | told
    if study.user_attrs.get(FIXED) != told:
        study.set_user_attr(FIXED, told)
    for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        storage.set_trial_user_attr(one._trial_id, LOST, value=True)  # noqa: SLF001 - optuna gives no other way
        study.tell(one.number, state=TrialState.FAIL)
    lowest = min((float(one.value or 0.0) for one in _complete(study)), default=float("inf"))
    done = len(finished(study))
    return Search(tuned, training, fingerprints, study, progress, at_once, _asked=done, _best_loss=lowest)


def _searched_weights(tuned: Tuned, training: Training) -> list[str]:
    """Which weights are searched among; those of a recipe that keeps its own are told by the fingerprint.

    Raises:
        WeightsError: They cannot be had.
    """
    if not tuned.tuning.space.keys() & {"backbone", "weights"}:
        return []
    identities = (weights_identity(one.backbone, one.weights, training.seeds[0]) for one in extremes(tuned))
    return list(dict.fromkeys(identities))


def _fixed_part(fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What a recipe is apart from what is searched for; lists of choices tell where each was written."""
    plain = json.loads(json.dumps(fixed, default=str))
    return {
        key: without_where(value) if isinstance(value, dict) else value
        for key, value in plain.items()
        if key not in {"name", "best_of"} and not (key == "balance" and value == "none")
    }


def _digest(decisive: Sequence[Any]) -> str:
    return short_digest(json.dumps(decisive, sort_keys=True, default=str), 16)


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ended, however, in order."""
    return study.get_trials(deepcopy=False, states=DONE)


def _complete(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that were trained to their end, in order."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def tried_in_all(storage: JournalStorage, search: Search) -> int:
    """Settings tried for this recipe on these photos, earlier searches over other ranges too."""
    return sum(len(finished(study)) for study in kept_studies(storage) if _alike(search, study.user_attrs[FIXED]))


def _alike(search: Search, other: Mapping[str, Any]) -> bool:
    """Whether another search is of one recipe with this: what both keep fixed is the same, on the same photos."""
    own, its = search.study.user_attrs[FIXED]["settings"], without_where(other["settings"])
    return other["fingerprint"] in search.fingerprints and all(own[key] == its[key] for key in own.keys() & its.keys())


def best_trial(search: Search) -> FrozenTrial:
    """The trial of the lowest validation loss.

    Raises:
        TrainingError: No settings were trained to their end.
    """
    complete = _complete(search.study)
    if not complete:
        ended = finished(search.study)
        reasons = [str(one.user_attrs[REASON]) for one in ended if REASON in one.user_attrs]
        raise TrainingError(
            f"The search of '{search.tuned.recipe.name}' must find settings that can be trained.",
            f"None of {len(ended)} could; the first: {reasons[0] if reasons else 'no reason is known'}",
            "Narrow the ranges under tune; lower the rates.",
        )
    return min(complete, key=lambda one: (float(one.value or 0.0), one.number))


def found_recipe(search: Search, best_of: int) -> Recipe:
    """The recipe with the settings that were found, resolved.

    Args:
        search: At its end.
        best_of: Settings that were tried in all.
    """
    return replace(resolve(search.tuned.draw(Kept(best_trial(search).params))), best_of=best_of)


def search_to_json(search: Search) -> dict[str, Any]:
    """What tuning.json tells of a search."""
    trials = [_trial_to_json(one) for one in finished(search.study)]
    best = best_trial(search)
    may_be = searched_space(search.tuned).items()
    space = {path: asdict(one) if isinstance(one, Range) else one for path, one in may_be}
    return {
        "loss": best.value,
        "accuracy": best.user_attrs[RESULT]["accuracy"],
        "settings": best.params,
        "space": space,
        **{state: sum(one["state"] == state for one in trials) for state in ("complete", "pruned", "failed")},
        "importance": _importance(search.study),
        "trials": trials,
    }


def _trial_to_json(one: FrozenTrial) -> dict[str, Any]:
    if REASON in one.user_attrs:
        return {"number": one.number, "state": "failed", "settings": one.params, "reason": one.user_attrs[REASON]}
    result = one.user_attrs[RESULT]
    state = "complete" if one.state is TrialState.COMPLETE else "pruned"
    told = {key: result[key] for key in ("loss", "accuracy", "epochs", "seconds", "losses")}
    return {"number": one.number, "state": state, "settings": one.params, **told}


def _importance(study: optuna.Study) -> dict[str, float]:
    """Share of each setting in what tells good trials from others (PED-ANOVA); empty for too few trials."""
    complete = _complete(study)
    if len(complete) < LEAST_FOR_IMPORTANCE or len({one.value for one in complete}) == 1:
        return {}
    return {name: round(share, 4) for name, share in optuna.importance.get_param_importances(study).items()}
