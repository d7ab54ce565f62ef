"""How accuracy falls as photos get worse, with 95% intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.evaluation.gaps import mean_of_groups, share_of_groups


def accuracies(
    clean_n: NDArray[np.bool_], disturbed: Mapping[str, NDArray[np.bool_]], group_n: NDArray[np.str_]
) -> dict[str, Any]:
    """Of one trained network, on the same photos as they are and under every disturbance.

    The interval of the mean over disturbances and strengths is over groups alone: these are all that are asked about.

    Args:
        clean_n: Which photos it has right as they are, shape (N,).
        disturbed: Which photos it has right at each strength, mildest first, by name of the disturbance, shape
            (strengths, N).
        group_n: Group of each photo, shape (N,).

    Returns:
        ``clean``, ``mean`` and ``kinds`` (name to accuracies), ``clean_interval``, ``mean_interval``, ``intervals``
        (name to those of ``kinds``), and ``photos``.
    """
    clean, clean_interval = share_of_groups(clean_n[None], group_n)
    found = {name: [share_of_groups(one[None], group_n) for one in of] for name, of in disturbed.items()}
    mean, mean_interval = mean_of_groups(np.concatenate(list(disturbed.values())).mean(axis=0), group_n)
    return {
        "clean": clean,
        "clean_interval": clean_interval,
        "mean": mean,
        "mean_interval": mean_interval,
        "kinds": {name: [accuracy for accuracy, _ in of] for name, of in found.items()},
        "intervals": {name: [interval for _, interval in of] for name, of in found.items()},
        "photos": len(group_n),
    }
