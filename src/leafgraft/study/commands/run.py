"""`leafgraft run`, all steps in order: photos, audit, split, trials, evaluation, verdict, page, bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from leafgraft.data.read.source import open_source
from leafgraft.errors import BundleError
from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.records.evaluation import Evaluation
from leafgraft.records.finding import Floor
from leafgraft.records.launch import Launch
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Trial
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.study.commands.request import check_study, open_study
from leafgraft.study.context import StudyContext
from leafgraft.study.costs import write_costs
from leafgraft.study.earlier_run import identity_of, is_judged, take_up, take_up_trials
from leafgraft.study.page.study_page import write_page
from leafgraft.study.photo_set import Looking
from leafgraft.study.progress_log import ProgressLog
from leafgraft.study.results import Exported, Results
from leafgraft.study.steps.audit import audit_study
from leafgraft.study.steps.derive import Derived, derive
from leafgraft.study.steps.diagnosis import explain
from leafgraft.study.steps.evaluation import judge, open_test_labels, read_recipes, trial_keys
from leafgraft.study.steps.export.chosen_trial import choose_trial
from leafgraft.study.steps.export.export import export_trial
from leafgraft.study.steps.plan import expected_epochs, expected_of, write_plan
from leafgraft.study.steps.preflight import check_networks
from leafgraft.study.steps.prepare import begin, open_context, open_folder
from leafgraft.study.steps.shortfall import find_shortfalls
from leafgraft.study.steps.tuning import tune_study
from leafgraft.study.time_left import Work
from leafgraft.study.trial_list import complete_trials, list_trials
from leafgraft.training.launch import check_launch, choose_device, run_trials

OF_AN_EVALUATION = ("verdict.json", "diagnosis.json", "learning_curve.json", "robustness.json", "heat_maps.npz")


def run(
    photos: str,
    *,
    out: Path | None = None,
    jobs: int = 0,
    device: str = "auto",
    engine: str | Launch = "local",
    progress: Progress | None = None,
) -> Results:
    """Audit, split, train, compare, report and export: everything that is not done yet.

    Args:
        photos: A study file, or photos: a folder of class folders, a CSV, ``kaggle:OWNER/NAME``.
        out: Study folder; ``results/NAME`` by default.
        jobs: Trials at a time, each in a process of its own, and threads for reading photos; 0 trains one trial after
            the other in this process, and reads with every core.
        device: auto, cpu, cuda or mps.
        engine: ``local``, ``ray``, or all that is known of where trials run.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    shown = progress or Silent()
    study, place, launch = open_study(photos), choose_device(device), Launch.of(engine, jobs)
    check_launch(launch, place)
    recipes = check_study(study)
    folder = open_folder(study, out)
    source = open_source(study.photos, study.exclude)  # a wrong path is said before any weights are downloaded
    with folder.lock():
        take_up(folder, shown)
        progress_log = ProgressLog(shown, folder)
        progress_log.enter("photos")
        progress_log.expect(Work(len(source.files)).expected())
        check_networks(recipes, progress_log)
        looking = Looking(CacheFolder(default_cache_path()), progress_log, jobs)
        context = open_context(study, recipes, folder, looking, place)
        begin(context, photos)
        if study.tuned:
            progress_log.enter("tuning")
        context = tune_study(context, launch)
        progress_log.enter("plan")
        trials = list_trials(context.study, context.recipes, len(context.splits.folds), context.photos)
        take_up_trials(trials, folder, progress_log)
        planned = write_plan(context, trials)
        progress_log.expect(*expected_of(planned, folder), expected_epochs(context.study.training))
        progress_log.enter("audit")
        audited = audit_study(context)
        progress_log.enter("training")
        failed = run_trials(trials, context.inputs_of, folder, progress_log, launch)
        done = complete_trials(trials, failed)
        derived = derive(context.study, done, context.inputs_of, folder, progress_log)
        write_costs(folder, keys := trial_keys(done, derived))
        progress_log.enter("evaluation")
        evaluation, later = _evaluate(context, done, derived)
        verdict = judge(context, evaluation, keys, later)
        plain = folder.read_json("evaluation.json")
        progress_log.enter("diagnosis")
        explain(context, done, plain, verdict)
        progress_log.enter("report")
        page = write_page(folder, failed)
        exported, failure = _export(context, trials, progress_log, failed)
    return Results(folder.path, page, plain, verdict, failed, exported, failure, audited)


def _export(
    context: StudyContext, trials: Sequence[Trial], progress_log: ProgressLog, failed: Mapping[str, str]
) -> tuple[Exported | None, str]:
    """Write the bundle of the verdict, and what it does with photos on the page.

    A graph that does not agree with its network leaves all else as it is.
    """
    progress_log.enter("export")
    chosen = choose_trial(trials, context.folder)
    try:
        exported = export_trial(
            context.study, context.folder, chosen, context.inputs_of(chosen.trial), context.progress
        )
    except BundleError as error:
        context.folder.log("export failed", trial=chosen.trial.key, reason=str(error))
        return None, str(error)
    else:
        write_page(context.folder, failed)
        return exported, ""
    finally:
        progress_log.enter("")


def _evaluate(
    context: StudyContext, trials: tuple[Trial, ...], derived: tuple[Derived, ...]
) -> tuple[Evaluation, tuple[str, ...]]:
    """Open the test labels, once all trials are done, and evaluate every recipe on the same rows."""
    folder = context.folder
    short = find_shortfalls(context, trials)
    read = read_recipes(trials, derived, tuple(context.second), folder)
    predictions = [replace(one, did_not_learn=short.get(one.name)) for one in read]
    later = open_test_labels(trials, derived, folder, context.progress)
    floors = folder.read_json("audit.json")["floors"]
    with context.progress.task("Evaluate", 1) as advance:
        evaluation = evaluate(
            predictions, {name: Floor(one["accuracy"], tuple(one["interval"])) for name, one in floors.items()}
        )
        advance(1)
    if not is_judged(folder):  # what was said of an earlier plan calls its recipes as it did
        for name in OF_AN_EVALUATION:
            folder.remove(name)
    plan = identity_of(folder.read_json("plan.json"))
    folder.write_json("evaluation.json", {**_mark_seen(evaluation_to_json(evaluation), later), "plan": plan})
    return evaluation, later


def _mark_seen(evaluation: dict[str, Any], later: tuple[str, ...]) -> dict[str, Any]:
    """Flag recipes that were added after the test rows were seen."""
    for recipe in evaluation["recipes"]:
        recipe["seen_after_test"] = recipe["name"] in later
    return evaluation
