from dataclasses import replace

import numpy as np
from drawn_predictions import draw_recipes

from leafgraft.evaluation.answers import align
from leafgraft.evaluation.missed import confused_pairs, missed_by_all


def laid(change):
    recipes = draw_recipes([0.97, 0.97], seeds=2)
    changed = []
    for recipe in recipes:
        trials = [replace(t, predictions=replace(t.predictions, logits=change(t.predictions))) for t in recipe.trials]
        changed.append((recipe.name, trials))
    return align(changed, "test"), recipes[0].trials[0].predictions


def test_a_planted_wrong_label_is_first():
    def change(rows):
        logits = (np.eye(3)[rows.label] * 5).astype(np.float32)
        logits[7] = np.roll(logits[7], 1)
        return logits

    rows, first = laid(change)
    (found,) = missed_by_all(rows)
    assert found.photo_id == first.photo_id[7]
    assert found.agreement == 1.0
    assert found.predicted == rows.classes[(first.label[7] + 1) % 3]
    (confused,) = confused_pairs(rows)
    assert (confused.true, confused.predicted, confused.rows) == (found.label, found.predicted, 1.0)
    assert confused.share == 1 / (first.label == first.label[7]).sum()


def test_nothing_missed():
    rows, _ = laid(lambda rows: (np.eye(3)[rows.label] * 5).astype(np.float32))
    assert missed_by_all(rows) == ()
    assert confused_pairs(rows) == ()
