"""Photos to look at: suspected labels, pairs of one leaf, leaf masks, wrong photos with the heat of the network."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft.data.decode.photo import UnreadableError
from leafgraft.data.decode.pixel_rows import decode
from leafgraft.data.leaf_mask import leaf_mask
from leafgraft.languages.speaking import Name
from leafgraft.records.display import counted, percent
from leafgraft.records.photo import Manifest
from leafgraft.report.contents import WrongPhoto, WrongPhotos
from leafgraft.storage.predictions import Predictions

SHOWN_PHOTOS, SHOWN, SHOWN_MASKS = 48, 60, 12
THUMBNAIL_PX = 132
SHEETS = {
    "LG006": "The same leaf under two labels",
    "LG020": "Labels that are likely wrong",
    "LG032": "The same leaf in two of your groups",
    "LG005": "The same leaf on two photos",
    "LG034": "Photos unlike all others",
    "LG011": "Blurred photos",
    "LG009": "Very dark photos",
    "LG010": "Very bright photos",
}
Sheets = dict[str, list[tuple[str, bytes]]]


def contact_sheets(audit: Mapping[str, Any], manifest: Manifest) -> Sheets:
    """By title: what a person should look at, by the audit, and where the mask takes the leaf to be."""
    root = Path(manifest.root)
    label_of = {photo.path: photo.label for photo in manifest.photos}
    sheets: Sheets = {}
    for code, title in SHEETS.items():
        for finding in (one for one in audit["findings"] if one["code"] == code):
            shown = list(_captioned(finding, label_of))
            of = counted(len(shown), "pair" if "pairs" in finding["measured"] else "photo")
            sheets[f"{title}: {min(len(shown), SHOWN)} of {of}"] = [
                (caption, _jpeg(np.hstack([_small(root / path) for path in paths]))) for caption, paths in shown[:SHOWN]
            ]
    step = max(1, len(manifest.photos) // SHOWN_MASKS)
    masked = manifest.photos[::step][:SHOWN_MASKS]
    sheets["Where the leaf is taken to be"] = [
        (Name(photo.path), _masked(_small(root / photo.path))) for photo in masked
    ]
    return sheets


def _captioned(finding: Mapping[str, Any], label_of: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What to say of each photo or pair of a finding, and the photos."""
    measured = finding["measured"]
    if "suspects" in measured:
        for one in measured["suspects"]:
            share = one.get("likelier_probability")  # earlier versions did not say
            likelier = f"{one['likelier']} ({percent(share)})" if share is not None else one["likelier"]
            yield f"{label_of.get(one['path'], '')}, likelier {likelier}: {one['path']}", (one["path"],)
    elif "pairs" in measured:
        for a, b, _ in measured["pairs"]:
            yield Name(f"{a}, {b}"), (a, b)
    else:
        for path in finding["photos"]:
            yield Name(path), (path,)


def wrong_photos(
    recommended: Sequence[Predictions],
    everyone: Sequence[Predictions],
    manifest: Manifest,
    heat: Mapping[str, NDArray[np.float32]],
) -> WrongPhotos:
    """Test photos that the recommended recipe misses; of each cell of its confusion matrix one before any second.

    Args:
        recommended: Of its trials.
        everyone: Of all trials.
        manifest: To find the photos.
        heat: Where the chosen network looked, by photo id, from 0 to 1.
    """
    (tested, missed), (tested_by_all, missed_by_all) = _misses(recommended), _misses(everyone)
    label_of = {photo.photo_id: photo.label for photo in manifest.photos}
    ranked = sorted(missed, key=lambda one: (-len(missed[one]) / tested[one], -_sureness(missed[one])))
    cells = {one: {(label_of[one], answer) for answer, _ in missed[one]} for one in ranked}
    shown = [
        _describe(one, missed[one], (len(missed_by_all.get(one, ())), tested_by_all[one]), manifest, heat)
        for one in _of_every_cell(ranked, cells)
    ]
    return WrongPhotos(shown, len(ranked), Counter(cell for of_one in cells.values() for cell in of_one))


