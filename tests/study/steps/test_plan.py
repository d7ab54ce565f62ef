"""The plan counts what is still to be done, on this machine and for these photos."""

import time
from pathlib import Path

import pytest
import yaml

from leafgraft import study
from leafgraft.data.decode import pixel_rows as pixels
from leafgraft.data.decode.resize import resize
from leafgraft.study.steps import plan as estimate


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo takes 20 ms to decode, and a second in the frozen stages, as far as the plan knows."""
    monkeypatch.setattr(pixels, "resize", lambda photo, side: time.sleep(0.02) or resize(photo, side))
    monkeypatch.setattr(estimate, "pass_seconds", lambda _: 1.0)


def seconds_of(study_file: Path) -> list[float]:
    return [work["seconds"] for work in study.plan(str(study_file))["shared"]]


def test_work_that_the_cache_holds_is_not_counted_again(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    plan = {
        "photos": str(drawn_leaves),
        "image_size": 32,
        "weights": "none",
        "training": {"epochs": 2, "batch_size": 16, "views": 2},
        "recipes": [
            {"backbone": "squeezenet1_1", "strategy": ["frozen", "partial"]},
            {"backbone": "squeezenet1_1", "augmentation": ["mixup"]},
        ],
    }
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(plan))
    first = seconds_of(file)
    assert len(first) == 4
    assert min(first) > 0
    study.run(str(file), out=tmp_path / "out")
    assert seconds_of(file) == [0.0] * 4
    file.write_text(yaml.safe_dump(plan | {"image_size": 48}))
    assert min(seconds_of(file)) > 0
