from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.evaluation.metrics import measure
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.records.finding import Floor
from leafgraft.storage.files.atomic import to_json


def changed(recipe, **arrays):
    trial = recipe.trials[0]
    return RecipePredictions(recipe.name, (TrialPredictions(0, 0, replace(trial.predictions, **arrays)),))


def test_figures_are_means_over_seeds():
    recipes = draw_recipes([0.9], seeds=3)
    result = evaluate(recipes, resamples=200).recipes[0]
    each = [measure(t.predictions.probabilities, t.predictions.label) for t in recipes[0].trials]
    for name in ("accuracy", "macro_f1", "log_loss", "calibration_error"):
        assert getattr(result, name) == pytest.approx(np.mean([one[name] for one in each]), abs=1e-6)
    assert result.interval[0] < result.accuracy < result.interval[1]


def test_row_order_and_class_order_do_not_matter():
    recipes = draw_recipes([0.9, 0.8])
    first = recipes[1].trials[0].predictions
    order = np.random.default_rng(0).permutation(len(first.label))
    turn = np.array([2, 0, 1])
    back = np.argsort(turn)
    shuffled = changed(
        recipes[1],
        photo_id=first.photo_id[order],
        label=back[first.label[order]],
        logits=first.logits[order][:, turn],
        classes=first.classes[turn],
        group=first.group[order],
    )
    assert evaluate([recipes[0], shuffled]).pairs == evaluate(recipes).pairs


def test_swapping_two_recipes_mirrors_the_pair():
    recipes = draw_recipes([0.9, 0.8], seeds=2)
    one, other = evaluate(recipes).pairs[0], evaluate(recipes[::-1]).pairs[0]
    assert other.difference == -one.difference
    assert other.interval == pytest.approx((-one.interval[1], -one.interval[0]))
    assert other.p == pytest.approx(one.p)


def test_a_clear_difference_makes_two_tiers():
    evaluation = evaluate(draw_recipes([0.95, 0.95, 0.6], seeds=2))
    assert [result.tier for result in evaluation.recipes] == [1, 1, 2]


def test_a_class_of_few_photos_leaves_what_counts_classes_alike_open():
    one = draw_recipes([1.0], photos=123)[0]
    label = np.repeat([0, 1], [120, 3])
    right = np.eye(3, dtype=np.float32)[label] * 9
    result = evaluate([changed(one, label=label, logits=right, group=one.trials[0].predictions.photo_id)]).recipes[0]
    assert result.balanced_accuracy == result.macro_f1 == 1.0
    for figure in ("balanced_accuracy", "macro_f1"):
        assert result.intervals[figure] == pytest.approx((0.719, 1.0), abs=0.001)
    assert result.interval[0] > 0.96


def test_one_group_gives_the_log_loss_no_interval():
    recipes = draw_recipes([0.9, 0.8])
    of_one = [changed(one, group=np.full(200, "leaf")) for one in recipes]
    evaluation = evaluate(of_one, resamples=50)
    assert "log_loss" not in evaluation.recipes[0].intervals
    assert evaluation.recipes[0].intervals["calibration_error"] == (0.0, 1.0)
    assert set(evaluation.pairs[0].other) == {"macro_f1"}
    assert {"log_loss"} <= set(evaluate(recipes, resamples=50).recipes[0].intervals)


@pytest.mark.parametrize("accuracy", [0.0, 1.0])
def test_all_right_or_all_wrong_still_has_width(accuracy):
    recipes = draw_recipes([0.5])
    first = recipes[0].trials[0].predictions
    answer = first.label if accuracy else (first.label + 1) % 3
    recipe = changed(recipes[0], logits=(np.eye(3)[answer] * 9).astype(np.float32))
    result = evaluate([recipe]).recipes[0]
    assert result.accuracy == accuracy
    assert 0.01 < result.interval[1] - result.interval[0] < 0.1


def test_no_disagreement_is_not_certainty():
    recipes = draw_recipes([0.9])
    twin = RecipePredictions("twin", recipes[0].trials)
    pair = evaluate([recipes[0], twin]).pairs[0]
    assert (pair.difference, pair.p, pair.photos_needed) == (0.0, 1.0, None)
    assert pair.interval[0] < 0 < pair.interval[1]


