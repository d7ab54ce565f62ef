from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.answers import RecipePredictions, TrialPredictions
from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.evaluation.flags import MAY_NOT_LOOK
from leafgraft.records.evaluation import Flag
from leafgraft.records.finding import Floor


def one_class(seeds=1):
    """Predictions that say class 0 of every photo, and the number of photos of the other two classes."""
    (recipe,) = draw_recipes([0.9], seeds=seeds)
    logits = np.tile(np.array([4.0, 0.0, 0.0], np.float32), (200, 1))
    trials = [replace(t, predictions=replace(t.predictions, logits=logits)) for t in recipe.trials]
    label = recipe.trials[0].predictions.label
    return RecipePredictions("constant", tuple(trials)), [int((label == one).sum()) for one in (1, 2)]


@pytest.mark.parametrize("seeds", [1, 3])
def test_classes_that_are_never_found_are_named_with_their_photos(seeds):
    recipe, (healthy, late) = one_class(seeds)
    (flag,) = evaluate([recipe], resamples=50).recipes[0].flags
    assert flag.name == "never finds healthy, late"
    assert f"{healthy} of healthy, {late} of late" in flag.english
    assert f"healthy {healthy}장, late {late}장" in flag.korean


def test_a_class_that_one_seed_finds_is_found():
    recipe, _ = one_class(2)
    found = draw_recipes([0.9])[0].trials[0].predictions
    trials = (recipe.trials[0], TrialPredictions(1, 0, found))
    assert evaluate([replace(recipe, trials=trials)], resamples=50).recipes[0].flags == ()


def test_a_floor_within_reach_is_named():
    recipes = draw_recipes([0.9])
    floors = {"colour": Floor(0.89, (0.8, 0.9)), "border_pixels": Floor(0.2, (0.1, 0.3))}
    (flag,) = evaluate(recipes, floors, resamples=200).recipes[0].flags
    assert flag.name == MAY_NOT_LOOK
    assert "colour alone reaches (89.0%)" in flag.english
    assert "평균 색" in flag.korean


def test_warnings_of_training_stand_first_and_files_hold_names_and_sentences():
    recipe, _ = one_class()
    told = Flag("did not learn", "Take another rate.", "다른 학습률을 쓰세요.")
    plain = evaluation_to_json(evaluate([replace(recipe, flags=(told,))], resamples=50))["recipes"][0]
    assert plain["flags"] == ["did not learn", "never finds healthy, late"]
    assert plain["warnings"][0] == {"name": told.name, "english": told.english, "korean": told.korean}
