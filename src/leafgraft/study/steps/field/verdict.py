"""Whether a head that was fitted to a place may leave for it, and what to do if not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scipy.special import softmax

from leafgraft.evaluation.comparison.compare import photos_needed
from leafgraft.evaluation.field.change import MOST_LOST, Change
from leafgraft.evaluation.field.label_curve import Forecast, points_of
from leafgraft.evaluation.field.thresholds import DECLINED, LEAST_TAUGHT, NOT_SURE, not_sure
from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.records.display import counted, percent
from leafgraft.study.results import Exported
from leafgraft.study.steps.field.adapting import Adaptation
from leafgraft.study.steps.field.candidates import Candidate, PlacePhotos
from leafgraft.study.steps.field.labels import PlaceLabels

OF_DIFFERENCE = {"difference_interval", "p", "disagreement"}  # of a change: told with its difference, or not at all


@dataclass(frozen=True, slots=True, eq=False)
class AdaptedPlace:
    """What `leafgraft adapt` hands back.

    Attributes:
        place: Its name.
        folder: Where everything lies.
        found: Figures.
        labels: Labelled photos by class.
        home_holds: Home is not shown worse by more than 1 point.
        field_holds: The place is shown better.
        why: How network and setting were chosen, in words.
        said: What was left out, what was tried and what to do, in words.
        root: Folder that paths of photos are relative to.
        exported: The bundle; None where a gate failed.
    """

    place: str
    folder: Path
    found: Adaptation
    labels: Mapping[str, int]
    home_holds: bool
    field_holds: bool
    why: str
    said: tuple[str, ...]
    root: str
    exported: Exported | None = None

    @property
    def kept(self) -> bool:
        """Whether both gates hold."""
        return self.home_holds and self.field_holds

    @property
    def headline(self) -> str:
        """What happened, in a sentence, and in one more of each place that is not home and has test photos."""
        change, home = self.found.place, self.found.home
        there = f"{percent(change.before)} to {percent(change.after)} of {counted(change.photos, 'photo')} right"
        at_home = f"at home {percent(home.before)} to {percent(home.after)}"
        at_home += " of the validation photos" if self.found.home_part == "validation" else ""
        elsewhere = [
            f"In '{name}', not trained on before: {percent(one.before)} to {percent(one.after)}."
            for name, one in self.found.untrained.items()
        ]
        if self.kept:
            return " ".join([f"Better in '{self.place}': {there}; {at_home}.", *elsewhere])
        gate = "home is shown worse" if self.field_holds else f"'{self.place}' is not shown better"
        return " ".join([f"No new bundle, as {gate}: {there}; {at_home}.", *elsewhere])


def judge_adaptation(
    found: Adaptation, read: PlaceLabels, photos: PlacePhotos, place: str, folder: Path
) -> AdaptedPlace:
    """Hold the new head against both gates.

    Args:
        found: Figures.
        read: Labels.
        photos: What was fitted to and tested on.
        place: Name of the place.
        folder: Where everything is to lie.
    """
    home_holds, field_holds = not found.home.shown_worse, found.place.shown_better
    said = [*read.said, *_not_home(found), *_tried(found, photos)]
    if not field_holds:
        said.append(_more_labels(found.place, read, found.chosen.network.trained.inputs.classes))
    if home_holds and found.home.after < found.home.before and (low := found.home.difference_interval[0]) < -MOST_LOST:
        said.append(
            f"At home fewer are right now; {counted(found.home.photos, 'photo')} cannot show whether more than 1 point "
            f"is lost: it may be {-100 * low:.1f} points."
        )
    if not home_holds:
        said.append(
            "Home lost more than 1 point: label more photos of the place, or keep the study's own bundle at home and "
            "adapt a larger network of the study."
        )
    if not (home_holds and field_holds) and (earlier := folder / "bundle").is_dir():
        said.append(f"The bundle of an earlier adaptation stays in '{earlier}': these figures are not its.")
    return AdaptedPlace(
        place, folder, found, read.counts, home_holds, field_holds, _why(found), tuple(said), read.manifest.root
    )


def _why(found: Adaptation) -> str:
    one = found.chosen
    name, setting = one.network.trained.trial.recipe.name, one.validated.setting
    known, used = one.place.known, []
    if setting.scaled:
        used.append("features scaled by the place's own")
    if setting.cropped and known.crops is not None:
        used.append(f"{counted(len(known.crops), 'close-up crop')} of home")
    if setting.taught and known.unlabelled is not None:
        photos = counted(len(known.unlabelled), "unlabelled photo")
        teachers = "all networks together" if len(one.teachers) > 1 else "the network itself"
        used.append(f"the surest answers of {teachers} to {photos} of the place")
    if (setting.viewed or setting.taught) and one.place.labelled.views is not None:
        views = 1 + len(one.place.labelled.views)
        if setting.taught and known.unlabelled_views is not None:
            used.append(f"each photo of the place in {views} views")
        else:
            used.append(f"each labelled photo of the place in {views} views")
    of = f" of {len(found.candidates)} networks" if len(found.candidates) > 1 else ""
    return (
        f"{name}{of}, with the lowest log loss in the place by cross-validation over groups; inverse penalty "
        f"{setting.inverse_penalty:g}, labels of the place weigh {setting.place_weight:g} times home"
        f"{''.join(f', {part}' for part in used)}."
    )


def _not_home(found: Adaptation) -> list[str]:
    """Where test photos are of places that the study's network was not trained in: what is taken for home."""
    if not found.untrained:
        return []
    names = ", ".join(f"'{name}'" for name in found.untrained)
    words = f"Test photos of {names}, which the study's network was not trained in, do not count as home."
    if found.home_part == "test":
        return [words]
    photos = counted(found.home.photos, "validation photo")
    return [f"{words} There are no others: home is judged on {photos}, on which the setting was chosen, too."]


