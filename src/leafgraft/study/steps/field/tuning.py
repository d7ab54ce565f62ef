"""Tune the last stage for a place, too, and keep that only if cross-validation says that it helps."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.evaluation.field.cross_validation import HOME_LOSS, balanced_losses
from leafgraft.evaluation.field.fit import Part, balanced
from leafgraft.export.trained import Trained, set_linear_head
from leafgraft.records.display import percent
from leafgraft.records.strategy import Phase
from leafgraft.study.steps.field.candidates import Candidate, PlacePhotos, of_every_class, part_of
from leafgraft.study.steps.field.network import FieldNetwork
from leafgraft.training.fit.predict import head_answers, head_logits
from leafgraft.training.fit.tune import MapRows, last_stage, tune
from leafgraft.training.phases import frozen_prefix
from leafgraft.training.photos.photo_rows import PhotoRows


@dataclass(frozen=True, slots=True, eq=False)
class TunedForPlace:
    """What became of it.

    Attributes:
        candidate: With its last stage tuned, or as it was.
        said: What was tried and found, in words.
    """

    candidate: Candidate
    said: str


def tune_for_place(chosen: Candidate, photos: PlacePhotos, head: LinearHead) -> TunedForPlace:
    """Tune the last stage of the chosen network and its head to home and place.

    Every fold tunes a network of its own from the head that was fitted to the other folds.

    Args:
        chosen: Network and setting.
        photos: Labelled photos of the place.
        head: Fitted to all labels.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    trained = chosen.network.trained
    phase = last_stage(trained.network) if trained.prefix.pooled else None
    if phase is None:
        return TunedForPlace(
            chosen, "The last stage was not tuned: the network is not frozen, or cannot be cut before it."
        )
    validated, place = chosen.validated, chosen.place
    frozen = _frozen(trained, phase)
    home, there = _maps(frozen, chosen, photos)
    logits, at_home = np.empty_like(validated.logits), []
    progress = chosen.network.finished.looking.progress
    with progress.task("Tune the last stage", int(validated.fold.max()) + 2) as advance:
        for number in range(validated.fold.max() + 1):
            rest, out = np.flatnonzero(validated.fold != number), np.flatnonzero(validated.fold == number)
            own = _tuned(chosen, (frozen, phase), chosen.fit(rest), [home, _rows(there, rest)])
            logits[out] = head_logits(own.trained.network, own.features(photos.fitting)[out])
            at_home.append(_home_answers(own) == place.validation.labels)
            advance(1)
        right_at_home = np.mean(at_home, axis=0)
        kept = float(right_at_home.mean())
        alone, tuned = (balanced_losses(one, place.labelled.labels) for one in (validated.logits, logits))
        loss, error = float(tuned.mean()), (alone - tuned).std() / np.sqrt(len(tuned))
        used = (alone - tuned).mean() > error and kept >= chosen.home_of_verdict - HOME_LOSS
        words = (
            f"The last stage ({', '.join(phase.learning)}) was tuned, too: log loss in the place {loss:.3f}, with the "
            f"head alone {alone.mean():.3f}; {percent(kept)} of home's validation photos right"
        )
        if not used:
            advance(1)
            return TunedForPlace(chosen, f"{words}. It is not used.")
        network = _tuned(chosen, (frozen, phase), head, [home, there])
        advance(1)
    return TunedForPlace(_as_candidate(chosen, network, photos, (logits, loss, right_at_home)), f"{words}. It is used.")


def _frozen(trained: Trained, phase: Phase) -> Trained:
    """Cut before the stages of the phase."""
    cut = frozen_prefix(trained.network, phase)
    return replace(trained, cut=cut, prefix=replace(trained.prefix, cut=cut))


def _maps(frozen: Trained, chosen: Candidate, photos: PlacePhotos) -> tuple[MapRows, MapRows]:
    """Maps of some photos of home, of every class as many, and of the place, seen as often as these are weighed."""
    fold, inputs = frozen.inputs.fold(frozen.trial.fold), frozen.inputs
    rows = of_every_class(inputs.photos(fold.train).labels)
    home = inputs.photos([fold.train[row] for row in rows])
    labels = chosen.place.labelled.labels
    times = max(1, round(chosen.validated.setting.place_weight * len(home) / len(labels)))
    pixels = chosen.network.finished.pixels(photos.fitting, frozen.trial.recipe.image_size)
    kept = frozen.prefix.plain(PhotoRows.of_map(pixels, inputs.device))
    kept = replace(kept, rows=kept.rows[pixels.indices([photo.photo_id for photo in photos.fitting.photos])])
    return (
        MapRows(frozen.prefix.plain(home), home.labels, balanced(home.labels)),
        MapRows(kept, labels, balanced(labels), times),
    )


def _rows(part: MapRows, chosen: NDArray[np.int64]) -> MapRows:
    labels = part.labels[chosen]
    maps = replace(part.maps, rows=part.maps.rows[chosen])
    return MapRows(maps, labels, balanced(labels), round(part.times * len(part.labels) / len(labels)))


def _tuned(
    chosen: Candidate, cut_before: tuple[Trained, Phase], head: LinearHead, parts: Sequence[MapRows]
) -> FieldNetwork:
    """A copy of the network, tuned from a head."""
    frozen, phase = cut_before
    network = deepcopy(frozen.network)
    own = replace(frozen, network=network, prefix=replace(frozen.prefix, network=network))
    set_linear_head(network, head)
    tune(network, phase, parts)
    return replace(chosen.network, trained=own)


def _home_answers(network: FieldNetwork) -> NDArray[np.int64]:
    trained = network.trained
    validation = trained.inputs.fold(trained.trial.fold).validation
    return head_answers(trained.network, trained.features(validation))


def _as_candidate(
    chosen: Candidate,
    network: FieldNetwork,
    photos: PlacePhotos,
    out_of_fold: tuple[NDArray[np.float64], float, NDArray[np.float64]],
) -> Candidate:
    """The chosen one with features and answers of the tuned network."""
    trained, (logits, loss, at_home) = network.trained, out_of_fold
    fold, classes = trained.inputs.fold(trained.trial.fold), trained.inputs.classes
    home = Part(trained.features(fold.train), chosen.place.known.home.labels)
    known = replace(chosen.place.known, home=home)
    if known.unlabelled is not None and photos.unlabelled is not None:
        known = replace(known, unlabelled=network.features(photos.unlabelled))
    place = replace(chosen.place, known=known, labelled=part_of(network, photos.fitting, classes))
    setting = chosen.validated.setting
    tried = tuple(
        replace(one, right_at_home=at_home) if one.setting == setting else one for one in chosen.validated.tried
    )
    validated = replace(chosen.validated, logits=logits, loss=loss, tried=tried)
    testing = part_of(network, photos.testing, classes)
    return replace(chosen, network=network, place=place, validated=validated, testing=testing)
