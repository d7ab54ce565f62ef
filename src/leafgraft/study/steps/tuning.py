"""The stage that searches settings, on validation photos alone, before any trial is planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leafgraft.choices.resolve import resolve
from leafgraft.errors import MenuError
from leafgraft.records.extras import of_an_extra
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.study import Ensemble
from leafgraft.records.tuning import Tuned, extremes
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_syntax.whole_study import resolved_text
from leafgraft.study.context import StudyContext
from leafgraft.study.page.search_page import TUNING
from leafgraft.study.trial_list import describe, named_searches, resolve_recipes
from leafgraft.training.launch import open_executor

if TYPE_CHECKING:
    from leafgraft.training.search.optuna_search import Search  # optuna is an extra

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
    found, told = _search_all(context, samples, launch)
    study = replace(context.study, recipes=(*context.study.recipes, *found), tuned=())
    recipes = resolve_recipes(study)
    names = {recipe.identity: recipe.name for recipe in recipes}
    for recipe, one in zip(found, told, strict=True):
        one["recipe"] = names[recipe.identity]
    given = context.recipes[: len(context.recipes) - len(found)]
    called = {planned.name: names[now.identity] for planned, now in zip(context.recipes, (*given, *found), strict=True)}
    study = replace(study, ensembles=_called_anew(study.ensembles, called, context.progress))
    context.folder.write_json(TUNING, {"searches": told})
    context.folder.write_text("resolved.yaml", resolved_text(replace(study, recipes=recipes)))
    return replace(context, study=study, recipes=recipes, _inputs={})


def take_up_found(context: StudyContext) -> StudyContext:
    """The study with what its searches found, where resolved.yaml holds it; else as it is."""
    kept = load_study(context.folder.file("resolved.yaml"))
    if kept.tuned:
        return context
    study = replace(context.study, recipes=kept.recipes, ensembles=kept.ensembles, tuned=())
    return replace(context, study=study, recipes=resolve_recipes(study))


def _called_anew(ensembles: Sequence[Ensemble], called: Mapping[str, str], progress: Progress) -> tuple[Ensemble, ...]:
    """Ensembles of the recipes that were found, each once; those of a recipe and its equal are left out.

    Args:
        ensembles: As the study file names their members.
        called: What the recipes are called now, by the names that they were planned with.
        progress: Hears what is left out.
    """
    found: dict[str, Ensemble] = {}
    for wanted in ensembles:
        now = wanted
        if isinstance(wanted.of, tuple):
            now = replace(wanted, of=tuple(dict.fromkeys(called[name] for name in wanted.of)))
            if len(now.of) == 1 < len(wanted.of):
                progress.say(f"{wanted.name}: left out, as a search found the settings of the other recipe.")
                continue
        found[now.name] = now
    return tuple(found.values())


def _search_all(
    context: StudyContext, samples: Sequence[Trial], launch: Launch
) -> tuple[list[Recipe], list[dict[str, Any]]]:
    """The recipe that each search found, and what is told of the search."""
    with of_an_extra():
        from leafgraft.training.search import optuna_search  # noqa: PLC0415 - optuna is an extra
        from leafgraft.training.search.journal import open_storage, quiet_optuna  # noqa: PLC0415

    wanted = named_searches(context.study)
    inputs = {trial.recipe.image_size: context.inputs_of(trial) for trial in samples}
    training = replace(context.study.training, seeds=context.study.training.seeds[:1])
    at_once = launch.jobs or int(launch.engine == "local")  # else as many as the cluster has room for
    found, told = [], []

    def opened(tuned: Tuned) -> Search:
        of_photos = context.inputs_of(Trial(tuned.recipe, training, training.seeds[0], 0))
        fingerprints = list(dict.fromkeys([of_photos.fingerprint, *of_photos.earlier]))
        return optuna_search.open_search(storage, tuned, training, fingerprints, context.progress, at_once)

    with quiet_optuna():
        storage = open_storage(context.folder.file(JOURNAL))
        most = max(opened(tuned).left for tuned in wanted)
        with open_executor(launch, samples, inputs, context.folder, context.progress, most) as executor:
            for tuned in wanted:
                search = opened(tuned)  # after the one before it, whose settings may count for it, too
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
