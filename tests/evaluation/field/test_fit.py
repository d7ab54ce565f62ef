from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from leafgraft.choices.heads.optimum import fit_heads
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.evaluation.field.fit import (
    CROPPED,
    SCALED,
    SETTINGS,
    TAUGHT,
    FitSetting,
    Known,
    Part,
    Place,
    balanced,
    fit_settings,
    settings_for,
)
from leafgraft.evaluation.field.self_training import surest_answers
from leafgraft.evaluation.field.teaching import TEACHERS, teach


def two_places() -> tuple[Part, Part]:
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    centres = generator.normal(size=(3, 8)) * 2
    home = (centres[labels] + generator.normal(size=(100, 8))).astype(np.float32)
    there = np.repeat([0, 1, 2], [12, 5, 3])
    return Part(home, labels), Part((centres[there] + 3 + generator.normal(size=(20, 8))).astype(np.float32), there)


def test_home_and_place_are_weighed_as_scikit_learn_weighs_samples():
    home, place = two_places()
    ((_, head),) = fit_settings(Known(home, 3), place, [FitSetting(3.0, 0.1)])
    rows, labels = np.concatenate([home.features, place.features]), np.concatenate([home.labels, place.labels])
    scaler = StandardScaler().fit(rows.astype(np.float64))
    weights = np.concatenate([balanced(home.labels), 3 * 100 / 20 * balanced(place.labels)])
    reference = LogisticRegression(C=0.1, tol=1e-10, solver="newton-cholesky", max_iter=1000)
    reference.fit(scaler.transform(rows.astype(np.float64)), labels, sample_weight=weights)
    expected = reference.predict_proba(scaler.transform(rows.astype(np.float64)))
    np.testing.assert_allclose(head.probabilities(rows), expected, atol=1e-4)


def test_every_setting_is_fitted_once():
    home, place = two_places()
    assert sorted(str(one) for one, _ in fit_settings(Known(home, 3), place, SETTINGS)) == sorted(map(str, SETTINGS))


def test_a_scaled_head_takes_features_of_the_place_as_they_are():
    home, place = two_places()
    scale = standardisation_of(place.features)
    ((_, head),) = fit_settings(Known(home, 3, scale), place, [FitSetting(1.0, 0.1, scaled=True)])
    scaled_home = standardisation_of(home.features).apply(home.features)
    again = Part(scaled_home, home.labels), Part(scale.apply(place.features), place.labels)
    ((_, plain),) = fit_settings(Known(again[0], 3), again[1], [FitSetting(1.0, 0.1)])
    np.testing.assert_allclose(head.probabilities(place.features), plain.probabilities(again[1].features), atol=1e-5)


def test_balanced_weights_make_classes_count_alike():
    weights, labels = balanced(np.array([0, 0, 0, 2])), np.array([0, 0, 0, 2])
    assert np.isclose(weights[labels == 0].sum(), weights[labels == 2].sum())
    assert np.isclose(weights.mean(), 1)


def test_crops_of_home_are_photos_of_home_and_scaled_as_these():
    home, place = two_places()
    crops = Part(home.features[::2] * 0.5, home.labels[::2])
    (_, with_crops), (_, without) = fit_settings(
        Known(home, 3, crops=crops), place, [FitSetting(1.0, 0.1, cropped=True), FitSetting(1.0, 0.1)]
    )
    ((_, joined),) = fit_settings(Known(home.joined(crops), 3), place, [FitSetting(1.0, 0.1)])
    np.testing.assert_array_equal(with_crops.weight, joined.weight)
    assert not np.array_equal(with_crops.weight, without.weight)


