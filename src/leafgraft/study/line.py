"""The line itself: photos, audit, split, trials, evaluation, verdict, page, bundle."""

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
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path
from leafgraft.study.audit_stage import audit_bench
from leafgraft.study.bench import Bench
from leafgraft.study.chosen import choose_trial
from leafgraft.study.costs import write_costs
from leafgraft.study.course import Work
from leafgraft.study.derive import Derived, derive
from leafgraft.study.estimate import expected_epochs, expected_of, write_plan
from leafgraft.study.explain import explain
from leafgraft.study.export_stage import export_trial
from leafgraft.study.journal import Journal, identity_of, is_judged, take_up, take_up_trials
from leafgraft.study.judge import judge, open_test_labels, read_recipes, trial_keys
from leafgraft.study.opening import begin, open_bench, open_folder
from leafgraft.study.page import write_page
from leafgraft.study.photos import Looking
from leafgraft.study.preflight import check_networks
from leafgraft.study.request import check_study, open_study
from leafgraft.study.results import Exported, Results
from leafgraft.study.shortfall import find_shortfalls
from leafgraft.study.trials import complete_trials, list_trials
from leafgraft.study.tuning import tune_bench
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
        journal = Journal(shown, folder)
        journal.enter("photos")
        journal.expect(Work(len(source.files)).expected())
        check_networks(recipes, journal)
        looking = Looking(CacheFolder(default_cache_path()), journal, jobs)
        bench = open_bench(study, recipes, folder, looking, place)
        begin(bench, photos)
        if study.tuned:
            journal.enter("tuning")
        bench = tune_bench(bench, launch)
        journal.enter("plan")
        trials = list_trials(bench.study, bench.recipes, len(bench.splits.folds), bench.photos)
        take_up_trials(trials, folder, journal)
        planned = write_plan(bench, trials)
        journal.expect(*expected_of(planned, folder), expected_epochs(bench.study.training))
        journal.enter("audit")
        audited = audit_bench(bench)
        journal.enter("training")
        failed = run_trials(trials, bench.inputs_of, folder, journal, launch)
        done = complete_trials(trials, failed)
        derived = derive(bench.study, done, bench.inputs_of, folder, journal)
        write_costs(folder, keys := trial_keys(done, derived))
        journal.enter("evaluation")
        evaluation, later = _evaluate(bench, done, derived)
        verdict = judge(bench, evaluation, keys, later)
        plain = folder.read_json("evaluation.json")
        journal.enter("diagnosis")
        explain(bench, done, plain, verdict)
        journal.enter("report")
        page = write_page(folder, failed)
        exported, failure = _export(bench, trials, journal, failed)
    return Results(folder.path, page, plain, verdict, failed, exported, failure, audited)


def _export(
    bench: Bench, trials: Sequence[Trial], journal: Journal, failed: Mapping[str, str]
) -> tuple[Exported | None, str]:
    """Write the bundle of the verdict, and what it does with photos on the page.

    A graph that does not agree with its network leaves all else as it is.
    """
    journal.enter("export")
    chosen = choose_trial(trials, bench.folder)
    try:
        exported = export_trial(bench.study, bench.folder, chosen, bench.inputs_of(chosen.trial), bench.progress)
    except BundleError as error:
        bench.folder.log("export failed", trial=chosen.trial.key, reason=str(error))
        return None, str(error)
    else:
        write_page(bench.folder, failed)
        return exported, ""
    finally:
        journal.enter("")


def _evaluate(
    bench: Bench, trials: tuple[Trial, ...], derived: tuple[Derived, ...]
) -> tuple[Evaluation, tuple[str, ...]]:
    """Open the test labels, once all trials are done, and evaluate every recipe on the same rows."""
    folder = bench.folder
    short = find_shortfalls(bench, trials)
    read = read_recipes(trials, derived, tuple(bench.second), folder)
    predictions = [replace(one, did_not_learn=short.get(one.name)) for one in read]
    later = open_test_labels(trials, derived, folder, bench.progress)
    floors = folder.read_json("audit.json")["floors"]
    with bench.progress.task("Evaluate", 1) as advance:
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
