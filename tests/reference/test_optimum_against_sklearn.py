"""The best linear head is scikit-learn's, fitted to a far tighter tolerance than its default."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from leafgraft.choices.heads.optimum import INVERSE_PENALTIES, best_head, fit_heads

GENERATOR_SEED = 7


def drawn(rows, width, classes, *, signal=1.0, rank=None):
    """Features as a network gives them: not negative, of unlike sizes, and with few directions that matter."""
    generator = np.random.default_rng(GENERATOR_SEED)
    hidden = generator.normal(size=(rows, rank or width)) / np.arange(1, (rank or width) + 1) ** 0.7
    features = hidden @ generator.normal(size=(rank or width, width)) + 0.01 * generator.normal(size=(rows, width))
    features = np.maximum(features, 0) * 10.0 ** np.linspace(-2, 2, width)
    teacher = generator.normal(size=(rank or width, classes))
    labels = (signal * hidden @ teacher + generator.gumbel(size=(rows, classes))).argmax(axis=1)
    labels[:classes] = np.arange(classes)
    return features.astype(np.float32), labels.astype(np.int64)


def one_class_of_few():
    features, labels = drawn(300, 20, 3)
    labels[10:][labels[10:] == 2] = 0
    return features, labels


def separable():
    features, labels = drawn(90, 20, 3)
    features[:, 0] = 100 * labels
    features[:, 1] = (labels == 1) * 3.0
    return features, labels


def constant_columns():
    features, labels = drawn(120, 15, 3)
    features[:, 3] = 0.1
    features[:, 4] = 0.0
    features[:, 5] = -1e4
    return features, labels


def copied_columns():
    features, labels = drawn(150, 12, 3)
    return np.hstack([features, features, features[:, :4] * (1 + 1e-6), 1e3 + features]), labels


CASES = {
    "plain": lambda: drawn(300, 30, 3),
    "two classes": lambda: drawn(200, 25, 2),
    "twelve classes": lambda: drawn(600, 40, 12, signal=2.0),
    "more features than rows": lambda: drawn(40, 300, 3),
    "two rows a class": lambda: drawn(6, 50, 3, signal=5.0),
    "low rank": lambda: drawn(250, 120, 4, rank=5),
    "one class of few": one_class_of_few,
    "separable": separable,
    "constant columns": constant_columns,
    "copied columns": copied_columns,
}


@pytest.mark.parametrize("inverse_penalty", [1e-4, 1e-2, 1.0, 100.0])
@pytest.mark.parametrize("case", CASES)
def test_probabilities_and_weights_are_scikit_learns(case, inverse_penalty):
    features, labels = CASES[case]()
    classes = int(labels.max()) + 1
    (head,) = fit_heads(features, labels, classes, (inverse_penalty,))
    scaler = StandardScaler().fit(features.astype(np.float64))
    standard = scaler.transform(features.astype(np.float64))
    reference = LogisticRegression(C=inverse_penalty, tol=1e-10, solver="newton-cholesky", max_iter=1000)
    reference.fit(standard, labels)
    np.testing.assert_allclose(head.probabilities(features), reference.predict_proba(standard), atol=1e-4)
    weight, bias = reference.coef_, reference.intercept_
    if classes == 2:
        weight, bias = np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    np.testing.assert_allclose(head.weight * head.standardisation.deviation, weight, atol=1e-4)
    np.testing.assert_allclose(head.bias + head.weight @ scaler.mean_, bias - bias.mean(), atol=1e-3)


def test_a_path_of_penalties_ends_where_each_alone_does():
    features, labels = drawn(300, 60, 3)
    for head in fit_heads(features, labels, 3):
        (alone,) = fit_heads(features, labels, 3, (head.inverse_penalty,))
        np.testing.assert_allclose(head.probabilities(features), alone.probabilities(features), atol=1e-5)


def test_the_penalty_is_the_one_of_scikit_learns_lowest_log_loss():
    features, labels = drawn(400, 80, 3)
    train, validation = (features[:200], labels[:200]), (features[200:], labels[200:])
    losses = []
    for inverse_penalty in INVERSE_PENALTIES:
        scaler = StandardScaler().fit(train[0])
        model = LogisticRegression(C=inverse_penalty, tol=1e-8, max_iter=10_000)
        model.fit(scaler.transform(train[0]), train[1])
        losses.append(log_loss(validation[1], model.predict_proba(scaler.transform(validation[0]))))
    assert 0 < int(np.argmin(losses)) < len(losses) - 1  # a choice that the ends of the list do not make
    assert best_head(train, validation, 3).inverse_penalty == INVERSE_PENALTIES[int(np.argmin(losses))]
