"""Seconds from photos to a page with a table and a confusion matrix: leafgraft, AutoGluon MultiModal and fastai.

    python benchmarks/to_page.py PHOTOS --count 456 --autogluon PYTHON --fastai PYTHON [--runs 3]

One network, resnet18 with torchvision's weights, the same photos and the same split, in turns; every clock runs over a
whole process, from Enter. leafgraft: `run` of a `probe` of it from an empty cache, to the page with the verdict, and to
the end (diagnosis, bundle, phone page). The peers: page_peers.py, to accuracy and confusion matrix of the test photos.
PYTHON are those of environments that hold one peer each. `$LEAFGRAFT_WEIGHTS` must hold resnet18.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from leafgraft.storage.cache.cache_folder import weights_folder_path
from measured import spread, text, write_result
from quick_study import run_study, some_of, steps, write_study

RECIPE = {"backbone": "resnet18", "strategy": "probe"}


def ours(photos: Path, scratch: Path) -> tuple[dict[str, float], Path]:
    """Seconds to the page and to everything, the accuracy, and the folder of the study."""
    study = write_study(photos, None, scratch)
    study.write_text(yaml.safe_dump(yaml.safe_load(study.read_text("utf-8")) | {"recipes": [RECIPE]}), "utf-8")
    entered = time.time()
    seconds, result = run_study(study, scratch, scratch / "study")
    page_s = steps(scratch / "study", entered)["from Enter to the page"]
    (recipe,) = result["evaluation"]["recipes"]
    return {"page": page_s, "everything": seconds, "accuracy": recipe["accuracy"]}, scratch / "study"


def write_rows(photos: Path, study: Path, path: Path) -> None:
    """The split of the study as a table of files; what the study leaves out is left out."""
    splits = json.loads((study / "splits.json").read_text("utf-8"))
    with (study / "manifest.csv").open(encoding="utf-8", newline="") as file:
        named = {row["photo_id"]: row for row in csv.DictReader(file)}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", "label", "part"])
        for part, ids in splits["folds"][0].items():
            writer.writerows([photos.resolve() / named[one]["path"], named[one]["label"], part] for one in ids)


def theirs(python: Path, peer: str, rows: Path, folder: Path, epochs: int) -> dict[str, float]:
    """Seconds of a peer's whole process, and its accuracy."""
    weights = weights_folder_path() / "resnet18.safetensors"
    command = [str(python), str(Path(__file__).with_name("page_peers.py")), peer, str(rows), str(weights)]
    started_s = time.monotonic()
    done = subprocess.run([*command, str(folder), "--epochs", str(epochs)], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds = time.monotonic() - started_s
    return {"table": seconds, "accuracy": json.loads(done.stdout.splitlines()[-1])["accuracy"]}


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--count", type=int, default=456)
    parser.add_argument("--autogluon", type=Path)
    parser.add_argument("--fastai", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    asked = [("AutoGluon medium_quality", given.autogluon, "autogluon", 0)]
    asked += [(f"fastai fine_tune({epochs})", given.fastai, "fastai", epochs) for epochs in (1, 5)]
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(given.runs):
        with tempfile.TemporaryDirectory() as name:
            scratch = Path(name)
            photos = some_of(given.photos, given.count, scratch)
            one, study = ours(photos, scratch)
            found.setdefault("leafgraft", []).append(one)
            write_rows(photos, study, scratch / "rows.csv")
            for number, (title, python, peer, epochs) in enumerate(asked):
                if python:
                    one = theirs(python, peer, scratch / "rows.csv", scratch / f"peer{number}", epochs)
                    found.setdefault(title, []).append(one | {"of_ours": one["table"] / found["leafgraft"][-1]["page"]})
        print({title: rows[-1] for title, rows in found.items()}, flush=True)
    for title, rows in found.items():
        print(title, *(f"{key} {text([row[key] for row in rows], 2)}" for key in rows[0]), sep="; ")
    figures: dict[str, Any] = {
        title: {key: spread([row[key] for row in rows]) for key in rows[0]} for title, rows in found.items()
    }
    write_result(Path(__file__).with_suffix(".json"), {"photos": given.count, "seconds": figures})


if __name__ == "__main__":
    main()
