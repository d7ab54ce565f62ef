"""Fit the head again for a place, and measure what that brings there and costs at home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_sets
from leafgraft.evaluation.distance import KnownLeaf, fit_known_leaf, with_place
from leafgraft.evaluation.field.change import Change, measure_change
from leafgraft.evaluation.field.label_curve import CurvePoint, Forecast, fit_curve, label_curve
from leafgraft.evaluation.field.thresholds import NOT_SURE, distances_out_of_fold, known_threshold, set_threshold
from leafgraft.evaluation.field_answers import BundleAnswers, Thresholds, describe_answers
from leafgraft.evaluation.metrics import Floats
from leafgraft.export.calibrate import Calibration
from leafgraft.export.trained import set_linear_head
from leafgraft.records.evaluation import Interval
from leafgraft.storage.predictions import Predictions
from leafgraft.study.steps.field.candidates import Candidate, PlacePhotos, choose_network
from leafgraft.study.steps.field.network import FieldNetwork
from leafgraft.study.steps.field.tuning import tune_for_place
from leafgraft.training.fit.predict import head_logits, logits_of, predictions_of

MOST_COVERAGE = 0.999  # of sets: a bundle promises less than certainty


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """A head that was fitted to home and place, and what it does in both.

    Attributes:
        chosen: Its network, which carries the new head from now on.
        candidates: All that were tried.
        home: Test photos of home; its validation photos where all test photos are of places that were not trained in.
        home_part: ``test`` or ``validation``: which of them.
        untrained: Test photos of the places that the study's network was not trained in, by place: they are not home.
        place: Labelled photos of the place, each answered by a head that was not fitted to it.
        testing: Those of them that were drawn at random to test with; None without any.
        answered: What the new bundle does with photos of the place, as `describe_answers` gives it.
        declined_before: Share of the place's photos that the study's bundle declines, and its 95% interval.
        curve: Right answers over ever more labels.
        forecast: What more would bring.
        calibration: When the new bundle answers.
        predictions: Predictions of the new head, on validation and test photos of home.
        head: The new head.
        missed: Rows of the place's photos that the new head has wrong, and what it answers.
        tuning: What became of tuning the last stage, in words; empty if that was not asked for.
    """

    chosen: Candidate
    candidates: tuple[Candidate, ...]
    home: Change
    home_part: str
    untrained: Mapping[str, Change]
    place: Change
    testing: Change | None
    answered: dict[str, Any]
    declined_before: tuple[float, Interval]
    curve: tuple[CurvePoint, ...]
    forecast: Forecast | None
    calibration: Calibration
    predictions: Predictions
    head: LinearHead
    missed: tuple[tuple[str, str, str], ...]
    tuning: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Before:
    """What the study's own bundle says."""

    home: Predictions
    place: Floats
    declined: tuple[float, Interval]


