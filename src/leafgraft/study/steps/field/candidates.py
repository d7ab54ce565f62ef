"""Every network of the study whose features are kept, tried on the labels of a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.errors import StudyFolderError, WeightsError
from leafgraft.evaluation.field.cross_validation import Validated, cross_validate
from leafgraft.evaluation.field.fit import Known, Part, Place, fit_settings
from leafgraft.evaluation.field.teaching import teach
from leafgraft.evaluation.field.thresholds import LEAST_TAUGHT
from leafgraft.evaluation.gaps import mean_of_groups
from leafgraft.export.trained import Trained
from leafgraft.records.evaluation import Interval
from leafgraft.records.photo import Manifest
from leafgraft.records.recipe import Trial
from leafgraft.study.steps.field.network import FieldNetwork, open_network
from leafgraft.study.steps.finished_study import FinishedStudy
from leafgraft.training.fit.predict import head_answers

MOST_CROPPED = 1000  # photos of home that a close-up is cut from
MOST_VIEWED = 1000  # photos of a place without a label that are seen in other views: of more these take minutes


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One network, fitted to home and place.

    Attributes:
        network: Which.
        place: Its features.
        validated: What cross-validation says.
        right_before: Which validation photos of home its own head has right, shape (V,).
        right_of_verdict: The same of the verdict's, which every network is held against.
        testing: Features of the photos that were drawn to test with.
        teachers: The place as every network that was tried sees it.
    """

    network: FieldNetwork
    place: Place
    validated: Validated
    right_before: NDArray[np.bool_]
    right_of_verdict: NDArray[np.bool_]
    testing: Part
    teachers: tuple[Place, ...]

    @property
    def home_before(self) -> float:
        """Accuracy of its own head on the validation photos of home."""
        return float(self.right_before.mean())

    @property
    def home_of_verdict(self) -> float:
        """Accuracy of the verdict's head on the same."""
        return float(self.right_of_verdict.mean())

    def home_interval(self, right_v: NDArray[np.generic]) -> Interval:
        """95% interval of the mean of right answers, from 0 to 1, to the validation photos of home, shape (V,)."""
        trained = self.network.trained
        groups = trained.inputs.groups(trained.inputs.fold(trained.trial.fold).validation)
        return mean_of_groups(right_v.astype(np.float64), groups)[1]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class of every labelled photo of the place, those to test with last, shape (N,)."""
        return np.concatenate([self.place.labelled.labels, self.testing.labels])

    def fit(self, rows: NDArray[np.int64]) -> LinearHead:
        """The head of its setting, fitted to some of the labelled photos.

        Raises:
            ConvergenceError: The optimum of a head is not reached.
        """
        setting, place = self.validated.setting, self.place
        said = teach(self.teachers, rows).said if setting.taught else None
        ((_, head),) = fit_settings(place.known, place.labelled.rows(rows), [setting], said)
        return head


@dataclass(frozen=True, slots=True)
class PlacePhotos:
    """Photos of a place.

    Attributes:
        fitting: Labelled photos to fit to.
        testing: Labelled photos to test on alone.
        unlabelled: Others of the same place; None if none were named.
    """

    fitting: Manifest
    testing: Manifest
    unlabelled: Manifest | None


def open_others(own: FieldNetwork) -> list[FieldNetwork]:
    """Every other frozen network of the study that costs seconds; one that does not, or cannot be opened, is said.

    Args:
        own: That of the verdict.
    """
    finished, found = own.finished, []
    for trial in _other_networks(finished, own.trained.trial):
        try:
            network = open_network(finished, trial)
        except (WeightsError, StudyFolderError) as error:
            finished.looking.progress.say(f"Not tried: {trial.recipe.name}, which cannot be opened: {error}")
            continue
        if _keeps_features(network):
            found.append(network)
        else:
            finished.looking.progress.say(f"Not tried: {trial.recipe.name}, as its features are not kept.")
    return found


def _other_networks(finished: FinishedStudy, verdict: Trial) -> list[Trial]:
    """A finished trial of every other frozen network."""
    found: dict[tuple[object, ...], Trial] = {}
    own = _network_of(verdict) if verdict.recipe.frozen else None  # a tuned network has features of its own
    for trial in finished.planned:
        known = _network_of(trial)
        pretrained = trial.recipe.frozen and trial.recipe.weights != "none"
        new = known != own and known not in found
        # Home is compared on the same test photos, so in the same fold.
        if pretrained and new and trial.fold == verdict.fold and finished.folder.trial(trial.key).has_mark():
            found[known] = trial
    return list(found.values())


def _network_of(trial: Trial) -> tuple[object, ...]:
    recipe = trial.recipe
    settings = tuple(sorted(recipe.backbone.settings.items()))
    return recipe.backbone.name, settings, recipe.weights, recipe.image_size


def _keeps_features(network: FieldNetwork) -> bool:
    """Whether all of home's features are in the cache: then the network costs seconds."""
    prefix = network.trained.prefix
    return prefix.pooled and prefix.kept_stages(network.trained.inputs.pixels.photo_ids).share_missing() == 0


