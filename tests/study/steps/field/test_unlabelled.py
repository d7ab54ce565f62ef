"""Unlabelled photos of a place pass through a network once; of a tuned one, through the tuned one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from leafgraft.evaluation.distance import fit_known_leaf
from leafgraft.evaluation.field.cross_validation import Validated
from leafgraft.evaluation.field.fit import SETTINGS, Known, Part, Place
from leafgraft.records.photo import Manifest
from leafgraft.study.steps.field import tuning
from leafgraft.study.steps.field.adapting import _calibrate
from leafgraft.study.steps.field.candidates import Candidate, PlacePhotos
from leafgraft.study.steps.field.network import FieldNetwork

UNLABELLED = Manifest("/unlabelled", ())


class Network:
    """Gives features that are `moved` from those of before, and keeps whose it was asked for."""

    def __init__(self, moved: float) -> None:
        self.moved, self.asked = moved, []
        fold = SimpleNamespace(train=("a",))
        inputs = SimpleNamespace(fold=lambda _number: fold, classes=("x", "y", "z"))
        trial = SimpleNamespace(fold=0)
        self.trained = SimpleNamespace(
            trial=trial, inputs=inputs, features=lambda _ids: self.moved + leaves(90).features
        )

    def features(self, manifest: Manifest) -> Any:
        self.asked.append(manifest.root)
        return self.moved + leaves(60).features


def leaves(count: int) -> Part:
    generator, labels = np.random.default_rng(count), np.arange(count) % 3
    return Part((4 * np.eye(3)[labels] + generator.normal(size=(count, 3))).astype(np.float32), labels)


@pytest.fixture
def candidate() -> Candidate:
    known = Known(leaves(90), 3, unlabelled=leaves(60).features)
    place = Place(known, leaves(30), leaves(30), np.arange(30).astype(np.str_))
    logits = 3.0 * np.eye(3)[place.labelled.labels] + np.random.default_rng(0).normal(size=(30, 3))
    validated = Validated(SETTINGS[0], True, 0.1, logits, (), np.arange(30) % 5)
    network = cast("FieldNetwork", Network(0))
    all_right = np.ones(1, dtype=bool)
    return Candidate(network, place, validated, all_right, all_right, leaves(30).rows(np.arange(0)), (place,))


def test_the_threshold_is_set_by_features_that_are_known_already(candidate: Candidate) -> None:
    home = fit_known_leaf(candidate.place.known.home.features, candidate.place.known.home.labels)
    distances = home.distances(candidate.place.labelled.features)
    calibration = _calibrate(candidate, home, distances)
    assert calibration.known_photos == 60
    assert candidate.network.asked == []


def test_a_tuned_network_has_features_of_its_own_of_them(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "part_of", lambda *_given: candidate.place.labelled)
    tuned, photos = cast("FieldNetwork", Network(5)), PlacePhotos(UNLABELLED, UNLABELLED, UNLABELLED)
    found = tuning._as_candidate(candidate, tuned, photos, (candidate.validated.logits, 0.1, np.ones(30)))
    np.testing.assert_array_equal(found.place.known.unlabelled, 5 + leaves(60).features)
