"""Figures of each place, and what may be said of them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.evaluation.statements.claims import comparison_sentences
from leafgraft.evaluation.verdict import choose
from leafgraft.records.display import recipe_rows
from leafgraft.storage.predictions import Predictions


def at_places(recipe: RecipePredictions, place_n: np.ndarray) -> RecipePredictions:
    trials = tuple(replace(one, predictions=replace(one.predictions, place=place_n)) for one in recipe.trials)
    return replace(recipe, trials=trials)


def worse_in_the_field(recipe: RecipePredictions, place_n: np.ndarray) -> RecipePredictions:
    """Every second photo of the field is answered wrongly."""

    def changed(of: TrialPredictions) -> TrialPredictions:
        wrong = np.flatnonzero(place_n == "field")[::2]
        logits = of.predictions.logits.copy()
        logits[wrong] = np.eye(3, dtype=np.float32)[(of.predictions.label[wrong] + 1) % 3]
        return replace(of, predictions=replace(of.predictions, logits=logits))

    return replace(recipe, trials=tuple(map(changed, recipe.trials)))


def drawn(seeds=1, names=("home", "home", "field")):
    recipes = draw_recipes([0.9, 0.9], seeds=seeds, splits=("test", "validation"))
    group = recipes[0].trials[0].predictions.group
    number = np.array([int(one[1:]) for one in group])
    place_n = np.array(names)[number % len(names)]
    return [worse_in_the_field(at_places(one, place_n), place_n) for one in recipes], place_n


def test_figures_of_a_place_are_those_of_its_photos_alone():
    recipes, _ = drawn(seeds=2)
    found = evaluate(recipes, resamples=200).recipes[0].places
    assert list(found) == ["field", "home"]
    test: Predictions = recipes[0].trials[0].predictions.rows("test")
    there = test.place == "field"
    right = np.stack([one.predictions.rows("test").logits.argmax(axis=1) == test.label for one in recipes[0].trials])
    accuracy, interval = share_of_groups(right[:, there], test.group[there])
    assert found["field"]["accuracy"] == pytest.approx(accuracy)
    assert found["field"]["interval"] == pytest.approx(interval)
    assert found["field"]["photos"] == there.sum()
    assert found["field"]["photos"] + found["home"]["photos"] == 200
    assert found["field"]["accuracy"] < 0.55 < found["home"]["accuracy"]
    counts = np.bincount(test.label[there])
    assert found["field"]["largest_class"] == pytest.approx(counts.max() / counts.sum())
    recalls = [right[:, there & (test.label == one)].mean() for one in range(3)]
    assert found["field"]["balanced_accuracy"] == pytest.approx(np.mean(recalls))
    assert found["field"]["balanced_interval"][0] < np.mean(recalls) < found["field"]["balanced_interval"][1]
    is_largest = test.label[there] == np.bincount(test.label[there]).argmax()
    largest = share_of_groups(is_largest[None], test.group[there])
    assert (found["field"]["largest_class"], found["field"]["largest_class_interval"]) == largest
    low, high = found["field"]["mean_confidence_interval"]
    assert low < found["field"]["mean_confidence"] < high


def test_a_place_may_lack_a_class():
    recipes, place_n = drawn()
    label = recipes[0].trials[0].predictions.label
    lacking = np.where((place_n == "field") & (label == 1), "home", place_n)
    found = evaluate([at_places(one, lacking) for one in recipes], resamples=200).recipes[0].places["field"]
    assert 0.4 < found["balanced_accuracy"] < 0.6


def test_without_places_nothing_is_said_of_any():
    evaluation = evaluate(draw_recipes([0.9, 0.9]), resamples=100)
    assert [one.places for one in evaluation.recipes] == [{}, {}]
    assert recipe_rows([{**vars_of(one)} for one in evaluation.recipes])[0] == [
        *("recipe", "tier", "accuracy", "95% interval", "macro-F1"),
    ]


def vars_of(result):
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def test_files_that_give_other_places_are_refused_and_one_may_give_none():
    recipes, place_n = drawn()
    without = replace(
        recipes[1],
        trials=tuple(replace(one, predictions=replace(one.predictions, place=None)) for one in recipes[1].trials),
    )
    assert evaluate([recipes[0], without], resamples=100).recipes[1].places["field"]["accuracy"] < 0.6
    turned = at_places(recipes[1], np.where(place_n == "home", "field", "home"))
    with pytest.raises(PredictionsError, match="Places of photos in 'recipe 0' and 'recipe 1' must be the same"):
        evaluate([recipes[0], turned], resamples=100)


def test_claims_and_refusals_name_the_places():
    recipes, _ = drawn()
    keys = {(one.name, t.seed, t.fold): one.name for one in recipes for t in one.trials}
    verdict = choose(evaluate(recipes, resamples=200, untrained=()), keys)
    said = " ".join(verdict.claims)
    assert re.search(r"accuracy on the \d+ test photos of 'field' \(95% interval", said)
    assert re.search(r"balanced accuracy \d+\.\d% \(\d+\.\d% to \d+\.\d%\)", said)
    assert "not trained on" not in said
    refused = " ".join(verdict.refused)
    assert re.search(r"in field': there it is \d", refused)
    assert "in another place': it was trained on photos of every place that it was tested in (field, home)" in refused
    assert "from where the training photos come" not in refused
    assert len(verdict.claims) == len(verdict.claims_ko)


def test_the_claim_of_places_left_out_says_that_they_were_not_trained_on():
    recipes, _ = drawn()
    keys = {(one.name, t.seed, t.fold): one.name for one in recipes for t in one.trials}
    evaluation = evaluate(recipes, resamples=200, left_out=("field", "home"), untrained=("field", "home"))
    assert evaluation.left_out == ("field", "home")
    verdict = choose(evaluation, keys)
    assert (
        "each in a place that it was not trained on: field, home (one model for each place left out;"
        in verdict.claims[0]
    )
    assert "of 'field', a place that it was not trained on (95% interval" in verdict.claims[1]
    assert not any("in another place" in sentence for sentence in verdict.refused)
    assert any(re.search(r"in any other place': of 2 places tested, it had \d+", one) for one in verdict.refused)
    compared = comparison_sentences(evaluation)
    assert sum("a place that it was not trained on (" in one for one in compared.claims) == 4
    korean = compared.in_korean()
    assert sum("‘field’(학습하지 않은 장소)의 테스트 사진" in one for one in korean.claims) == 2
    assert not re.search(r"\b(accuracy|the|of|on)\b", " ".join([*korean.claims, *korean.refused]))


def test_a_place_that_only_a_given_test_part_has_was_not_trained_on():
    recipes, _ = drawn()
    keys = {(one.name, t.seed, t.fold): one.name for one in recipes for t in one.trials}
    verdict = choose(evaluate(recipes, resamples=200, untrained=("field",)), keys)
    of_field, of_home = (next(one for one in verdict.claims if f"of '{place}'" in one) for place in ("field", "home"))
    assert "of 'field', a place that it was not trained on (95% interval" in of_field
    assert "not trained on" not in of_home
    assert "each in a place that it was not trained on" not in verdict.claims[0]
    refused = " ".join(verdict.refused)
    assert "photos of every place" not in refused
    assert "in any other place': of 2 places tested" in refused


def test_of_answers_of_unknown_training_no_place_is_called_trained_on():
    recipes, _ = drawn()
    keys = {(one.name, t.seed, t.fold): one.name for one in recipes for t in one.trials}
    evaluation = evaluate(recipes, resamples=200)
    assert evaluation.untrained is None
    assert "trained on" not in " ".join([*(verdict := choose(evaluation, keys)).claims, *verdict.refused])


def test_a_place_where_the_largest_class_does_as_well_is_refused():
    recipes, place_n = drawn()
    label = recipes[0].trials[0].predictions.label
    one_sided = np.where((place_n == "field") & (label != 1), "home", place_n)
    one_sided[np.flatnonzero(label == 0)[:3]] = "field"
    recipes = [worse_in_the_field(at_places(one, one_sided), one_sided) for one in recipes]
    keys = {(one.name, t.seed, t.fold): one.name for one in recipes for t in one.trials}
    refused = " ".join(choose(evaluate(recipes, resamples=200), keys).refused)
    assert "recognises the disease in field': answering the largest class alone is right on" in refused


def test_tables_have_a_column_for_each_place_and_of_many_the_worst():
    recipes, _ = drawn()
    columns, rows = recipe_rows([vars_of(one) for one in evaluate(recipes, resamples=100).recipes])
    assert columns == ["recipe", "tier", "accuracy", "95% interval", "field", "home", "macro-F1"]
    assert all(len(row) == len(columns) for row in rows)
    many, _ = drawn(names=("home", "a", "b", "c", "d", "field"))
    columns, rows = recipe_rows([vars_of(one) for one in evaluate(many, resamples=100).recipes])
    assert columns == ["recipe", "tier", "accuracy", "95% interval", "worst of 6 places", "macro-F1"]
    assert rows[0][4].endswith("% field")
    many, _ = drawn(names=tuple("abcdefghijkl"))
    said = comparison_sentences(evaluate(many, resamples=100)).claims
    assert sum(bool(re.search(r"test photos? of '", one)) for one in said) == 20
    assert sum("is at least as accurate in 2 other places" in one for one in said) == 2
