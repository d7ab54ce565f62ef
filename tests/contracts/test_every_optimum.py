"""Whatever speaks of an optimum has reached it, or ends with an error: no fit of its own, no hidden warning."""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from leafgraft.choices.heads import newton
from leafgraft.choices.heads.optimum import best_head, fit_heads, log_loss
from leafgraft.errors import ConvergenceError
from leafgraft.evaluation.diagnosis.learning_curve import CurveRows, FoldRows, learning_curve
from leafgraft.evaluation.diagnosis.probes import Fitting, linear_probe
from leafgraft.evaluation.inflation import measure_inflation
from leafgraft.evaluation.label_errors import suspect_labels
from leafgraft.records.split import SplitPlan

SOURCE = Path(newton.__file__).parents[2]
LABELS = np.arange(180) % 3
FEATURES = (np.eye(3, 12)[LABELS] * 2 + np.random.default_rng(0).normal(size=(180, 12))).astype(np.float32)
GROUPS = np.array([f"leaf {number // 6}" for number in range(180)])
NAMES = np.array(["early", "healthy", "late"])[LABELS]


def probe():
    fitting = Fitting(FEATURES[:100], LABELS[:100], FEATURES[100:140], LABELS[100:140])
    return linear_probe(fitting, FEATURES[140:])


CALLERS = {
    "diagnosis": probe,
    "inflation": lambda: measure_inflation(FEATURES, NAMES, GROUPS, SplitPlan(), repeats=2),
    "label errors": lambda: suspect_labels(FEATURES, NAMES, GROUPS),
    "learning curve": lambda: learning_curve(
        CurveRows(FEATURES, LABELS, GROUPS), [FoldRows(np.arange(100), np.arange(100, 140), np.arange(140, 180))]
    ),
}


@pytest.mark.parametrize("caller", CALLERS)
def test_an_optimum_that_is_not_reached_is_never_passed_over(caller, monkeypatch):
    CALLERS[caller]()
    monkeypatch.setattr(newton, "MOST_STEPS", 1)
    with pytest.raises(ConvergenceError):
        CALLERS[caller]()


def test_a_probe_of_the_diagnosis_is_the_head_of_the_lowest_validation_loss():
    heads = list(fit_heads(FEATURES[:100], LABELS[:100], 3))
    losses = [log_loss(head, FEATURES[100:140], LABELS[100:140]) for head in heads]
    best, found = heads[int(np.argmin(losses))], probe()
    assert found.setting == best.inverse_penalty
    assert (found.predicted == best.predict(FEATURES[140:])).all()


def test_label_errors_are_judged_by_the_best_head_on_the_other_photos():
    train, held_out = next(iter(StratifiedGroupKFold(5, shuffle=True, random_state=0).split(FEATURES, LABELS, GROUPS)))
    head = best_head((FEATURES[train], LABELS[train]), (FEATURES[held_out], LABELS[held_out]), 3)
    wanted = head.probabilities(FEATURES[held_out])[np.arange(len(held_out)), LABELS[held_out]]
    assert (suspect_labels(FEATURES, NAMES, GROUPS).given_probability[held_out] == wanted).all()


def test_no_other_file_fits_a_linear_head():
    own = re.compile(r"LogisticRegression\(|SGDClassifier\(|RidgeClassifier\(")
    assert [str(path) for path in SOURCE.rglob("*.py") if own.search(path.read_text(encoding="utf-8"))] == []
