"""Sentences on pairs: where the classes are unequal, and what p is corrected for."""

from dataclasses import replace

import numpy as np

from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.statements.claims import comparison_sentences
from leafgraft.evaluation.statements.pairs import sentences_of_pairs
from leafgraft.storage.predictions import Predictions

LABEL = np.repeat([0, 1], [270, 30])


def answering(name, answers):
    ids, test = np.array([f"p{row:03d}" for row in range(len(answers))]), np.full(len(answers), "test")
    logits = 3 * np.eye(2, dtype=np.float32)[answers]
    rows = Predictions(ids, test, LABEL, logits, np.array(["Common", "Rare"]), ids)
    return RecipePredictions(name, (TrialPredictions(0, 0, rows),))


def with_errors(common, rare):
    answers = LABEL.copy()
    answers[:common] = 1
    answers[270 : 270 + rare] = 0
    return answers


def test_a_recipe_that_never_finds_a_class_is_not_said_to_be_more_accurate_than_one_that_does():
    both = [answering("always", np.zeros(300, dtype=np.int64)), answering("finder", with_errors(54, 3))]
    evaluation = evaluate(both, resamples=200)
    found = comparison_sentences(evaluation)
    assert not any("more accurate" in claim for claim in found.claims)
    assert found.refused[0] == (
        "'always is more accurate than finder': it never finds Rare, which the other finds. Balanced accuracy, the "
        "mean over classes: 50.0% against 85.0%."
    )
    assert "always" in found.in_korean().refused[0]
    assert "is more accurate" not in found.in_korean().refused[0]


def test_both_balanced_accuracies_stand_beside_the_points_where_classes_are_unequal():
    both = [answering("much", with_errors(0, 24)), answering("less", with_errors(54, 3))]
    evaluation = evaluate(both, resamples=200)
    (claim,) = sentences_of_pairs(evaluation.pairs, evaluation).claims
    assert claim.startswith("much is more accurate than less on photos like these: 11.0 points (95% interval ")
    assert claim.endswith("; balanced accuracy 60.0% against 85.0%: the classes are unequal.")
    assert "60.0%, 85.0%" in sentences_of_pairs(evaluation.pairs, evaluation).in_korean().claims[0]
    equal = replace(evaluation.recipes[0], per_class={"Common": {"support": 9, "recall": 1}})
    told = sentences_of_pairs(evaluation.pairs, replace(evaluation, recipes=(equal, evaluation.recipes[1])))
    assert "balanced" not in told.claims[0]


def test_a_claim_says_which_pairs_its_p_is_corrected_for():
    two = [answering("good", with_errors(0, 0)), answering("less", with_errors(54, 3))]
    other = answering("other", with_errors(54, 4))
    made = [replace(answering(f"{of} + TTA(2)", with_errors(0, 1)), derived_from=(of,)) for of in ("less", "other")]
    alone = "p < 0.001)"
    trained = "p < 0.001, corrected for all pairs of trained recipes)"
    of_made = "p < 0.001, corrected for all pairs with what is made of recipes)"
    for recipes, said in (
        (two, {"good": {alone}}),
        ([*two, other], {"good": {"p < 0.001, corrected for all pairs)"}}),
        ([*two, made[0]], {"good": {alone}, "less + TTA(2)": {alone}}),
        ([*two, other, *made], {"good": {trained}, "less + TTA(2)": {of_made}, "other + TTA(2)": {of_made}}),
    ):
        evaluation = evaluate(recipes, resamples=200)
        found = sentences_of_pairs(evaluation.pairs, evaluation)
        told: dict[str, set[str]] = {}
        for claim in found.claims:
            told.setdefault(claim.partition(" is more accurate")[0], set()).add(
                claim[claim.index("p < ") :].split(";")[0]
            )
        assert {name: {one.removesuffix(".") for one in of} for name, of in told.items()} == said
        is_alone = [f"; {alone}" in claim for claim in found.claims]
        assert is_alone == ["대해 보정한 p < 0.001)" not in claim for claim in found.in_korean().claims]
        assert not any("corrected" in claim for claim in found.in_korean().claims)
