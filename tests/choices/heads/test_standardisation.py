import numpy as np
from sklearn.preprocessing import StandardScaler

from leafgraft.choices.heads.standardisation import standardisation_of


def drawn():
    generator = np.random.default_rng(0)
    return (generator.normal(size=(700, 9)) * 10.0 ** np.arange(-4, 5) + np.arange(9)).astype(np.float32)


def test_it_is_scikit_learns_scaler():
    features = drawn()
    found, wanted = standardisation_of(features), StandardScaler().fit(features.astype(np.float64))
    np.testing.assert_allclose(found.mean, wanted.mean_, rtol=1e-12)
    np.testing.assert_allclose(found.deviation, wanted.scale_, rtol=1e-9)
    np.testing.assert_allclose(found.apply(features), wanted.transform(features.astype(np.float64)), atol=1e-6)


def test_a_folded_layer_gives_the_same_for_features_as_they_are():
    features, generator = drawn(), np.random.default_rng(1)
    scale = standardisation_of(features)
    weight, bias = generator.normal(size=(4, 9)), generator.normal(size=4)
    folded, shifted = scale.fold(weight, bias)
    standard = (features - scale.mean) / scale.deviation
    np.testing.assert_allclose(features @ folded.T + shifted, standard @ weight.T + bias, atol=1e-9)
    again, before = scale.unfold(folded, shifted)
    np.testing.assert_allclose(again, weight, rtol=1e-12)
    np.testing.assert_allclose(before, bias, atol=1e-9)


def test_a_feature_that_does_not_change_stays_as_large_as_it_is():
    features = drawn()
    features[:, 2], features[:, 3] = 0.1, 0.0
    features[:, 4] = 1e6
    features[::2, 4] += 0.0625  # the next number that single precision can hold
    assert standardisation_of(features).deviation[[2, 3, 4]].tolist() == [1.0, 1.0, 1.0]
