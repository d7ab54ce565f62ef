import numpy as np
import pytest

from leafgraft.data.places import balancing_counts


def test_every_place_counts_alike_and_the_mean_is_one():
    places = ["home"] * 70 + ["field"] * 20 + ["farm"] * 10
    counts = balancing_counts(places)
    assert counts.mean() == pytest.approx(1)
    for place in ("home", "field", "farm"):
        assert counts[np.array(places) == place].sum() == pytest.approx(100 / 3)
    np.testing.assert_array_equal(balancing_counts(["home"] * 5), np.ones(5))
