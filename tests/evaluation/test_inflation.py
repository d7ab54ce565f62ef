"""What a plain random split adds is measured where it is planted, and not claimed where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from leafgraft.evaluation.inflation import measure_inflation
from leafgraft.records.inflation import Inflation
from leafgraft.records.split import SplitPlan

PLAN = SplitPlan()


def leaves(count: int, photos_each: int, signal: float) -> tuple[NDArray[np.float32], NDArray[Any], NDArray[Any]]:
    """Features, labels and groups: every photo of a leaf has nearly the same features; `signal` tells the classes."""
    generator = np.random.default_rng(0)
    of_leaf = np.repeat(np.arange(count), photos_each)
    classes = np.arange(count) % 2
    own = generator.normal(size=(count, 400))
    own += signal * (2 * classes - 1)[:, None]
    features = own[of_leaf] + generator.normal(0, 0.01, (len(of_leaf), 400))
    return features.astype(np.float32), np.array(["a", "b"])[classes[of_leaf]], np.array([f"g{n}" for n in of_leaf])


def measured(count: int, photos_each: int, signal: float) -> Inflation:
    return measure_inflation(*leaves(count, photos_each, signal), PLAN)


def test_where_only_the_leaf_itself_can_be_known_again_the_leak_is_all_there_is() -> None:
    found = measured(150, 4, 0.0)
    assert found.random > 0.9
    assert found.grouped < 0.7
    assert found.difference == pytest.approx(found.random - found.grouped)
    assert found.interval[0] > 0.1
    assert found.headline == f"{100 * found.difference:+.1f} points"
    assert found.sentence.startswith(f"Of {100 * found.random:.1f} points, {100 * found.difference:.1f} are leak")


def test_where_the_class_can_be_known_there_is_none_to_speak_of() -> None:
    found = measured(300, 2, 1.0)
    assert found.random == found.grouped == 1.0
    assert found.sentence.startswith("None to speak of: with 300 leaves")
    assert found.headline == "none to speak of"


def test_a_handful_of_leaves_that_all_are_right_rules_nothing_out() -> None:
    found = measured(30, 2, 1.0)
    assert found.difference == 0
    missed = 1 - 0.025 ** (1 / 30)
    assert found.interval == pytest.approx((-missed, missed))
    assert found.headline == "not shown"


def test_few_photos_do_not_rule_it_out_and_that_is_said() -> None:
    features, labels, groups = leaves(60, 1, 0.05)
    groups[1::20] = groups[::20][: len(groups[1::20])]
    labels[1::20] = labels[::20][: len(labels[1::20])]
    found = measure_inflation(features, labels, groups, PLAN)
    assert found.interval[0] <= 0
    assert found.interval[1] >= 0.02
    assert found.sentence.startswith("None is shown: with 3 leaves")
    assert found.headline == "not shown"
    assert found.sentence.endswith("So few photos do not rule it out.")


def test_without_a_leaf_on_two_photos_there_is_no_leak() -> None:
    found = measured(60, 1, 0.1)
    assert (found.difference, found.shared_leaves) == (0.0, 0)
    assert found.sentence == "No leaf was found on two photos: there is no leak to speak of."


def test_no_leak_is_ruled_out_where_something_speaks_against_the_groups() -> None:
    found = measure_inflation(*leaves(60, 1, 0.1), PLAN, doubt="names tell the leaf (LG030)")
    assert found.sentence.endswith("A leak is not ruled out: names tell the leaf (LG030).")
    assert measure_inflation(*leaves(60, 2, 0.1), PLAN, doubt="names").sentence == measured(60, 2, 0.1).sentence


def test_it_is_measured_where_places_are_left_out_whatever_the_validation_share() -> None:
    plan = SplitPlan(validation=0.3, leave_out="place")
    found = measure_inflation(*leaves(150, 4, 0.0), plan)
    assert found.random > 0.9
    assert found.grouped < 0.7
