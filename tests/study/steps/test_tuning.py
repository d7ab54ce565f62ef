"""What searches found takes the place of what was planned, in ensembles and plans, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leafgraft.choices.resolve import resolve
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Choice, Recipe, Trial
from leafgraft.records.study import Ensemble, Study
from leafgraft.records.tuning import Options, Tuned, Tuning
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.storage.study_syntax.whole_study import resolved_text
from leafgraft.study.commands.request import check_study
from leafgraft.study.context import StudyContext
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps import tuning
from leafgraft.study.steps.tuning import take_up_found, tune_study
from leafgraft.study.trial_list import planned_recipes
from leafgraft.training.search.optuna_search import Search

GIVEN = Recipe(Choice("squeezenet1_1"), weights="none", learning_rate=0.001)
OTHER = replace(GIVEN, head=Choice("mlp"))
RATES = Tuning({"learning_rate": Options((0.001, 0.0123))}, trials=12)
STUDY = Study("leaves", "/leaves", (GIVEN, OTHER), (Tuned(GIVEN, RATES),))
STATIC, DEEPER, PLANNED = (recipe.name for recipe in planned_recipes(STUDY))
FOUND = "squeezenet1_1 frozen linear learning_rate=0.0123 (best of 12)"


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def search(study: Study, folder: StudyFolder, looking: Looking, rate: float) -> StudyContext:
    """The study after its searches, which found that rate."""
    context: Any = StudyContext(study, check_study(study), None, {}, None, folder, looking, "cpu")  # type: ignore[arg-type]
    recipe = replace(resolve(replace(GIVEN, learning_rate=rate)), best_of=12)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "_search_all", lambda *_: ([recipe], [{"loss": 0.5}]))
        return tune_study(context, Launch())


@pytest.mark.parametrize("rate", [0.0123, 0.001])
def test_ensembles_name_what_was_found(folder: StudyFolder, looking: Looking, rate: float) -> None:
    """Names were those of the first settings before the search, and had to be those of the found ones after it."""
    wanted = (Ensemble((STATIC, PLANNED, DEEPER)), Ensemble("best", 3), Ensemble("all"))
    after = search(replace(STUDY, ensembles=wanted), folder, looking, rate)
    names = [recipe.name for recipe in after.recipes]
    merged = rate == 0.001
    assert after.study.ensembles == (
        Ensemble((names[0], names[1]) if merged else (names[0], FOUND, names[1])),
        *wanted[1:],
    )
    assert load_study(folder.file("resolved.yaml")).ensembles == after.study.ensembles
    (told,) = folder.read_json("tuning.json")["searches"]
    assert told["recipe"] == (names[0] if merged else FOUND)


def test_a_rate_that_is_a_whole_number_is_found(folder: StudyFolder, looking: Looking) -> None:
    """YAML has 1 and 1.0; of a recipe they are one rate, given or found."""
    given = replace(GIVEN, learning_rate=1.0)
    study = replace(STUDY, recipes=(given,), tuned=(Tuned(given, Tuning({"learning_rate": Options((0.1, 1))})),))
    after = search(study, folder, looking, 1)
    assert [one.identity for one in after.recipes] == [resolve(given).identity]
    assert load_study(folder.file("resolved.yaml")).recipes[0].identity == after.recipes[0].identity


@pytest.mark.parametrize("average", ["probabilities", "weights"])
def test_a_recipe_and_its_equal_are_no_ensemble(folder: StudyFolder, looking: Looking, average: str) -> None:
    study = replace(STUDY, ensembles=(Ensemble((STATIC, PLANNED), average=average),))
    assert len(search(study, folder, looking, 0.0123).study.ensembles) == 1
    assert search(study, folder, looking, 0.001).study.ensembles == ()
    (said,) = looking.progress.lines  # type: ignore[attr-defined]
    assert said.endswith("left out, as a search found the settings of the other recipe.")


def test_two_ensembles_that_become_one_are_made_once(folder: StudyFolder, looking: Looking) -> None:
    study = replace(STUDY, ensembles=(Ensemble((STATIC, DEEPER)), Ensemble((PLANNED, DEEPER))))
    assert len(search(study, folder, looking, 0.0123).study.ensembles) == 2
    assert len(search(study, folder, looking, 0.001).study.ensembles) == 1


def test_a_plan_takes_up_what_was_found(folder: StudyFolder, looking: Looking) -> None:
    """A study that was run, and then planned alone, lists the same trials under the same names."""
    study = replace(STUDY, ensembles=(Ensemble((STATIC, PLANNED)),))
    context: Any = StudyContext(study, check_study(study), None, {}, None, folder, looking, "cpu")  # type: ignore[arg-type]
    folder.write_text("resolved.yaml", resolved_text(study))
    assert take_up_found(context) is context
    found = search(study, folder, looking, 0.0123)
    again = take_up_found(context)
    assert [(one.name, one.identity) for one in again.recipes] == [(one.name, one.identity) for one in found.recipes]
    assert again.study.ensembles == found.study.ensembles
    assert not again.study.tuned


class EndsAll:
    """An executor of which every job reaches the same."""

    def work(self, queue: Search) -> None:
        while (job := queue.next()) is not None:
            result = {"loss": 0.5, "accuracy": 0.5, "epochs": 1, "seconds": 0.1, "losses": [0.5], "stopped": "x"}
            queue.ended(job, result)


def test_searches_that_have_ended_ask_for_no_workers(
    folder: StudyFolder, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    @contextmanager
    def executor(*given: Any) -> Iterator[EndsAll]:
        asked.append(given[-1])
        yield EndsAll()

    monkeypatch.setattr(tuning, "open_executor", executor)
    inputs = SimpleNamespace(fingerprint="drawn", earlier=())
    folder.path.mkdir()
    for trials in (12, 12, 5, 20):
        study = replace(STUDY, tuned=(Tuned(GIVEN, replace(RATES, trials=trials)),))
        known = {"study": study, "folder": folder, "progress": looking.progress}
        context: Any = SimpleNamespace(**known, inputs_of=lambda _: inputs)
        tuning._search_all(context, [Trial(resolve(GIVEN), study.training, 0, 0)], Launch(jobs=2))
    assert asked == [12, 0, 0, 8]
