"""A split that came with the photos and parts a leaf, and a second folder that repeats one: nothing says otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import leafgraft
from leafgraft import study

STUDY = """
photos: photos
also_test: {field: field}
image_size: 32
weights: none
augmentation: []
training: {epochs: 1, patience: 1, batch_size: 32, views: 1, seeds: [0]}
recipes:
  - {backbone: squeezenet1_1, strategy: [probe]}
"""


@pytest.fixture(scope="module")
def folder(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("seen")
    for drawn in (one for one in drawn_leaves.iterdir() if one.is_dir()):
        for number, photo in enumerate(sorted(drawn.iterdir())):
            part = ("photos/train", "photos/train", "photos/val", "photos/test", "field")[number % 5]
            (home / part / drawn.name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(photo, home / part / drawn.name / photo.name)
    first = min((home / "photos/train/Healthy").iterdir())
    for degrees, place in ((5, "photos/test/Healthy/again.jpg"), (-5, "field/Healthy/again.jpg")):
        Image.open(first).convert("RGB").rotate(degrees).save(home / place, quality=90)
    (home / "study.yaml").write_text(STUDY, encoding="utf-8")
    return Path(leafgraft.run(str(home / "study.yaml"), out=home / "study", until="report").folder)


@pytest.fixture
def read(folder: Path) -> Callable[[str], str]:
    return lambda name: (folder / name).read_text(encoding="utf-8")


def test_the_split_is_not_called_one_that_keeps_leaves(folder: Path, read: Callable[[str], str], monkeypatch) -> None:
    splits = json.loads(read("splits.json"))
    assert (splits["origin"], splits["keep_groups"]) == ("given", False)
    page = read("report/index.html")
    assert "leaves not kept together" in page
    assert "each stays on one side of the split" not in page
    monkeypatch.setattr("leafgraft.report.paper.kit.WIDTHS_MM", ())
    kit = study.paper(folder)
    methods = (kit.folder / "methods.en.md").read_text(encoding="utf-8")
    assert "photos of one leaf were not kept together" in methods
    assert "some that show what the training folder shows: 1." in methods
    assert "none was trained on" not in methods
    assert "never trained on" not in (kit.folder / "tables/elsewhere.tex").read_text(encoding="utf-8")


def test_what_may_not_be_claimed_says_both(read: Callable[[str], str]) -> None:
    verdict, audit = (json.loads(read(f"{name}.json")) for name in ("verdict", "audit"))
    assert any("on unseen leaves: 1 test photo shows a leaf of training" in one for one in verdict["refused"])
    assert any("as accuracy elsewhere, on 'field'" in one for one in verdict["refused"])
    assert not any("'field'" in one for one in verdict["claims"])
    assert [one["code"] for one in audit["second"]["field"]["findings"] if one["severity"] == "error"] == ["LG043"]
    assert "LG043" in read("report/index.html")
