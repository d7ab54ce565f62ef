"""A study that averages the weights of two networks, from the study file to the bundle."""

from __future__ import annotations

import json
from pathlib import Path

import leafgraft
from leafgraft import study

STUDY = """
photos: {photos}
image_size: 32
weights: none
training: {{epochs: 1, batch_size: 16, views: 1, seeds: [0]}}
recipes: [{{backbone: squeezenet1_1, strategy: [probe, uniform]}}]
ensembles: [{{of: [squeezenet1_1 probe, squeezenet1_1 uniform], average: weights, share: 0.3}}]
"""
NAME = "average of squeezenet1_1 probe & squeezenet1_1 uniform (0.3)"


def test_averaged_weights_are_compared_and_exported(drawn_leaves: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "small.yaml", tmp_path / "study"
    file.write_text(STUDY.format(photos=drawn_leaves), encoding="utf-8")
    results = leafgraft.run(str(file), out=out, until="evaluation")
    of_name = {one["name"]: one for one in results.evaluation["recipes"]}
    members = ["squeezenet1_1 probe", "squeezenet1_1 uniform"]
    assert of_name[NAME]["derived_from"] == members
    assert of_name[NAME]["cost"] == of_name[members[0]]["cost"]
    assert {(one["a"], one["b"]) for one in results.evaluation["pairs"]} >= {(name, NAME) for name in members}
    (planned,) = json.loads((out / "plan.json").read_text(encoding="utf-8"))["derived"]
    exported = study.export(out, trial=planned["key"])
    assert (exported.index["trial"], exported.index["recipe"]) == (planned["key"], NAME)
    assert exported.index["parity"]["study"]["same_class"] == exported.index["data"]["test"]
