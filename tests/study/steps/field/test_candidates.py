from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from leafgraft.errors import WeightsError
from leafgraft.evaluation.field.fit import Known, Part, Place
from leafgraft.study.steps.field import candidates
from leafgraft.study.steps.field.candidates import (
    MOST_CROPPED,
    PlacePhotos,
    choose_network,
    of_every_class,
    open_others,
    try_networks,
)


def test_crops_are_cut_from_as_many_photos_of_every_class_as_there_are():
    labels = np.repeat([0, 1, 2], [2000, 100, 900])
    rows = of_every_class(labels)
    assert len(rows) == len(set(rows)) == MOST_CROPPED
    assert np.bincount(labels[rows]).tolist() == [450, 100, 450]
    np.testing.assert_array_equal(rows, of_every_class(labels))


def test_all_photos_are_cut_where_there_are_few():
    assert of_every_class(np.array([1, 0, 1])).tolist() == [0, 1, 2]


def test_a_network_whose_weights_are_not_here_is_said_and_the_others_are_tried(monkeypatch):
    said = []
    recipes = [SimpleNamespace(backbone=SimpleNamespace(name=one, settings={}), name=one) for one in ("a", "b", "c")]
    for recipe in recipes:
        vars(recipe).update(frozen=True, weights="pretrained", image_size=32)
    own, *others = [SimpleNamespace(recipe=one, fold=0, key=one.name) for one in recipes]
    folder = SimpleNamespace(trial=lambda _key: SimpleNamespace(has_mark=lambda: True))
    looking = SimpleNamespace(progress=SimpleNamespace(say=said.append))
    finished = SimpleNamespace(planned=[own, *others], folder=folder, looking=looking)

    def open_network(_finished, trial):
        if trial.key == "b":
            raise WeightsError("Weights of b must be downloaded.", "There is no network.", "Put them there.")
        return SimpleNamespace(trained=SimpleNamespace(trial=trial))

    monkeypatch.setattr(candidates, "open_network", open_network)
    monkeypatch.setattr(candidates, "_keeps_features", lambda _network: True)
    found = open_others(SimpleNamespace(finished=finished, trained=SimpleNamespace(trial=own)))
    assert [one.trained.trial.key for one in found] == ["c"]
    assert said == [
        "Not tried: b, which cannot be opened: Weights of b must be downloaded. There is no network. Put them there."
    ]


@pytest.fixture
def places() -> dict[str, Place]:
    """Two networks: the second one is blind at home, and knows the place."""
    generator = np.random.default_rng(0)
    labels = np.arange(90) % 3
    leaves = (np.eye(3)[labels] * 4 + generator.normal(size=(90, 3))).astype(np.float32)
    blurred = (leaves[:30] + 3 * generator.normal(size=(30, 3))).astype(np.float32)
    groups = np.arange(30).astype(np.str_)
    home, there = Part(leaves, labels), Part(leaves[:30], labels[:30])
    return {
        "verdict": Place(Known(home, 3), home, Part(blurred, labels[:30]), groups),
        "blind": Place(Known(Part(0 * leaves, labels), 3), Part(0 * leaves, labels), there, groups),
    }


def test_every_network_is_held_against_the_verdict_at_home(places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is no worse at home than its own head, but than the verdict: no bundle could come of it."""
    right = {"verdict": places["verdict"].validation.labels, "blind": np.zeros(90, dtype=np.int64)}
    networks = [
        SimpleNamespace(trained=SimpleNamespace(network=name, inputs=SimpleNamespace(classes=()))) for name in places
    ]
    monkeypatch.setattr(candidates, "_place_of", lambda network, _: places[network.trained.network])
    monkeypatch.setattr(candidates, "head_answers", lambda network, _: right[network])
    monkeypatch.setattr(candidates, "part_of", lambda *_: places["verdict"].labelled.rows(np.arange(0)))
    found = try_networks(networks, PlacePhotos(SimpleNamespace(), SimpleNamespace(), None))
    assert found[1].validated.loss < found[0].validated.loss
    assert [one.validated.keeps_home for one in found] == [True, False]
    assert choose_network(found) is found[0]
    assert [round(one.home_before, 2) for one in found] == [1.0, 0.33]
    assert [one.home_of_verdict for one in found] == [1.0, 1.0]


class Frozen:
    """Keeps features, so that views of photos can be had; counts of whom they were asked for."""

    def __init__(self) -> None:
        self.viewed = []
        inputs = SimpleNamespace(
            fold=lambda _number: SimpleNamespace(train=tuple("ab"), validation=("c",)),
            classes=("x", "y"),
            photos=lambda ids: SimpleNamespace(labels=np.arange(len(ids)) % 2),
        )
        self.trained = SimpleNamespace(
            inputs=inputs,
            trial=SimpleNamespace(fold=0),
            features=lambda ids: np.ones((len(ids), 3), np.float32),
            features_of_crops=lambda _ids: None,
        )

    def features(self, manifest):
        return np.random.default_rng(0).normal(size=(len(manifest.photos), 3)).astype(np.float32)

    def views(self, manifest):
        self.viewed.append(len(manifest.photos))
        return np.stack([self.features(manifest) + 1, self.features(manifest) + 2])


def test_photos_of_a_place_are_seen_in_other_views_unless_too_many_have_no_label(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def photos(count: int) -> SimpleNamespace:
        return SimpleNamespace(photos=[SimpleNamespace(label="xy"[row % 2], group=str(row)) for row in range(count)])

    monkeypatch.setattr(candidates, "MOST_VIEWED", 12)
    network = Frozen()
    place = candidates._place_of(network, PlacePhotos(photos(6), photos(0), photos(12)))
    np.testing.assert_array_equal(place.labelled.views[1], place.labelled.features + 2)
    np.testing.assert_array_equal(place.known.unlabelled_views[0], place.known.unlabelled + 1)
    assert candidates._place_of(network, PlacePhotos(photos(6), photos(0), photos(13))).known.unlabelled_views is None
    assert network.viewed == [6, 12, 6]
