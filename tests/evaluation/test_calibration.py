import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_sets, conformal_threshold


def drawn(seed, rows, heat=1.0):
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(rows, 4)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = np.array([generator.choice(4, p=line) for line in probabilities])
    return logits * heat, label, probabilities


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_temperature_is_found_again(heat):
    logits, label, _ = drawn(0, 6000, heat)
    assert fit_temperature(logits.astype(np.float32), label) == pytest.approx(heat, rel=0.06)


def test_perfect_rows_stay_finite():
    # every cooler temperature is as good to the last digit, so only the range is known
    assert 0.05 <= fit_temperature(np.eye(3)[[0, 1, 2]] * 4, np.array([0, 1, 2])) < 0.5


def test_conformal_coverage():
    covered, sizes = [], []
    for seed in range(30):
        _, label, probabilities = drawn(seed, 400)
        threshold = conformal_threshold(probabilities[:200], label[:200])
        sets = conformal_sets(probabilities[200:], threshold)
        covered.append(sets[np.arange(200), label[200:]].mean())
        sizes.append(sets.sum(axis=1).mean())
    assert np.mean(covered) == pytest.approx(0.9, abs=0.015)
    assert 1 < np.mean(sizes) < 4


def test_too_few_rows_hold_every_class():
    _, label, probabilities = drawn(0, 5)
    assert conformal_sets(probabilities, conformal_threshold(probabilities, label)).all()


def test_no_rows():
    with pytest.raises(PredictionsError, match="validation"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