def try_networks(networks: Sequence[FieldNetwork], photos: PlacePhotos) -> tuple[Candidate, ...]:
    """Cross-validate networks, each of which learns from what all of them say of the unlabelled photos.

    Args:
        networks: That of the verdict, which all are held against at home, and others of its fold.
        photos: Labelled photos of the place.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    places = tuple(_place_of(network, photos) for network in networks)
    before = [
        head_answers(network.trained.network, place.validation.features) == place.validation.labels
        for network, place in zip(networks, places, strict=True)
    ]
    validated = cross_validate(places, before[0])
    return tuple(
        Candidate(
            network,
            place,
            found,
            right,
            before[0],
            part_of(network, photos.testing, network.trained.inputs.classes),
            places,
        )
        for network, place, found, right in zip(networks, places, validated, before, strict=True)
    )


def _place_of(network: FieldNetwork, photos: PlacePhotos) -> Place:
    """The place, and home, as one network sees them."""
    trained = network.trained
    fold, classes = trained.inputs.fold(trained.trial.fold), trained.inputs.classes
    home = {
        name: Part(trained.features(ids), trained.inputs.photos(ids).labels)
        for name, ids in (("train", fold.train), ("validation", fold.validation))
    }
    fitting = part_of(network, photos.fitting, classes)
    fitting = replace(fitting, views=network.views(photos.fitting))
    unlabelled = unlabelled_views = scale = None
    if photos.unlabelled is not None and len(photos.unlabelled.photos) >= LEAST_TAUGHT:
        unlabelled = network.features(photos.unlabelled)
        if len(unlabelled) <= MOST_VIEWED:
            unlabelled_views = network.views(photos.unlabelled)
        scale = standardisation_of(np.concatenate([unlabelled, fitting.features]))
    groups = np.array([photo.group for photo in photos.fitting.photos], dtype=np.str_)
    known = Known(home["train"], len(classes), scale, _crops(trained, fold.train), unlabelled, unlabelled_views)
    return Place(known, home["validation"], fitting, groups)


def _crops(trained: Trained, photo_ids: Sequence[str]) -> Part | None:
    """Close-ups of photos of home, of every class as many as there are."""
    labels = trained.inputs.photos(photo_ids).labels
    chosen = of_every_class(labels)
    features = trained.features_of_crops([photo_ids[row] for row in chosen])
    return None if features is None else Part(features, labels[chosen])


def of_every_class(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the photos of home that crops are cut from, drawn at random, of every class as many as there are."""
    order = np.random.default_rng(0).permutation(len(labels))
    rank = np.zeros(len(labels), dtype=np.int64)
    for number in np.unique(labels):
        own = order[labels[order] == number]
        rank[own] = np.arange(len(own))
    return np.sort(np.lexsort((labels, rank))[:MOST_CROPPED])


def choose_network(candidates: Sequence[Candidate]) -> Candidate:
    """The one with the lowest log loss in the place, every class counting alike, of those that keep home."""
    return min(candidates, key=lambda one: (not one.validated.keeps_home, one.validated.loss))


def part_of(network: FieldNetwork, manifest: Manifest, classes: Sequence[str]) -> Part:
    """Labelled photos of the place as a network sees them."""
    labels: NDArray[np.int64] = np.array([classes.index(photo.label) for photo in manifest.photos], dtype=np.int64)
    if not len(labels):
        return Part(np.empty((0, network.trained.network.backbone.feature_width), np.float32), labels)
    return Part(network.features(manifest), labels)
