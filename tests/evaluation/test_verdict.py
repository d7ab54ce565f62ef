import re
from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.statements.claims import comparison_sentences
from leafgraft.evaluation.statements.sentence import in_korean
from leafgraft.evaluation.verdict import Evidence, choose, verdict_to_json
from leafgraft.records.finding import Floor
from leafgraft.storage.files.atomic import to_json


def studied(accuracies, costs=None, **settings):
    recipes = draw_recipes(accuracies, splits=("test", "validation"), **settings)
    if costs:
        pairs = zip(recipes, costs, strict=True)
        recipes = [replace(one, cost={"gigaflops": cost}) for one, cost in pairs]
    keys = {(one.name, t.seed, t.fold): f"{one.name}/{t.seed}" for one in recipes for t in one.trials}
    return recipes, evaluate(recipes, resamples=500), keys


def test_the_cheaper_recipe_of_the_validation_tier():
    _, evaluation, keys = studied([0.93, 0.93, 0.5], costs=[30.0, 3.0, 1.0], seeds=2)
    verdict = choose(evaluation, keys)
    assert verdict.recipe == "recipe 1"
    assert "recipe 0" in verdict.tied_with
    assert "3.00 billion" in verdict.why
    assert verdict.test["accuracy"] == evaluation.recipes[1].accuracy


def test_test_labels_have_no_part_in_the_choice():
    _, evaluation, keys = studied([0.93, 0.93, 0.6], seeds=2)
    turned = replace(evaluation, recipes=tuple(replace(one, accuracy=1 - one.accuracy) for one in evaluation.recipes))
    assert choose(evaluation, keys).recipe == choose(turned, keys).recipe


def test_the_trial_has_the_lowest_validation_loss():
    _, evaluation, keys = studied([0.93, 0.5], seeds=3)
    verdict = choose(evaluation, keys)
    chosen = next(one for one in evaluation.recipes if one.name == verdict.recipe)
    best = min(chosen.validation["trials"], key=lambda trial: trial["log_loss"])
    assert verdict.trial == f"{verdict.recipe}/{best['seed']}"


def test_ties_are_refused_and_differences_claimed():
    _, evaluation, keys = studied([0.94, 0.93, 0.5], seeds=2)
    verdict = choose(evaluation, keys)
    assert any("more accurate than recipe 2" in sentence for sentence in verdict.claims)
    assert any("do not tell the two apart" in sentence for sentence in verdict.refused)
    assert len(verdict.claims) == len(verdict.claims_ko)
    assert len(verdict.refused) == len(verdict.refused_ko)
    said = " ".join([*verdict.claims_ko, *verdict.refused_ko, verdict.why_ko])
    assert not re.search(r"\b(the|is|are|of|photos?)\b", said)
    assert set(verdict.photos_needed) == set(verdict.tied_with)


def test_what_else_is_refused():
    _, evaluation, keys = studied([0.93, 0.5])
    inflation = {"random": 0.99, "grouped": 0.93, "difference": 0.06, "interval": (0.03, 0.09)}
    evidence = Evidence(inflation, {"colour": Floor(0.95, (0.9, 0.97))}, ("recipe 1",))
    text = " ".join(choose(evaluation, keys, evidence).refused)
    for words in ("in the field", "colour alone reaches 95.0%", "99.0%", "recipe 1: added, or", "another seed"):
        assert words in text


def test_no_number_of_photos_is_named_that_were_tested_and_did_not_tell_a_pair_apart():
    _, evaluation, _ = studied([0.94, 0.93], seeds=2)
    (pair,) = evaluation.pairs
    for needed, seeds, pairs, words in (
        (evaluation.rows + 1, 2, 1, f"At this difference, about {evaluation.rows + 1:,} would."),
        (
            evaluation.rows,
            2,
            2,
            "More photos alone need not tell them: p is corrected for all pairs, and seeds scatter.",
        ),
        (evaluation.rows, 1, 2, "More photos alone need not tell them: p is corrected for all pairs."),
        (evaluation.rows, 2, 1, "More photos alone need not tell them: seeds scatter."),
        (evaluation.rows, 1, 1, "More photos alone need not tell them: it takes more leaves."),
    ):
        open_pair = replace(pair, photos_needed=needed, p_adjusted=0.3)
        found = comparison_sentences(replace(evaluation, pairs=(open_pair,) * pairs, seeds=seeds))
        assert any(one.endswith(f"do not tell the two apart. {words}") for one in found.refused)
        assert not re.search(r"\b(photos|more|would)\b", " ".join(found.in_korean().refused), re.IGNORECASE)


