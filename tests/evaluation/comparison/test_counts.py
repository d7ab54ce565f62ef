import numpy as np
import pytest
from scipy import stats

from leafgraft.errors import UsageError
from leafgraft.evaluation.comparison.counts import compare_counts, compare_paired_counts
from leafgraft.evaluation.gaps import paired_gap


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


@pytest.mark.parametrize(
    "table", [(149, 29, 15, 58), (3, 0, 7, 1), (10, 0, 0, 2), (0, 5, 0, 0), (0, 0, 2, 0), (16, 4, 0, 0)]
)
def test_a_table_says_what_its_photos_would(table):
    a, b = np.repeat([True, True, False, False], table), np.repeat([True, False, True, False], table)
    found = compare_paired_counts(*table)
    difference, interval = paired_gap(a[None], b[None], np.arange(len(a)))
    assert found.photos == len(a)
    assert found.accuracy == pytest.approx((a.mean(), b.mean()))
    assert found.difference == pytest.approx(difference)
    assert found.interval == pytest.approx(interval)


def test_149_29_15_58():
    found = compare_paired_counts(149, 29, 15, 58)
    at_most, at_that = stats.binom.cdf(15, 44, 0.5), stats.binom.pmf(15, 44, 0.5)
    assert found.p == pytest.approx(2 * at_most - at_that)  # McNemar mid-p, Fagerland 2013
    assert found.sentence == "May be claimed: A is more accurate than B on photos like these."
    turned = compare_paired_counts(149, 15, 29, 58)
    assert turned.interval == pytest.approx((-found.interval[1], -found.interval[0]))
    assert "B is more accurate than A" in turned.sentence


def test_a_table_that_does_not_tell_says_how_many_photos_would():
    found = compare_paired_counts(149, 16, 15, 58)
    assert f"238 test photos do not tell the two apart. At this difference, about {found.photos_needed:,}" in (
        found.sentence
    )
    assert compare_paired_counts(9, 4, 4, 1).photos_needed is None


@pytest.mark.parametrize("apart", [2, 4])
def test_a_handful_that_all_go_one_way_does_not_tell_and_no_number_that_was_tested_would(apart):
    found = compare_paired_counts(0, apart, 0, 0)
    missed = 1 - 0.05 ** (1 / apart)
    assert found.interval == pytest.approx((1 - 2 * missed, 1.0))  # those that were missed may all go the other way
    assert found.interval[0] < 0
    assert found.p > 0.05
    assert found.sentence.endswith("apart." if apart == 4 else "about 4 would.")


@pytest.mark.parametrize("both", [0, 1, 16, 400])
@pytest.mark.parametrize("apart", range(2, 9))
def test_where_all_photos_that_tell_two_apart_tell_the_same_interval_and_p_agree(apart, both):
    found, turned = compare_paired_counts(both, apart, 0, 0), compare_paired_counts(both, 0, apart, 0)
    assert (found.interval[0] > 0) == (found.p < 0.05)
    assert turned.interval == (-found.interval[1], -found.interval[0])


@pytest.mark.parametrize("counts", [(10, 3, 2), (10, 3, 7), (15, 6, 9), (15, 5, 10)])
def test_where_photos_differ_both_ways_interval_and_p_agree(counts):
    found, turned = compare_paired_counts(0, *counts), compare_paired_counts(0, counts[1], counts[0], counts[2])
    assert (found.interval[0] > 0) == (found.p < 0.05) == (counts[1] == 5)
    assert turned.interval == (-found.interval[1], -found.interval[0])


def shares_covered(photos, shares_3):
    """How often the interval holds the true difference, over all tables, by the shares of only A, only B, neither."""
    tables = [(a, b, photos - a - b) for a in range(photos + 1) for b in range(photos + 1 - a)]
    ends = np.array([compare_paired_counts(0, *table).interval for table in tables])
    truth = shares_3[:, :1] - shares_3[:, 1:2]
    held = (ends[:, 0] <= truth + 1e-9) & (truth - 1e-9 <= ends[:, 1])
    chances = np.array([stats.multinomial.pmf(tables, photos, one) for one in shares_3])
    return (held * chances).sum(axis=1)


@pytest.mark.parametrize("photos", range(5, 9))
def test_coverage_where_few_photos_may_all_tell_the_same(photos):
    steps = np.arange(21) / 20
    shares = np.array([(a, b, max(1 - a - b, 0)) for a in steps for b in steps if a + b < 1.001])
    covered = shares_covered(photos, shares)
    assert covered.mean() > 0.95
    assert photos > 5 or covered[shares[:, 0] == shares[:, 1]].min() > 0.92


@pytest.mark.parametrize("table", [(-1, 3, 10, 2), (0, 0, 0, 0), (10**7, 1, 0, 0)])
def test_a_table_is_refused(table):
    with pytest.raises(UsageError, match="0 or more"):
        compare_paired_counts(*table)
