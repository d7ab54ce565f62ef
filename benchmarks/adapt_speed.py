"""From labels to the new phone page: `leafgraft adapt` from Enter until the page is written, with all features kept.

    python benchmarks/adapt_speed.py HOME FIELD [--runs 3] [--count 60]

A study of three probes is made of HOME in an empty cache, photos of FIELD are picked, and labelled as their folders
say. A first adaptation takes the features of the place's photos and of close-ups of home's; it is told beside the
others. Each of these begins with the study as it was before; `networks_written` counts how many different graphs their
pages hold. Seconds by step are those that the command tells itself. `$LEAFGRAFT_WEIGHTS` must hold the weights.
"""

from __future__ import annotations

import argparse
import csv
import re
import resource
import shutil
import tempfile
import time
from pathlib import Path

import yaml

from leafgraft.records.digest import short_digest
from measured import FOUND_ERRORS, leafgraft, machine, spread, write_result

NETWORKS = ("mobilenet_v2", "squeezenet1_1", "timm:tf_efficientnet_lite0")
PLACE = "field"
STEP = re.compile(r"^(?P<name>.+): [\d,]+ in (?P<seconds>[\d.]+) s$")
OTHER, PAGE, PROCESSOR = "what has no name", "from Enter to the phone page", "processor"


def write_study(photos: Path, folder: Path) -> Path:
    """A study of one probe of each network."""
    recipes = [{"backbone": list(NETWORKS), "strategy": "probe"}]
    path = folder / "study.yaml"
    study = {"photos": str(photos.resolve()), "image_size": 224, "augmentation": [], "recipes": recipes}
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    return path


def write_labels(picks: Path, labels: Path) -> int:
    """What the folders of the picked photos say, as a person would have labelled them; how many."""
    with picks.open(encoding="utf-8-sig", newline="") as opened:
        paths = [row["path"] for row in csv.DictReader(opened)]
    with labels.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["path", "label"])
        rows.writerows((path, Path(path).parent.name) for path in paths)
    return len(paths)


def steps(said: str, page_s: float) -> dict[str, float]:
    """Seconds of each step that the command told, steps of one name together; and what is left of those to the page."""
    found: dict[str, float] = {}
    for line in said.splitlines():
        if told := STEP.match(line):
            found[told["name"]] = found.get(told["name"], 0.0) + float(told["seconds"])
    return {**found, OTHER: page_s - sum(found.values()), PAGE: page_s}


def adapt(study: Path, labels: Path, scratch: Path) -> tuple[dict[str, float], str]:
    """Adapt a copy of the study; seconds of each step, and a digest of the graph in the phone page."""
    copy = scratch / "adapted"
    shutil.copytree(study, copy)
    before, entered = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = leafgraft(["adapt", copy, labels, "--place", PLACE], scratch / "cache")
    after, page = resource.getrusage(resource.RUSAGE_CHILDREN), copy / "adaptation" / PLACE / "bundle" / "phone"
    page_s = (page / "sw.js").stat().st_mtime - entered  # the last file that is written
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    digest = short_digest((page / "model.onnx").read_bytes().hex(), 12)
    shutil.rmtree(copy)
    return {**steps(done.stdout + done.stderr, page_s), PROCESSOR: processor_s}, digest


def main() -> None:
    """Run, print a table, and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("field", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--count", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        study, picks, labels, cache = (scratch / one for one in ("study", "picks.csv", "labels.csv", "cache"))
        written = write_study(given.home, scratch)
        leafgraft(["run", written, "--out", study, "--until", "report", "--quiet"], cache, (0, FOUND_ERRORS))
        leafgraft(["pick", study, given.field, "--count", str(given.count), "--out", picks], cache)
        count = write_labels(picks, labels)
        first, digest = adapt(study, labels, scratch)
        print(f"{count} labels; first, with every pass: {first[PAGE]:.1f} s", flush=True)
        before, runs, digests = machine(), [], {digest}
        for number in range(given.runs):
            found, digest = adapt(study, labels, scratch)
            runs.append(found)
            digests.add(digest)
            print(f"run {number + 1}: {found[PAGE]:.1f} s, {found[PROCESSOR]:.1f} s of processors", flush=True)
    figures = {step: spread([one.get(step, 0.0) for one in runs]) for step in runs[0]}
    print(f"{before['machine']}\n\n| | s |\n|---|---|")
    for step, one in figures.items():
        print(f"| {step} | {one['median']:.1f} ({one['lowest']:.1f} to {one['highest']:.1f}) |")
    result = {**before, "labels": count, "runs": given.runs, "networks_written": len(digests)}
    write_result(Path(__file__).with_suffix(".json"), {**result, "first_s": round(first[PAGE], 2), "seconds": figures})


if __name__ == "__main__":
    main()