def test_a_pair_that_is_alone_in_its_family_is_not_told_apart_for_another_reason_than_a_corrected_p():
    _, evaluation, _ = studied([0.94, 0.93])
    (pair,) = (replace(one, photos_needed=evaluation.rows, p_adjusted=0.3) for one in evaluation.pairs)
    made = replace(evaluation.recipes[0], name="made", derived_from=("recipe 0",))
    pairs = (pair, replace(pair, b="made"))
    found = comparison_sentences(replace(evaluation, recipes=(*evaluation.recipes, made), pairs=pairs))
    told = [one for one in found.refused if "More photos" in one]
    assert len(told) == 2
    assert all(one.endswith("need not tell them: it takes more leaves.") for one in told)


def test_one_seed_on_folds_is_one_model_for_each():
    (drawn,) = draw_recipes([0.9])
    whole = drawn.trials[0].predictions
    halves = [
        replace(drawn.trials[0], fold=fold, predictions=replace(whole, split=np.where(np.arange(200) % 2, *parts)))
        for fold, parts in enumerate((("test", "validation"), ("validation", "test")))
    ]
    evaluation = evaluate([replace(drawn, trials=tuple(halves))])
    assert evaluation.recipes[0].folds == 2
    said = comparison_sentences(evaluation)
    assert "(one model for each of 2 folds; 95% interval" in said.claims[0]
    assert "폴드 2개마다 모델 하나" in said.in_korean().claims[0]


def test_a_search_is_counted_in_what_may_be_said():
    _, evaluation, keys = studied([0.93, 0.5], seeds=2)
    verdict = choose(evaluation, keys, Evidence(best_of={"recipe 0": 200, "recipe 1": 7}))
    assert verdict.recipe == "recipe 0"
    assert any("the best of 200 tried on the validation photos" in one for one in verdict.claims)
    assert any("200가지" in one for one in verdict.claims_ko)
    refused = [one for one in verdict.refused if "on the validation photos' as a result" in one]
    assert len(refused) == 1
    assert "of 200 settings" in refused[0]
    views = replace(evaluation.recipes[0], name="recipe 0 + TTA(4)", derived_from=("recipe 0",))
    assert Evidence(best_of={"recipe 0": 200}).best_of_recipe(views) == 200
    assert Evidence(best_of={"recipe": 200}).best_of_recipe(views) == 1
    assert not any("best of" in one for one in choose(evaluation, keys, Evidence(best_of={"recipe 1": 9})).claims)


def test_a_search_for_one_recipe_of_an_ensemble_is_counted():
    recipes, _, keys = studied([0.6, 0.6, 0.95])
    made = replace(recipes[2], name="ensemble of best 2", derived_from=("recipe 0", "recipe 1"))
    keys["ensemble of best 2", 0, 0] = "ensemble"
    verdict = choose(evaluate([*recipes[:2], made], resamples=200), keys, Evidence(best_of={"recipe 1": 7}))
    assert verdict.recipe == "ensemble of best 2"
    assert (
        "ensemble of best 2: settings of a recipe that it is made of are the best of 7 tried on the validation photos; "
        "the test photos had no part in the search."
    ) in verdict.claims
    assert any("of 7 settings the best" in one for one in verdict.refused)
    assert any("비교한 7가지" in one for one in verdict.claims_ko)


def test_an_inflation_that_is_not_shown_is_not_claimed():
    _, evaluation, keys = studied([0.93, 0.5])
    inflation = {"random": 0.94, "grouped": 0.93, "difference": 0.01, "interval": (-0.01, 0.03)}
    assert not any("94.0% of a plain random" in one for one in choose(evaluation, keys, Evidence(inflation)).refused)


def test_a_recipe_seen_after_the_test_is_not_recommended():
    _, evaluation, keys = studied([0.95, 0.8], seeds=2)
    assert choose(evaluation, keys).recipe == "recipe 0"
    assert choose(evaluation, keys, Evidence(seen_after_test=("recipe 0",))).recipe == "recipe 1"


