"""How long a run still takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leafgraft.records.trial_time import TrialTime
from leafgraft.study.time_left import STAGES, TRUST_OF_PARTS_S, TRUST_S, TimeLeft, Work
from time_left import replay

RECORDED = sorted((Path(__file__).parent / "recorded_runs").glob("*.json"))
EXPECTED = {"photos": 60.0, "audit": 40.0, "training": 100.0, "diagnosis": 50.0}


def test_nothing_is_said_while_nothing_is_known() -> None:
    time_left = TimeLeft()
    time_left.enter("photos", 0.0)
    assert time_left.left_s(5.0) is None


def test_a_stage_counts_down_and_later_ones_are_added() -> None:
    time_left = TimeLeft(EXPECTED)
    time_left.enter("audit", 0.0)
    assert time_left.left_s(10.0) == pytest.approx(30 + 100 + 50)


def test_what_is_over_sets_the_pace_of_what_is_left() -> None:
    time_left = TimeLeft(EXPECTED)
    time_left.enter("photos", 0.0)
    time_left.enter("audit", 120.0)  # twice as long as expected
    pace = (TRUST_S + 120) / (TRUST_S + 60)
    assert time_left.left_s(120.0) == pytest.approx(pace * (40 + 100 + 50))


def test_training_goes_by_the_trials_that_are_done() -> None:
    large = TrialTime("large", 0.0, ((10.0, 8.0),), 10.0)
    time_left = TimeLeft(EXPECTED, {"small": TrialTime("small", 20.0), "large": large})
    time_left.enter("training", 0.0)
    assert time_left.left_s(2.0) == pytest.approx(98 + 50)
    time_left.hear("trial done", {"trial": "small"}, 40.0)
    pace = (TRUST_OF_PARTS_S + 40) / (TRUST_OF_PARTS_S + 20)
    assert time_left.left_s(40.0) == pytest.approx(pace * 80 + 50)
    time_left.hear("epoch", {"trial": "large", "epoch": 4}, 60.0)  # five of ten epochs: 60 of 100 s of work took 60 s
    assert time_left.left_s(60.0) == pytest.approx(40 + 50)
    time_left.hear("trial goes on", {"trial": "large", "epoch": 9}, 61.0)  # no news of how far it is
    assert time_left.reached == {"large": (5.0, 5.0)}
    assert time_left.left_s(1000.0) == pytest.approx(20 + 50)  # nothing moves: never nothing


def test_epochs_count_by_the_seconds_of_their_phase() -> None:
    time_left = TimeLeft(EXPECTED, {"gradual": TrialTime("gradual", 0.0, ((5.0, 0.2), (5.0, 19.8)), 10.0)})
    time_left.enter("training", 0.0)
    time_left.hear("epoch", {"trial": "gradual", "epoch": 4}, 1.0)  # half of the epochs, a hundredth of the work
    assert time_left.left_s(1.0) == pytest.approx(99 + 50)


def test_a_trial_is_expected_to_stop_between_the_first_and_the_last_epoch_at_which_it_may() -> None:
    time = TrialTime("full", 0.0, ((30.0, 2.0),), 8.0, 7.0)
    assert time.expected_epochs() == (8 + 30) / 2
    assert time.expected_epochs(10, best=10) == (17 + 30) / 2
    assert time.expected_epochs(16, best=10) == pytest.approx(17 + 13 / 14)  # hardly any patience is left
    assert time.expected_epochs(17, best=10) == 17
    assert time.expected_epochs(29, best=28) == 30


def test_the_last_phase_begins_with_full_patience() -> None:
    time = TrialTime("gradual", 0.0, ((5.0, 0.2), (25.0, 2.0)), 12.0, 7.0)
    assert time.expected_epochs() == time.expected_epochs(4, best=1) == time.expected_epochs(5, best=1) == (12 + 30) / 2
    assert time.expected_epochs(8, best=1) == pytest.approx(12 + 4 / 7 * 9)
    assert time.expected_epochs(12, best=1) == 12


def test_trials_that_have_not_begun_are_expected_to_stop_as_those_of_their_recipe_did() -> None:
    full, other = (TrialTime(recipe, 0.0, ((30.0, 1.0),), 8.0, 7.0) for recipe in ("full", "other"))
    time_left = TimeLeft({"training": 68.0}, {"full 0": full, "full 1": full, "other 0": other})
    time_left.enter("training", 0.0)
    for epoch in range(10):
        loss = {"validation_loss": abs(epoch - 2)}  # the third epoch is the best, the tenth the last
        time_left.hear("epoch", {"trial": "full 0", "epoch": epoch, **loss}, epoch + 1.0)
    time_left.hear("trial done", {"trial": "full 0", "epoch": 10}, 10.0)
    assert time_left.left_s(10.0) == pytest.approx(10 + 19)


def test_a_solved_head_that_tells_of_its_only_epoch_is_nearly_done() -> None:
    trained = TrialTime("trained", 0.0, ((30.0, 2.0),), 30.0)
    time_left = TimeLeft(EXPECTED, {"solved": TrialTime("solved", 40.0, ((1.0, 0.0),), 1.0), "trained": trained})
    time_left.enter("training", 0.0)
    time_left.hear("epoch", {"trial": "solved", "epoch": 0}, 38.0)  # the photos outdoors are still to be answered
    assert time_left.left_s(38.0) == pytest.approx(62 + 50)


def test_parts_of_a_stage_take_the_place_of_what_was_expected_and_set_the_pace_of_those_that_are_left() -> None:
    time_left = TimeLeft(EXPECTED)
    time_left.enter("diagnosis", 0.0)
    time_left.hear("parts expected", {"parts": {"one": 10.0, "two": 20.0, "three": 5.0}}, 0.0)
    assert time_left.left_s(4.0) == pytest.approx(6 + 25)
    assert time_left.left_s(15.0) == pytest.approx(25)
    time_left.hear("part done", {"part": "one"}, 30.0)
    assert time_left.left_s(30.0) == pytest.approx(25 * (TRUST_OF_PARTS_S + 30) / (TRUST_OF_PARTS_S + 10))
    assert time_left.left_s(200.0) == pytest.approx(5 * (TRUST_OF_PARTS_S + 30) / (TRUST_OF_PARTS_S + 10))
    time_left.enter("export", 210.0)
    assert not time_left.parts


@pytest.mark.parametrize("end", ["trial done", "trial failed"])
def test_a_trial_that_ended_is_not_left(end: str) -> None:
    time_left = TimeLeft(EXPECTED, {"one": TrialTime("one", 100.0)})
    time_left.enter("training", 0.0)
    time_left.hear(end, {"trial": "one"}, 10.0)
    assert time_left.left_s(10.0) == pytest.approx(50)


def test_a_task_that_is_slower_than_expected_counts_longer() -> None:
    time_left = TimeLeft(EXPECTED)
    time_left.enter("diagnosis", 0.0)
    time_left.begin(36, 40.0)
    time_left.advance(18)
    assert time_left.left_s(100.0) == pytest.approx(60.0)


def test_every_stage_is_expected_and_work_adds_to_its_own() -> None:
    more = Work(100, own=90, diagnosed=2, robustness_s=70, features_s=5, searching_s=9, training_s=60).expected()
    little = Work(100).expected()
    assert tuple(little) == STAGES
    assert {stage for stage in STAGES if more[stage] > little[stage]} == {"tuning", "audit", "training", "diagnosis"}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_what_a_recorded_run_would_show_is_within_half_as_much_again_from_its_second_minute_on(recorded: Path) -> None:
    """Events of whole runs on two cores, as benchmarks/time_left.py writes them; five seconds off are let pass."""
    events = json.loads(recorded.read_text(encoding="utf-8"))
    took_s = events[-1][0]
    shown = [(took_s - at_s, left_s) for at_s, left_s in replay(events) if 60 <= at_s < took_s]
    assert len(shown) > 10
    far = [(real_s, left_s) for real_s, left_s in shown if abs(left_s - real_s) > 5]
    assert [pair for pair in far if not 1 / 1.5 <= pair[1] / pair[0] <= 1.5] == []