def test_a_taught_head_learns_the_surest_answers_of_its_teachers_and_needs_no_scale():
    home, place = two_places()
    unlabelled = (place.features + np.random.default_rng(1).normal(size=place.features.shape)).astype(np.float32)
    scale = standardisation_of(unlabelled)
    known, setting = Known(home, 3, scale, unlabelled=unlabelled), FitSetting(3.0, 1e-3, taught=True)
    rows = np.arange(len(place))
    said = teach([Place(known, home, place, rows.astype(np.str_))], rows).said
    expected_said = [one.probabilities(unlabelled) for _, one in fit_settings(known, place, TEACHERS)]
    np.testing.assert_array_equal(said, np.mean(expected_said, axis=0))
    ((_, head),) = fit_settings(known, place, [setting], said)
    taught = surest_answers(unlabelled, said, len(home))
    rows = np.concatenate([home.features, place.features, taught.features])
    labels = np.concatenate([home.labels, place.labels, taught.labels])
    weights = [balanced(home.labels), 3 * 100 / 20 * balanced(place.labels), taught.counts]
    (expected,) = fit_heads(rows, labels, 3, [1e-3], np.concatenate(weights))
    np.testing.assert_array_equal(head.weight, expected.weight)


def test_a_taught_head_without_teachers_is_refused():
    home, place = two_places()
    with pytest.raises(ValueError, match="teachers"):
        next(fit_settings(Known(home, 3), place, TAUGHT))


def test_settings_are_tried_that_what_is_known_allows():
    home, place = two_places()
    assert settings_for(Known(home, 3)) == SETTINGS
    assert settings_for(Known(home, 3, crops=place)) == (*SETTINGS, CROPPED)
    whole = Known(home, 3, standardisation_of(place.features), place, place.features)
    assert set(settings_for(whole)) == {*SETTINGS, CROPPED, SCALED, *TAUGHT}


def test_views_of_a_labelled_photo_weigh_as_much_together_as_the_photo_alone():
    home, place = two_places()
    viewed = Part(place.features, place.labels, np.stack([place.features + 1, place.features - 2]))
    setting = FitSetting(3.0, 0.1, viewed=True)
    ((_, head),) = fit_settings(Known(home, 3), viewed, [setting])
    rows = np.concatenate([home.features, place.features, place.features + 1, place.features - 2])
    labels = np.concatenate([home.labels, *[place.labels] * 3])
    weights = np.concatenate([balanced(home.labels), *[3 * 100 / 60 * balanced(place.labels)] * 3])
    (expected,) = fit_heads(rows, labels, 3, [0.1], weights)
    np.testing.assert_allclose(head.weight, expected.weight, atol=1e-6)
    ((_, plain),) = fit_settings(Known(home, 3), viewed, [FitSetting(3.0, 0.1)])
    ((_, without),) = fit_settings(Known(home, 3), place, [setting])
    np.testing.assert_array_equal(plain.weight, without.weight)


def test_some_photos_keep_their_own_views():
    _, place = two_places()
    part = Part(place.features, place.labels, np.stack([place.features + 1, place.features + 2])).rows(np.array([3, 1]))
    np.testing.assert_array_equal(part.views, np.stack([place.features[[3, 1]] + 1, place.features[[3, 1]] + 2]))


def test_teachers_answer_the_mean_of_what_they_say_of_all_views():
    home, place = two_places()
    views = np.stack([place.features + 1, place.features - 1])
    viewed = Part(place.features, place.labels, views)
    known = Known(home, 3, standardisation_of(place.features), unlabelled=place.features, unlabelled_views=views)
    rows = np.arange(len(place))
    teaching = teach([Place(known, home, viewed, rows.astype(np.str_))], rows)
    heads = [one for _, one in fit_settings(known, viewed, TEACHERS)]
    expected = [head.probabilities(view) for head in heads for view in (place.features, *views)]
    np.testing.assert_allclose(teaching.said, np.mean(expected, axis=0), atol=1e-12)
    plain = Place(replace(known, unlabelled_views=None), home, place, rows.astype(np.str_))
    assert np.abs(teach([plain], rows).said - teaching.said).max() > 1e-3
