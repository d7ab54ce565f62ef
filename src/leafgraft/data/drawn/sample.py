"""A labelled set of drawn leaves with planted faults, and the truth about them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from leafgraft.data.drawn.faults import SPOILED, Faults, Pixels, encode, same_leaf, same_pixels
from leafgraft.data.drawn.leaf import CLASSES, draw_leaf
from leafgraft.errors import UsageError
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.files.atomic import rename, write_json

PART = ".drawing.part"  # while it is drawn


@dataclass(frozen=True, slots=True)
class Truth:
    """What was drawn: truth.json.

    Attributes:
        classes: Class names.
        seed: The same seed draws the same leaves.
        photos: Path of every file, and the class that was drawn.
        faults: By name: paths, or sets of paths that belong together.
    """

    classes: tuple[str, ...]
    seed: int
    photos: dict[str, str]
    faults: dict[str, list[str] | list[list[str]]]


@dataclass(slots=True)
class _Drawer:
    """Draws into one folder and keeps the truth."""

    directory: Path
    side: int
    seed: int
    truth: Truth

    def pixels(self, label: str, index: int, background: str | None = None) -> Pixels:
        generator = np.random.default_rng([self.seed, CLASSES.index(label), index])
        return draw_leaf(label, self.side, generator, background)

    def write(self, path: str, content: bytes, label: str) -> None:
        (self.directory / path).write_bytes(content)
        self.truth.photos[path] = label


def draw_sample(
    directory: Path,
    photos_per_class: int,
    side: int,
    seed: int,
    faults: Faults | None = None,
    progress: Progress | None = None,
) -> Truth:
    """Draw `photos_per_class` leaves of each class into class folders, plant faults, and write truth.json.

    Args:
        directory: New or empty.
        photos_per_class: Photos of each class before any fault adds copies.
        side: Pixels.
        seed: Decides everything.
        faults: What to plant.
        progress: Shows how far it is.

    Raises:
        UsageError: The folder is not empty, a number is out of range, or more faults are asked for than there are
            photos.
    """
    faults = faults or Faults()
    for name, value, least in (("photos_per_class", photos_per_class, 1), ("side", side, 16), ("seed", seed, 0)):
        if value < least:
            raise UsageError(f"{name} must be at least {least}.", f"It is {value}.", "Raise it.")
    _check(directory, photos_per_class, faults)
    with _whole(directory) as part:
        return _draw(part, photos_per_class, side, seed, faults, progress or Silent())


@contextmanager
def _whole(directory: Path) -> Iterator[Path]:
    """A hidden folder in it whose contents move up at the end; of what was stopped nothing stays."""
    part = directory / PART
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
        for made in sorted(part.iterdir()):
            rename(made, directory / made.name)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _draw(directory: Path, photos_per_class: int, side: int, seed: int, faults: Faults, progress: Progress) -> Truth:
    for label in CLASSES:
        (directory / label).mkdir()
    drawer = _Drawer(directory, side, seed, Truth(CLASSES, seed, {}, {}))
    places = [(label, index) for index in range(photos_per_class) for label in CLASSES]
    generator = np.random.default_rng([seed, 99])
    order = iter([places[number] for number in generator.permutation(len(places))])
    with progress.task("Draw leaves", len(places)) as advance:
        spoiled = _plant(drawer, faults, order)
        _draw_rest(drawer, faults, [place for place in places if place not in spoiled], advance)
    _copy(drawer, faults, [place for place in places if place not in spoiled], generator)
    write_json(directory / "truth.json", asdict(drawer.truth))
    return drawer.truth


def _check(directory: Path, photos_per_class: int, faults: Faults) -> None:
    if directory.exists() and (not directory.is_dir() or any(one.name != PART for one in directory.iterdir())):
        raise UsageError(f"'{directory}' must be new or an empty folder.", "It holds something.", "Name another.")
    wanted = sum(getattr(faults, name) for name in SPOILED) + faults.wrong_labels
    copied = faults.duplicates + faults.pixel_duplicates + faults.same_leaf + faults.two_labels
    total = photos_per_class * len(CLASSES)
    if wanted + copied > total:
        raise UsageError(
            f"{wanted + copied} faults need as many photos.", f"{total} are drawn.", "Raise --photos-per-class."
        )


def _path(label: str, index: int, suffix: str = ".jpg") -> str:
    return f"{label}/leaf_{index:04d}{suffix}"


def _plant(drawer: _Drawer, faults: Faults, order: Iterator[tuple[str, int]]) -> set[tuple[str, int]]:
    """Photos that are spoiled or lie in the wrong folder."""
    spoiled = set()
    for name, (suffix, spoil) in SPOILED.items():
        for _ in range(getattr(faults, name)):
            label, index = next(order)
            spoiled.add((label, index))
            path = _path(label, index, suffix)
            drawer.write(path, spoil(drawer.pixels(label, index)), label)
            drawer.truth.faults.setdefault(name, []).append(path)  # type: ignore[arg-type]
    for _ in range(faults.wrong_labels):
        label, index = next(order)
        spoiled.add((label, index))
        other = CLASSES[(CLASSES.index(label) + 1 + index % 2) % len(CLASSES)]
        drawer.write(_path(label, index), encode(drawer.pixels(other, 10_000 + index)), other)
        drawer.truth.faults.setdefault("wrong_labels", []).append(_path(label, index))  # type: ignore[arg-type]
    return spoiled


def _draw_rest(drawer: _Drawer, faults: Faults, places: list[tuple[str, int]], advance: object) -> None:
    for number, (label, index) in enumerate(places):
        share = (number // len(CLASSES) + 0.5) / (len(places) / len(CLASSES))
        background = label if share <= faults.background else None
        tells = share <= faults.metadata
        quality = 70 + 12 * CLASSES.index(label) if tells else 92
        exif = _camera(label) if tells else None
        path = _path(label, index)
        drawer.write(path, encode(drawer.pixels(label, index, background), quality, exif), label)
        for name, planted in (("background", background is not None), ("metadata", tells)):
            if planted:
                drawer.truth.faults.setdefault(name, []).append(path)  # type: ignore[arg-type]
        advance(1)  # type: ignore[operator]


def _camera(label: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Model] = f"Model {CLASSES.index(label)}"
    return exif


def _copy(drawer: _Drawer, faults: Faults, places: list[tuple[str, int]], generator: np.random.Generator) -> None:
    """Copies of whole photos: of bytes, of pixels, of the leaf, and under a second label."""
    order = iter([places[number] for number in generator.permutation(len(places))])
    for name in ("duplicates", "pixel_duplicates", "same_leaf", "two_labels"):
        for _ in range(getattr(faults, name)):
            label, index = next(order)
            source = _path(label, index)
            content = (drawer.directory / source).read_bytes()
            if name == "pixel_duplicates":
                content = same_pixels(content)
            elif name == "same_leaf":
                with Image.open(drawer.directory / source) as image:
                    content = same_leaf(np.asarray(image.convert("RGB")), generator)
            folder = CLASSES[(CLASSES.index(label) + 1) % len(CLASSES)] if name == "two_labels" else label
            target = _path(folder, 20_000 + len(drawer.truth.photos))
            drawer.write(target, content, label)
            drawer.truth.faults.setdefault(name, []).append([source, target])  # type: ignore[arg-type]
