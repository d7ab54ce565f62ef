"""Disturbed photos through a tuned network: its exported graph, against torch's own operations.

    LEAFGRAFT_WEIGHTS=WEIGHTS python benchmarks/disturbed_speed.py POTATO --count 400 --most 20 --runs 3

Both sides take turns, in one process: each opens the trained network, and sends its test photos through it, as they
are and under every disturbance. The export and its comparison with torch on drawn leaves are part of the graph's time,
which is processor time: other work on the machine hardly changes it. Where the last stage learned, the frozen ones run
in onnxruntime on both sides. A network learns for one epoch: time does not depend on it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from itertools import chain, product
from pathlib import Path
from typing import Any

from torch import Tensor

from leafgraft.choices.resolve import resolve
from leafgraft.export.trained import Trained, open_trained
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.analysis.robustness import MOST_PHOTOS, measure_robustness
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trial
from measured import copy_some, open_inputs, spread, text, write_result

NETWORKS = ["squeezenet1_1", "mobilenet_v2"]
STRATEGIES = {"all": Choice("full"), "last stage": Choice("partial", {"last": 1})}
Logits = Callable[[Tensor], Tensor]


def own_operations(trained: Trained) -> Logits:
    """The network as it was trained: kept stages in their engine, the others in torch."""
    return lambda photos: trained.network(trained.prefix(photos), trained.cut)[0]


def exported(trained: Trained) -> Logits:
    """Its graph; an error if the rule does not take it."""
    logits_of, choice = trained.engine()
    if choice.engine != "onnxruntime":
        raise RuntimeError(f"onnxruntime is not taken: {choice.refused or 'the variable says so'}")
    return logits_of


SIDES: dict[str, Callable[[Trained], Logits]] = {"torch": own_operations, "graph": exported}


def measure(trial: Trial, inputs: TrialInputs, folder: TrialFolder, given: argparse.Namespace) -> dict[str, Any]:
    """Processor time of both sides in turns, and how far apart their accuracies are."""
    seconds: dict[str, list[float]] = {name: [] for name in SIDES}
    found: dict[str, dict[str, Any]] = {}
    for _ in range(given.runs):
        for name, open_side in SIDES.items():
            started_s = time.process_time()
            logits_of = open_side(open_trained(trial, inputs, folder, Silent()))
            found[name] = measure_robustness(trial, inputs, logits_of, Silent(), given.most)
            seconds[name].append(time.process_time() - started_s)
    ratios = [own / graph for own, graph in zip(seconds["torch"], seconds["graph"], strict=True)]
    cells = {name: [found[name]["clean"], *chain(*found[name]["kinds"].values())] for name in SIDES}
    apart = max(abs(one - other) for one, other in zip(*cells.values(), strict=True))
    return {
        "photos": found["graph"]["photos"],
        "processor_seconds": seconds,
        "times_as_fast": spread(ratios),
        "largest_difference_of_an_accuracy": apart,
        "told": f"{text(seconds['torch'])} | {text(seconds['graph'])} | {text(ratios, 2)}",
    }


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--backbones", nargs="+", default=NETWORKS)
    parser.add_argument("--count", type=int, default=0, help="photos; 0 takes all")
    parser.add_argument("--most", type=int, default=MOST_PHOTOS, help="test photos at most")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/disturbed_speed.json"))
    given = parser.parse_args()
    print("| network | what learned | test photos | torch, s | exported graph, s | times as fast |")
    print("|---|---|---|---|---|---|")
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        photos = copy_some(given.photos, given.count, Path(scratch) / "photos")
        inputs = open_inputs(photos, 224, Path(scratch) / "cache")
        for learned, backbone in product(STRATEGIES, given.backbones):
            recipe = resolve(Recipe(Choice(backbone), STRATEGIES[learned]))
            trial = Trial(recipe, Training(epochs=1, patience=1, views=1), 0, 0)
            folder = TrialFolder(Path(scratch) / trial.key)
            train_trial(trial, inputs, folder, Silent())
            row = measure(trial, inputs, folder, given)
            print(f"| {backbone} | {learned} | {row['photos']} | {row.pop('told')} |", flush=True)
            rows.append({"backbone": backbone, "learned": learned, **row})
            write_result(given.out, {"photos": given.count, "runs": given.runs, "rows": rows})


if __name__ == "__main__":
    main()
