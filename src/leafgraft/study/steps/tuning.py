"""The stage that searches settings, on validation photos alone, before any trial is planned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from leafgraft.choices.menu import resolve
from leafgraft.errors import MenuError
from leafgraft.records.extras import of_an_extra
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.tuning import Tuned, extremes
from leafgraft.storage.study_syntax.whole_study import resolved_text
from leafgraft.study.context import StudyContext
from leafgraft.study.page.search_page import TUNING
from leafgraft.study.steps.preflight import check_ensembles
from leafgraft.study.trial_list import describe, named_searches, resolve_recipes
from leafgraft.training.launch import open_executor

JOURNAL = "tuning.journal"


def tune_study(context: StudyContext, launch: Launch) -> StudyContext:
    """Search what the study asks to, and put what was found in its place; what was searched before is taken up.

    Raises:
        UsageError: optuna is not installed.
        TrainingError: A search found nothing that can be trained.
    """
    if not context.study.tuned:
        context.folder.remove(TUNING)
        return context
    samples = [trial for tuned in context.study.tuned for trial in _samples(context, tuned)]
    wider = replace(context, recipes=(*context.recipes, *(trial.recipe for trial in samples)))
    found, told = _search_all(wider, samples, launch)
    study = replace(context.study, recipes=(*context.study.recipes, *found), tuned=())
    recipes = resolve_recipes(study)
    check_ensembles(study, recipes)
    names = {recipe.identity: recipe.name for recipe in recipes}
    for recipe, one in zip(found, told, strict=True):
        one["recipe"] = names[recipe.identity]
    context.folder.write_json(TUNING, {"searches": told})
    context.folder.write_text("resolved.yaml", resolved_text(replace(study, recipes=recipes)))
    return replace(context, study=study, recipes=recipes, _inputs={})


def _search_all(
    context: StudyContext, samples: Sequence[Trial], launch: Launch
) -> tuple[list[Recipe], list[dict[str, Any]]]:
    """The recipe that each search found, and what is told of the search."""
    with of_an_extra():
        from leafgraft.training.search import optuna_search  # noqa: PLC0415 - optuna is an extra
        from leafgraft.training.search.journal import open_storage, quiet_optuna  # noqa: PLC0415

    wanted = named_searches(context.study)
    inputs = {trial.recipe.image_size: context.inputs_of(trial) for trial in samples}
    most = max(tuned.tuning.trials for tuned in wanted)
    found, told = [], []
    with quiet_optuna(), open_executor(launch, samples, inputs, context.folder, context.progress, most) as executor:
        storage = open_storage(context.folder.file(JOURNAL))
        for tuned in wanted:
            training = replace(context.study.training, seeds=context.study.training.seeds[:1])
            of_photos = context.inputs_of(Trial(tuned.recipe, training, training.seeds[0], 0))
            fingerprints = list(dict.fromkeys([of_photos.fingerprint, *of_photos.earlier]))
            at_once = launch.jobs or int(launch.engine == "local")  # else as many as the cluster has room for
            search = optuna_search.open_search(storage, tuned, training, fingerprints, context.progress, at_once)
            with context.progress.task(search.title, tuned.tuning.trials) as search.advance:
                search.advance(len(optuna_search.finished(search.study)))
                executor.work(search)
            recipe = optuna_search.found_recipe(search, optuna_search.tried_in_all(storage, search))
            found.append(recipe)
            counted = {"base": tuned.recipe.name, "best_of": recipe.best_of, "found": describe(recipe)}
            told.append({**counted, **optuna_search.search_to_json(search)})
            context.folder.log("search done", stage="tuning", base=tuned.recipe.name, best_of=recipe.best_of)
    return found, told


def _samples(context: StudyContext, tuned: Tuned) -> list[Trial]:
    """Trials of every kind that the search may try."""
    training, found = context.study.training, []
    for recipe in extremes(tuned):
        with suppress(MenuError):  # what does not go together is not trained
            found.append(Trial(resolve(recipe), training, training.seeds[0], 0))
    return found