def _tried(found: Adaptation, photos: PlacePhotos) -> list[str]:
    return [*_switches(found, photos), *([found.tuning] if found.tuning else []), *_beyond(found)]


def _switches(found: Adaptation, photos: PlacePhotos) -> list[str]:
    """What was not tried, or tried and not used."""
    said, known, setting = [], found.chosen.place.known, found.chosen.validated.setting
    if known.crops is None:
        said.append("Close-up crops of home were not tried: the network is not frozen, so that no features are kept.")
    elif not setting.cropped:
        said.append("Close-up crops of home were tried and not used: the place or home is no better with them.")
    if known.unlabelled is None:
        there = 0 if photos.unlabelled is None else len(photos.unlabelled.photos)
        said.append(
            f"Learning from unlabelled photos, and scaling per place, were not tried: they need {LEAST_TAUGHT} "
            f"unlabelled photos of the place that show a leaf (--unlabelled FOLDER), and there are {there}."
        )
        return said
    if not setting.taught:
        said.append("Learning from unlabelled photos was tried and not used: the place or home is no better with it.")
    if not setting.scaled:
        at_home = found.chosen.home_interval
        best = max((one for one in found.chosen.validated.tried if one.setting.scaled), key=lambda one: one.home)
        low, high, least, most = map(percent, [*at_home(best.right_at_home), *at_home(found.chosen.right_of_verdict)])
        said.append(
            f"Scaling per place was tried and not used: at home {percent(best.home)} ({low} to {high}) of the "
            f"validation photos would be right, {percent(found.chosen.home_of_verdict)} ({least} to {most}) are."
        )
    return said


def _beyond(found: Adaptation) -> list[str]:
    said = []
    if not found.chosen.validated.keeps_home:
        said.append("No setting kept the validation photos of home within 1 point: the one that loses least was taken.")
    calibration, logits = found.calibration, found.chosen.validated.logits
    unsure = not_sure(softmax(logits / calibration.temperature, axis=1), calibration.thresholds.in_set)
    declines_more = found.answered["declined"]["share"] > DECLINED
    if declines_more and (unsure - NOT_SURE) * len(logits) > 1:  # by more than a photo
        said.append(
            f"No threshold is not sure of fewer than {percent(unsure)} of the labelled photos, where "
            f"{percent(NOT_SURE)} are meant: the head tells the classes too little apart there, so that its bundle "
            "declines more than a tenth."
        )
    if len(found.candidates) > 1:
        said.append(
            f"The network was chosen among {len(found.candidates)} on the same folds that its figures in the place "
            "come from: they may be a little too good."
        )
    if found.forecast is not None:
        said.append(found.forecast.words)
    return said


