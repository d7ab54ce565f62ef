"""Recipes that did not learn."""

import numpy as np
import pytest

from leafgraft.evaluation.statements.did_not_learn import Reached, flag_of, may_fall_short, one_answer, short_of_optimum

CLASSES = ("early", "healthy", "late")
LABEL = np.array([0, 1, 2, 1])


def test_a_trial_that_answers_one_class_is_named_with_the_class_and_what_to_try():
    found = one_answer(np.array([[1, 1, 1, 1], [0, 1, 2, 0]]), LABEL, CLASSES, "trained")
    assert (found.trials, found.of, found.one_class) == (1, 2, "healthy")
    assert "strategy: probe" in found.advice
    flag = flag_of(found)
    assert flag.name == "did not learn"
    assert flag.english.startswith("It answers healthy for every test photo with 1 of 2 trials. Take another learning")
    assert "healthy라고만 답합니다 (시행 2개 중 1개)" in flag.korean


def test_what_to_try_goes_by_how_the_recipe_was_made():
    advice = {
        making: flag_of(one_answer(np.array([[1, 1, 1, 1]]), LABEL, CLASSES, making))
        for making in ("trained", "solved", "elsewhere")
    }
    assert "--rate" in advice["trained"].english
    assert "take another backbone or image size" in advice["solved"].english
    assert not any(word in advice["solved"].english for word in ("strategy: probe", "--rate", "STUDY.yaml"))
    assert not any(word in advice["elsewhere"].english for word in ("strategy: probe", "--rate", "STUDY.yaml"))
    assert all("healthy라고만 답합니다" in flag.korean for flag in advice.values())


def test_two_trials_may_answer_one_class_each():
    found = one_answer(np.array([[1, 1, 1, 1], [0, 0, 0, 0]]), LABEL, CLASSES, "trained")
    assert (found.trials, found.one_class) == (2, "healthy, early")


def test_answers_of_several_classes_or_to_photos_of_one_class_say_nothing():
    assert one_answer(np.array([[1, 1, 1, 0]]), LABEL, CLASSES, "trained") is None
    assert one_answer(np.array([[1, 1]]), np.array([1, 1]), CLASSES, "trained") is None


@pytest.mark.parametrize(("trained", "short"), [(0.62, True), (0.89, True), (0.91, False)])
def test_ten_points_below_the_optimum_on_training_photos_is_too_far(trained, short):
    found = short_of_optimum([Reached(trained, 1.0), Reached(0.995, 1.0)], 3)
    assert (found is not None) == short
    if found:
        assert (found.trials, found.of, found.train_accuracy, found.optimum) == (1, 3, trained, 1.0)
        assert f"right for {100 * trained:.1f}% with 1 of 3 trials;" in flag_of(found).english
        assert f"정확도가 {100 * trained:.1f}%입니다 (시행 3개 중 1개). 백본을" in flag_of(found).korean


def test_the_worst_trial_is_told():
    found = short_of_optimum([Reached(0.7, 1.0), Reached(0.5, 0.9), Reached(0.6, 0.95)], 3)
    assert (found.trials, found.train_accuracy, found.optimum) == (3, 0.5, 0.9)
    flag = flag_of(found)
    assert flag.english.startswith(
        "With 3 of 3 trials it ends 10 points or more below the best linear head on features"
    )
    assert ": at worst it is right for 50.0% of its own training photos, that head for 90.0%." in flag.english
    assert flag.korean.startswith("시행 3개 중 3개는 백본을 그대로 둔")


def test_a_weak_optimum_excuses_weak_training():
    assert short_of_optimum([Reached(0.55, 0.6)], 1) is None


@pytest.mark.parametrize(("trained", "may"), [(0.3, True), (0.9, True), (0.901, False)])
def test_the_optimum_is_only_needed_where_it_can_be_ten_points_higher(trained, may):
    assert may_fall_short(trained) == may
