"""Floors and recipes are measured by one ruler: a share over groups."""

import os
import warnings

import numpy as np
import pytest
from drawn_predictions import draw_recipes
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.tree import ExtraTreeClassifier

from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.field_answers import BundleAnswers, Thresholds, describe_answers, measured_share
from leafgraft.evaluation.floors import TREES, FloorInputs, _forest_answers, measure_floors
from leafgraft.evaluation.floors import not_measured as floors_not_measured
from leafgraft.evaluation.gaps import share_of_groups

LABELS = np.repeat(np.array(["a", "b"]), (180, 60))
GROUPS = np.array([f"g{row // 3}" for row in range(240)])


def nothing(columns: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(240, columns)).astype(np.float32)


def test_the_largest_class_has_the_interval_of_an_accuracy() -> None:
    floors = measure_floors(LABELS, GROUPS, FloorInputs(nothing(24), nothing(6), nothing(4)))
    found = floors["largest_class"]
    assert (found.accuracy, found.interval) == share_of_groups((LABELS == "a")[None], GROUPS)
    rows = measured_share(LABELS == "a", np.arange(240).astype(str))["interval"]
    assert found.interval[1] - found.interval[0] > 1.4 * (rows[1] - rows[0])  # leaves of three photos, not photos


@pytest.mark.parametrize("name", ["border_pixels", "colour", "metadata"])
def test_forests_have_it_too(name: str) -> None:
    floors = measure_floors(LABELS, GROUPS, FloorInputs(nothing(24), nothing(6), nothing(4)))
    found = floors[name]
    assert found.interval[0] < found.accuracy < found.interval[1]
    # Wilson's interval is wider towards one half, a percentile bootstrap is not
    below, above = found.accuracy - found.interval[0], found.interval[1] - found.accuracy
    assert (below > above) == (found.accuracy > 0.5)


def test_a_floor_is_measured_in_places_that_were_left_out_as_recipes_are() -> None:
    places = np.where(np.arange(240) % 6 < 3, "home", "field")  # whole leaves
    labels = np.where(np.arange(240) % 12 < 6, "a", "b")
    turned = np.where(places == "home", 1, -1) * np.where(
        labels == "a", 1, -1
    )  # the colour of a class, turned in the field
    colour = np.stack([turned, places == "home"], axis=1).astype(np.float32)
    inputs = FloorInputs(nothing(24), np.repeat(colour, 3, axis=1), nothing(4))
    known, strange = (measure_floors(labels, GROUPS, inputs, where) for where in (None, places))
    assert (known["colour"].accuracy, strange["colour"].accuracy) == (1.0, 0.0)
    assert known["largest_class"] == strange["largest_class"]


def test_forests_in_threads_leave_the_warning_filters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    kept, seen = list(warnings.filters), []
    fit = ExtraTreeClassifier.fit
    monkeypatch.setattr(ExtraTreeClassifier, "fit", lambda *args: (seen.append(len(warnings.filters)), fit(*args))[1])
    measure_floors(LABELS[::4], GROUPS[::4], FloorInputs(*(nothing(columns)[::4] for columns in (24, 6, 4, 78))))
    assert warnings.filters == kept
    assert min(seen) >= len(kept)  # and none is lost on the way
    assert len(seen) == 4 * 5 * 100


@pytest.mark.parametrize("leaves", [2, 4])
def test_a_class_of_few_leaves_leaves_no_floor_out(leaves: int) -> None:
    of_class = np.full(240, "a", dtype="U4")
    of_class[-3 * leaves :] = "b"
    tells = np.where(of_class == "b", 1.0, 0.0).astype(np.float32)[:, None]
    floors = measure_floors(of_class, GROUPS, FloorInputs(nothing(24), np.repeat(tells, 6, axis=1), nothing(4)))
    assert list(floors) == ["largest_class", "border_pixels", "colour", "metadata"]
    assert floors["colour"].accuracy == 1.0  # each leaf of the small class was asked about without having been seen
    assert floors_not_measured(of_class, GROUPS) == {}


def test_a_class_of_one_leaf_is_said_with_the_floors_that_it_costs() -> None:
    of_class = np.full(240, "a", dtype="U4")
    of_class[-3:] = "rust"
    assert list(measure_floors(of_class, GROUPS, FloorInputs(nothing(24), nothing(6), nothing(4)))) == ["largest_class"]
    lacking = floors_not_measured(of_class, GROUPS)
    assert list(lacking) == ["border_pixels", "colour", "background", "metadata"]
    assert "there is only one leaf of 'rust'" in lacking["colour"]


def test_recipes_are_measured_so() -> None:
    recipes = draw_recipes([0.9], seeds=3)
    result = evaluate(recipes, resamples=50).recipes[0]
    rows = [trial.predictions for trial in recipes[0].trials]
    right = np.stack([one.logits.argmax(axis=1) == one.label for one in rows])
    assert (result.accuracy, result.interval) == share_of_groups(right, rows[0].group)


def test_the_confidence_of_a_bundle_has_an_interval_over_leaves() -> None:
    generator = np.random.default_rng(0)
    sure = np.repeat(generator.uniform(0.6, 0.99, 30), 3)
    answers = np.column_stack([sure, 1 - sure])
    leaves = np.repeat(np.arange(30), 3).astype(str)
    found = {
        name: describe_answers(BundleAnswers(answers, np.zeros(90), group), Thresholds(0.5, 1.0))[
            "mean_confidence_interval"
        ]
        for name, group in (("leaves", leaves), ("photos", np.arange(90).astype(str)))
    }
    assert found["leaves"][0] < sure.mean() < found["leaves"][1]
    assert found["leaves"][1] - found["leaves"][0] > 1.5 * (found["photos"][1] - found["photos"][0])


def test_forests_are_those_of_scikit_learn_without_its_warnings() -> None:
    generator = np.random.default_rng(0)
    labels, table = np.array(["early", "healthy", "late"] * 40), generator.random((120, 6)).astype(np.float32)
    table[:, 0] += np.tile([0.0, 0.3, 0.6], 40)
    train, test = np.arange(80), np.arange(80, 120)
    wanted = ExtraTreesClassifier(TREES, random_state=0).fit(table[train], labels[train]).predict(table[test])
    with warnings.catch_warnings(record=True) as heard:
        warnings.resetwarnings()  # as scikit-learn's own forests do while others run beside them
        assert (_forest_answers(table, labels, train, test) == wanted).all()
    assert heard == []
