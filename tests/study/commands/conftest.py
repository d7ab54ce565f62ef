"""A small study of awkward names, run as far as its evaluation, and the paper kit of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import leafgraft
from leafgraft import study
from leafgraft.study.commands.paper import PaperFiles
from leafgraft.study.results import Results

CLASSES = ("Early_blight & 50%", "Healthy [#1] {a}", "역병 $x_1$")
STUDY = """
photos: photos
also_test: {밭_1: field}
corrections: corrections.csv
image_size: 32
weights: none
augmentation: [flip]
training: {epochs: 1, patience: 1, batch_size: 32, views: 1, seeds: [0]}
recipes:
  - {backbone: squeezenet1_1, strategy: [probe, frozen]}
"""


@pytest.fixture(scope="session")
def evaluated(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What a run hands back that was to go as far as the evaluation."""
    home = tmp_path_factory.mktemp("paper")
    for drawn, name in zip(sorted(one for one in drawn_leaves.iterdir() if one.is_dir()), CLASSES, strict=True):
        shutil.copytree(drawn, home / "photos" / name)
        (home / "field" / name).mkdir(parents=True)
        for photo in sorted((home / "photos" / name).iterdir())[:4]:
            photo.rename(home / "field" / name / photo.name)
    kept = next(one.relative_to(home / "photos").as_posix() for one in sorted((home / "photos").rglob("*.jpg")))
    (home / "corrections.csv").write_text(f"path,action,labeller\n{kept},keep,민수\n", encoding="utf-8")
    (home / "study.yaml").write_text(STUDY, encoding="utf-8")
    return leafgraft.run(str(home / "study.yaml"), out=home / "study", until="evaluation")


@pytest.fixture(scope="session")
def kit(evaluated: Results) -> PaperFiles:
    """Its paper kit, in English."""
    return study.paper(evaluated.folder)
