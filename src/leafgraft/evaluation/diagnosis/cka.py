"""Linear CKA: how alike two sets of features of the same rows are, whatever their rotation and scale.

Source: Kornblith et al. 2019, "Similarity of neural network representations revisited".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from leafgraft.evaluation.metrics import Floats
from leafgraft.records.evaluation import Interval

BLOCKS = 20


def cka_with_interval(
    one_nd: NDArray[np.floating], other_nd: NDArray[np.floating], group_n: NDArray[np.generic]
) -> tuple[float, Interval]:
    """Linear CKA with a 95% interval: jackknife over 20 blocks of whole groups.

    Drawing rows with replacement would put copies into both sets and raise the similarity; leaving rows out does not.

    Args:
        one_nd: Features of N rows, shape (N, D).
        other_nd: Other features of the same rows, shape (N, E); E may differ from D.
        group_n: Group of each row, shape (N,); with one group alone the interval is from 0 to 1.
    """
    one, other = _gram(one_nd), _gram(other_nd)
    value = _alignment(one, other)
    _, index = np.unique(group_n, return_inverse=True)
    groups = int(index.max()) + 1
    blocks = min(BLOCKS, groups)
    if blocks < 2:
        return value, (0.0, 1.0)
    block = np.random.default_rng(0).permutation(groups)[index] % blocks
    left = np.array(
        [_alignment(one[np.ix_(keep, keep)], other[np.ix_(keep, keep)]) for keep in (block != b for b in range(blocks))]
    )
    error = np.sqrt((blocks - 1) / blocks * ((left - left.mean()) ** 2).sum())
    half = float(stats.t.ppf(0.975, blocks - 1) * error)
    return value, (max(0.0, value - half), min(1.0, value + half))


def _gram(features_nd: NDArray[np.floating]) -> Floats:
    features = features_nd.astype(np.float64)
    return np.asarray(features @ features.T)


def _alignment(one: Floats, other: Floats) -> float:
    one, other = _centred(one), _centred(other)
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float(np.clip((one * other).sum() / scale, 0.0, 1.0)) if scale > 0 else 0.0


def _centred(gram: Floats) -> Floats:
    mean = gram.mean(axis=0)
    return np.asarray(gram - mean[None, :] - mean[:, None] + mean.mean())
