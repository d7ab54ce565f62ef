from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.evaluation.field.fit import SETTINGS, Part, Setting, balanced, fit_settings


def two_places() -> tuple[Part, Part]:
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    centres = generator.normal(size=(3, 8)) * 2
    home = (centres[labels] + generator.normal(size=(100, 8))).astype(np.float32)
    there = np.repeat([0, 1, 2], [12, 5, 3])
    return Part(home, labels), Part((centres[there] + 3 + generator.normal(size=(20, 8))).astype(np.float32), there)


def test_home_and_place_are_weighed_as_scikit_learn_weighs_samples():
    home, place = two_places()
    ((_, head),) = fit_settings(home, place, 3, [Setting(3.0, 0.1)])
    rows, labels = np.concatenate([home.features, place.features]), np.concatenate([home.labels, place.labels])
    scaler = StandardScaler().fit(rows.astype(np.float64))
    weights = np.concatenate([balanced(home.labels), 3 * 100 / 20 * balanced(place.labels)])
    reference = LogisticRegression(C=0.1, tol=1e-10, solver="newton-cholesky", max_iter=1000)
    reference.fit(scaler.transform(rows.astype(np.float64)), labels, sample_weight=weights)
    expected = reference.predict_proba(scaler.transform(rows.astype(np.float64)))
    np.testing.assert_allclose(head.probabilities(rows), expected, atol=1e-4)


def test_every_setting_is_fitted_once():
    home, place = two_places()
    assert sorted(str(one) for one, _ in fit_settings(home, place, 3, SETTINGS)) == sorted(map(str, SETTINGS))


def test_a_scaled_head_takes_features_of_the_place_as_they_are():
    home, place = two_places()
    scale = standardisation_of(place.features)
    ((_, head),) = fit_settings(home, place, 3, [Setting(1.0, 0.1, scaled=True)], scale)
    scaled_home = standardisation_of(home.features).apply(home.features)
    again = Part(scaled_home, home.labels), Part(scale.apply(place.features), place.labels)
    ((_, plain),) = fit_settings(*again, 3, [Setting(1.0, 0.1)])
    np.testing.assert_allclose(head.probabilities(place.features), plain.probabilities(again[1].features), atol=1e-5)


def test_balanced_weights_make_classes_count_alike():
    weights, labels = balanced(np.array([0, 0, 0, 2])), np.array([0, 0, 0, 2])
    assert np.isclose(weights[labels == 0].sum(), weights[labels == 2].sum())
    assert np.isclose(weights.mean(), 1)