def test_field_figures_are_claimed_beside_the_test():
    recipes, _, keys = studied([0.93, 0.5])
    field = draw_recipes([0.5, 0.5], random_state=4)
    recipes = [replace(one, also_test={"field": two.trials}) for one, two in zip(recipes, field, strict=True)]
    verdict = choose(evaluate(recipes), keys)
    assert any("'field'" in sentence and "confidence" in sentence for sentence in verdict.claims)
    assert any("in the field': on 'field'" in sentence for sentence in verdict.refused)


def answering(trial, answer, kept):
    """The trial on the rows `kept`, answering one class to all of them."""
    one = trial.predictions
    logits = np.tile(np.where(np.arange(len(one.classes)) == answer, 4.0, 0.0).astype(np.float32), (kept.sum(), 1))
    columns = {name: getattr(one, name)[kept] for name in ("photo_id", "label", "group", "split")}
    return replace(trial, predictions=replace(one, logits=logits, **columns))


def test_what_unequal_classes_of_a_second_folder_hide_is_said():
    recipes, _, keys = studied([0.93, 0.5], seeds=3)
    (drawn,) = draw_recipes([0.9], seeds=3)
    label = drawn.trials[0].predictions.label
    kept = (label == 0) | ((label == 1) & (np.cumsum(label == 1) <= 9))
    field = tuple(answering(trial, 0, kept) for trial in drawn.trials)
    verdict = choose(evaluate([replace(one, also_test={"field": field}) for one in recipes]), keys)
    (claim,) = (one for one in verdict.claims if "of 'field'" in one)
    assert "; balanced accuracy, the mean over classes, 50.0% (" in claim
    largest = (label == 0).sum() / kept.sum()
    assert (
        f"'recipe 0 recognises the disease in field': answering the largest class alone is right on "
        f"{100 * largest:.1f}% of the test photos there, and the interval reaches down to it."
    ) in verdict.refused
    name = drawn.trials[0].predictions.classes[1]
    assert f"'recipe 0 recognises {name} in field': it has none of its 9 photos there right." in verdict.refused
    (in_ko,) = (one for one in verdict.claims_ko if "field" in one)
    assert "클래스별로 평균한 균형 정확도 50.0%" in in_ko
    one_photo = (label == 0) | ((label == 1) & (np.cumsum(label == 1) <= 1))
    field = tuple(answering(trial, 0, one_photo) for trial in drawn.trials)
    verdict = choose(evaluate([replace(one, also_test={"field": field}) for one in recipes]), keys)
    assert any("it has none of its 1 photo there right." in one for one in verdict.refused)
    assert any("그곳의 사진 1장 가운데 하나도 맞히지 못했습니다." in one for one in verdict.refused_ko)
    assert not re.search(r"\b(the|is|none|photos?)\b", " ".join([*verdict.claims_ko, *verdict.refused_ko]))


def test_equal_classes_of_a_second_folder_hide_nothing():
    recipes, _, keys = studied([0.93, 0.5])
    field = draw_recipes([0.9, 0.5], random_state=4)
    recipes = [replace(one, also_test={"field": two.trials}) for one, two in zip(recipes, field, strict=True)]
    verdict = choose(evaluate(recipes), keys)
    assert not any("balanced" in one for one in verdict.claims)
    assert not any("in field'" in one for one in verdict.refused)


def test_photos_that_were_seen_in_training_are_no_unseen_leaves_and_not_from_elsewhere():
    recipes, _, keys = studied([0.93, 0.5])
    field = draw_recipes([0.5, 0.5], random_state=4)
    recipes = [
        replace(one, also_test={"field": two.trials, "farm": two.trials})
        for one, two in zip(recipes, field, strict=True)
    ]
    verdict = choose(evaluate(recipes), keys, Evidence(seen_in_training={"": 3, "field": 12}))
    assert any("as accuracy on unseen leaves: 3 test photos show a leaf of training." in one for one in verdict.refused)
    assert any("as accuracy elsewhere, on 'field'" in one and "(12)" in one for one in verdict.refused)
    assert not any("of 'field'" in one for one in verdict.claims)
    assert any("of 'farm'" in one for one in verdict.claims)
    assert not any("unseen leaves" in one or "elsewhere, on" in one for one in choose(evaluate(recipes), keys).refused)


def test_no_validation():
    evaluation = evaluate(draw_recipes([0.9, 0.8]))
    with pytest.raises(PredictionsError, match="validation"):
        choose(evaluation, {})


