"""The first stages of every command that trains: check the study file, look at the photos, divide them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from leafgraft import __version__
from leafgraft.choices.resolve import without_effect
from leafgraft.data.read.manifest import manifest_text, read_manifest
from leafgraft.data.read.source import open_photos
from leafgraft.data.read.spelling import as_meant, composed
from leafgraft.errors import StudyFolderError
from leafgraft.records.digest import short_digest
from leafgraft.records.display import counted
from leafgraft.records.extent import UNTIL
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe
from leafgraft.records.split import splits_to_json
from leafgraft.records.study import PRESETS, Study, is_study_file
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.storage.study_syntax.whole_study import resolved_text
from leafgraft.study.context import StudyContext
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.photos import divide, look, look_at_second_folders
from leafgraft.study.steps.preflight import check_balance, check_classes, check_losses
from leafgraft.study.told import told_of
from leafgraft.study.trial_list import resolve_recipes

WRITTEN = (  # by a run; what other commands write beside it, such as corrections.csv, may be there before
    *("study.yaml", "resolved.yaml", "run.json", "manifest.csv", "audit.json", "splits.json", "plan.json", "trials"),
    *("tuning.journal", "tuning.json", "rates.json", "opened.json", "evaluation.json", "verdict.json", "costs.json"),
    *("diagnosis.json", "learning_curve.json", "robustness.json", "heat_maps.npz", "report", "bundle"),
    *("checksums.json", "log.jsonl"),
)
OTHER_FOLDER = "Name another folder with --out, or delete this one if its results are not needed."
OF_A_RUN = {"name", "photos", "date"}  # keys of run.json


def open_folder(study: Study, out: str | Path | None, photos: str = "") -> StudyFolder:
    """The folder for results: `out`, or ``results/NAME``.

    Args:
        study: That is to be run.
        out: Its folder; None for the one of its name.
        photos: What the command named: a study file, or photos.

    Raises:
        StudyFolderError: It lies among photos, or holds files that no run wrote, or another study, and this one would
            replace them.
    """
    folder = StudyFolder(as_meant(out) if out else Path("results") / study.name)
    _check_apart(folder, study)
    taken = [name for name in WRITTEN if folder.file(name).exists()]
    if taken == ["log.jsonl"] and folder.events.has_no_line():
        return folder
    if taken and not _is_of_a_run(folder):
        raise StudyFolderError(
            f"'{folder.path}' must be a new folder, an empty one, or one that a run filled.",
            f"No run filled it, and it holds {', '.join(taken)}, which would be replaced.",
            "Name another folder with --out.",
        )
    _check_same_study(folder, study, photos)
    return folder


def _check_apart(folder: StudyFolder, study: Study) -> None:
    """Keep results out of the photos: the next scan would take them for classes and photos.

    Raises:
        StudyFolderError: The folder is one of photos, or lies in one and not in a class that is left out.
    """
    for photos in (study.photos, *study.places.values(), *study.also_test.values(), *study.foreign.values()):
        path, results = Path(photos).resolve(), folder.path.resolve()
        if not photos or not path.is_dir() or not results.is_relative_to(path):
            continue
        if not set(results.relative_to(path).parts[:1]) & set(study.exclude):
            raise StudyFolderError(
                f"Results must lie outside of the photos, not in '{folder.path}'.",
                f"That is in '{photos}', whose folders are read as classes.",
                f"Name another folder with --out, such as '{path.parent / 'results' / study.name}'.",
            )


def _check_same_study(folder: StudyFolder, study: Study, photos: str) -> None:
    """Leave the folder of another study alone: one of another name, or of a study file where photos are named alone.

    Bare photos go by the name of their folder, which may have been moved: what counts of them is checked later.

    Raises:
        StudyFolderError: It holds one.
    """
    run = _run_before(folder)
    before, of_file = str(run.get("asked", "")), is_study_file(photos)
    if not of_file and "preset" not in run and is_study_file(before):
        raise StudyFolderError(
            f"'{folder.path}' must be a folder of a study of bare photos.",
            f"It was run with '{before}'.",
            "Name that file, or another folder with --out.",
        )
    name = str(run.get("name", study.name))
    if of_file and composed(name).casefold() != composed(study.name).casefold():
        raise StudyFolderError(
            f"'{folder.path}' must be the folder of the study '{study.name}'.",
            f"It holds the study '{name}', whose figures, page and bundle would be replaced.",
            "Name another folder with --out; or, if it is the same study, give it that name again.",
        )


def _is_of_a_run(folder: StudyFolder) -> bool:
    """Whether run.json or log.jsonl is one that a run wrote; others write files of these names, too."""
    return folder.events.is_own() or _run_before(folder).keys() >= OF_A_RUN


def _run_before(folder: StudyFolder) -> Mapping[str, Any]:
    """What run.json says; nothing where it lacks, or is damaged, which the run says once it holds the folder."""
    try:
        return folder.read_json("run.json")
    except StudyFolderError:
        return {}


def open_context(
    study: Study, recipes: tuple[Recipe, ...], folder: StudyFolder, looking: Looking, device: str
) -> StudyContext:
    """Look at all photos and divide them; what is known then to fail is said.

    Raises:
        LeafgraftError: The photos cannot be used, or a loss does not fit their classes.
    """
    home = look(open_photos(study), looking, told_of(study))
    check_classes(home.manifest)
    check_same_photos(folder, home.as_they_came, home.manifest)
    _say_uncorrected(folder, study, looking.progress)
    check_losses(recipes, home.manifest)
    if words := dict.fromkeys(word for recipe in study.recipes for word in without_effect(recipe)):
        without = f"these have no effect on it: {', '.join(words)}."
        looking.progress.say(f"strategy: probe solves for its head on the plain photos, so {without}")
    if alike := len(study.recipes) + len(study.tuned) - len(recipes):
        looking.progress.say(f"Recipes of the study that are the same as others, and are trained once: {alike:,}.")
    second = look_at_second_folders(study, home.manifest, looking)
    splits = divide(home, study.split, looking.progress)
    check_balance(study, home.manifest, splits)
    return StudyContext(study, recipes, home, second, splits, folder, looking, device)


def check_same_photos(folder: StudyFolder, came: Manifest, corrected: Manifest | None = None) -> None:
    """Leave a folder alone that holds a study of other photos, or of other labels; corrections make no other study.

    Args:
        folder: Folder of the study.
        came: The photos as they came.
        corrected: The same, corrected.

    Raises:
        StudyFolderError: It holds one.
    """
    known = folder.read_json("run.json").get("came") if folder.has("run.json") else None
    now, asked = (
        _labels(came),
        f"'{folder.path}' must be the folder of a study of these {counted(len(came.photos), 'photo')}.",
    )
    if not folder.has("manifest.csv"):
        if known not in (None, came_as(came)):
            raise StudyFolderError(asked, "It holds a study of others, and its manifest.csv is lost.", OTHER_FOLDER)
        return
    before = _labels(read_manifest(folder.file("manifest.csv"), ""))
    if before == now or known == came_as(came) or (corrected and before == _labels(corrected)):
        return
    new, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
    other = sum(before[photo_id] != label for photo_id, label in now.items() if photo_id in before)
    differences = [
        f"{count:,} {words}"
        for count, words in ((new, "new"), (gone, "no longer there"), (other, "under another label"))
        if count
    ]
    found = f"It holds a study of {counted(len(before), 'photo')}; photos that differ: {', '.join(differences)}."
    raise StudyFolderError(asked, found, OTHER_FOLDER)


def _say_uncorrected(folder: StudyFolder, study: Study, progress: Progress) -> None:
    """Corrections that the run before took, and this one does not, are not dropped without a word."""
    before = folder.read_json("audit.json").get("corrections") if folder.has("audit.json") else None
    if before and not study.corrections:
        progress.say(
            f"The run before took the corrections of '{before['file']}'; this one takes none, so that labels, photos "
            "and groups are as they came. To keep them, name the file again: --corrections, or in the study file."
        )


def came_as(manifest: Manifest) -> str:
    """Short hash of the photos as they came, and their labels: corrections leave it as it is."""
    return short_digest(json.dumps(sorted(_labels(manifest).items())), 16)


def _labels(manifest: Manifest) -> dict[str, str]:
    return {photo.photo_id: photo.label for photo in manifest.photos}


def _holds_what_was_found(folder: StudyFolder, before: Mapping[str, str], now: Mapping[str, str], text: str) -> bool:
    """Whether resolved.yaml holds what the searches of this very study found, on these photos, labels and parts.

    Earlier versions kept the text of the study alone.
    """
    if not all(map(folder.has, ("tuning.json", "resolved.yaml", "study.yaml"))):
        return False
    if before.get("made_of", now["made_of"]) != now["made_of"]:
        return False
    if asked_for := before.get("asked_for"):
        return asked_for == now["asked_for"]
    return folder.read_bytes("study.yaml").decode() == text


def begin(context: StudyContext, photos: str, preset: str = "", until: str = UNTIL[-1]) -> None:
    """Write the study as given and with all defaults, those of the menus too, its photos and their split.

    Args:
        context: The study, which can be as it is: until here, nothing of an earlier one was replaced.
        photos: What the command named.
        preset: Name of the study of bare photos; empty for none.
        until: The last part that is asked for.
    """
    folder, given = context.folder, as_meant(photos)
    resolved = resolved_text(replace(context.study, recipes=resolve_recipes(context.study)))
    before, asked_for = folder.read_json("run.json") if folder.has("run.json") else {}, short_digest(resolved, 16)
    is_file = is_study_file(photos)
    text = given.read_text(encoding="utf-8") if is_file else resolved
    now = {"made_of": context.photos, "asked_for": asked_for}
    changed = {key: "-" for key, value in now.items() if before.get(key) != value}
    if before and changed:  # killed before its last line, the files are of no study that run.json knows
        folder.write_json("run.json", {**before, **changed})
    if not _holds_what_was_found(folder, before, now, text):
        folder.write_text("resolved.yaml", resolved)
    folder.write_text("study.yaml", text)
    folder.write_text("manifest.csv", manifest_text(context.home.manifest))
    folder.write_json("splits.json", splits_to_json(context.splits))
    asked = photos if photos.startswith("kaggle:") else str(given.absolute())
    run = {"name": context.study.name, "photos": context.study.named_photos, "root": context.home.manifest.root}
    run |= {name: before[name] for name in ("failed", "export_failure") if name in before}  # until this run knows
    run |= {**now, "figures_of": context.figures_of}
    run |= {"asked": asked, "until": until, "came": came_as(context.home.as_they_came)}
    run |= {"date": time.strftime("%Y-%m-%d %H:%M"), "leafgraft": __version__}
    if not is_file:
        run["preset"] = preset or PRESETS[0]
    folder.write_json("run.json", run)
