"""The preconditioner of Newton's equations: exact where it can be, and close to the Hessian of features as they are."""

from __future__ import annotations

import numpy as np
import pytest

from leafgraft.choices.heads.preconditioner import DIRECTIONS, leading_directions, precondition


def made(rows, width, classes, decay=0.0, seed=0):
    """Features whose directions vary less and less, and probabilities of a head."""
    random = np.random.default_rng(seed)
    turned, _ = np.linalg.qr(random.normal(size=(width, width)))
    scales = np.arange(1, width + 1) ** -decay
    features = (random.normal(size=(rows, width)) * scales @ turned * np.sqrt(width / (scales**2).sum())).astype("f4")
    return features, random.dirichlet(np.ones(classes), size=rows)


def hessian(features, shares, counts, inverse_penalty, penalty):
    """As it is written in books, over weights and biases of all classes."""
    wide = np.concatenate([features, np.ones((len(features), 1))], axis=1).astype(float)
    classes, width = shares.shape[1], wide.shape[1]
    found = np.zeros((classes, width, classes, width))
    for one in range(classes):
        for other in range(classes):
            curve = inverse_penalty * counts * shares[:, one] * ((one == other) - shares[:, other])
            found[one, :, other] = (wide * curve[:, None]).T @ wide
    found[:, np.arange(width - 1), :, np.arange(width - 1)] += penalty * np.eye(classes)
    return found.reshape(classes * width, -1)


def matrix(preconditioner, classes, width):
    """All of its columns, shape (K * (D + 1), K * (D + 1))."""
    unit = np.eye(classes * (width + 1)).reshape(-1, classes, width + 1)
    return np.stack([preconditioner.times(one).ravel() for one in unit], axis=1)


def apart(classes, width):
    """Takes from every weight and bias its mean over classes."""
    return np.kron(np.eye(classes) - 1 / classes, np.eye(width))


def of(features, shares, counts, inverse_penalty, penalty):
    curvatures = inverse_penalty * counts[:, None] * shares * (1 - shares)
    return precondition(leading_directions(features, counts), np.arange(len(features)), curvatures, penalty)


def test_of_few_features_and_two_classes_it_is_the_inverse_of_the_hessian():
    features, shares = made(200, 12, 2)
    counts = np.random.default_rng(1).uniform(0.5, 3, size=200)
    found = matrix(of(features, shares, counts, 0.1, 2.0), 2, 12)
    product = found @ hessian(features, shares, counts, 0.1, 2.0)
    np.testing.assert_allclose(apart(2, 13) @ product @ apart(2, 13), apart(2, 13), atol=2e-4)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_along_what_is_added_to_all_classes_only_the_penalty_curves(classes):
    features, shares = made(150, 90, classes)
    added = np.tile(np.append(np.random.default_rng(2).normal(size=90), 0.0), (classes, 1))
    np.testing.assert_allclose(of(features, shares, np.ones(150), 1.0, 4.0).times(added), added / 4.0, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 3, 8])
def test_it_is_symmetric_and_takes_most_of_the_condition_number_away(classes):
    features, shares = made(600, 150, classes, decay=1.0)
    found = matrix(of(features, shares, np.ones(600), 1.0, 1.0), classes, 150)
    np.testing.assert_allclose(found, found.T, atol=1e-5 * np.abs(found).max())
    whole = hessian(features, shares, np.ones(600), 1.0, 1.0)
    ridge = np.kron(np.ones((classes, classes)) / classes, np.diag(np.append(np.zeros(150), 1.0)))  # all biases at once
    plain = np.linalg.eigvalsh(whole + ridge)
    values = np.sort(np.linalg.eigvals(found @ whole).real)[1:]  # but for all biases at once
    assert values[0] > 0
    assert values[-1] / values[0] < 0.02 * plain[-1] / plain[0]


def test_directions_are_those_of_the_singular_values():
    features, _ = made(500, 200, 2, decay=1.0)
    found = leading_directions(features, np.ones(500))
    _, values, right = np.linalg.svd(features.astype(float), full_matrices=False)
    assert found.directions.shape == (200, DIRECTIONS)
    np.testing.assert_allclose(found.directions.T @ found.directions, np.eye(DIRECTIONS), atol=1e-5)
    assert np.linalg.norm(right[:8] @ found.directions, axis=1).min() > 0.999
    np.testing.assert_allclose(found.others.sum(), (values[DIRECTIONS:] ** 2).sum(), rtol=0.2)


def test_a_row_that_counts_for_many_has_its_direction():
    features, _ = made(300, 100, 2)
    counts = np.ones(300)
    counts[7] = 1e4
    found = leading_directions(features, counts)
    assert found.others[7] < 1e-3 * (features[7] ** 2).sum()


def test_probabilities_that_are_all_sure_leave_it_finite():
    features, _ = made(80, 70, 3)
    sure = np.eye(3)[np.arange(80) % 3]
    assert np.isfinite(of(features, sure, np.ones(80), 100.0, 1.0).times(np.ones((3, 71)))).all()
