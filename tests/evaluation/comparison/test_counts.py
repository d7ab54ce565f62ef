import pytest
from scipy import stats

from leafgraft.errors import UsageError
from leafgraft.evaluation.comparison.counts import compare_counts


def test_383_against_376_of_408():
    found = compare_counts(383, 376, 408)
    assert found.discordant == (7, 57)
    assert found.p[0] == pytest.approx(0.0078125)  # nested errors: 7 against 0
    assert found.p[1] > 0.3
    assert found.undecided_from == 13
    assert found.unpaired_p > 0.3
    assert found.unpaired_interval[0] < 0 < found.unpaired_interval[1]
    assert found.photos_needed == (456, 3723)
    assert "fewer than 13" in found.sentence


def test_among_five_networks_no_pairing_decides():
    found = compare_counts(383, 376, 408, pairs=10)
    assert found.p[0] > 0.05
    assert found.undecided_from == 7
    assert "whatever the pairing" in found.sentence


def test_among_four_strategies_only_nested_errors_decide():
    assert compare_counts(383, 376, 408, pairs=6).undecided_from == 9


def test_every_pairing_decides_a_wide_gap():
    found = compare_counts(400, 300, 408)
    assert found.undecided_from is None
    assert found.sentence == "These counts show a difference, whatever the pairing."


def test_equal_counts_and_ends():
    found = compare_counts(408, 408, 408)
    assert (found.difference, found.p, found.photos_needed, found.unpaired_p) == (0.0, (1.0, 1.0), None, 1.0)


def test_newcombe_from_wilson():
    # Newcombe 1998, method 10, put together from Wilson intervals of scipy
    found = compare_counts(56, 48, 70)
    low, high = found.unpaired_interval
    a, b = (stats.binomtest(k, 70).proportion_ci(method="wilson") for k in (56, 48))
    d = 8 / 70
    assert low == pytest.approx(d - ((56 / 70 - a.low) ** 2 + (b.high - 48 / 70) ** 2) ** 0.5)
    assert high == pytest.approx(d + ((a.high - 56 / 70) ** 2 + (48 / 70 - b.low) ** 2) ** 0.5)


@pytest.mark.parametrize("counts", [(-1, 3, 10), (3, 11, 10), (0, 0, 0)])
def test_refused(counts):
    with pytest.raises(UsageError, match="between 0 and"):
        compare_counts(*counts)
