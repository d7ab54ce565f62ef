"""Every figure equals scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as reference

from leafgraft.evaluation.metrics import calibration_error, confusion_matrix, measure, per_class


def drawn(seed, rows=300, classes=4, sharpness=3.0):
    generator = np.random.default_rng(seed)
    label = generator.integers(0, classes, rows)
    logits = generator.normal(size=(rows, classes))
    logits[np.arange(rows), label] += sharpness * generator.random(rows)
    probabilities = np.exp(logits)
    return probabilities / probabilities.sum(axis=1, keepdims=True), label


@pytest.mark.parametrize("seed", range(5))
def test_figures(seed):
    probabilities, label = drawn(seed)
    predicted = probabilities.argmax(axis=1)
    found = measure(probabilities, label)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(label, predicted), abs=1e-12)
    assert found["macro_f1"] == pytest.approx(reference.f1_score(label, predicted, average="macro"), abs=1e-12)
    assert found["balanced_accuracy"] == pytest.approx(reference.balanced_accuracy_score(label, predicted), abs=1e-12)
    assert found["log_loss"] == pytest.approx(reference.log_loss(label, probabilities, labels=range(4)), abs=1e-9)
    assert found["mean_confidence"] == pytest.approx(probabilities.max(axis=1).mean(), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_confusion_and_classes(seed):
    probabilities, label = drawn(seed)
    predicted = probabilities.argmax(axis=1)
    table = confusion_matrix(label, predicted, 4)
    assert (table == reference.confusion_matrix(label, predicted, labels=range(4))).all()
    columns = reference.precision_recall_fscore_support(label, predicted, labels=range(4), zero_division=0)
    for index, figures in enumerate(per_class(table, ("a", "b", "c", "d")).values()):
        assert list(figures.values()) == pytest.approx([column[index] for column in columns], abs=1e-12)


def test_one_class_in_the_rows():
    probabilities, _ = drawn(0)
    label = np.zeros(len(probabilities), dtype=np.int64)
    predicted = probabilities.argmax(axis=1)
    found = measure(probabilities, label)
    assert found["macro_f1"] == pytest.approx(reference.f1_score(label, predicted, average="macro", zero_division=0))
    assert found["balanced_accuracy"] == pytest.approx((predicted == 0).mean())


@pytest.mark.parametrize("right", [True, False])
def test_all_right_and_all_wrong(right):
    label = np.array([0, 1, 0, 1])
    probabilities = np.eye(2)[label if right else 1 - label]
    found = measure(probabilities, label)
    assert found["accuracy"] == found["macro_f1"] == found["balanced_accuracy"] == float(right)
    assert np.isfinite(found["log_loss"])
    assert found["log_loss"] == pytest.approx(reference.log_loss(label, probabilities))


def test_calibration_error_by_hand():
    # two bins: (0.6667, 0.7333] holds 2 rows, accuracy 0.5; (0.8667, 0.9333] holds 2 rows, accuracy 1
    confidence = np.array([0.7, 0.7, 0.9, 0.9])
    correct = np.array([True, False, True, True])
    assert calibration_error(confidence, correct) == pytest.approx(0.5 * 0.2 + 0.5 * 0.1)
