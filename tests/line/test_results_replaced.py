"""The results of one study are never replaced by those of other photos."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import leafgraft
from leafgraft.errors import StudyFolderError
from leafgraft.storage.files.checksums import checksum_of_file
from leafgraft.study import tune


def sums(study: Path) -> dict[str, str]:
    left = {"log.jsonl", ".lock"}
    paths = [path for path in study.rglob("*") if path.is_file() and path.name not in left]
    return {path.relative_to(study).as_posix(): checksum_of_file(path) for path in paths}


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "results" / "small")
    return tmp_path / "results" / "small"


def write_study(finished: Path, drawn_leaves: Path, photos: Path, more: str = "") -> Path:
    text = (finished.parent / "small.yaml").read_text(encoding="utf-8").replace(str(drawn_leaves), str(photos))
    path = photos.parent / "small.yaml"
    path.write_text(text.replace("strategy: [frozen", f"{more}strategy: [frozen"), encoding="utf-8")
    return path


@pytest.mark.parametrize("change", ["one photo less", "another label"])
def test_a_study_of_other_photos_is_refused(
    finished: Path, study: Path, drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    other = tmp_path / "other" / "leaves"
    shutil.copytree(drawn_leaves, other)
    first, second, *_ = sorted(path for path in other.iterdir() if path.is_dir())
    photo = sorted(first.glob("*.jpg"))[0]
    if change == "one photo less":
        photo.unlink()
    else:
        photo.rename(second / f"moved-{photo.name}")
    file, before = write_study(finished, drawn_leaves, other), sums(study)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyFolderError, match="--out") as caught:
        leafgraft.run(str(file))
    assert ("1 no longer there" if change == "one photo less" else "1 under another label") in str(caught.value)
    assert sums(study) == before


def test_a_search_on_other_photos_is_refused(finished: Path, study: Path, drawn_leaves: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "leaves"
    shutil.copytree(drawn_leaves, other)
    next(other.rglob("*.jpg")).unlink()
    file = write_study(finished, drawn_leaves, other, "tune: {trials: 2, learning_rate: {log: [1e-3, 1e-1]}}\n    ")
    before = sums(study)
    with pytest.raises(StudyFolderError, match="--out"):
        tune(str(file), out=study)
    assert sums(study) == before