def test_json():
    _, evaluation, keys = studied([0.93, 0.5])
    value = verdict_to_json(choose(evaluation, keys))
    assert {"recipe", "trial", "tied_with", "test", "inflation", "claims", "refused"} <= set(value)
    assert value["chosen_on"] == "validation"
    to_json(value)


def test_sentences_without_a_verdict():
    evaluation = evaluate(draw_recipes([0.95, 0.95, 0.5]))
    found = comparison_sentences(evaluation)
    shown = [one for one in found.claims if "more accurate than recipe 2" in one]
    assert len(shown) == 2
    low, high = re.search(r"interval ([-\d.]+) to ([-\d.]+)", shown[0]).groups()
    assert 0 < float(low) < float(high)
    assert any("do not tell the two apart" in one for one in found.refused)


def test_a_recipe_of_one_seed_is_named():
    three, one = draw_recipes([0.9, 0.9], seeds=3)
    evaluation = evaluate([three, replace(one, trials=one.trials[:1])])
    assert [result.seeds for result in evaluation.recipes] == [3, 1]
    found = comparison_sentences(evaluation)
    assert "the mean of 3 seeds" in found.claims[0]
    assert "one trained model" in found.claims[1]
    assert any(sentence.startswith("Anything about recipe 1 with") for sentence in found.refused)


def test_seeds_that_answer_alike_are_no_mean():
    (drawn,) = draw_recipes([0.9], seeds=3)
    alike = tuple(replace(one, predictions=drawn.trials[0].predictions) for one in drawn.trials)
    evaluation = evaluate([replace(drawn, trials=alike)])
    (claim,) = comparison_sentences(evaluation).claims
    assert "the same for all 3 seeds" in claim
    assert "시드 3개가 모두 같은 결과" in in_korean(claim)


def test_of_many_pairs_the_largest_are_written_out():
    evaluation = evaluate(draw_recipes([0.9] * 7), resamples=200)
    found = comparison_sentences(evaluation)
    ties = [one for one in found.refused if "do not tell the two apart" in one]
    assert len(ties) == 10
    assert any(one.startswith("11 smaller differences are not shown") for one in found.refused)
    assert any(one.startswith("더 작은 차이 11개") for one in found.in_korean().refused)
    largest = max(evaluation.pairs, key=lambda pair: abs(pair.difference))
    assert largest.a in ties[0]
    assert largest.b in ties[0]


def test_one_seed_of_all_is_said_once():
    limit = comparison_sentences(evaluate(draw_recipes([0.9] * 3), resamples=200)).refused[-1]
    assert limit.startswith("Anything about any of these recipes with another seed")
    alone = comparison_sentences(evaluate(draw_recipes([0.9]), resamples=200)).refused[-1]
    assert alone.startswith("Anything about recipe 0 with another seed")


def test_a_recipe_that_never_finds_a_class_is_never_recommended_without_that_sentence():
    recipes, _, keys = studied([0.9])
    rows = recipes[0].trials[0].predictions
    label = np.where(np.arange(len(rows.label)) % 13 == 0, 2, np.arange(len(rows.label)) % 2)
    logits = (np.eye(3)[np.where(label == 2, 0, label)] * 4).astype(np.float32)
    changed = replace(recipes[0].trials[0], predictions=replace(rows, label=label, logits=logits))
    verdict = choose(evaluate([replace(recipes[0], trials=(changed,))], resamples=300), keys)
    assert "It never finds late" in verdict.why
    assert "late 클래스를 한 번도" in verdict.why_ko
    assert any(one.startswith("'recipe 0 recognises late'") for one in verdict.refused)
    assert "balanced accuracy, the mean over classes, 66.7%" in verdict.claims[0]
    assert "균형 정확도 66.7%" in verdict.claims_ko[0]


def test_balanced_accuracy_stands_beside_accuracy_only_where_classes_are_unequal():
    _, evaluation, keys = studied([0.93])
    assert "balanced" not in choose(evaluation, keys).claims[0]


