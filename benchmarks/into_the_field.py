"""What leaves for the field: parity, the 8-bit copy, what is declined, and the coverage of sets, on real photos.

    leafgraft run four.yaml --out STUDY_DIR
    python benchmarks/into_the_field.py STUDY_DIR --foreign FOLDER

Exports the first trial of every recipe in turn, or of those named with --recipes. Coverage is that of 20 random halves
of the held-out photos of each trial: temperature and threshold are set on one half and tried on the other.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.drawn.not_leaves import draw_not_leaves
from leafgraft.data.read.manifest import read_manifest
from leafgraft.evaluation.calibration import fit_temperature
from leafgraft.evaluation.conformal import conformal_sets, conformal_threshold
from leafgraft.evaluation.field_answers import BundleAnswers, Thresholds, describe_answers, separation
from leafgraft.export.calibrate import calibrated
from leafgraft.storage.predictions import Predictions, read_predictions
from leafgraft.study import export
from leafgraft.web.photos import list_photos
from leafgraft.web.predictor import Predictor, load_bundle

SPLITS = 20
ACCEPTANCE = 0.95
Pixels = NDArray[np.uint8]


def ask(predictor: Predictor, photos: Iterable[Path] | Iterable[Pixels], groups: Iterable[str]) -> BundleAnswers:
    """What a bundle says of photos."""
    found = [predictor.predict(photo) for photo in photos]
    shares = np.array([list(one.probabilities.values()) for one in found])
    return BundleAnswers(shares, np.array([one.distance for one in found], dtype=np.float64), np.array(list(groups)))


def declines(study: Path, key: str, foreign: Path) -> dict[str, dict[str, Any]]:
    """Photos of no class, where the threshold lets 95% of the test photos at home pass."""
    predictor, run = load_bundle(study), json.loads((study / "run.json").read_text(encoding="utf-8"))
    photos = {one.photo_id: one for one in read_manifest(study / "manifest.csv", run["root"]).photos}
    test = read_predictions(study / "trials" / key / "predictions.npz").rows("test")
    home = ask(predictor, (Path(run["root"]) / photos[str(one)].path for one in test.photo_id), test.group)
    accepted = float(np.quantile(home.distances, ACCEPTANCE, method="higher"))
    thresholds = Thresholds(predictor.index.conformal.threshold, accepted)
    others: dict[str, list[Path] | list[Pixels]] = {
        foreign.name: [one.path for one in list_photos([foreign]).photos],
        "drawn pictures": [picture for _, picture in draw_not_leaves()],
    }
    return {
        name: {**describe_answers(said, thresholds), "separation": separation(home, said)}
        for name, pictures in others.items()
        for said in [ask(predictor, pictures, map(str, range(len(pictures))))]
    }


def share(found: dict[str, Any]) -> str:
    """A share in percent with its interval."""
    low, high = found["interval"]
    return f"{100 * found['share']:.1f}% ({100 * low:.1f} to {100 * high:.1f})"


def export_rows(study: Path, foreign: Path, recipes: list[str]) -> Iterator[dict[str, Any]]:
    """Export the first trial of every recipe; what bundle.json says, and what is declined at 95% acceptance at home."""
    seen: set[str] = set()
    for trial in json.loads((study / "plan.json").read_text(encoding="utf-8"))["trials"]:
        name = trial["recipe"]
        if name not in seen and (not recipes or name in recipes):
            seen.add(name)
            export(study, trial=trial["key"])
            yield describe(study, foreign)


def describe(study: Path, foreign: Path) -> dict[str, Any]:
    """The bundle that a study folder holds."""
    index = json.loads((study / "bundle" / "bundle.json").read_text(encoding="utf-8"))
    coverage = cover(read_predictions(study / "trials" / index["trial"] / "predictions.npz"))
    return {**index, "at_home_acceptance": declines(study, index["trial"], foreign), "halves": coverage}


def cover(predictions: Predictions) -> dict[str, float]:
    """Coverage in percent over random halves of the groups: the mean, its spread and ends, and the size of the sets."""
    covered, sizes = [], []
    groups = np.unique(predictions.group)
    for seed in range(SPLITS):
        chosen = np.random.default_rng(seed).permutation(groups)[: len(groups) // 2]
        first = np.isin(predictions.group, chosen)
        temperature = fit_temperature(predictions.logits[first], predictions.label[first])
        shares = calibrated(predictions, temperature)
        sets = conformal_sets(shares[~first], conformal_threshold(shares[first], predictions.label[first]))
        covered.append(100 * float(sets[np.arange(len(sets)), predictions.label[~first]].mean()))
        sizes.append(float(sets.sum(axis=1).mean()))
    spread = float(np.std(covered, ddof=1))
    ends = {"least": min(covered), "most": max(covered)}
    return {"mean": float(np.mean(covered)), "spread": spread, **ends, "classes": float(np.mean(sizes))}


def print_exports(rows: list[dict[str, Any]]) -> None:
    """Three tables: parity and the 8-bit copy, declines, the second folder."""
    print(
        "| network | same class | largest difference | 8-bit copy | loss in points | MB | ms a photo |\n"
        + "|---" * 7
        + "|"
    )
    for one in rows:
        parity, int8 = one["parity"], one["int8"]
        low, high = (100 * end for end in int8["interval"])
        print(
            f"| {one['recipe']} | {parity['same_class']} of {parity['photos']} | {parity['largest_difference']:.1e} "
            f"| {'kept' if int8['kept'] else 'refused'} | {100 * int8['loss']:.2f} ({low:+.2f} to {high:+.2f}) "
            f"| {int8['float_bytes'] / 1e6:.1f} → {int8['bytes'] / 1e6:.1f} "
            f"| {int8['float_milliseconds']:.0f} → {int8['milliseconds']:.0f} |"
        )
    print(
        "\n| network | photos of no class | declined | as not a leaf it knows | AUROC of the distance |\n"
        + "|---" * 5
        + "|"
    )
    for one in rows:
        for name, found in one["at_home_acceptance"].items():
            low, high = found["separation"]["interval"]
            print(
                f"| {one['recipe']} | {name}, {found['photos']} "
                f"| {share(found['declined'])} | {share(found['not_known'])} "
                f"| {found['separation']['auroc']:.3f} ({low:.3f} to {high:.3f}) |"
            )
    heads = (
        "network | photos | accuracy | confidence | not sure | not a leaf it knows | right, of the answers | coverage"
    )
    print(f"\n| {heads} |\n" + "|---" * 8 + "|")
    for one in rows:
        for name, found in {"home": one["figures"]["test"], **one["figures"]["also_test"]}.items():
            right = share(found["accuracy_of_answers"]) if found["accuracy_of_answers"] else "none answered"
            print(
                f"| {one['recipe']} | {name}, {found['photos']} | {share(found['accuracy'])} "
                f"| {found['mean_confidence']:.2f} | {share(found['not_sure'])} | {share(found['not_known'])} "
                f"| {right} | {share(found['coverage'])} |"
            )
    print(
        "\n| network | coverage over 20 halves | standard deviation | least | most | classes a set |\n"
        + "|---" * 6
        + "|"
    )
    for one in rows:
        half = one["halves"]
        print(
            f"| {one['recipe']} | {half['mean']:.1f}% | {half['spread']:.1f} | {half['least']:.1f}% "
            f"| {half['most']:.1f}% | {half['classes']:.2f} |"
        )


def main() -> None:
    """Export, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--foreign", type=Path, required=True)
    parser.add_argument("--recipes", nargs="*", default=[])
    parser.add_argument("--as-exported", action="store_true", help="take the bundle that is there, alone")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} threads, {platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, {time.strftime('%Y-%m-%d')}\n")
    foreign = given.foreign.resolve()
    exported = (
        [describe(given.study, foreign)] if given.as_exported else export_rows(given.study, foreign, given.recipes)
    )
    print_exports(list(exported))


if __name__ == "__main__":
    main()
