"""How long a run still takes."""

from __future__ import annotations

import pytest

from leafgraft.study.course import STAGES, Course, Work

EXPECTED = {"photos": 60.0, "audit": 40.0, "training": 100.0, "diagnosis": 50.0}


def test_nothing_is_said_while_nothing_is_known() -> None:
    course = Course()
    course.enter("photos", 0.0)
    assert course.left_s(5.0) is None


def test_a_stage_counts_down_and_later_ones_are_added() -> None:
    course = Course(EXPECTED)
    course.enter("audit", 0.0)
    assert course.left_s(10.0) == pytest.approx(30 + 100 + 50)


def test_training_goes_by_its_own_speed_once_a_tenth_is_done() -> None:
    course = Course(EXPECTED)
    course.enter("training", 0.0)
    course.begin(10, 0.0)
    assert course.left_s(2.0) == pytest.approx(98 + 50)
    course.advance(2)
    assert course.left_s(4.0) == pytest.approx(4 * 8 / 2 + 50)  # two of ten in 4 s: eight more take 16 s


def test_a_task_that_is_slower_than_expected_counts_longer() -> None:
    course = Course(EXPECTED)
    course.enter("diagnosis", 0.0)
    course.begin(36, 40.0)
    course.advance(18)
    assert course.left_s(100.0) == pytest.approx(60.0)


def test_every_stage_is_expected_and_work_adds_to_its_own() -> None:
    little, more = (
        Work(100).expected(),
        Work(100, disturbed=7200, diagnosed=2, network_s=0.01, training_s=60).expected(),
    )
    assert tuple(little) == STAGES
    assert {stage for stage in STAGES if more[stage] > little[stage]} == {"training", "diagnosis"}
