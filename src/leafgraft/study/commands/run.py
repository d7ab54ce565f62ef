"""`leafgraft run`, all steps in order: photos, plan, audit, trials, evaluation, verdict, page, diagnosis, bundle."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from leafgraft.data.read.source import open_photos
from leafgraft.errors import BundleError
from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.languages.editions import spoken_edition
from leafgraft.records.arguments import check_arguments
from leafgraft.records.command import typed
from leafgraft.records.correction import corrected_photos
from leafgraft.records.evaluation import Evaluation
from leafgraft.records.extent import UNTIL, Extent
from leafgraft.records.finding import floors_from_json
from leafgraft.records.launch import Launch, Launching
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Trial
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.request import check_study, open_study
from leafgraft.study.context import StudyContext, started_from
from leafgraft.study.costs import write_costs
from leafgraft.study.earlier_run import identity_of, is_judged, take_up, take_up_trials
from leafgraft.study.opened_labels import AfterTest, Asked, open_test_labels
from leafgraft.study.page.study_page import write_page
from leafgraft.study.photo_set import Looking
from leafgraft.study.progress_log import ProgressLog
from leafgraft.study.results import Exported, Results
from leafgraft.study.steps.audit import audit_study
from leafgraft.study.steps.derive import Derived, derive
from leafgraft.study.steps.diagnosis import explain
from leafgraft.study.steps.evaluation import judge, read_recipes, trial_keys
from leafgraft.study.steps.export.chosen_trial import choose_trial
from leafgraft.study.steps.export.export import export_trial, kept_export
from leafgraft.study.steps.plan import expected_of, expected_robustness, write_plan
from leafgraft.study.steps.preflight import check_networks
from leafgraft.study.steps.prepare import begin, open_context, open_folder
from leafgraft.study.steps.shortfall import find_shortfalls
from leafgraft.study.steps.tuning import take_up_found, tune_study
from leafgraft.study.time_left import Work
from leafgraft.study.trial_list import complete_trials, list_trials
from leafgraft.training.launch import check_launch, choose_device, run_trials

OF_AN_EVALUATION = ("verdict.json", "diagnosis.json", "learning_curve.json", "robustness.json", "heat_maps.npz")


class Running(Launching, total=False):
    """What a run may be told: where trials run, and which study of bare photos."""

    preset: str


@dataclass(frozen=True, slots=True)
class Line:
    """A run under way.

    Attributes:
        context: Its photos, recipes and folder.
        log: Takes down where it is.
        launch: Where trials run.
        extent: How far it goes.
        trials: All that the study needs; none before it is planned.
    """

    context: StudyContext
    log: ProgressLog
    launch: Launch
    extent: Extent
    trials: tuple[Trial, ...] = ()


def run(
    photos: str | Path,
    *,
    out: str | Path | None = None,
    corrections: str | Path | None = None,
    until: str = UNTIL[-1],
    device: str = "auto",
    progress: Progress | None = None,
    **running: Unpack[Running],
) -> Results:
    """Audit, split, train, compare, report and export: everything that is not done yet.

    Args:
        photos: A study file, or photos: a folder of class folders, a CSV, ``kaggle:OWNER/NAME``.
        out: Study folder to fill; ``results/NAME`` by default.
        corrections: File of what people corrected of the photos; goes before the one that the study file names.
        until: The last part to do: audit, plan, training, evaluation, report (a page without diagnosis) or export
            (everything). A later run goes on.
        device: auto, cpu, cuda or mps.
        progress: Shows how far it is.
        **running: ``engine``: ``local`` (by default), ``ray``, or all that is known of where trials run; ``jobs``:
            trials at a time, each in a process of its own, and threads for reading photos; 0, the default, trains one
            trial after the other in this process, and reads with every core; ``preset``: the study of bare photos,
            ``minutes`` (by default), ``hour`` or ``overnight``.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    check_arguments(run, running, Running)
    photos = os.fspath(photos)
    shown, extent, preset = progress or Silent(), Extent(until), running.get("preset", "")
    launch = Launch.of(running.get("engine", "local"), running.get("jobs", 0))
    study, place = open_study(photos, corrections, preset), choose_device(device)
    check_launch(launch, place)
    recipes = check_study(study)
    folder = open_folder(study, out, photos)
    source = open_photos(study)  # a wrong path is said before any weights are downloaded
    with folder.lock(named_by_out=True):
        take_up(folder, shown)
        log = ProgressLog(shown, folder, extent)
        log.enter("photos")
        log.expect(Work(len(source.files)).expected())
        check_networks(recipes, study.training.epochs, log)
        looking = Looking(CacheFolder(default_cache_path()), log, launch.jobs, recipes[0].image_size)
        context = open_context(study, recipes, folder, looking, place)
        begin(context, photos, preset, until)
        results = _go(_plan(Line(context, log, launch, extent)))
        if extent.left_out:
            again = typed("run", photos, out=out, corrections=corrections, preset=preset)
            log.say(f"Left out, as asked: {', '.join(extent.left_out)}. '{again}' goes on.")
        log.enter("")
    return results


