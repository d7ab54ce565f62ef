"""plan.json: every trial with its key and cost, and the work that is done once, before any training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from leafgraft.choices.augmentations.build import build_augmentation
from leafgraft.data.decode.pixel_rows import decode_seconds
from leafgraft.records.display import counted, plan_sum, shared_work
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Recipe, Trial
from leafgraft.records.trial_time import TrialTime
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.context import StudyContext
from leafgraft.study.earlier_run import find_stale, say_stale
from leafgraft.study.steps.derive import averages, views_key
from leafgraft.study.steps.engine_choice import NetworkKey, choose_engines, network_key, open_prefixes
from leafgraft.study.steps.network_speed import Speeds, measure_networks, network_of, speed_of_pass
from leafgraft.study.time_left import DISTURBED_S, Work
from leafgraft.study.trial_list import describe, labels_of, named_searches
from leafgraft.training.analysis.robustness import MOST_PHOTOS, PASSES
from leafgraft.training.costs.estimate import augmentation_seconds, is_kept, trial_time
from leafgraft.training.costs.memory import most_bytes
from leafgraft.training.frozen.prefix import PLAIN, Prefix, view_name
from leafgraft.training.frozen.segments import Segment, segments, views_of


def plan_to_json(context: StudyContext, trials: Sequence[Trial]) -> dict[str, Any]:
    """Trials with their keys and seconds, shared work with its seconds, bytes and engines, and the sums.

    Seconds of trials are for all epochs: early stopping makes it less, and `time` says from which epoch on. The sum
    is that of the whole run, by stages.
    """
    prefixes = open_prefixes(context)
    engines, speeds = choose_engines(context, prefixes), measure_networks(context)
    counts, disturbed, elsewhere = _photos_of(context)
    listed: list[dict[str, Any]] = []
    augmented = {str(trial.recipe.augmentation): trial.recipe for trial in trials}
    changes = {change: augmentation_seconds(recipe, context.device) for change, recipe in augmented.items()}
    for trial, key in zip(trials, _apart(trial.key for trial in trials), strict=True):
        speed, network = speeds[network_of(trial.recipe)]
        change_s = changes[str(trial.recipe.augmentation)]
        time = trial_time(trial.recipe, trial.training, speed, network, counts, change_s)
        listed.append(
            {
                "key": key,
                "recipe": trial.recipe.name,
                "seed": trial.seed,
                "fold": trial.fold,
                "seconds": round(time.seconds(time.most_epochs), 1),
                "time": asdict(time),
                "robustness": {"seconds": round(disturbed * (DISTURBED_S + sum(speed.seconds)), 1)},
                "second": {"seconds": round(elsewhere * sum(speed.seconds), 1)},
                "choices": describe(trial.recipe),
            }
        )
    shared, searches = _shared(context, speeds, prefixes), _searches(context, speeds, counts)
    _expect(context, trials, listed, shared)
    derived = _derived(context, trials, speeds)
    planned = {"trials": listed, "derived": derived, "shared": [*shared, *searches], "engines": engines}
    stages = _stages(context, speeds, planned, searches)
    return {
        **planned,
        "corrections": context.home.corrections_told(context.splits, context.study.split),
        "photos": labels_of(context.home.manifest),
        "tested": list(context.tested),
        "made_of": context.photos,
        "figures_of": context.figures_of,
        "stages": stages,
        "seconds": round(sum(stages.values()), 1),
        "bytes": sum(one["bytes"] for one in shared),
        "memory_bytes": _memory_bytes(context, trials),
    }


def _apart(keys: Iterable[str]) -> Iterator[str]:
    """Keys, each once: where a search begins at settings that are trained anyway, it may come to others."""
    found: Counter[str] = Counter()
    for key in keys:
        yield f"{key}-search{found[key]}" if found[key] else key
        found[key] += 1


def _photos_of(context: StudyContext) -> tuple[tuple[int, int], int, int]:
    """Training and validation photos of the first fold, disturbed ones of the diagnosis, and all of second folders."""
    fold, second = context.splits.folds[0], sum(len(photos.manifest.photos) for photos in context.second.values())
    return (len(fold.train), len(fold.validation)), PASSES * min(MOST_PHOTOS, len(fold.test)), second


def _expect(
    context: StudyContext,
    trials: Sequence[Trial],
    listed: Sequence[dict[str, Any]],
    shared: Sequence[Mapping[str, Any]],
) -> None:
    """Add what the first trial of a network does for all to the time that the bar expects of it."""
    once = _seconds_by_network(shared)
    once[network_of(context.reference_recipe)] = 0  # the audit computes these
    for trial, one in zip(trials, listed, strict=True):
        one["time"]["once_s"] += once.pop(network_of(trial.recipe), 0)


def _derived(context: StudyContext, trials: Sequence[Trial], speeds: Speeds) -> list[dict[str, Any]]:
    """Seconds of each trial that answers anew: with test-time augmentation, or with averaged weights."""
    fold, views = context.splits.folds[0], context.study.tta_views
    *_, second = _photos_of(context)
    photos = len(fold.validation) + len(fold.test) + second
    passes = [
        (views_key(one, views), one, views)
        for one in trials
        if views and not (one.recipe.same_for_every_seed and one.seed != one.training.seeds[0])
    ]
    for wanted in context.study.ensembles:
        if wanted.average == "weights":
            passes += [(key, of[0], 1) for key, of in averages(wanted, trials, context.folder)]
    photo_s = [times * sum(speeds[network_of(one.recipe)][0].seconds) for _, one, times in passes]
    return [
        {
            "key": key,
            "time": asdict(TrialTime(one.recipe.name, photos * seconds)),
            "second": {"seconds": round(second * seconds, 1)},
        }
        for key, (_, one, _), seconds in zip(_apart(key for key, *_ in passes), passes, photo_s, strict=True)
    ]


def _stages(
    context: StudyContext, speeds: Speeds, planned: Mapping[str, Any], searches: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """Seconds of every stage of the whole run."""
    work = Work(
        photos=sum(len(manifest.photos) for manifest in context.manifests),
        own=len(context.home.manifest.photos),
        diagnosed=len({recipe.backbone.name for recipe in context.recipes if recipe.frozen}),
        robustness_s=_mean_robustness_s(planned["trials"]),
        features_s=_seconds_by_network(planned["shared"])[network_of(context.reference_recipe)],
        searching_s=sum(one["seconds"] for one in searches),
        training_s=sum(_expected_s(TrialTime(**one["time"])) for one in [*planned["trials"], *planned["derived"]]),
    )
    return {stage: round(seconds, 1) for stage, seconds in work.expected().items()}


def _seconds_by_network(shared: Sequence[Mapping[str, Any]]) -> Counter[tuple[str, int]]:
    """Seconds of what is computed once with each network."""
    seconds: Counter[tuple[str, int]] = Counter()
    for work in shared:
        if "network" in work:
            seconds[tuple(work["network"])] += work["seconds"]
    return seconds


def _searches(context: StudyContext, speeds: Speeds, counts: Sequence[int]) -> list[dict[str, Any]]:
    """Every search as one work: as many trials as it tries, each for all its epochs."""
    work = []
    for tuned in named_searches(context.study):
        speed, network = speeds[network_of(tuned.recipe)]
        time = trial_time(tuned.recipe, context.study.training, speed, network, counts)
        seconds = tuned.tuning.trials * time.seconds(time.most_epochs)
        what = f"search of {counted(tuned.tuning.trials, 'setting')} for {tuned.recipe.backbone.name}"
        work.append({"what": what, "seconds": round(seconds, 1), "bytes": 0, "kept": True})
    return work


def write_plan(context: StudyContext, trials: Sequence[Trial]) -> dict[str, Any]:
    """Write plan.json, and say what is kept, what is computed again, minutes and memory; return what it holds."""
    planned = plan_to_json(context, trials)
    stale = find_stale(trials, planned["photos"], context.folder)
    say_stale(stale, trials, context.folder, context.progress, planned)
    planned["stale"] = list(stale)
    context.folder.write_json("plan.json", planned)
    context.progress.say(f"Plan: {counted(len(trials), 'trial')}. Done once for all of them:")
    for work in planned["shared"]:
        context.progress.say(f"- {shared_work(work)}")
    context.progress.say(plan_sum(planned))
    return planned


def expected_of(
    planned: Mapping[str, Any], folder: StudyFolder, second: Mapping[str, Manifest]
) -> tuple[dict[str, float], dict[str, TrialTime]]:
    """Seconds of each stage, and how long each trial takes, of what is still to do.

    Args:
        planned: Content of plan.json.
        folder: The study's; trials that are finished in it may still have to answer second folders.
        second: Photos of the second folders, by name.
    """
    times = {}
    for one in [*planned["trials"], *planned["derived"]]:
        time, own = TrialTime(**one["time"]), folder.trial(one["key"])
        if not own.has_mark():
            times[one["key"]] = time
        elif own.unanswered(second):
            times[one["key"]] = TrialTime(time.recipe, one["second"]["seconds"])
    return {**planned["stages"], "training": sum(_expected_s(time) for time in times.values())}, times


def _expected_s(time: TrialTime) -> float:
    return time.seconds(time.expected_epochs())


def expected_robustness(planned: Mapping[str, Any], key: str) -> float:
    """Seconds of the answers to disturbed photos, now that it is known whose network gives them.

    Args:
        planned: Content of plan.json.
        key: Key of the trial of the verdict; of one made from others nothing more is known.
    """
    by_key = {one["key"]: float(one["robustness"]["seconds"]) for one in planned["trials"]}
    return by_key.get(key, _mean_robustness_s(planned["trials"]))


def _mean_robustness_s(listed: Sequence[Mapping[str, Any]]) -> float:
    return float(sum(one["robustness"]["seconds"] for one in listed) / max(1, len(listed)))


def _shared(context: StudyContext, speeds: Speeds, prefixes: Mapping[NetworkKey, Prefix]) -> list[dict[str, Any]]:
    """Decoding per side, and outputs of frozen stages per network, cut and augmentation."""
    photos, jobs = sum(len(manifest.photos) for manifest in context.manifests), context.looking.jobs
    work = [
        {
            "what": f"photos decoded at {side} px",
            "seconds": round(sum(decode_seconds(one, side, context.cache, jobs) for one in context.manifests), 1),
            "bytes": photos * side * side * 3,
            "kept": True,
        }
        for side in sorted({recipe.image_size for recipe in context.recipes})
    ]
    seen = set()
    for recipe in context.recipes:
        for segment in segments(recipe, speeds[network_of(recipe)][1], context.study.training.epochs):
            views = views_of(recipe, context.study.training.views, segment.epochs)
            key = (network_of(recipe), segment.cut, views and str(recipe.augmentation), recipe.weights)
            if segment.cut and key not in seen:
                prefix = replace(prefixes[network_key(recipe)], cut=segment.cut)
                work.append(_kept_work(context, recipe, segment, speeds, prefix))
                seen.add(key)
    return work


def _kept_work(
    context: StudyContext, recipe: Recipe, segment: Segment, speeds: Speeds, prefix: Prefix
) -> dict[str, Any]:
    """Outputs of frozen stages: computed once and kept, or, over the budget, again in each epoch."""
    speed, network = speeds[network_of(recipe)]
    training, fold = context.study.training, context.splits.folds[0]
    counts = len(fold.train), len(fold.validation)
    cut = network.backbone.cuts.index(segment.cut)
    pooled = cut == len(network.backbone.cuts) - 1
    views = views_of(recipe, training.views, segment.epochs)
    name = network.backbone.stage_names[segment.cut - 1]
    what = f"{recipe.backbone.name}: {'features' if pooled else f'maps after {name}'}, {counted(max(1, views), 'view')}"
    if not is_kept(recipe, training, speed, network, segment, counts):
        return {"what": what, "seconds": 0.0, "bytes": 0, "kept": False}
    photos = sum(len(manifest.photos) for manifest in context.manifests)
    plain = photos if pooled else photos - counts[0] * bool(views)  # the diagnosis reads features of every photo
    plain_missing, views_missing = _missing(context, recipe, segment, prefix)
    forward_s = 0.0
    if plain_missing or views_missing:
        forward_s = speed_of_pass(context, recipe, prefix)
    change_s = augmentation_seconds(recipe, context.device)
    seconds = plain * plain_missing * forward_s + views * counts[0] * views_missing * (forward_s + change_s)
    rows = plain + views * counts[0]
    return {
        "what": what,
        "seconds": round(seconds, 1),
        "bytes": rows * speed.bytes_after[cut],
        "kept": True,
        "network": [*network_of(recipe)],
    }


def _missing(context: StudyContext, recipe: Recipe, segment: Segment, prefix: Prefix) -> tuple[float, float]:
    """Shares of plain outputs and of views that no earlier study has left in the cache."""
    ids = sorted(photo.photo_id for photo in context.home.manifest.photos)
    kept = prefix.kept_stages(ids) if prefix.pooled else prefix.kept_outputs(ids, PLAIN, shared=True)
    train = context.splits.folds[0].train
    alone = build_augmentation(recipe.augmentation).mixing is None
    views = [
        prefix.kept_outputs(train, view_name(recipe.augmentation, view), shared=alone).share_missing()
        for view in range(views_of(recipe, context.study.training.views, segment.epochs))
    ]
    return kept.share_missing(), sum(views) / max(1, len(views))


def _memory_bytes(context: StudyContext, trials: Sequence[Trial]) -> int:
    """About how much memory one trial at a time needs; features and targets of one network come on top of its own."""
    training = context.study.training
    searched = [Trial(one.recipe, training, 0, 0) for one in named_searches(context.study)]
    return most_bytes([*trials, *searched], len(context.home.manifest.classes))[0]