def _of_every_cell(ranked: Sequence[str], cells: Mapping[str, set[tuple[str, str]]]) -> list[str]:
    """So many photos as are shown, in their order: the first of every cell, then the first of all."""
    known: set[tuple[str, str]] = set()
    firsts = []
    for one in ranked:
        if not cells[one] <= known:
            known |= cells[one]
            firsts.append(one)
    kept = set(list(dict.fromkeys([*firsts, *ranked]))[:SHOWN_PHOTOS])
    return [one for one in ranked if one in kept]


def _misses(predictions: Sequence[Predictions]) -> tuple[Counter[str], dict[str, list[tuple[str, float]]]]:
    """How often each photo was tested; and the wrong answers that it got, with their probabilities."""
    tested: Counter[str] = Counter()
    missed: dict[str, list[tuple[str, float]]] = {}
    for whole in predictions:
        rows = whole.rows("test")
        tested.update(str(photo_id) for photo_id in rows.photo_id)
        probabilities = rows.probabilities
        predicted = probabilities.argmax(axis=1)
        for row in np.flatnonzero(predicted != rows.label):
            answer = (str(rows.classes[predicted[row]]), float(probabilities[row, predicted[row]]))
            missed.setdefault(str(rows.photo_id[row]), []).append(answer)
    return tested, missed


def _describe(
    photo_id: str,
    answers: Sequence[tuple[str, float]],
    of_all: tuple[int, int],
    manifest: Manifest,
    heat: Mapping[str, NDArray[np.float32]],
) -> WrongPhoto:
    photo = next(one for one in manifest.photos if one.photo_id == photo_id)
    said = tuple(name for name, _ in Counter(name for name, _ in answers).most_common())
    pixels = _small(Path(manifest.root) / photo.path)
    warm, outside = None, None
    if photo_id in heat:
        warmth = _enlarged(heat[photo_id])
        warm = _jpeg(_overlay(pixels, warmth))
        outside = float(warmth[~leaf_mask(pixels)].sum() / max(float(warmth.sum()), 1e-9))
    return WrongPhoto(
        path=photo.path,
        true=photo.label,
        answers=said,
        probability=_sureness([answer for answer in answers if answer[0] == said[0]]),
        missed_by=of_all[0],
        of=of_all[1],
        thumbnail=_jpeg(pixels),
        heat=warm,
        heat_outside=outside,
    )


def _sureness(answers: Sequence[tuple[str, float]]) -> float:
    return float(np.mean([probability for _, probability in answers]))


def small_jpeg(path: Path) -> bytes:
    """A small photo as JPEG; a grey square where it is no longer there."""
    return _jpeg(_small(path))


def _small(path: Path) -> NDArray[np.uint8]:
    """A small photo; a grey square where it is no longer there."""
    try:
        return decode(path, THUMBNAIL_PX)
    except (OSError, UnreadableError):
        return np.full((THUMBNAIL_PX, THUMBNAIL_PX, 3), 160, np.uint8)


def _masked(pixels: NDArray[np.uint8]) -> bytes:
    """The photo with its background paled."""
    pale = (pixels.astype(np.float32) * 0.25 + 190).astype(np.uint8)
    return _jpeg(np.where(leaf_mask(pixels)[..., None], pixels, pale))


def _enlarged(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    image = Image.fromarray(np.asarray(heat, dtype=np.float32))
    return np.asarray(image.resize((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.BILINEAR), dtype=np.float32)


def _overlay(pixels: NDArray[np.uint8], warmth: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Red where the network looked."""
    share = 0.65 * np.clip(warmth, 0, 1)[..., None]
    return np.asarray(pixels * (1 - share) + np.array([235.0, 40.0, 30.0]) * share, dtype=np.uint8)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()
