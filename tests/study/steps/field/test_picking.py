"""Which photos of a folder are chosen from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from heard import Heard
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.data.read.source import open_source
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.picking import look_at_unlabelled, pick_photos


def test_photos_of_the_study_that_were_saved_again_are_not_picked(tmp_path: Path) -> None:
    looking = Looking(CacheFolder(tmp_path / "cache"), Heard(), 1)
    for seed, name in enumerate(("home", "field")):
        draw_sample(tmp_path / name, 4, 96, seed)
    home = looking.scan(open_source(str(tmp_path / "home"))).manifest
    for photo in home.photos[::4]:
        with Image.open(tmp_path / "home" / photo.path) as image:
            image.save(tmp_path / "field" / f"again-{photo.photo_id}.jpg", quality=80)
    scanned = look_at_unlabelled(tmp_path / "field", looking)
    network: Any = SimpleNamespace(
        finished=SimpleNamespace(manifest=home, looking=looking),
        features=lambda manifest: np.random.default_rng(0).normal(size=(len(manifest.photos), 8)).astype(np.float32),
        shows_leaf=lambda features: np.ones(len(features), dtype=bool),
        probabilities=lambda features, _adapted: np.full((len(features), 3), 1 / 3),
        trained=SimpleNamespace(inputs=SimpleNamespace(classes=home.classes)),
    )
    found = pick_photos(network, scanned, (), None, 30)
    assert len(found.leaves_at_home) == 3
    assert all(path.startswith("again-") for path in found.leaves_at_home)
    assert found.at_home == ()
    assert len(found.picks) == 12
