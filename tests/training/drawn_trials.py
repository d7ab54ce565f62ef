"""Small drawn photos in three classes that a network can learn, and trials on them."""

import csv
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from leafgraft.choices.resolve import resolve
from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import Fold, Splits
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.trial import train_trial

CLASSES = ("EarlyBlight", "Healthy", "LateBlight")
COLOURS = ((150, 110, 60), (70, 160, 70), (110, 90, 130))


class PlugPulledError(Exception):
    """Stands for a pulled plug."""


class Talk(Silent):
    """Keeps what was said, which tasks were opened, and events but for epochs."""

    def __init__(self):
        self.lines, self.tasks, self.events = [], [], []

    def say(self, line):
        self.lines.append(line)

    @contextmanager
    def task(self, name, total):
        self.tasks.append(name)
        yield lambda _steps: None

    def note(self, event, **fields):
        if event != "epoch":
            self.events.append({"event": event, **fields})


class PullPlug(Silent):
    """Raises once the trial has finished so many epochs."""

    def __init__(self, after_epochs):
        self.after_epochs = after_epochs

    @contextmanager
    def task(self, name, total):
        done = 0

        def advance(steps):
            nonlocal done
            done += steps
            if ("seed" in name or "heads" in name) and steps and done >= self.after_epochs:
                raise PlugPulledError

        yield advance


def draw_photos(count, side, random_state=0):
    """Photos of noise around their class's colour, with a class-dependent stripe, shape (N, S, S, 3)."""
    generator = np.random.default_rng(random_state)
    labels = np.arange(count) % 3
    photos = generator.normal(np.array(COLOURS)[labels][:, None, None, :], 30, (count, side, side, 3))
    for row, label in enumerate(labels):
        photos[row, :: label + 2] += 40
    return np.clip(photos, 0, 255).astype(np.uint8), labels


def draw_folder(prefix, count, side, random_state):
    array, labels = draw_photos(count, side, random_state)
    ids = tuple(f"{prefix}{index:015x}" for index in range(count))
    photos = tuple(
        Photo(i, f"{CLASSES[c]}/{i}.jpg", CLASSES[c], side, side, f"g{n // 2}")
        for n, (i, c) in enumerate(zip(ids, labels, strict=True))
    )
    return Manifest("/nowhere", photos), PixelMap(ids, side, array)


def draw_inputs(cache, count=48, side=32, second=0, fingerprint="drawn"):
    """Two thirds train, a sixth each validate and test; `second` photos from elsewhere named ``field``."""
    manifest, pixels = draw_folder("a", count, side, 0)
    ids = [photo.photo_id for photo in manifest.photos]
    cuts = count * 2 // 3, count * 5 // 6
    fold = Fold(tuple(ids[: cuts[0]]), tuple(ids[cuts[0] : cuts[1]]), tuple(ids[cuts[1] :]))
    also = {"field": draw_folder("b", second, side, 1)} if second else {}
    return TrialInputs(manifest, Splits((fold,), 0, True), pixels, CacheFolder(cache), fingerprint, also_test=also)


def draw_trial(backbone="squeezenet1_1", strategy="frozen", seed=0, training=None, **choices):
    """A trial from random weights; further choices by name, as a name or a Choice."""
    plain = {"weights": "none", "image_size": 32}
    named = {key: Choice(value) if isinstance(value, str) else value for key, value in choices.items()}
    unnamed = ("weights", "batch_norm", "learning_rate", "auxiliary", "augmentation", "image_size", "small_first")
    for key in (*unnamed, "balance"):
        if key in choices:
            named[key] = choices[key]
    chosen = strategy if isinstance(strategy, Choice) else Choice(strategy)
    recipe = resolve(Recipe(backbone=Choice(backbone), strategy=chosen, **{**plain, **named}))
    return Trial(recipe, training or Training(epochs=4, batch_size=8, views=2), seed, 0)


def train(trial, inputs, path, progress=None):
    """Train into a folder and hand it back."""
    folder = TrialFolder(path)
    train_trial(trial, inputs, folder, progress or Silent())
    return folder


def history(folder):
    """Rows of history.csv as text."""
    with folder.history.open(newline="") as file:
        return list(csv.DictReader(file))


def at_places(inputs, every):
    """The same photos, each so many-th of them of the field, all others of home."""
    manifest = inputs.manifest
    placed = (replace(one, place="home" if row % every else "field") for row, one in enumerate(manifest.photos))
    return replace(inputs, manifest=replace(manifest, photos=tuple(placed)))
