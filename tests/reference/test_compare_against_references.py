"""Pairs, Holm and sample size against statsmodels, scipy and published examples."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from leafgraft.evaluation.comparison.compare import holm, photos_needed
from leafgraft.evaluation.sign_flip import sign_flip_p


@pytest.mark.parametrize(("b", "c"), [(7, 1), (7, 0), (12, 5), (30, 21), (4, 4), (1, 0)])
def test_single_photos_give_the_mcnemar_mid_p(b, c):
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    point = stats.binom.pmf(c, b + c, 0.5)
    wanted = 1 - point / 2 if b == c else exact - point
    assert sign_flip_p(np.array([1] * b + [-1] * c + [0] * 9)) == pytest.approx(wanted, abs=1e-12)


def test_published_mid_p_example():
    # Fagerland, Lydersen & Laake 2013, table 1 (Bentur et al.): 7 and 1 discordant pairs, mid-p 0.039
    assert sign_flip_p(np.array([1] * 7 + [-1])) == pytest.approx(0.0391, abs=5e-5)


def test_groups_against_enumeration():
    sizes = np.array([3, -1, 2, 2, 1, -2, 1])
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(sizes))).reshape(len(sizes), -1)
    sums = np.abs(np.abs(sizes) @ signs)
    observed = abs(sizes.sum())
    wanted = (sums > observed).mean() + 0.5 * (sums == observed).mean()
    assert sign_flip_p(sizes) == pytest.approx(wanted, abs=1e-12)


def test_no_disagreement():
    assert sign_flip_p(np.zeros(5, dtype=np.int64)) == 1.0


def test_large_sums_take_the_normal_limit():
    generator = np.random.default_rng(0)
    sizes = generator.integers(900_000, 1_100_000, 400) * np.where(np.arange(400) < 220, 1, -1)
    z = abs(sizes.sum()) / np.sqrt((sizes.astype(float) ** 2).sum())
    assert sign_flip_p(sizes) == pytest.approx(2 * stats.norm.sf(z))


def test_holm():
    p = np.random.default_rng(1).random(20) ** 3
    assert holm(list(p)) == pytest.approx(multipletests(p, method="holm")[1])


@pytest.mark.parametrize(
    ("difference", "discordant", "photos"),
    [(0.4, 0.5, 23), (0.15, 0.45, 155)],  # published calculators of Connor 1987: p10 .05, p01 .45; odds ratio 2, .45
)
def test_photos_needed_published(difference, discordant, photos):
    assert photos_needed(difference, discordant) == photos


def test_photos_needed_reaches_its_power():
    b, c = 0.06, 0.03
    photos = photos_needed(b - c, b + c)
    generator = np.random.default_rng(2)
    drawn = generator.multinomial(photos, [b, c, 1 - b - c], size=3000)
    n, low = drawn[:, 0] + drawn[:, 1], np.minimum(drawn[:, 0], drawn[:, 1])
    mid_p = 2 * stats.binom.cdf(low, n, 0.5) - stats.binom.pmf(low, n, 0.5)
    assert (mid_p < 0.05).mean() == pytest.approx(0.8, abs=0.03)


def test_photos_needed_without_a_difference():
    assert photos_needed(0.0, 0.1) is None
