from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.statements.did_not_learn import DID_NOT_LEARN
from leafgraft.evaluation.statements.flags import MAY_NOT_LOOK, flags_of
from leafgraft.records.evaluation import DidNotLearn
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
    _, flag = evaluate([replace(recipe, making="trained")], resamples=50).recipes[0].flags
    assert "'loss: class_balanced'" in flag.english
    unlearned, flag = evaluate([recipe], resamples=50).recipes[0].flags
    assert flag.name == "never finds healthy, late"
    assert "loss:" not in flag.english
    assert "STUDY.yaml" not in unlearned.english
    assert f"{healthy} of healthy, {late} of late" in flag.english
    assert f"healthy {healthy}장, late {late}장" in flag.korean


def test_of_many_classes_that_are_never_found_some_are_named():
    per_class = {f"spot {number}": {"support": 2.0, "recall": 0.0} for number in range(14)}
    (result,) = evaluate(draw_recipes([0.9]), resamples=50).recipes
    (flag,) = flags_of(replace(result, per_class=per_class), {}, "trained")
    assert flag.name.endswith("spot 9 and 4 more")
    assert "spot 9 and 4 more (test photos: 28)," in flag.english
    assert "spot 9 외 4개 클래스를 한 번도 맞히지 못했으므로(테스트 사진: 28)" in flag.korean


def test_a_class_that_one_seed_finds_is_found():
    recipe, _ = one_class(2)
    found = draw_recipes([0.9])[0].trials[0].predictions
    trials = (recipe.trials[0], TrialPredictions(1, 0, found))
    (flag,) = evaluate([replace(recipe, trials=trials)], resamples=50).recipes[0].flags
    assert flag.name == DID_NOT_LEARN


def test_a_floor_within_reach_is_named():
    recipes = draw_recipes([0.9])
    floors = {"colour": Floor(0.89, (0.8, 0.9)), "border_pixels": Floor(0.2, (0.1, 0.3))}
    (flag,) = evaluate(recipes, floors, resamples=200).recipes[0].flags
    assert flag.name == MAY_NOT_LOOK
    assert "colour alone reaches (89.0%)" in flag.english
    assert "평균 색" in flag.korean


def test_warnings_of_training_stand_first_and_files_hold_names_and_sentences():
    (recipe,) = draw_recipes([0.9])
    short = DidNotLearn(1, 1, None, 0.62, 1.0, "Take another rate.")
    floors = {"colour": Floor(0.99, (0.9, 1.0))}
    evaluation = evaluate([replace(recipe, did_not_learn=short)], floors, resamples=50)
    (plain,) = evaluation_to_json(evaluation)["recipes"]
    assert plain["flags"] == [DID_NOT_LEARN, MAY_NOT_LOOK]
    assert plain["warnings"][0]["name"] == DID_NOT_LEARN
    assert "right for 62.0%;" in plain["warnings"][0]["english"]
    assert "62.0%" in plain["warnings"][0]["korean"]
    assert plain["did_not_learn"] == {
        "trials": 1,
        "of": 1,
        "one_class": None,
        "train_accuracy": 0.62,
        "optimum": 1.0,
        "advice": "Take another rate.",
    }
