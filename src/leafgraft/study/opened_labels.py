"""When test labels were first opened, and for what: what came, changed or was left out after that is told."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from leafgraft.errors import StudyFolderError
from leafgraft.records.display import counted
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import OPENED
from leafgraft.study.steps.derive import Derived

OPENING, OPENED_FOR_MORE = "test rows opened", "test rows opened for more"  # events of the log
SHARES_BEFORE = 5  # that earlier versions wrote of a split: three shares, the seed, whether groups were kept


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study asks for, beside its trials.

    Attributes:
        split: How the photos were divided; None if they came so.
        weights: Which ones the trials of each recipe start from, by the recipe's identity.
        tested: Short hash of the test photos of each fold; none where nothing says.
        recipes: Identities of all its recipes, also of those that could not be trained; None for those of the trials.
        corrected: Label that corrections gave a photo, empty where they excluded it, and whether it is a test photo,
            by its id.
    """

    split: SplitPlan | None = None
    weights: Mapping[str, str] = field(default_factory=dict)
    tested: tuple[str, ...] = ()
    recipes: frozenset[str] | None = None
    corrected: Mapping[str, tuple[str, bool]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AfterTest:
    """What happened to a study after its test labels were first opened.

    Attributes:
        later: Recipes that were added, or trained otherwise.
        left_out: How many were tested and are not in the study any more; what is made of recipes is not counted.
        corrected: How many test photos got another label, and how many were excluded.
    """

    later: tuple[str, ...] = ()
    left_out: int = 0
    corrected: tuple[int, int] = (0, 0)


def open_test_labels(
    trials: Sequence[Trial],
    derived: Sequence[Derived],
    folder: StudyFolder,
    progress: Progress,
    asked: Asked | None = None,
) -> AfterTest:
    """Note when the test labels were first opened, and for what; say what was changed later.

    A recipe added after the test figures of others were seen may have been chosen because of them; so may epochs,
    patience, batch size and views, the test photos, fewer seeds, and other weights under the same name. What was
    tested and is left out may have been left out because of them.

    Args:
        trials: All of the study.
        derived: What is made from them.
        folder: Folder of the study.
        progress: Told what was changed later.
        asked: What else the study asks for.
    """
    asked = asked or Asked()
    identities = {trial.recipe.name: trial.recipe.identity for trial in trials}
    identities |= {one.name: one.identity for one in derived}
    now = _Opened.now(trials, frozenset(identities.values()) | (asked.recipes or frozenset()), asked)
    before = _opened_before(folder, progress)
    if before is None:
        folder.log(OPENING, stage="evaluation", **now.to_json())
        folder.write_json(OPENED, now.to_json())
        return AfterTest()
    _note_tested(before, now, folder)
    changed = before.trials_changed(trials, now)
    otherwise = {trial.recipe.name for trial in trials if trial.key in changed}
    otherwise |= {one.name for one in derived if any(key in changed for key in one.of)}
    if before.tested_otherwise(now) or before.lacks_seeds(trials):
        otherwise = set(identities)
    later = tuple(name for name, one in identities.items() if one not in before.recipes or name in otherwise)
    left_out = len(set(before.trained or ()) - (asked.recipes or set(now.trained or ())))
    if later:
        progress.say(
            f"Added, or trained otherwise, after the test rows were seen: {', '.join(later)}. The page marks them."
        )
    if left_out:
        what = counted(left_out, "recipe was tested and is", "recipes were tested and are")
        progress.say(f"{what} left out of the study since the test rows were seen. The page says so.")
    return AfterTest(later, left_out, before.corrected_since(asked))


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opened.json holds; None where nothing says, as in files of earlier versions.

    Attributes:
        recipes: Identities of the recipes whose test rows were opened first, and of what was made of them.
        training: Epochs, patience, batch size and views that these trained with.
        split: Shares and seed of the split, and whether groups were kept.
        weights: That recipes started from, by their identity, as far as something says.
        tested: Short hash of the test photos of each fold.
        seeds: That were tested, then or since.
        trained: Identities of recipes that were tested, then or since, and not made of others.
        opened: When.
        corrected: Label that corrections had given a photo, empty where they had excluded it, by its id.
    """

    recipes: frozenset[str]
    training: Any = None
    split: Any = None
    weights: Any = None
    tested: Any = None
    seeds: Any = None
    trained: Any = None
    opened: Any = None
    corrected: Any = None

    @classmethod
    def now(cls, trials: Sequence[Trial], recipes: frozenset[str], asked: Asked) -> _Opened:
        """As a study is now."""
        return cls(
            recipes,
            next((_training_of(trial) for trial in trials if not trial.recipe.solved), None),
            _shares_of(asked.split),
            dict(asked.weights),
            list(asked.tested) or None,
            sorted({trial.seed for trial in trials}),
            sorted({trial.recipe.identity for trial in trials}),
            time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            {one: label for one, (label, _) in asked.corrected.items()},
        )

    @classmethod
    def of(cls, opening: Mapping[str, Any]) -> _Opened:
        """Earlier versions wrote recipes by name, and nothing of their training."""
        recipes = opening["recipes"]
        named = frozenset(recipes.values() if isinstance(recipes, dict) else recipes)
        return cls(named, *map(opening.get, _Opened.__slots__[1:]))

    def to_json(self) -> dict[str, Any]:
        """As opened.json and the log hold it."""
        told = {name: getattr(self, name) for name in _Opened.__slots__[1:]}
        return {"opened": told.pop("opened"), "recipes": sorted(self.recipes), **told}

    def with_tested(self, seeds: Iterable[int], trained: Iterable[str], corrected: Any) -> _Opened:
        """With seeds and recipes that were tested since, and with what was corrected by now, where nothing says."""
        seen = {*(self.seeds or ()), *seeds}, {*(self.trained or ()), *trained}
        before = corrected if self.corrected is None else self.corrected
        return replace(self, seeds=sorted(seen[0]), trained=sorted(seen[1]), corrected=before)

    def trials_changed(self, trials: Sequence[Trial], now: _Opened) -> set[str]:
        """Keys of trials that train for another time, or start from other weights."""
        for_another_time = self.training not in (None, now.training)
        changed = {trial.key for trial in trials if for_another_time and not trial.recipe.solved}
        return changed | {one.key for one in trials if self._started_otherwise(one.recipe.identity, now)}

    def _started_otherwise(self, identity: str, now: _Opened) -> bool:
        before = (self.weights or {}).get(identity)
        return before is not None and before != now.weights.get(identity, before)

    def tested_otherwise(self, now: _Opened) -> bool:
        """Whether other photos are test photos; one part may become folds, and places, which are folds, be added."""
        shares = now.split if self.tested or not now.split else now.split[:SHARES_BEFORE]
        if now.split and self.split not in (None, shares):
            return True
        if not self.tested or not now.tested:
            return False
        came_so = self.split is None, now.split is None
        if len(now.tested) <= len(self.tested):
            return came_so[0] != came_so[1] or bool(self.tested != now.tested)
        return came_so[0] != came_so[1] or (len(self.tested) > 1 and not {*self.tested} <= {*now.tested})

    def corrected_since(self, asked: Asked) -> tuple[int, int]:
        """How many test photos were given another label, and were excluded; what was corrected before counts not."""
        if self.corrected is None:
            return 0, 0
        told = asked.corrected.items()
        since = [label for one, (label, tested) in told if tested and self.corrected.get(one) != label]
        return sum(map(bool, since)), since.count("")

    def lacks_seeds(self, trials: Sequence[Trial]) -> bool:
        """Whether the study asks no longer for a seed that was trained; more seeds are no other choice."""
        return not {seed for trial in trials for seed in trial.training.seeds}.issuperset(self.seeds or ())


def _note_tested(before: _Opened, now: _Opened, folder: StudyFolder) -> None:
    """Note seeds and recipes that are tested for the first time: these may be left out for their figures, too."""
    more = {"seeds": now.seeds, "trained": now.trained, "corrected": now.corrected}
    seen = before.with_tested(**more)
    if seen != before:
        folder.log(OPENED_FOR_MORE, stage="evaluation", **more)
        folder.write_json(OPENED, seen.to_json())


def _training_of(trial: Trial) -> list[int]:
    """How long it trains."""
    training = trial.training
    return [training.epochs, training.patience, training.batch_size, training.views]


def _shares_of(split: SplitPlan | None) -> list[float | str] | None:
    """What decides which photos are test photos, but for folds: these stand in what each tests."""
    if split is None:
        return None
    by_place = [split.leave_out] if split.leave_out else []
    return [split.train, split.validation, split.test, split.seed, split.keep_groups, *by_place]


def _opened_before(folder: StudyFolder, progress: Progress) -> _Opened | None:
    """What was opened first; None if nothing was yet.

    opened.json says so. Where it is lost or damaged, the log does; where both are, every recipe counts as added later.
    """
    lost = False
    if folder.has(OPENED):
        try:
            return _Opened.of(folder.read_json(OPENED))
        except (StudyFolderError, KeyError, AttributeError, TypeError):
            lost = True
    events = [event for event in folder.events.events() if event.get("event") in {OPENING, OPENED_FOR_MORE}]
    logged = [event for event in events if event["event"] == OPENING]
    if logged and isinstance(logged[0].get("recipes"), (dict, list)):
        found = _Opened.of(logged[0])
        for event in events:
            if event["event"] == OPENED_FOR_MORE:
                tested = event.get("seeds", ()), event.get("trained", ())
                found = found.with_tested(*tested, event.get("corrected"))
        folder.write_json(OPENED, found.to_json())
        return found
    if lost:
        progress.say(f"'{folder.file(OPENED)}' is damaged, and log.jsonl is silent: all recipes count as added later.")
        return _Opened(frozenset())
    return None
