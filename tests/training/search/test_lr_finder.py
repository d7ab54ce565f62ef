"""The rate finder."""

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_trial

from leafgraft.records.recipe import Choice, Training
from leafgraft.training.search.lr_finder import (
    DIVERGED,
    FIRST_STEPS,
    HIGHEST_RATE,
    LAST_STEPS,
    LOWEST_RATE,
    STEPS,
    find_rate,
    steepest,
    valley,
)


@pytest.mark.parametrize("strategy", ["frozen", "uniform"])
def test_the_curve_falls_and_the_rate_lies_where_it_does(inputs, strategy):
    trial = draw_trial(strategy=strategy, training=Training(batch_size=8), batch_norm="fixed")
    found = find_rate(trial, inputs, Talk())
    assert len(found["rates"]) == len(found["losses"]) <= STEPS
    assert found["rates"] == sorted(found["rates"])
    assert found["rates"][0] == pytest.approx(1e-6)
    assert np.isfinite(found["losses"]).all()
    for name in ("suggested", "valley"):
        assert 1e-5 < found[name] < 3
        assert found["losses"][found["rates"].index(found[name])] > min(found["losses"])
    assert max(found["losses"]) <= DIVERGED * max(found["losses"][:12])
    again = find_rate(trial, inputs, Talk())
    assert again == found


def test_the_head_is_measured_as_it_is_trained(inputs):
    """With dropout, which kept features must not turn off, and which chance elsewhere does not change."""
    half, none = (
        draw_trial(head=Choice("mlp", {"hidden": [16], "dropout": share}), training=Training(batch_size=8))
        for share in (0.5, 0.0)
    )
    found = find_rate(half, inputs, Talk())
    torch.manual_seed(7)
    state = torch.get_rng_state()
    assert find_rate(half, inputs, Talk()) == found
    assert torch.equal(torch.get_rng_state(), state)
    assert find_rate(none, inputs, Talk())["losses"][0] != found["losses"][0]


RATES = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)


def curve(falls_at, noise=0.0):
    """A loss that falls from 1.1 to 0.1 about a rate, and rises tenfold at the end."""
    fall = 1 / (1 + (falls_at / RATES) ** 1.5)
    return 1.1 - fall + (RATES / 3) ** 2 + noise * np.random.default_rng(0).normal(size=STEPS)


@pytest.mark.parametrize("falls_at", [1e-4, 3e-3, 0.1])
def test_noise_of_the_first_smoothed_steps_is_not_taken_for_the_fall(falls_at):
    losses = curve(falls_at)
    losses[:FIRST_STEPS] += np.linspace(2, 0, FIRST_STEPS)  # steeper than anything that follows
    found = steepest(RATES, losses)
    assert falls_at / 2 < found < falls_at * 2
    assert valley(RATES, losses) == valley(RATES, curve(falls_at))


def test_noise_on_the_way_does_not_move_the_steepest_far():
    calm, noisy = (steepest(RATES, curve(3e-3, noise)) for noise in (0.0, 0.01))
    assert 1 / 3 < noisy / calm < 3


def test_the_valley_is_fastais():
    losses = np.array([3.0, 2.9, 3.1, 2.5, 2.6, 2.0, 1.4, 1.5, 0.9, 1.2, 2.0, 4.0])
    padded = np.concatenate([np.full(FIRST_STEPS, 5.0), losses, np.full(LAST_STEPS, 9.0)])
    rates = np.arange(len(padded), dtype=float)
    # the longest fall is 3.0 2.9 2.5 2.0 1.4 0.9: six steps that end at step 8, so 8 - 6 + 2 + 1
    assert valley(rates, padded) == FIRST_STEPS + 5


def test_a_loss_that_never_falls_suggests_nothing():
    for suggest in (steepest, valley):
        assert suggest(RATES, np.linspace(1.0, 1.4, STEPS)) is None
        assert suggest(np.array([]), np.array([])) is None
