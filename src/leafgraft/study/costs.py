"""What recipes cost: counted sizes, which are the same in every run, and measured times, which never are.

evaluation.json and the verdict rest on sizes alone, so that a study that was stopped and went on says the same, bit
for bit. Times stand in costs.json, for the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leafgraft.storage.study_folder import StudyFolder

SIZES = ("gigaflops", "megabytes")
TIMES = ("train_seconds", "milliseconds_per_photo")
PER_PASS = ("gigaflops", "milliseconds_per_photo")
COSTS = "costs.json"

Info = Mapping[str, Any]


def sizes_of(infos: Sequence[Info]) -> dict[str, float]:
    """Counted costs of a recipe, means over its trials."""
    return {name: sum(float(info[name]) for info in infos) / len(infos) for name in SIZES}


def cost_of_members(infos: Sequence[Info], passes: int) -> dict[str, float]:
    """Costs of a trial made from others, each asked `passes` times for every photo."""
    sums = {name: sum(float(info[name]) for info in infos) for name in (*SIZES, *TIMES)}
    return sums | {name: sums[name] * passes for name in PER_PASS}


def cost_of_average(infos: Sequence[Info]) -> dict[str, float]:
    """Costs of one network with the mean weights of several: all of them are trained, and one answers."""
    seconds = sum(float(info["train_seconds"]) for info in infos)
    return {name: min(float(info[name]) for info in infos) for name in (*SIZES, *TIMES)} | {"train_seconds": seconds}


def write_costs(folder: StudyFolder, keys: Mapping[tuple[str, int, int], str]) -> None:
    """Write costs.json: by recipe the mean training time of its trials, and the least time of one photo.

    Args:
        folder: Folder of the study.
        keys: Key of each trial by recipe name, seed and fold.
    """
    infos: dict[str, list[Info]] = {}
    for (name, _, _), key in keys.items():
        infos.setdefault(name, []).append(folder.trial(key).read_info())
    folder.write_json(
        COSTS,
        {
            name: {
                "train_seconds": sum(float(info["train_seconds"]) for info in of) / len(of),
                "milliseconds_per_photo": min(float(info["milliseconds_per_photo"]) for info in of),
            }
            for name, of in infos.items()
        },
    )


def with_times(evaluation: Mapping[str, Any], times: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """The evaluation with the measured times among the costs of each recipe."""
    recipes = [{**one, "cost": {**one["cost"], **times.get(one["name"], {})}} for one in evaluation["recipes"]]
    return {**evaluation, "recipes": recipes}