def adapt_head(
    verdict: FieldNetwork, candidates: Sequence[Candidate], photos: PlacePhotos, *, full: bool = False
) -> Adaptation:
    """Choose a network and a setting, fit the head to all labels, and compare it with the verdict's.

    Args:
        verdict: The network of the study's verdict, with its own head.
        candidates: Networks that were cross-validated, that of the verdict among them.
        photos: Labelled photos of the place.
        full: Tune the last stage, too, if cross-validation says that this helps.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    before = _before(verdict, photos)
    chosen = choose_network(candidates)
    fold = chosen.validated.fold
    head, heads_of_curve = fit_curve(fold, chosen.fit)
    right = chosen.validated.answers == chosen.place.labelled.labels
    curve, forecast = label_curve(chosen.place, fold, heads_of_curve, right)
    set_linear_head(chosen.network.trained.network, head)
    tuning = tune_for_place(chosen, photos, head) if full else None
    leaving = tuning.candidate if tuning else chosen
    trained = leaving.network.trained
    predictions = predictions_of(trained.trial, trained.inputs, lambda rows: logits_of(trained.prefix, rows))
    said, calibration = _answers(leaving, photos)
    labels, groups = leaving.labels, said.group
    answers, old = said.probabilities.argmax(axis=1), before.place.argmax(axis=1)
    names = trained.inputs.classes
    manifest = (*photos.fitting.photos, *photos.testing.photos)
    last = slice(len(leaving.place.labelled), None)
    return Adaptation(
        leaving,
        tuple(leaving if one is chosen else one for one in candidates),
        *change_at_home(before.home, predictions, trained.inputs.untrained(trained.trial.fold)),
        measure_change(old, answers, labels, groups),
        measure_change(old[last], answers[last], labels[last], groups[last]) if len(leaving.testing) else None,
        describe_answers(said, calibration.thresholds),
        before.declined,
        curve,
        forecast,
        calibration,
        predictions,
        head,
        tuple(
            (manifest[row].path, names[labels[row]], names[answers[row]]) for row in np.flatnonzero(answers != labels)
        ),
        tuning.said if tuning else "",
    )


def change_at_home(
    before: Predictions, after: Predictions, untrained: Sequence[str]
) -> tuple[Change, str, dict[str, Change]]:
    """Home with both heads, the part that tells it, and the test photos of places that were not trained in.

    Args:
        before: What the study's own head says of validation and test photos.
        after: What the new one says of the same, in the same order.
        untrained: Places that are tested and were not trained in: they are not home.

    Returns:
        Home: its test photos, or its validation photos where it has none; which of them; and by place the others.
    """

    def change(rows: NDArray[np.bool_]) -> Change:
        old, new = before.only(rows), after.only(rows)
        return measure_change(old.logits.argmax(axis=1), new.logits.argmax(axis=1), new.label, new.group)

    test = after.split == "test"
    place = np.full(len(test), "") if after.place is None else after.place
    home = test & ~np.isin(place, np.array(untrained, dtype=np.str_))
    part = "test" if home.any() else "validation"
    elsewhere = {name: change(test & (place == name)) for name in untrained}
    return change(home if home.any() else after.split == part), part, elsewhere


def _answers(leaving: Candidate, photos: PlacePhotos) -> tuple[BundleAnswers, Calibration]:
    """What the new network says of the place's photos, out of fold, and when it answers."""
    place, validated = leaving.place, leaving.validated
    home_leaf = fit_known_leaf(place.known.home.features, place.known.home.labels)
    distances = distances_out_of_fold(place.labelled, validated.fold, home_leaf)
    calibration = _calibrate(leaving, home_leaf, distances)
    tested = head_logits(leaving.network.trained.network, leaving.testing.features)
    probabilities = softmax(np.concatenate([validated.logits, tested]) / calibration.temperature, axis=1)
    distances = np.concatenate([distances, calibration.known_leaf.distances(leaving.testing.features)])
    shown = (*photos.fitting.photos, *photos.testing.photos)
    groups = np.array([photo.group for photo in shown], dtype=np.str_)
    return BundleAnswers(probabilities, distances, groups, leaving.labels), calibration


def _before(verdict: FieldNetwork, photos: PlacePhotos) -> _Before:
    manifests = [one for one in (photos.fitting, photos.testing) if one.photos]
    features = np.concatenate([verdict.features(one) for one in manifests])
    shown = [photo for one in manifests for photo in one.photos]
    predictions = verdict.finished.folder.trial(verdict.trained.trial.key).read_predictions()
    return _Before(predictions, verdict.probabilities(features), verdict.declined(features, shown))


def _calibrate(chosen: Candidate, home: KnownLeaf, distances: Floats) -> Calibration:
    """Temperature and thresholds by photos of the place: about a tenth is declined if it can be, half as unknown."""
    place, logits = chosen.place, chosen.validated.logits
    temperature = fit_temperature(logits, place.labelled.labels)
    probabilities = softmax(logits / temperature, axis=1)
    known_leaf = with_place(home, place.labelled.features, place.labelled.labels)
    known, setting_it = known_threshold(known_leaf, place.known.unlabelled, distances)
    thresholds = Thresholds(in_set=set_threshold(probabilities, NOT_SURE), known=known)
    sets = conformal_sets(probabilities, thresholds.in_set)
    covered = float(sets[np.arange(len(logits)), place.labelled.labels].mean())
    coverage = float(np.clip(covered, 1 / len(logits), MOST_COVERAGE))
    features = place.known.home.features
    return Calibration(temperature, thresholds, known_leaf, features, len(logits), setting_it, coverage)
