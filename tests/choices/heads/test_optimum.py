import contextlib
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from leafgraft.choices.heads import newton, optimum
from leafgraft.choices.heads.optimum import INVERSE_PENALTIES, best_head, fit_heads, log_loss
from leafgraft.errors import ConvergenceError


def drawn(rows=120, width=16, classes=3, seed=0):
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % classes
    centres = np.random.default_rng(7).normal(size=(classes, width))
    return (centres[labels] + 1.5 * generator.normal(size=(rows, width))).astype(np.float32), labels.astype(np.int64)


def test_an_optimum_that_is_not_reached_is_an_error_with_its_size(monkeypatch):
    monkeypatch.setattr(newton, "MOST_STEPS", 1)
    with pytest.raises(ConvergenceError, match=r"120 rows of 16 features, 3 classes and an inverse penalty of 0\.1"):
        next(fit_heads(*drawn(), 3, (0.1,)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_features_that_are_not_finite_are_an_error(value):
    features, labels = drawn()
    features[3, 2] = value
    with pytest.raises(ConvergenceError, match="finite"):
        next(fit_heads(features, labels, 3))


@pytest.mark.parametrize("few", [0, newton.FEW_WEIGHTS])  # all by conjugate gradients, or by the whole Hessian
def test_the_gradient_of_the_log_loss_vanishes_at_every_penalty(monkeypatch, few):
    monkeypatch.setattr(newton, "FEW_WEIGHTS", few)
    features, labels = drawn()
    for head in fit_heads(features, labels, 3):
        wrong = head.probabilities(features) - np.eye(3)[labels]
        standard = head.standardisation.apply(features).astype(np.float64)
        gradient = head.inverse_penalty * wrong.T @ standard + head.weight * head.standardisation.deviation
        assert np.linalg.norm(gradient) <= 1e-5 * (1.1 + head.inverse_penalty)  # their features are rounded otherwise
        np.testing.assert_allclose(head.probabilities(features).mean(axis=0), 1 / 3, atol=2e-7)


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_to_solve_for_a_step_lead_to_one_optimum(monkeypatch, seed):
    generator = np.random.default_rng(seed)
    rows, width, classes = generator.integers(30, 400), generator.integers(1, 60), int(generator.integers(2, 6))
    labels = np.arange(rows) % classes
    features = (generator.normal(size=(rows, width)) * generator.uniform(0.1, 9, width)).astype(np.float32)
    features[:, 0] += labels * generator.choice([0, 0.5, 9])  # told apart hardly, somewhat or wholly
    if seed % 2 and width > 2:
        features[:, 1] = features[:, 2]
    counts = generator.uniform(0, 3, rows)
    heads = []
    for few in (0, 10**6):
        monkeypatch.setattr(newton, "FEW_WEIGHTS", few)
        heads.append(list(fit_heads(features, labels, classes, counts=counts)))
    for one, other in zip(*heads, strict=True):
        np.testing.assert_allclose(one.logits(features), other.logits(features), atol=1e-3)
        np.testing.assert_allclose(one.probabilities(features), other.probabilities(features), atol=2e-5)


def test_a_class_without_training_rows_is_never_the_answer():
    features, labels = drawn(classes=2)
    (head,) = fit_heads(features, 2 * labels, 4, (1.0,))  # of four classes, the first and the third occur
    (alone,) = fit_heads(features, labels, 2, (1.0,))
    probabilities = head.probabilities(features)
    assert probabilities[:, [1, 3]].max() < 1e-30
    np.testing.assert_allclose(probabilities[:, [0, 2]], alone.probabilities(features), atol=1e-12)


def test_one_class_alone_is_always_the_answer():
    features, _ = drawn()
    head = best_head((features, np.ones(120, np.int64)), (features, np.ones(120, np.int64)), 3)
    assert (head.predict(features) == 1).all()


def test_the_bits_do_not_depend_on_the_number_of_threads():
    code = (
        "import hashlib, numpy as np; from leafgraft.choices.heads.optimum import fit_heads;"
        "g = np.random.default_rng(0); x = g.normal(size=(700, 600)).astype(np.float32); y = np.arange(700) % 3;"
        "x[:, 0] += y; heads = list(fit_heads(x, y, 3, (0.01, 1.0)));"
        "print(hashlib.sha256(b''.join(h.weight.tobytes() + h.bias.tobytes() for h in heads)).hexdigest())"
    )
    prints = set()
    for threads in ("1", "2", "4"):
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | limits
        )
        prints.add(done.stdout)
    assert len(prints) == 1
    assert len(prints.pop().strip()) == 64


def test_where_rounding_leaves_no_curvature_along_a_search_the_optimum_is_found_all_the_same():
    random = np.random.default_rng(0)
    labels = np.arange(120) % 5
    features = (random.normal(size=(120, 512)) + 9 * random.normal(size=(5, 512))[labels]).astype(np.float32)
    counts = np.where(np.arange(120) < 6, 1e4, 1.0)
    for head in fit_heads(features, labels, 5, (1e-4, 1e-2, 1.0, 100.0), counts=counts):
        assert (head.predict(features) == labels).all()


def test_penalties_are_tried_until_the_validation_loss_rises(monkeypatch):
    fitted = []

    def watch(problem, start, minimise=newton.minimise):
        fitted.append(problem.inverse_penalty)
        return minimise(problem, start)

    monkeypatch.setattr(optimum, "minimise", watch)
    features, labels = drawn(rows=600)
    head = best_head((features[:60], labels[:60]), (features[60:], labels[60:]), 3)
    assert fitted == [one for one in INVERSE_PENALTIES if one <= 10 * head.inverse_penalty * 1.001]
    losses = [log_loss(one, features[60:], labels[60:]) for one in fit_heads(features[:60], labels[:60], 3)]
    assert head.inverse_penalty == INVERSE_PENALTIES[int(np.argmin(losses))]
    assert head.inverse_penalty < INVERSE_PENALTIES[-2]


def test_a_head_that_starts_from_that_of_nearly_the_same_rows_is_found_sooner_at_the_same_optimum(monkeypatch):
    features, labels = drawn(rows=600)
    (first,) = fit_heads(features[:540], labels[:540], 3, (0.1,))

    def steps_and_head(start):
        for steps in range(1, newton.MOST_STEPS):
            with monkeypatch.context() as patch, contextlib.suppress(ConvergenceError):
                patch.setattr(newton, "MOST_STEPS", steps)
                return steps, next(fit_heads(features[60:], labels[60:], 3, (0.1,), start=start))
        raise AssertionError("never found")

    (many, cold), (few, warm) = steps_and_head(None), steps_and_head(first)
    assert few < many
    np.testing.assert_allclose(warm.logits(features), cold.logits(features), atol=1e-4)


def test_one_class_alone_is_the_answer_wherever_it_starts():
    features, labels = drawn()
    (first,) = fit_heads(features, labels, 3, (1.0,))
    (head,) = fit_heads(features[labels == 1], labels[labels == 1], 3, (1.0,), start=first)
    assert not head.weight.any()  # at its optimum


def test_a_start_of_rows_in_which_a_feature_hardly_changed_is_no_worse_than_none():
    features, labels = drawn(rows=600)
    features[:, 3] = 1
    features[7, 3] = 1 + 1e-6  # its deviation is of no use elsewhere: as a plain feature it would weigh very much
    features[7 + 60, 3] = 1 + 2e-6
    (first,) = fit_heads(features[:60], labels[:60], 3, (10.0,))
    assert np.abs(first.weight[:, 3]).max() > 1e3
    (cold,) = fit_heads(features[100:], labels[100:], 3, (10.0,))
    with np.errstate(all="raise"):
        (warm,) = fit_heads(features[100:], labels[100:], 3, (10.0,), start=first)
    np.testing.assert_allclose(warm.logits(features), cold.logits(features), atol=1e-4)


def test_a_start_that_does_not_know_a_class_is_none():
    features, labels = drawn()
    (first,) = fit_heads(features[labels < 2], labels[labels < 2], 3, (1.0,))
    (cold,) = fit_heads(features, labels, 3, (1.0,))
    (warm,) = fit_heads(features, labels, 3, (1.0,), start=first)
    np.testing.assert_array_equal(warm.weight, cold.weight)


@pytest.mark.parametrize("seed", [289, 4540, 8547])
def test_a_few_rows_that_weigh_very_much_do_not_make_the_steps_turn_in_a_circle(seed):
    """A step is no step forward where the gradient falls but the value rises."""
    generator = np.random.default_rng(seed)
    labels = np.arange(60) % 3
    features = generator.normal(size=(60, 20))
    features += generator.uniform(0.2, 3) * np.eye(3)[labels] @ generator.normal(size=(3, 20))
    heavy = generator.choice(60, generator.integers(2, 10), replace=False)
    features[heavy] *= generator.uniform(3, 30)
    labels[heavy] = generator.integers(0, 3, len(heavy))
    counts = np.ones(60)
    counts[heavy] = 10 ** generator.uniform(1, 4, len(heavy))
    inverse_penalty = 10 ** generator.uniform(-3, 0)
    (head,) = fit_heads(features.astype(np.float32), labels, 3, (inverse_penalty,), counts)
    scaler = StandardScaler().fit(features)
    reference = LogisticRegression(C=inverse_penalty, tol=1e-10, solver="newton-cholesky", max_iter=1000)
    reference.fit(scaler.transform(features), labels, sample_weight=counts)
    np.testing.assert_allclose(
        head.probabilities(features.astype(np.float32)), reference.predict_proba(scaler.transform(features)), atol=1e-4
    )


@pytest.mark.parametrize("seed", range(4))
def test_rows_far_from_the_others_do_not_keep_the_steps_from_the_optimum(seed):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, 127)
    drawn_features = generator.normal(-3, 1, (127, 512)) + generator.normal(size=(3, 512))[labels]
    features = np.maximum(drawn_features, 0)  # most are 0
    features[:2] = np.maximum(generator.normal(0, 1, (2, 512)), 0)
    assert len(list(fit_heads(features.astype(np.float32), labels, 3))) == len(INVERSE_PENALTIES)


def test_rows_that_count_a_hundred_times_are_fitted_in_double_precision():
    generator = np.random.default_rng(0)
    labels = np.arange(200) % 4
    features = (generator.normal(size=(200, 450)) + 0.1 * generator.normal(size=(4, 450))[labels]).astype(np.float32)
    counts = generator.uniform(0, 3, 200)
    counts[:3] *= 100
    features[:2] *= 10
    assert len(list(fit_heads(features, labels, 4, counts=counts))) == len(INVERSE_PENALTIES)
