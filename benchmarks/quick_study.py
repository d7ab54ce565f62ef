"""The quick study on real photos, from an empty cache: seconds to the page and to everything, against the limit.

    python benchmarks/quick_study.py PHOTOS [--also-test FOLDER] [--runs 3] [--out STUDY_DIR]
    python benchmarks/quick_study.py PHOTOS --count 456    # so many photos, and one recipe: a probe of squeezenet1_1

The limit is what cannot be left out: every photo decoded once, and one pass of each network. It is measured before each
run, with the same engine, in a cache of its own. After each run the study gets one more frozen recipe and is run again:
seconds from Enter to the page and to the end, with everything kept that was computed before. `$LEAFGRAFT_WEIGHTS` must
hold the weights of mobilenet_v2, squeezenet1_1 and resnet18, so that no download is timed. `--out` keeps the folder of
the last run.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from leafgraft.data.decode.photo import is_photo_file
from leafgraft.data.decode.pixel_rows import open_pixel_map
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.study_file import load_study
from leafgraft.study.trial_list import resolve_recipes
from leafgraft.training.frozen.features import plain_features
from measured import FOUND_ERRORS, leafgraft, machine, spread, write_result

ONE_MORE = {"backbone": "squeezenet1_1", "strategy": "frozen", "head": {"mlp": {"hidden": [64]}}}


def some_of(photos: Path, count: int, folder: Path) -> Path:
    """So many photos, of every class in proportion, in a folder of their own."""
    files = [one for one in sorted(photos.glob("*/*")) if is_photo_file(one)]
    if count > len(files):
        raise SystemExit(f"There are {len(files)} photos, not {count}.")
    for number in np.linspace(0, len(files) - 1, count).round().astype(int):
        place = folder / "photos" / files[number].relative_to(photos)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[number], place)
    return folder / "photos"


def write_study(photos: Path, second: Path | None, folder: Path, *, alone: bool = False) -> Path:
    """The packaged quick study on these photos, with a second folder if one is given; `alone`: one recipe of it."""
    source = Path(__file__).resolve().parents[1] / "src" / "leafgraft" / "studies" / "minutes.yaml"
    study = yaml.safe_load(source.read_text(encoding="utf-8"))
    study["photos"] = str(photos.resolve())
    if alone:
        study["recipes"] = [{"backbone": ONE_MORE["backbone"], "strategy": "probe"}]
    if second:
        study["also_test"] = {"field": str(second.resolve())}
    path = folder / "quick.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


def limit(study: Path, cache: Path) -> None:
    """Print seconds of decoding all photos once and of one pass of each network; photos are listed before."""
    read, folder = load_study(study), CacheFolder(cache)
    manifests = [scan(open_source(one), folder, Silent()).manifest for one in (read.photos, *read.also_test.values())]
    started_s = time.monotonic()
    maps = [open_pixel_map(one, 224, folder, Silent()) for one in manifests]
    seconds = {"decode": time.monotonic() - started_s}
    for recipe in resolve_recipes(read):
        started_s = time.monotonic()
        for pixels in maps:
            plain_features(recipe, pixels, folder, Silent())
        seconds.setdefault(recipe.backbone.name, time.monotonic() - started_s)
    print(json.dumps(seconds))


def steps(folder: Path, entered: float) -> dict[str, float]:
    """Seconds of each stage, and until the page and everything were there, from log.jsonl; `entered` in Unix time."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = lines[max(row for row, line in enumerate(lines) if line["event"] == "run started") :]  # the last run
    start = lines[0]["time"]
    stages = [(line["time"], line["stage"]) for line in lines if line["event"] == "stage started" and line["stage"]]
    ends = [*stages, (lines[-1]["time"], "")]
    found: dict[str, float] = {}
    for (at_s, stage), (until_s, _) in pairwise(ends):
        found[stage] = found.get(stage, 0.0) + until_s - at_s
    page_s = next(line["time"] for line in lines if line["event"] == "stage started" and line["stage"] == "diagnosis")
    found |= {"to the page": page_s - start, "to everything": lines[-1]["time"] - start}
    return {**found, "from Enter to the page": page_s - entered}


def run_once(study: Path, scratch: Path, out: Path) -> tuple[dict[str, float], dict[str, Any]]:
    """The limit, then the run, each from an empty cache."""
    command = [sys.executable, __file__, str(study), "--limit", str(scratch / "limit")]
    bound = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    entered = time.time()
    seconds, result = run_study(study, scratch, out)
    found = {**steps(out, entered), "from Enter to the end": seconds, "limit": sum(bound.values())}
    for name in ("to the page", "to everything"):
        found[f"{name}, of the limit"] = found[name] / found["limit"]
    more = yaml.safe_load(study.read_text(encoding="utf-8"))
    more["recipes"].append(ONE_MORE)
    study.write_text(yaml.safe_dump(more), encoding="utf-8")
    entered = time.time()
    found["one more recipe: to the end"], _ = run_study(study, scratch, out)
    found["one more recipe: to the page"] = steps(out, entered)["from Enter to the page"]
    return {**found, **{f"limit: {name}": one for name, one in bound.items()}}, result


def run_study(study: Path, scratch: Path, out: Path) -> tuple[float, dict[str, Any]]:
    """Run a study as a person would; seconds from Enter to the end, and what it printed."""
    started_s = time.monotonic()
    words = ["run", study, "--out", out, "--json", "--quiet"]
    done = leafgraft(words, scratch / "cache", (0, FOUND_ERRORS))
    return time.monotonic() - started_s, json.loads(done.stdout)


def main() -> None:
    """Run, print tables, and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--also-test", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--limit", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.limit:
        limit(given.photos, given.limit)
        return
    if given.out and given.out.exists():
        raise SystemExit(f"{given.out} is there already: its trials would not be trained again.")
    before, runs, result = machine(), [], {}
    for number in range(given.runs):
        with tempfile.TemporaryDirectory() as name:
            photos = some_of(given.photos, given.count, Path(name)) if given.count else given.photos
            study = write_study(photos, given.also_test, Path(name), alone=bool(given.count))
            last = given.out and number == given.runs - 1
            found, result = run_once(study, Path(name), given.out if last else Path(name) / "study")
        runs.append(found)
        print(
            f"run {number + 1}: page {found['to the page']:.0f} s, everything {found['to everything']:.0f} s",
            flush=True,
        )
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    figures = {name: spread([one.get(name, 0.0) for one in runs]) for name in runs[0]}
    print(f"{before['machine']}; peak memory {peak_gb:.2f} GB\n\n| | s |\n|---|---|")
    for name, one in figures.items():
        print(f"| {name} | {one['median']:.2f} ({one['lowest']:.2f} to {one['highest']:.2f}) |")
    print("\n| recipe | test accuracy | 95% interval | second folder | tier |\n|---|---|---|---|---|")
    for one in result["evaluation"]["recipes"]:
        low, high = one["interval"]
        second = "; ".join(
            f"{100 * figures['accuracy']:.1f}% at confidence {figures['mean_confidence']:.2f}"
            for figures in one["also_test"].values()
        )
        share = f"{100 * one['accuracy']:.1f}%"
        print(f"| {one['name']} | {share} | {100 * low:.1f} to {100 * high:.1f} | {second} | {one['tier']} |")
    path = Path(__file__).with_suffix(".json")
    path = path.with_stem(f"{path.stem}_{given.count}") if given.count else path
    write_result(path, {**before, "peak_gb": round(peak_gb, 2), "seconds": figures})


if __name__ == "__main__":
    main()
