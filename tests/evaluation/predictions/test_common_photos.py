"""Common photos of several studies."""

from dataclasses import replace

import numpy as np
from drawn_predictions import draw_recipes

from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.common_photos import join_groups, keep_common


def of_groups(recipe, group):
    (trial,) = recipe.trials
    return replace(recipe, trials=(replace(trial, predictions=replace(trial.predictions, group=group)),))


def test_validation_rows_stay_in_one_study_and_go_where_there_are_several():
    recipes = draw_recipes([0.9, 0.8], splits=("validation", "test"))
    kept, notes = keep_common(recipes, {})
    assert kept == tuple(recipes)
    assert notes == ()
    apart, notes = keep_common(recipes, {"recipe 0": "a", "recipe 1": "b"})
    assert {str(one) for recipe in apart for one in recipe.trials[0].predictions.split} == {"test"}
    assert notes == ("The same 200 test photos in all: a, b.",)


def test_photos_are_in_one_group_that_are_in_one_of_either():
    one, other = draw_recipes([0.9, 0.8], photos=6)
    one = of_groups(one, np.array(["a", "a", "b", "c", "d", "d"]))
    other = of_groups(other, np.array(["x", "y", "y", "z", "v", "w"]))
    joined = join_groups([one, other])
    assert evaluate(joined, resamples=20).groups == 3
    first, second = (recipe.trials[0].predictions.group.tolist() for recipe in joined)
    assert first == second
    assert [first.index(group) for group in first] == [0, 0, 0, 3, 4, 4]
