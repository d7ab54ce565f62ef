"""The rate finder."""

import numpy as np
import pytest
from drawn_trials import Talk, draw_trial

from leafgraft.records.recipe import Training
from leafgraft.training.rate import DIVERGED, STEPS, find_rate, steepest


@pytest.mark.parametrize("strategy", ["frozen", "uniform"])
def test_the_curve_falls_and_the_rate_lies_where_it_does(inputs, strategy):
    trial = draw_trial(strategy=strategy, training=Training(batch_size=8), batch_norm="fixed")
    found = find_rate(trial, inputs, Talk())
    assert len(found["rates"]) == len(found["losses"]) <= STEPS
    assert found["rates"] == sorted(found["rates"])
    assert found["rates"][0] == pytest.approx(1e-6)
    assert np.isfinite(found["losses"]).all()
    assert 1e-5 < found["suggested"] < 3
    at = found["rates"].index(found["suggested"])
    assert found["losses"][at] > min(found["losses"])
    assert max(found["losses"]) <= DIVERGED * max(found["losses"][:12])
    again = find_rate(trial, inputs, Talk())
    assert again == found


def test_a_loss_that_never_falls_suggests_nothing():
    rates = np.geomspace(1e-5, 1e-1, 5)
    assert steepest(rates, np.array([1.0, 1.1, 1.2, 1.3, 1.4])) is None
    assert steepest(np.array([]), np.array([])) is None
