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


def without(trial, *, seed=None, fold=None, rows=()):
    of = trial.predictions
    kept = np.isin(np.arange(len(of.label)), rows, invert=True)
    return replace(trial, seed=trial.seed if seed is None else seed, fold=fold or 0, predictions=of.only(kept))


def test_photos_that_one_seed_lacks_are_left_out_and_the_seed_is_named():
    one, other = draw_recipes([0.9, 0.8], seeds=2, photos=100)
    lacking = replace(one, trials=(one.trials[0], without(one.trials[1], rows=(3, 4))))
    for recipes, more in (([lacking, other], ", recipe 1 100"), ([lacking], "")):
        kept, notes = keep_common(recipes, {})
        assert evaluate(kept, resamples=20).rows == 98
        assert notes[0] == (
            f"Test photos: recipe 0-s0 100, recipe 0-s1 98{more}; 98 are in all of them, and only these are compared."
        )
        assert notes[1].startswith("Left out of recipe 0-s0: 2 (")


def test_folds_of_a_seed_count_together():
    (one,) = draw_recipes([0.9], seeds=2, photos=10)
    halves = [
        without(trial, fold=part, rows=rows)
        for trial in one.trials
        for part, rows in ((0, range(5)), (1, range(5, 10)))
    ]
    assert keep_common([replace(one, trials=tuple(halves))], {})[1] == ()
    kept, notes = keep_common([replace(one, trials=tuple(halves[:3]))], {})
    assert evaluate(kept, resamples=20).rows == 5
    assert notes[0].startswith("Test photos: recipe 0-s0 10, recipe 0-s1 5; 5 are in all of them")


def test_one_common_photo_is_told_as_one():
    one, other = draw_recipes([0.9, 0.8], photos=6)
    lacking = replace(other, trials=(without(other.trials[0], rows=(1, 2, 3, 4, 5)),))
    _, notes = keep_common([one, lacking], {})
    assert notes[0] == "Test photos: recipe 0 6, recipe 1 1; 1 is in all of them, and only it is compared."
