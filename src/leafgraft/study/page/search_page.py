"""The page of searches for settings and of learning rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leafgraft.languages.editions import editions
from leafgraft.report.page import build_search_page
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.trial_list import planned_recipes

TUNING = "tuning.json"


RATES = "rates.json"


def write_search_page(folder: StudyFolder, name: str) -> Path:
    """Build report/tuning.html and its other languages from tuning.json and rates.json."""
    page = folder.file("report/tuning.html")
    searches, rates = read_listed(folder, TUNING, "searches"), read_rates(folder)
    for edition in editions(page):
        folder.write_text(f"report/{edition.path.name}", build_search_page(name, searches, rates, edition))
    return page


def read_rates(folder: StudyFolder) -> list[dict[str, Any]]:
    """Curves of the rate finder, of the recipes that the study has now, by the names that they have now."""
    names = {one.identity: one.name for one in planned_recipes(load_study(folder.file("resolved.yaml")))}
    listed = read_listed(folder, RATES, "rates")
    named = [{**one, "recipe": names.get(one.get("identity", ""), one.get("recipe", ""))} for one in listed]
    return [one for one in named if one["recipe"] in names.values()]  # earlier versions wrote names


def read_listed(folder: StudyFolder, file: str, key: str) -> list[dict[str, Any]]:
    """What a file lists under a key; nothing if there is no such file."""
    found: list[dict[str, Any]] = folder.read_json(file)[key] if folder.has(file) else []
    return found
