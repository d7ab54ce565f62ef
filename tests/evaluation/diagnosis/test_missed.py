from dataclasses import replace

import numpy as np
import pytest
from drawn_predictions import draw_recipes

from leafgraft.evaluation.diagnosis.missed import confused_pairs, missed_by_all
from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.evaluation.predictions.aligned_rows import align


def laid(change, recipes=3, seeds=2):
    drawn = draw_recipes([0.97] * recipes, seeds=seeds)
    changed = []
    for recipe in drawn:
        trials = [replace(t, predictions=replace(t.predictions, logits=change(t.predictions))) for t in recipe.trials]
        changed.append((recipe.name, trials))
    return align(changed, "test"), drawn[0].trials[0].predictions


def right_but_for_one(rows):
    logits = (np.eye(3)[rows.label] * 5).astype(np.float32)
    logits[7] = np.roll(logits[7], 1)
    return logits


def test_a_planted_wrong_label_is_first():
    rows, first = laid(right_but_for_one)
    (found,) = missed_by_all(rows, [True] * 3)
    assert found.photo_id == first.photo_id[7]
    assert found.agreement == 1.0
    assert found.predicted == rows.classes[(first.label[7] + 1) % 3]
    (confused,) = confused_pairs(rows)
    assert (confused.true, confused.predicted, confused.rows) == (found.label, found.predicted, 1.0)
    assert confused.share == 1 / (first.label == first.label[7]).sum()
    of_class = rows.label == rows.classes.index(found.label)
    taken = rows.answers[0].predicted[:, of_class] == rows.classes.index(found.predicted)
    assert confused.interval == share_of_groups(np.concatenate([taken] * 3), rows.group[of_class])[1]


def test_a_place_that_was_not_trained_on_says_nothing_of_labels():
    rows, _ = laid(right_but_for_one)
    placed = replace(rows, place=np.where(~rows.answers[0].correct[0], "field", "home"))
    assert missed_by_all(placed, [True] * 3, ["field"]) == ()
    assert len(missed_by_all(placed, [True] * 3, ["home"])) == len(missed_by_all(placed, [True] * 3)) == 1


def test_nothing_missed():
    rows, _ = laid(lambda rows: (np.eye(3)[rows.label] * 5).astype(np.float32))
    assert missed_by_all(rows, [True] * 3) == ()
    assert confused_pairs(rows) == ()


@pytest.mark.parametrize(
    ("recipes", "seeds", "said"), [(1, 1, 0), (1, 9, 0), (2, 5, 0), (3, 1, 0), (6, 1, 1), (3, 2, 1)]
)
def test_few_recipes_or_seeds_say_nothing_of_labels(recipes, seeds, said):
    rows, _ = laid(right_but_for_one, recipes, seeds)
    assert len(missed_by_all(rows, [True] * recipes)) == said


def test_views_of_one_recipe_are_not_counted():
    rows, _ = laid(right_but_for_one, 4, 3)
    assert missed_by_all(rows, [True, True, False, False]) == ()