def _plan(line: Line) -> Line:
    """Search settings where that is asked for, list all trials, and write plan.json.

    A run that is to train nothing searches nothing: its plan counts the searches as work that is still to do, unless
    an earlier run of this very study did it.
    """
    context = line.context
    if line.extent.takes("tuning"):
        if context.study.tuned:
            line.log.enter("tuning")
        context = tune_study(context, line.launch)
    elif context.study.tuned:
        context = take_up_found(context)
    trials = list_trials(context.study, context.recipes, len(context.splits.folds), context.photos)
    if line.extent.takes("plan"):
        line.log.enter("plan")
        take_up_trials(trials, context.folder, line.log)
        planned = write_plan(context, trials)
        line.log.expect(*expected_of(planned, context.folder, context.answered))
    return replace(line, context=context, trials=trials)


def _go(line: Line) -> Results:
    """Audit, train, judge and explain, as far as the run goes."""
    context, folder = line.context, line.context.folder
    line.log.enter("audit")
    results = Results(folder.path, left_out=line.extent.left_out, audit=audit_study(context))
    if not line.extent.takes("training"):
        return results
    line.log.enter("training")
    failed = run_trials(line.trials, context.inputs_of, folder, line.log, line.launch)
    _tell(folder, failed=dict(failed))
    done = complete_trials(line.trials, failed)
    derived = derive(context.study, done, context.inputs_of, folder, line.log)
    write_costs(folder, keys := trial_keys(done, derived))
    results = replace(results, failed=failed)
    if not line.extent.takes("evaluation"):
        return results
    line.log.enter("evaluation")
    evaluation, after = _evaluate(context, done, derived)
    verdict = judge(context, evaluation, keys, after.later, after.left_out, after.corrected)
    results = replace(results, evaluation=folder.read_json("evaluation.json"), verdict=verdict)
    if not line.extent.takes("report"):
        return results
    return _report(line, done, results)


def _write_page(line: Line, failure: str = "") -> Path:
    """Write the page; run.json tells it, now and later, what was kept and why there is no bundle."""
    _tell(line.context.folder, kept=line.log.kept, export_failure=failure)
    return write_page(line.context.folder)


def _tell(folder: StudyFolder, **told: object) -> None:
    """Add to run.json."""
    folder.write_json("run.json", {**folder.read_json("run.json"), **told})


def _report(line: Line, done: tuple[Trial, ...], results: Results) -> Results:
    """Write the page at once, and again as the diagnosis and the bundle arrive."""
    line.log.enter("report")
    written = _write_page(line)
    results = replace(results, page=written)
    if not line.extent.takes("export"):
        return results
    page = spoken_edition(written)
    line.log.say(f"The page is there: {page}. Open it now; diagnosis, robustness and export are being added.")
    line.log.enter("diagnosis")
    disturbed_s = expected_robustness(line.context.folder.read_json("plan.json"), results.verdict["trial"])
    explain(line.context, done, results.evaluation, results.verdict, disturbed_s)
    _write_page(line)
    line.log.enter("export")
    exported, failure = _export(line)
    _write_page(line, failure)
    return replace(results, exported=exported, export_failure=failure)


def _export(line: Line) -> tuple[Exported | None, str]:
    """Write the bundle of the verdict; a graph that does not agree with its network leaves all else as it is."""
    context = line.context
    chosen = choose_trial(line.trials, context.folder)
    known = (context.study, context.folder, chosen, context.inputs_of(chosen.trial), context.progress)
    try:
        return kept_export(*known) or export_trial(*known), ""
    except BundleError as error:
        context.folder.log("export failed", trial=chosen.trial.key, reason=str(error))
        return None, str(error)


def _evaluate(
    context: StudyContext, trials: tuple[Trial, ...], derived: tuple[Derived, ...]
) -> tuple[Evaluation, AfterTest]:
    """Open the test labels, once all trials are done, and evaluate every recipe on the same rows."""
    folder = context.folder
    short = find_shortfalls(context, trials)
    read = read_recipes(trials, derived, context.answered, folder)
    predictions = [replace(one, did_not_learn=short.get(one.name)) for one in read]
    split = context.study.split if context.splits.origin == "drawn" else None
    planned = frozenset(recipe.identity for recipe in context.recipes)
    audit = folder.read_json("audit.json")
    asked = Asked(split, started_from(trials), context.tested, planned, corrected_photos(audit.get("corrections", {})))
    after = open_test_labels(trials, derived, folder, context.progress, asked)
    with context.progress.task("Evaluate", 1) as advance:
        evaluation = evaluate(
            predictions,
            floors_from_json(audit["floors"]),
            left_out=context.splits.left_out,
            untrained=context.splits.untrained(context.home.manifest.photos),
        )
        advance(1)
    if not is_judged(folder):  # what was said of an earlier plan calls its recipes as it did
        for name in OF_AN_EVALUATION:
            folder.remove(name)
    of = {"plan": identity_of(folder.read_json("plan.json")), "figures_of": context.figures_of}
    told = evaluation_to_json(evaluation, after.later)
    folder.write_json("evaluation.json", {**told, **of, "derived": {one.key: one.name for one in derived}})
    return evaluation, after