def test_equally_cheap_recipes_are_told_apart_in_words():
    _, evaluation, keys = studied([0.93, 0.93, 0.93], costs=[3.0, 3.1, 9.0], seeds=2)
    verdict = choose(evaluation, keys)
    assert "Of these, 2 need about the same, least computing" in verdict.why
    assert "among them it has the lowest validation loss" in verdict.why
    assert "사진당 연산 30억 회" in verdict.why_ko or "사진당 연산 31억 회" in verdict.why_ko
    _, evaluation, keys = studied([0.93, 0.93, 0.93], costs=[3.0, 9.1, 9.0], seeds=2)
    assert "Of these it needs the least computing (3.00 billion operations a photo)" in choose(evaluation, keys).why


def test_who_leads_the_table_and_why_it_is_not_recommended():
    _, evaluation, keys = studied([0.93, 0.93], costs=[3.0, 9.0], seeds=2)
    first, second = evaluation.recipes
    led = replace(evaluation, recipes=(first, replace(second, accuracy=first.accuracy + 0.03)))
    verdict = choose(led, keys)
    assert verdict.recipe == first.name
    assert f"{second.name} has more of the test photos right" in verdict.why
    assert "the test photos must not choose" in verdict.why
    assert "they do not show it to be better" in verdict.why
    assert "테스트 사진으로 고르면 안" in verdict.why_ko
    lower = replace(evaluation, recipes=(first, replace(second, accuracy=first.accuracy - 0.03)))
    assert "must not choose" not in choose(lower, keys).why


def test_only_recipes_that_could_be_chosen_are_spoken_of_as_less_accurate():
    _, evaluation, keys = studied([0.95, 0.7, 0.97], seeds=2)
    alone = replace(evaluation, recipes=evaluation.recipes[:1], pairs=())
    assert choose(alone, keys).why == "It is the only recipe."
    planned = "left in the study that was planned before the test photos were seen."
    assert choose(evaluation, keys, Evidence(seen_after_test=("recipe 2",))).why.startswith(
        f"More accurate on the validation photos than every other recipe {planned}"
    )
    why = choose(evaluation, keys, Evidence(seen_after_test=("recipe 1", "recipe 2"))).why
    assert why.startswith(f"It is the only recipe {planned}")
    first = replace(evaluation, recipes=evaluation.recipes[:2])
    assert choose(first, keys).why == "More accurate on the validation photos than every other recipe."


def test_recipes_that_were_tested_and_left_out_are_told():
    _, evaluation, keys = studied([0.95, 0.7], seeds=2)
    without, told = (set(choose(evaluation, keys, Evidence(left_out_after_test=count)).refused) for count in (0, 2))
    assert without < told
    assert " ".join(told - without) == (
        "A fair comparison of all that was tested: 2 recipes were tested and are left out of the study since."
    )


@pytest.mark.parametrize(("since", "words"), [
    ((0, 0), ()),
    ((0, 7), ("of all test photos: 7 test photos excluded after",)),
    ((1, 0), ("of the first labels: 1 test photo relabelled after",)),
    ((2, 1), ("1 test photo excluded", "2 test photos relabelled after")),
])  # fmt: skip
def test_test_photos_that_were_corrected_after_the_answers_were_seen_are_told(since, words):
    _, evaluation, keys = studied([0.95, 0.7], seeds=2)
    verdict = choose(evaluation, keys, Evidence(corrected_after_test=since))
    assert verdict.corrected_after_test == since
    added = [one for one in verdict.refused if one not in choose(evaluation, keys).refused]
    assert len(added) == len(words)
    assert all(word in one for word, one in zip(words, added, strict=True))


def test_nothing_is_said_of_a_difference_that_was_not_tested():
    recipes, _, keys = studied([0.93, 0.93, 0.93], seeds=2)
    made = replace(recipes[2], name="ensemble", derived_from=("recipe 1",))
    evaluation = evaluate([*recipes[:2], made], resamples=200)
    keys |= {("ensemble", seed, 0): "ensemble" for seed in range(2)}
    chosen = choose(evaluation, keys, Evidence(seen_after_test=("recipe 1", "ensemble")))
    assert chosen.recipe == "recipe 0"
    led = replace(evaluation, recipes=(*evaluation.recipes[:2], replace(evaluation.recipes[2], accuracy=1.0)))
    why = choose(led, keys, Evidence(seen_after_test=("recipe 1", "ensemble"))).why
    assert "The two were not compared: what is made of recipes is compared with these alone." in why
    assert "show it to be better" not in why
    assert "서로 비교하지 않았습니다" in choose(led, keys, Evidence(seen_after_test=("recipe 1", "ensemble"))).why_ko
