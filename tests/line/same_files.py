"""What two study folders must have in common: everything but times."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study import report

PAGES = ("index.html", "index.ko.html")  # they tell times
NEVER_EQUAL = ("log.jsonl", "checksums.json", ".lock", "costs.json", "opened.json", "sw.js", "done", *PAGES)
MEASURED = {
    *(
        "seconds",
        "once_s",
        "stages",
        "date",
        "created",
        "files",
        "train_seconds",
        "milliseconds",
        "float_milliseconds",
    ),
    "milliseconds_per_photo",
    "bundle",  # phone.json: tells a bundle from one that was written at another time
}


def without_measured(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_measured(one) for key, one in value.items() if key not in MEASURED}
    return [without_measured(one) for one in value] if isinstance(value, list) else value


def content(path: Path) -> Any:
    """All that a file says but times."""
    if path.name == "run.json":
        return {**json.loads(path.read_text(encoding="utf-8")), "kept": [], "date": ""}
    if path.suffix == ".json":
        return without_measured(json.loads(path.read_text(encoding="utf-8")))
    if path.name == "history.csv":
        with path.open(encoding="utf-8") as file:
            return [{**row, "seconds": ""} for row in csv.DictReader(file)]
    if path.suffix == ".md":
        return re.sub(r"[\d.]+ ?ms", "", path.read_text(encoding="utf-8"))
    return path.read_bytes()


def page(study: Path, costs: dict[str, Any]) -> str:
    """The page, built with these times."""
    StudyFolder(study).write_json("costs.json", costs)
    text = report(study).read_text(encoding="utf-8")
    return re.sub(r"<tr><th[^>]*>Kept from before.*?</tr>\n|[\d,]+ s of training|\d{4}-\d\d-\d\d \d\d:\d\d", "", text)


def files(study: Path) -> set[Path]:
    return {path.relative_to(study) for path in study.rglob("*") if path.is_file() and path.name not in NEVER_EQUAL}
