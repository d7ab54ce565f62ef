"""The exact test of a paired difference: were every group's sign a fair coin.

Source: McNemar mid-p: Fagerland, Lydersen & Laake 2013.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from leafgraft.evaluation.metrics import Floats, Ints

LARGEST_EXACT = 1_000_000
LARGEST_DIRECT = 1_000_000  # products of two lengths that are faster summed than by Fourier transforms


def sign_flip_p(differences: Ints) -> float:
    """Two-sided exact mid-p of the sum, if every group's sign were a fair coin.

    With one photo per group this is the exact McNemar mid-p test. Sums beyond a million steps take the normal limit.

    Args:
        differences: Photos that only a has right less those that only b has right, by group, shape (G,).

    Example:
        >>> round(sign_flip_p(np.array([1] * 7 + [-1])), 4)  # 7 and 1 discordant pairs
        0.0391
    """
    sizes = np.abs(differences[differences != 0]).astype(np.int64)
    if not len(sizes):
        return 1.0
    sizes //= np.gcd.reduce(sizes)
    reach = int(sizes.sum())
    signs = np.sign(differences[differences != 0])
    observed = abs(int((sizes * signs).sum()))
    if reach > LARGEST_EXACT:
        return float(2 * special.ndtr(-observed / math.sqrt(float((sizes.astype(np.float64) ** 2).sum()))))
    chances = np.ones(1)  # of the sum of the sizes that fall on one side
    for size, count in zip(*np.unique(sizes, return_counts=True), strict=True):
        flips = np.zeros(size * count + 1)
        flips[::size] = _binomial(int(count))
        direct = len(chances) * len(flips) < LARGEST_DIRECT
        chances = np.convolve(chances, flips) if direct else _convolve(chances, flips)
    chances = np.clip(chances, 0.0, None)
    distance = np.abs(2 * np.arange(reach + 1) - reach)
    return float(min(1.0, chances[distance > observed].sum() + 0.5 * chances[distance == observed].sum()))


def _convolve(one: Floats, other: Floats) -> Floats:
    """Their convolution, by Fourier transforms."""
    length = len(one) + len(other) - 1
    padded = 1 << (length - 1).bit_length()
    return np.asarray(np.fft.irfft(np.fft.rfft(one, padded) * np.fft.rfft(other, padded), padded)[:length])


def _binomial(count: int) -> Floats:
    """Chances of 0 to `count` heads of fair coins, shape (count + 1,)."""
    heads = np.arange(count + 1)
    ways = special.gammaln(count + 1) - special.gammaln(heads + 1) - special.gammaln(count - heads + 1)
    return np.asarray(np.exp(ways - count * math.log(2)))


def groups_one_way(differences_g: Ints) -> int:
    """How many groups tell two apart, if all of these tell the same; else 0.

    Args:
        differences_g: Right answers of one less those of the other, by group, shape (G,).
    """
    above, below = int((differences_g > 0).sum()), int((differences_g < 0).sum())
    return 0 if above and below else above + below
