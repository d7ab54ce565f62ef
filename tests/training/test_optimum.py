import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from leafgraft.training.optimum import fit_optimum


def draw(classes, count=200, width=12, random_state=0):
    generator = np.random.default_rng(random_state)
    labels = generator.integers(0, classes, count)
    centres = np.random.default_rng(7).normal(0, 1, (classes, width))
    features = centres[labels] + generator.normal(0, 1.2, (count, width))
    features = features * 10.0 ** np.linspace(-2, 2, width) + np.linspace(-5, 5, width)
    return features.astype(np.float32), labels.astype(np.int64)


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_it_is_scikit_learns_optimum_on_features_as_they_are(classes):
    train, validation = draw(classes), draw(classes, random_state=1)
    found = fit_optimum(train, validation, classes, inverse_penalties=(0.1,))
    reference = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, tol=1e-8, max_iter=5000)).fit(*train)
    assert found.weight.shape == (classes, 12)
    np.testing.assert_allclose(softmax(found.logits(validation[0])), reference.predict_proba(validation[0]), atol=3e-3)


def test_the_penalty_of_the_lowest_validation_log_loss_is_taken():
    train, validation = draw(3, count=60), draw(3, random_state=1)
    grid = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    losses = [
        log_loss(validation[1], softmax(fit_optimum(train, validation, 3, (one,)).logits(validation[0])))
        for one in grid
    ]
    assert fit_optimum(train, validation, 3, grid).inverse_penalty == grid[int(np.argmin(losses))]


def test_a_feature_that_never_changes_does_no_harm():
    train, validation = draw(3), draw(3, random_state=1)
    train[0][:, 4] = validation[0][:, 4] = 3.0
    found = fit_optimum(train, validation, 3)
    assert np.isfinite(found.weight).all()
    assert (found.logits(validation[0]).argmax(axis=1) == validation[1]).mean() > 0.8


def test_no_penalty_to_choose_from_is_an_error():
    with pytest.raises(ValueError, match="inverse_penalties"):
        fit_optimum(draw(2), draw(2), 2, ())
