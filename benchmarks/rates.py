"""Is the rate that the finder suggests a good one? Training at it, against training at seven others.

    LEAFGRAFT_WEIGHTS=WEIGHTS python benchmarks/rates.py POTATO

Three networks, frozen and `full`, on small photos: 30 in 100 to train, 20 to validate, 50 to test. Figures are
accuracies in percent on validation and test photos together, means over seeds. In `full` the statistics of batch norm
are fixed, as so few steps do not settle them. A suggestion passes if training at it ends no more than one point below
the best of the seven.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from heads import draw_some
from leafgraft.choices.resolve import resolve
from leafgraft.data.split import split
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.search.lr_finder import find_rate
from leafgraft.training.trial import train_trial
from measured import open_inputs, write_result

NETWORKS = ("squeezenet1_1", "mobilenet_v2", "resnet18")
STRATEGIES = {"frozen": 30, "full": 4}  # epochs
SEEDS = {"frozen": 5, "full": 2}
RATES = tuple(float(f"{rate:.2g}") for rate in np.geomspace(1e-5, 1e-1, 7))
SUGGESTIONS = ("suggested", "valley")
ALLOWED = 1.0  # point below the best of the seven
PLAN = SplitPlan(train=0.3, validation=0.2, test=0.5)


def open_trial(network: str, strategy: str, side: int, rate: float | None, seed: int = 0) -> Trial:
    """A trial at a rate; None for the default."""
    recipe = resolve(
        Recipe(Choice(network), strategy=Choice(strategy), image_size=side, learning_rate=rate, batch_norm="fixed")
    )
    epochs = STRATEGIES[strategy]
    return Trial(replace(recipe, name=f"{network} {strategy}"), Training(epochs=epochs, patience=epochs), seed, 0)


def accuracy(trial: Trial, inputs: TrialInputs, folder: Path) -> float:
    """Percent of held-out photos that are right."""
    place = TrialFolder(folder / trial.key)
    train_trial(trial, inputs, place, Silent())
    said = place.read_predictions()
    return round(100 * float((said.logits.argmax(axis=1) == said.label).mean()), 2)


def measure(network: str, strategy: str, inputs: TrialInputs, folder: Path) -> dict[str, Any]:
    """Accuracy at seven rates, and at what is suggested."""
    side = inputs.pixels.side

    def reached(rate: float) -> float:
        trials = [open_trial(network, strategy, side, rate, seed) for seed in range(SEEDS[strategy])]
        return round(float(np.mean([accuracy(trial, inputs, folder) for trial in trials])), 2)

    default = open_trial(network, strategy, side, None)
    found = find_rate(default, inputs, Silent())
    seven = {rate: reached(rate) for rate in RATES}
    asked = {name: found[name] for name in SUGGESTIONS} | {"default": default.recipe.learning_rate}
    at = {name: {"rate": rate, "accuracy": reached(rate)} for name, rate in asked.items() if rate}
    return {"network": network, "strategy": strategy, "seven": seven, **at}


def print_row(one: dict[str, Any]) -> None:
    """One line of the table."""
    best = max(one["seven"].values())
    rate = next(rate for rate, value in one["seven"].items() if value == best)
    cells = [one["network"], one["strategy"], f"{best:.1f}% at {rate:g}"]
    for name in (*SUGGESTIONS, "default"):
        at = one.get(name)
        cells.append(f"{at['rate']:.2g}: {at['accuracy']:.1f}% ({at['accuracy'] - best:+.1f})" if at else "none")
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Find rates, train, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--per-class", type=int, default=300, help="photos of each class; 0 for all")
    parser.add_argument("--side", type=int, default=96, help="of the photos in pixels")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--cache", type=Path, help="a cache to keep; by default one that is empty")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    given = parser.parse_args()
    rows = []
    print("| network | strategy | best of seven | suggested: steepest | valley | default |\n" + "|---" * 6 + "|")
    with tempfile.TemporaryDirectory() as scratch:
        photos = draw_some(given.photos, given.per_class, Path(scratch) / "photos")
        inputs = open_inputs(photos, given.side, given.cache or Path(scratch) / "cache")
        inputs = replace(inputs, splits=split(inputs.manifest, PLAN))
        for network in given.networks:
            for strategy in STRATEGIES:
                rows.append(measure(network, strategy, inputs, Path(scratch) / "trials"))
                print_row(rows[-1])
    for name in SUGGESTIONS:
        near = [one for one in rows if name in one and one[name]["accuracy"] >= max(one["seven"].values()) - ALLOWED]
        print(f"\n{name}: {len(near)} of {len(rows)} within {ALLOWED:g} point of the best of seven.")
    write_result(given.out, {"side": given.side, "photos": len(inputs.manifest.photos), "rows": rows})


if __name__ == "__main__":
    main()
