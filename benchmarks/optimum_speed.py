"""How fast the best linear head is found, beside scikit-learn's, on features of real photos; one thread each.

    LEAFGRAFT_WEIGHTS=WEIGHTS python benchmarks/optimum_speed.py POTATO --runs 3

Both fit the training rows for five penalties, the heaviest first, each from the optimum of the penalty before.
scikit-learn's solvers may stop at ten times the gradient at which ours does, for any one weight; how far their logits
are then from ours is told. Figures are processor time: on one thread it varies less than a clock. The sides take turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from leafgraft.choices.heads.newton import WEIGHT_TOLERANCE
from leafgraft.choices.heads.optimum import fit_heads
from leafgraft.choices.heads.standardisation import standardisation_of
from leafgraft.choices.resolve import resolve
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.training.frozen.features import plain_features
from measured import open_inputs, spread, text, write_result

NETWORKS = ("squeezenet1_1", "mobilenet_v2", "resnet18")
PENALTIES = (1e-4, 1e-3, 1e-2, 0.1, 1.0)
PEERS = ("newton-cg", "lbfgs")
GRADIENT = 10 * WEIGHT_TOLERANCE
Rows = tuple[Any, Any, int]


def ours(rows: Rows) -> list[Any]:
    """Logits of the training rows at every penalty."""
    features, labels, classes = rows
    return [head.logits(features) for head in fit_heads(features, labels, classes, PENALTIES)]


def sklearns(solver: str, rows: Rows) -> list[Any]:
    """The same by one of scikit-learn's solvers, on the same standardised features."""
    features, labels, _ = rows
    standard = standardisation_of(features).apply(features).astype(np.float64)
    fit, found = LogisticRegression(solver=solver, max_iter=10_000, warm_start=True), []
    for penalty in PENALTIES:
        fit.set_params(C=penalty, tol=GRADIENT / (penalty * len(labels)))  # it minimises the mean over the rows
        found.append(fit.fit(standard, labels).decision_function(standard))
    return found


def timed(fit: Callable[[Rows], list[Any]], rows: Rows) -> tuple[float, list[Any]]:
    """Seconds of processor time, and logits less their mean over classes."""
    started_s = time.process_time()
    with threadpool_limits(1):
        found = fit(rows)
    return time.process_time() - started_s, [one - one.mean(axis=1, keepdims=True) for one in found]


def measure(rows: Rows, runs: int) -> dict[str, Any]:
    """Seconds of each side, how many times as long the peers take, and how far their logits are from ours."""
    seconds: dict[str, list[float]] = {"leafgraft": [], **{name: [] for name in PEERS}}
    apart = {}
    for _ in range(runs):
        took_s, wanted = timed(ours, rows)
        seconds["leafgraft"].append(took_s)
        for name in PEERS:
            took_s, found = timed(lambda some, name=name: sklearns(name, some), rows)  # type: ignore[misc]
            seconds[name].append(took_s)
            apart[name] = max(float(np.abs(one - other).max()) for one, other in zip(found, wanted, strict=True))
    times = {name: np.divide(seconds[name], seconds["leafgraft"]).tolist() for name in PEERS}
    print(f"leafgraft {text(seconds['leafgraft'], 2)} s", flush=True)
    for name, some in times.items():
        print(f"  {name} {text(seconds[name], 2)} s, {text(some)} times, logits {apart[name]:.1g} apart", flush=True)
    return {
        "rows": len(rows[0]),
        "features": rows[0].shape[1],
        "seconds": {name: spread(some) for name, some in seconds.items()},
        "times": {name: spread(some) for name, some in times.items()},
        "logits_apart": apart,
    }


def main() -> None:
    """Print a line for each side, and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    given, found = parser.parse_args(), {}
    with tempfile.TemporaryDirectory() as name:
        inputs = open_inputs(given.photos, 224, Path(name))
        row_of = {photo_id: row for row, photo_id in enumerate(inputs.pixels.photo_ids)}
        train = inputs.fold(0).train
        labels = inputs.photos(train).labels
        for network in NETWORKS:
            features = plain_features(resolve(Recipe(Choice(network))), inputs.pixels, inputs.cache, Silent())
            print(network, end=": ")
            rows = features[[row_of[one] for one in train]], labels, len(inputs.classes)
            found[network] = measure(rows, given.runs)
    write_result(Path(__file__).with_suffix(".json"), {"runs": given.runs, "networks": found})


if __name__ == "__main__":
    main()
