"""The page of a study, from its files alone."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft import __version__
from leafgraft.data.decode import UnreadableError
from leafgraft.data.groups import LeafPair
from leafgraft.data.leaf_mask import leaf_mask
from leafgraft.data.manifest import read_manifest
from leafgraft.data.pixels import decode
from leafgraft.records.photo import Manifest
from leafgraft.report.contents import Architecture, PageContents, TrialHistory, WrongPhoto
from leafgraft.report.page import build_audit_page, build_page
from leafgraft.storage.atomic import write_text
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import StudyFolder, read_csv
from leafgraft.study.photos import Photos

SHOWN_PHOTOS, SHOWN_PAIRS, SHOWN_MASKS = 48, 60, 12
THUMBNAIL_PX = 132
TEXT_COLUMNS = ("learning",)


def write_page(folder: StudyFolder, failed: Mapping[str, str]) -> Path:
    """Build report/index.html from the files of a study folder.

    Raises:
        StudyFolderError: A file is missing or damaged.
    """
    plan, evaluation = folder.read_json("plan.json"), folder.read_json("evaluation.json")
    keys = [trial["key"] for trial in plan["trials"] if folder.trial(trial["key"]).predictions.is_file()]
    infos = {key: folder.trial(key).read_info() for key in keys}
    resolved = folder.file("resolved.yaml").read_text(encoding="utf-8")
    run = folder.read_json("run.json")
    manifest = read_manifest(folder.file("manifest.csv"), run["root"])
    optional = {
        name: folder.read_json(f"{name}.json")
        for name in ("diagnosis", "learning_curve", "robustness")
        if folder.has(f"{name}.json")
    }
    contents = PageContents(
        name=run["name"],
        evaluation=evaluation,
        verdict=folder.read_json("verdict.json"),
        audit=folder.read_json("audit.json"),
        plan=plan,
        histories=[_history(folder, key, info) for key, info in infos.items()],
        architectures=_architectures(infos),
        wrong=_wrong_photos(folder, keys, manifest),
        facts=_facts(run, infos, folder.read_json("splits.json"), resolved),
        from_scratch=all(info["weights"] == "none" for info in infos.values()),
        failed=failed,
        **optional,
    )
    write_text(folder.report, build_page(contents))
    return folder.report


def _history(folder: StudyFolder, key: str, info: Mapping[str, Any]) -> TrialHistory:
    rows = [
        {name: value if name in TEXT_COLUMNS else float(value) for name, value in row.items()}
        for row in read_csv(folder.trial(key).history)
    ]
    return TrialHistory(info["name"], info["seed"], info["fold"], rows, info["phases"], info["best_epoch"])


def _architectures(infos: Mapping[str, Mapping[str, Any]]) -> list[Architecture]:
    """One per recipe, from its first trial."""
    first: dict[str, Mapping[str, Any]] = {}
    for info in infos.values():
        first.setdefault(info["name"], info)
    return [
        Architecture(
            recipe=name,
            stages=info["stages"],
            auxiliary_taps=info["auxiliary_taps"],
            phases=info["phases"],
            head=info["recipe"]["head"]["name"],
            parameters=info["parameters"],
            weights=_weights(info),
        )
        for name, info in first.items()
    ]


def _weights(info: Mapping[str, Any]) -> str:
    if info["weights"] == "none":
        return "random weights"
    return f"{info['weights']} weights ({info['identity']})"


def _wrong_photos(folder: StudyFolder, keys: Sequence[str], manifest: Manifest) -> list[WrongPhoto]:
    """Test photos that trials miss: those missed by most first, then the most confident errors."""
    tested: Counter[str] = Counter()
    missed: dict[str, list[tuple[str, float]]] = {}
    for key in keys:
        rows: Predictions = folder.trial(key).read_predictions().rows("test")
        probabilities = rows.probabilities
        predicted = probabilities.argmax(axis=1)
        for row, photo_id in enumerate(rows.photo_id):
            tested[str(photo_id)] += 1
            if predicted[row] != rows.label[row]:
                answer = (str(rows.classes[predicted[row]]), float(probabilities[row, predicted[row]]))
                missed.setdefault(str(photo_id), []).append(answer)
    photo_of = {photo.photo_id: photo for photo in manifest.photos}
    ranked = sorted(missed, key=lambda one: (-len(missed[one]) / tested[one], -_sureness(missed[one])))
    found = []
    for photo_id in ranked[:SHOWN_PHOTOS]:
        photo, answers = photo_of[photo_id], missed[photo_id]
        commonest = Counter(name for name, _ in answers).most_common(1)[0][0]
        thumbnail = _thumbnail(Path(manifest.root) / photo.path)
        sureness = _sureness([answer for answer in answers if answer[0] == commonest])
        found.append(
            WrongPhoto(photo.path, photo.label, commonest, sureness, len(answers), tested[photo_id], thumbnail)
        )
    return found


def _sureness(answers: Sequence[tuple[str, float]]) -> float:
    return float(np.mean([probability for _, probability in answers]))


def _thumbnail(path: Path) -> bytes:
    """A small JPEG; a grey square where the photo is no longer there."""
    try:
        pixels = decode(path, THUMBNAIL_PX)
    except (OSError, UnreadableError):
        pixels = np.full((THUMBNAIL_PX, THUMBNAIL_PX, 3), 160, np.uint8)
    return _jpeg(pixels)


def _facts(
    run: Mapping[str, Any], infos: Mapping[str, Mapping[str, Any]], splits: Mapping[str, Any], resolved: str
) -> list[tuple[str, str]]:
    fold = splits["folds"][0]
    sizes = f"{len(fold['train']):,} train, {len(fold['validation']):,} validation, {len(fold['test']):,} test"
    how = "as the photos came" if splits["origin"] == "given" else f"drawn with seed {splits['seed']}"
    kept = "leaves kept together" if splits["keep_groups"] else "leaves not kept together"
    some = next(iter(infos.values()))
    weights = sorted({f"{info['recipe']['backbone']['name']}: {_weights(info)}" for info in infos.values()})
    seconds = sum(float(info["train_seconds"]) for info in infos.values())
    return [
        ("Photos", run["photos"]),
        (
            "Split",
            f"{sizes} ({how}, {kept}" + (f", {len(splits['folds'])} folds)" if len(splits["folds"]) > 1 else ")"),
        ),
        (
            "Trials",
            f"{len(infos)}, seeds {sorted({info['seed'] for info in infos.values()})}, {seconds:,.0f} s of training",
        ),
        ("Weights", "; ".join(weights)),
        ("Views of training photos", _views(some)),
        ("Device", some["device"]),
        (
            "Versions",
            f"leafgraft {__version__}, torch {some['versions']['torch']}, Python {some['versions']['python']}",
        ),
        ("Date", run["date"]),
        ("Study file", f"resolved.yaml beside this page's folder, {len(resolved.splitlines())} lines"),
    ]


def _views(info: Mapping[str, Any]) -> str:
    if not info["recipe"]["augmentation"]:
        return "the plain photo only"
    views = info["training"]["views"]
    return (
        f"{views} recorded views while stages are frozen, new ones in each epoch otherwise"
        if views
        else "plain while frozen"
    )


def audit_page(found: Mapping[str, Any], photos: Photos) -> str:
    """The page of an audit, with pairs of one leaf and leaf masks to look at."""
    root = Path(photos.manifest.root)
    return build_audit_page(root.name, found, contact_sheets(photos))


def contact_sheets(photos: Photos) -> dict[str, list[tuple[str, bytes]]]:
    """By title: what the search for groups found, and where the mask takes the leaf to be."""
    root = Path(photos.manifest.root)
    sheets: dict[str, list[tuple[str, bytes]]] = {}
    for title, pairs in (("The same leaf twice", photos.groups.pairs), ("Under two labels", photos.groups.crossing)):
        shown = [pair for pair in pairs if pair.similarity < 1.0][:SHOWN_PAIRS]
        if shown:
            sheets[title] = [(f"{pair.a_path} and {pair.b_path}", _side_by_side(root, pair)) for pair in shown]
    step = max(1, len(photos.manifest.photos) // SHOWN_MASKS)
    masked = photos.manifest.photos[::step][:SHOWN_MASKS]
    sheets["Where the leaf is taken to be"] = [(photo.path, _masked(root / photo.path)) for photo in masked]
    return sheets


def _side_by_side(root: Path, pair: LeafPair) -> bytes:
    return _jpeg(np.hstack([decode(root / path, THUMBNAIL_PX) for path in (pair.a_path, pair.b_path)]))


def _masked(path: Path) -> bytes:
    """The photo with its background paled."""
    pixels = decode(path, THUMBNAIL_PX)
    pale = (pixels.astype(np.float32) * 0.25 + 190).astype(np.uint8)
    return _jpeg(np.where(leaf_mask(pixels)[..., None], pixels, pale))


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
