"""Temperature, sets, distance and separation against MAPIE, scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from mapie.classification import SplitConformalClassifier
from scipy import optimize, special
from scipy.spatial.distance import mahalanobis
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import log_loss, roc_auc_score

from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_sets, conformal_threshold
from leafgraft.evaluation.distance import acceptance_threshold, fit_known_leaf
from leafgraft.evaluation.field_answers import BundleAnswers, separation

CLASSES = 3


class Given(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose inputs are its own probabilities."""

    classes_ = np.arange(CLASSES)
    is_fitted_ = True

    def fit(self, _x, _y):
        return self

    def predict_proba(self, x):
        return x

    def predict(self, x):
        return x.argmax(axis=1)


def drawn(seed, rows):
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(rows, CLASSES)) * 2
    shares = special.softmax(logits, axis=1)
    return logits, shares, np.array([generator.choice(CLASSES, p=row) for row in shares])


@pytest.mark.parametrize(("rows", "coverage"), [(19, 0.9), (200, 0.9), (405, 0.9), (200, 0.5), (37, 0.95)])
def test_sets_are_those_of_mapie(rows, coverage):
    _, shares, label = drawn(rows, rows)
    _, asked, _ = drawn(rows + 1, 300)
    reference = SplitConformalClassifier(Given(), confidence_level=coverage, conformity_score="lac", prefit=True)
    _, sets = reference.conformalize(shares, label).predict_set(asked)
    ours = conformal_sets(asked, conformal_threshold(shares, label, coverage))
    np.testing.assert_array_equal(ours, sets[:, :, 0])
    assert 0 < ours.mean() < 1


def test_temperature_is_that_of_the_lowest_log_loss():
    logits, _, label = drawn(0, 500)
    found = fit_temperature(3 * logits, label)
    best = optimize.minimize(
        lambda t: log_loss(label, special.softmax(3 * logits / t[0], axis=1)), [1.0], method="Powell"
    )
    assert found == pytest.approx(float(best.x[0]), rel=1e-3)


def test_distance_is_mahalanobis_to_the_nearest_class():
    generator = np.random.default_rng(0)
    label = np.repeat(np.arange(CLASSES), 40)
    features = (generator.normal(size=(120, 6)) @ generator.normal(size=(6, 6)) + 3 * label[:, None]).astype(np.float32)
    means = np.stack([features[label == one].mean(axis=0) for one in range(CLASSES)]).astype(np.float64)
    covariance, _ = ledoit_wolf(features - means[label], assume_centered=True)
    inverse = np.linalg.inv(covariance)
    asked = generator.normal(size=(30, 6)).astype(np.float32) * 4
    wanted = [min(mahalanobis(one, mean, inverse) for mean in means) for one in asked]
    np.testing.assert_allclose(fit_known_leaf(features, label).distances(asked), wanted, rtol=1e-3)


def test_acceptance_is_kept_by_new_photos():
    accepted = []
    for seed in range(400):
        drawn_distances = np.random.default_rng(seed).gamma(3, size=260)
        accepted.append((drawn_distances[200:] <= acceptance_threshold(drawn_distances[:200])).mean())
    assert np.mean(accepted) == pytest.approx(191 / 201, abs=0.005)  # never less than 95% promised


def said(distances):
    return BundleAnswers(np.zeros((len(distances), CLASSES)), distances, np.arange(len(distances)).astype(np.str_))


def test_separation_is_the_area_under_the_roc_curve():
    generator = np.random.default_rng(0)
    home, other = generator.normal(0, 1, 300).round(1), generator.normal(1, 1, 120).round(1)  # with ties
    found = separation(said(home), said(other))
    wanted = roc_auc_score(np.repeat([0, 1], [300, 120]), np.concatenate([home, other]))
    assert found["auroc"] == pytest.approx(wanted, abs=1e-12)


def test_the_interval_of_separation_covers_as_promised():
    truth = special.ndtr(1 / 2**0.5)
    held = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        low, high = separation(said(generator.normal(0, 1, 80)), said(generator.normal(1, 1, 60)))["interval"]
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98


def test_a_separation_without_a_photo_out_of_order_is_bound_by_groups_of_photos():
    home, other = np.arange(60.0), 100 + np.arange(40.0)
    of_leaves = BundleAnswers(np.zeros((40, CLASSES)), other, (np.arange(40) // 8).astype(np.str_))
    found = separation(said(home), of_leaves)
    assert found["auroc"] == 1.0
    assert found["interval"] == pytest.approx((0.025 ** (1 / 5), 1.0))
    of_one = BundleAnswers(np.zeros((40, CLASSES)), other - 70, np.full(40, "leaf"))
    low, high = separation(said(home), of_one)["interval"]
    assert low < 0.05
    assert high == 1.0
