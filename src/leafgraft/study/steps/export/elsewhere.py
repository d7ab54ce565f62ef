"""What a graph does with photos from elsewhere: second folders, photos of no class, pictures without a leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from leafgraft.data.decode.photo import UnreadableError
from leafgraft.data.decode.pixel_rows import read_scanned
from leafgraft.data.drawn.not_leaves import KINDS, PER_KIND, draw_not_leaves
from leafgraft.evaluation.field_answers import BundleAnswers, Thresholds, describe_answers, separation
from leafgraft.export.parity import answer_all
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress
from leafgraft.study.steps.photos import none_left
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.web.predictor import to_pixels

DRAWN = "drawn pictures"
Pixels = NDArray[np.uint8]


def look_elsewhere(
    session: InferenceSession,
    inputs: TrialInputs,
    foreign: Mapping[str, Sequence[Path]],
    home: BundleAnswers,
    thresholds: Thresholds,
    progress: Progress,
) -> dict[str, dict[str, Any]]:
    """Figures of second folders (``also_test``), and of photos of no class (``foreign``).

    Args:
        session: The graph.
        inputs: With the second folders.
        foreign: Photos by the name of their folder.
        home: What the graph says of the test photos at home.
        thresholds: When it declines.
        progress: Shows how far it is.
    """
    found: dict[str, dict[str, Any]] = {"also_test": {}, "foreign": {}}
    for name, (manifest, _) in inputs.also_test.items():
        said = _answer_labelled(session, manifest, inputs.classes, name, progress)
        found["also_test"][name] = describe_answers(said, thresholds)
    for name, paths in foreign.items():
        unreadable: list[str] = []
        with progress.task(f"Foreign photos: {name}", len(paths)) as advance:
            answers = answer_all(session, _readable(paths, unreadable), advance)
        if not len(answers[1]):
            raise none_left(name, "None of its photos can be read.")
        figures = _describe_foreign(BundleAnswers(*answers, _alone(len(answers[1]))), home, thresholds)
        found["foreign"][name] = {**figures, "unreadable": len(unreadable)}
    pictures = (picture for _, picture in draw_not_leaves())
    with progress.task("Drawn pictures without a leaf", PER_KIND * len(KINDS)) as advance:
        answers = answer_all(session, pictures, advance)
    found["foreign"][DRAWN] = _describe_foreign(BundleAnswers(*answers, _alone(len(answers[1]))), home, thresholds)
    return found


def read_photos(root: str, photos: Sequence[Photo]) -> Iterator[Pixels]:
    """Decode photos from the bytes of their files, one after the other."""
    for photo in photos:
        yield read_scanned(root, photo)


def _answer_labelled(
    session: InferenceSession, manifest: Manifest, classes: Sequence[str], name: str, progress: Progress
) -> BundleAnswers:
    photos = manifest.photos
    with progress.task(f"Second folder: {name}", len(photos)) as advance:
        answers = answer_all(session, read_photos(manifest.root, photos), advance)
    label = np.array([classes.index(photo.label) for photo in photos], dtype=np.int64)
    return BundleAnswers(*answers, np.array([photo.group for photo in photos], dtype=np.str_), label)


def _readable(paths: Sequence[Path], unreadable: list[str]) -> Iterator[Pixels]:
    for path in paths:
        try:
            yield to_pixels(path)
        except UnreadableError:
            unreadable.append(str(path))


def _describe_foreign(said: BundleAnswers, home: BundleAnswers, thresholds: Thresholds) -> dict[str, Any]:
    return {**describe_answers(said, thresholds), "separation": separation(home, said)}


def _alone(count: int) -> NDArray[np.str_]:
    """Groups of photos of which nothing is known: each its own."""
    return np.arange(count).astype(np.str_)
