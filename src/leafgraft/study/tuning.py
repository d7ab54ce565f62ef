"""The stage that searches settings, on validation photos alone, before any trial is planned."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from leafgraft.choices.menu import resolve
from leafgraft.errors import MenuError, UsageError
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.tuning import Tuned, extremes
from leafgraft.storage.study_file import resolved_text
from leafgraft.study.bench import Bench
from leafgraft.study.page import TUNING
from leafgraft.study.preflight import check_ensembles
from leafgraft.study.trials import describe, named_searches, resolve_recipes
from leafgraft.training.launch import open_crew

JOURNAL = "tuning.journal"


def tune_bench(bench: Bench, launch: Launch) -> Bench:
    """Search what the study asks to, and put what was found in its place; what was searched before is taken up.

    Raises:
        UsageError: optuna is not installed.
        TrainingError: A search found nothing that can be trained.
    """
    if not bench.study.tuned:
        bench.folder.remove(TUNING)
        return bench
    samples = [trial for tuned in bench.study.tuned for trial in _samples(bench, tuned)]
    wider = replace(bench, recipes=(*bench.recipes, *(trial.recipe for trial in samples)))
    found, told = _search_all(wider, samples, launch)
    study = replace(bench.study, recipes=(*bench.study.recipes, *found), tuned=())
    recipes = resolve_recipes(study)
    check_ensembles(study, recipes)
    names = {recipe.identity: recipe.name for recipe in recipes}
    for recipe, one in zip(found, told, strict=True):
        one["recipe"] = names[recipe.identity]
    bench.folder.write_json(TUNING, {"searches": told})
    bench.folder.write_text("resolved.yaml", resolved_text(replace(study, recipes=recipes)))
    return replace(bench, study=study, recipes=recipes, _inputs={})


def _search_all(bench: Bench, samples: Sequence[Trial], launch: Launch) -> tuple[list[Recipe], list[dict[str, Any]]]:
    """The recipe that each search found, and what is told of the search."""
    if importlib.util.find_spec("optuna") is None:
        raise UsageError("tune needs optuna.", "It is not installed.", "Install it: pip install 'leafgraft[tune]'.")
    from leafgraft.training import tune  # noqa: PLC0415 - optuna is an extra
    from leafgraft.training.tuning_journal import open_storage, quiet_optuna  # noqa: PLC0415

    wanted = named_searches(bench.study)
    inputs = {trial.recipe.image_size: bench.inputs_of(trial) for trial in samples}
    most = max(tuned.tuning.trials for tuned in wanted)
    found, told = [], []
    with quiet_optuna(), open_crew(launch, samples, inputs, bench.folder, bench.progress, most) as crew:
        storage = open_storage(bench.folder.file(JOURNAL))
        for tuned in wanted:
            training = replace(bench.study.training, seeds=bench.study.training.seeds[:1])
            fingerprint = bench.inputs_of(Trial(tuned.recipe, training, training.seeds[0], 0)).fingerprint
            at_once = launch.jobs or int(launch.engine == "local")  # else as many as the cluster has room for
            search = tune.open_search(storage, tuned, training, fingerprint, bench.progress, at_once)
            with bench.progress.task(search.title, tuned.tuning.trials) as search.advance:
                search.advance(len(tune.finished(search.study)))
                crew.work(search)
            recipe = tune.found_recipe(search, tune.tried_in_all(storage, search))
            found.append(recipe)
            counted = {"base": tuned.recipe.name, "best_of": recipe.best_of, "found": describe(recipe)}
            told.append({**counted, **tune.search_to_json(search)})
            bench.folder.log("search done", stage="tuning", base=tuned.recipe.name, best_of=recipe.best_of)
    return found, told


def _samples(bench: Bench, tuned: Tuned) -> list[Trial]:
    """Trials of every kind that the search may try."""
    training, found = bench.study.training, []
    for recipe in extremes(tuned):
        with suppress(MenuError):  # what does not go together is not trained
            found.append(Trial(resolve(recipe), training, training.seeds[0], 0))
    return found