def _more_labels(change: Change, read: PlaceLabels, classes: Sequence[str]) -> str:
    """What would show the place better, if it is."""
    if change.before == 1:
        return (
            "The study's own head has all labelled photos right, so nothing can be shown better: label others of the "
            "place, or keep the study's own bundle."
        )
    if change.difference <= 0:
        return (
            "The labels do not help. Look at them again, and at the photos: is each of this place, and shows one leaf?"
        )
    needed = photos_needed(change.difference, change.disagreement) or change.photos
    counts = {name: read.counts.get(name, 0) for name in classes}
    rarest = min(counts, key=lambda name: counts[name])
    return (
        f"At this difference about {max(needed, change.photos + 1):,} labelled photos would show it; there are "
        f"{change.photos:,}. Fewest are of {rarest} ({counts[rarest]}): label more of it first."
    )


def adaptation_to_json(done: AdaptedPlace) -> dict[str, Any]:
    """adaptation.json."""
    found, change, home = done.found, done.found.place, done.found.home
    return {
        "place": done.place,
        "labels": dict(done.labels),
        "home": {"part": found.home_part, **_shares(home)},
        "untrained": {name: _shares(one) for name, one in found.untrained.items()},
        "field": _shares(change),
        "difference": _difference(change),
        "gates": {"home": done.home_holds, "field": done.field_holds},
        "kept": done.kept,
        "declined": {
            "before": found.declined_before[0],
            "before_interval": found.declined_before[1],
            "after": found.answered["declined"]["share"],
            "interval": found.answered["declined"]["interval"],
        },
        "curve": points_of(found.curve),
        "forecast": _forecast(found.forecast),
        "testing": _shares(found.testing) if found.testing else None,
        "answered": found.answered,
        "network": found.chosen.network.trained.trial.recipe.name,
        "trial": found.chosen.network.trained.trial.key,
        "unlabelled": 0 if found.chosen.place.known.unlabelled is None else len(found.chosen.place.known.unlabelled),
        "networks": [{**_describe(one), "chosen": one is found.chosen} for one in found.candidates],
        "why": done.why,
        "said": done.said,
        "bundle": str(done.exported.bundle) if done.exported else None,
    }


def _forecast(found: Forecast | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "labels": found.labels,
        "points": 100 * found.points,
        "interval": [100 * one for one in found.interval],
    }


def _shares(change: Change) -> dict[str, Any]:
    shares = {name: one for name, one in asdict(change).items() if name not in OF_DIFFERENCE}
    return {**shares, "difference": _difference(change)}


def _difference(change: Change) -> dict[str, Any]:
    return {
        "points": 100 * change.difference,
        "interval": [100 * one for one in change.difference_interval],
        "p": change.p,
    }


def _describe(one: Candidate) -> dict[str, Any]:
    validated = one.validated
    answers, labels = validated.logits.argmax(axis=1), one.place.labelled.labels
    best = next(tried for tried in validated.tried if tried.setting == validated.setting)
    accuracy, interval = share_of_groups((answers == labels)[None], one.place.groups)
    return {
        "network": one.network.trained.trial.recipe.name,
        "trial": one.network.trained.trial.key,
        "accuracy": accuracy,
        "interval": interval,
        "loss": validated.loss,
        "home_validation": {
            "before": one.home_before,
            "before_interval": one.home_interval(one.right_before),
            "after": best.home,
            "interval": one.home_interval(best.right_at_home),
        },
        "setting": validated.setting,
        "settings": [{"setting": tried.setting, "home_validation": tried.home} for tried in validated.tried],
    }