def test_one_class_and_one_group():
    recipes = draw_recipes([0.8, 0.7])
    same = [changed(r, label=np.zeros(200, dtype=np.int64), group=np.full(200, "g")) for r in recipes]
    evaluation = evaluate(same)
    assert evaluation.groups == 1
    assert evaluation.recipes[0].interval == (0.0, 1.0)
    assert evaluation.pairs[0].p == 1.0


def test_folds_are_pooled():
    whole = draw_recipes([0.9])[0]
    rows = whole.trials[0].predictions
    halves = []
    for fold in range(2):
        keep = np.arange(len(rows.label)) % 2 == fold
        part = {name: getattr(rows, name)[keep] for name in ("photo_id", "split", "label", "logits", "group")}
        halves.append(TrialPredictions(0, fold, replace(rows, **part)))
    folded = RecipePredictions(whole.name, tuple(halves))
    (pooled,) = evaluate([folded]).recipes
    assert pooled.folds == 2
    assert (replace(pooled, folds=1),) == evaluate([whole]).recipes


def test_second_folders_and_validation():
    recipes = draw_recipes([0.9, 0.6], seeds=2, splits=("test", "validation"))
    field = draw_recipes([0.5, 0.5], seeds=2, random_state=9)
    recipes = [
        replace(one, also_test={"field": other.trials}, cost={"megabytes": 9.0})
        for one, other in zip(recipes, field, strict=True)
    ]
    first, second = evaluate(recipes).recipes
    assert first.also_test["field"]["rows"] == 200
    assert first.also_test["field"]["interval"][0] < first.also_test["field"]["accuracy"]
    assert (first.validation["tier"], second.validation["tier"]) == (1, 2)
    assert [one["seed"] for one in first.validation["trials"]] == [0, 1]
    assert first.cost == {"megabytes": 9.0}


def test_figures_by_class_have_intervals_in_the_file():
    recipe = evaluation_to_json(evaluate(draw_recipes([0.9], seeds=2)))["recipes"][0]
    assert list(recipe["per_class_intervals"]) == list(recipe["per_class"])
    for name, figures in recipe["per_class"].items():
        assert set(figures) == {"precision", "recall", "f1", "support"}
        for figure, (low, high) in recipe["per_class_intervals"][name].items():
            assert low < figures[figure] < high


def test_a_floor_within_reach_is_flagged():
    recipes = draw_recipes([0.9])
    assert evaluate(recipes, {"colour": Floor(0.3, (0.2, 0.4))}).recipes[0].flags == ()
    assert evaluate(recipes, {"colour": Floor(0.89, (0.8, 0.9))}).recipes[0].flags[0].name == "may not look at the leaf"


def test_json():
    text = to_json(evaluation_to_json(evaluate(draw_recipes([0.9, 0.8]))))
    assert '"photos_needed"' in text


def refuse(recipes, *words):
    with pytest.raises(PredictionsError) as error:
        evaluate(recipes)
    for word in words:
        assert word in str(error.value)


def test_refusals_name_what_is_wrong():
    a, b = draw_recipes([0.9, 0.8])
    rows = b.trials[0].predictions
    renamed = rows.photo_id.copy()
    renamed[3] = "x" * 16
    refuse([a, changed(b, photo_id=renamed)], "recipe 1", "x" * 16, rows.photo_id[3])
    twice = rows.photo_id.copy()
    twice[3] = twice[4]
    refuse([a, changed(b, photo_id=twice)], "more than once", str(twice[4]))
    other = rows.label.copy()
    other[5] = (other[5] + 1) % 3
    refuse([a, changed(b, label=other)], "Labels", str(rows.photo_id[5]))
    refuse([a, changed(b, classes=np.array(["early", "healthy", "rust"]))], "rust")
    groups = rows.group.copy()
    groups[0] = "elsewhere"
    refuse([a, changed(b, group=groups)], "Groups", str(rows.photo_id[0]))
    refuse([a, a], "name of its own", "recipe 0")
    refuse([], "at least one recipe")
    refuse([changed(a, split=np.full(200, "validation"))], "test rows")


def test_groups_of_one_file_serve_the_other():
    a, b = draw_recipes([0.9, 0.8])
    bare = changed(b, group=b.trials[0].predictions.photo_id)
    assert evaluate([a, bare]).pairs == evaluate([a, b]).pairs
