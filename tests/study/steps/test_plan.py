"""The plan counts what is still to be done, on this machine and for these photos."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from heard import Heard
from leafgraft import study
from leafgraft.data.decode import pixel_rows as pixels
from leafgraft.data.decode.resize import resize
from leafgraft.errors import MenuError
from leafgraft.records.photo import Manifest
from leafgraft.records.trial_time import TrialTime
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.steps import network_speed
from leafgraft.study.steps import plan as estimate


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo takes 20 ms to decode, and a second in the frozen stages, as far as the plan knows."""
    monkeypatch.setattr(pixels, "resize", lambda photo, side: time.sleep(0.02) or resize(photo, side))
    monkeypatch.setattr(network_speed, "pass_seconds", lambda _: 1.0)


def expected_s(time: dict[str, Any]) -> float:
    known = TrialTime(**time)
    return known.seconds(known.expected_epochs())


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
    assert first[0] == 0  # photos are decoded when they are looked at, before anything is planned
    assert min(first[1:]) > 0
    study.run(str(file), out=tmp_path / "out")
    assert seconds_of(file) == [0.0] * 4
    file.write_text(yaml.safe_dump(plan | {"image_size": 48}))
    assert min(seconds_of(file)) > 0


def test_what_is_done_once_is_expected_of_the_audit_or_of_the_first_trial(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    plan = {
        "photos": str(drawn_leaves),
        "image_size": 32,
        "weights": "none",
        "training": {"epochs": 4, "batch_size": 16, "patience": 4, "seeds": [0, 1]},
        "recipes": [{"backbone": ["squeezenet1_1", "resnet18"], "strategy": "frozen"}],
        "tta": {"views": 2},
    }
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(plan))
    planned = study.plan(str(file))
    assert "resnet18: features, 1 view" in {work["what"] for work in planned["shared"]}
    once = {work["network"][0]: work["seconds"] for work in planned["shared"] if "network" in work}
    beyond = [
        (one["key"].split("-")[0], expected_s(one["time"]) - one["seconds"], one["seed"]) for one in planned["trials"]
    ]
    by_audit = next(
        name for name in once if all(more == pytest.approx(0, abs=0.11) for on, more, _ in beyond if on == name)
    )
    assert planned["stages"]["audit"] > once[by_audit] > 1
    (other,) = set(once) - {by_audit}
    assert [round(more) for name, more, _ in beyond if name == other] == [round(once[other]), 0]
    assert [one["key"] for one in planned["derived"]] == [f"tta2-{one['key']}" for one in planned["trials"]]


def study_file(folder: Path, photos: Path, **keys: Any) -> Path:
    plan = {"photos": str(photos), "image_size": 48, "weights": "none", "training": {"epochs": 3, "batch_size": 16}}
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump(plan | keys))
    return file


def test_a_search_that_begins_at_a_recipe_of_the_study_is_listed_under_a_key_of_its_own(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    rates = {"trials": 3, "learning_rate": [0.001, 0.01]}
    given = {"backbone": "squeezenet1_1", "learning_rate": 0.001}
    recipes = [given, {"backbone": "squeezenet1_1", "tune": rates}]
    planned = study.plan(study_file(tmp_path, drawn_leaves, recipes=recipes, tta={"views": 2}))
    given_key, searched_key = (one["key"] for one in planned["trials"])
    assert searched_key == f"{given_key}-search1"
    assert [one["key"] for one in planned["derived"]] == [f"tta2-{given_key}", f"tta2-{searched_key}"]


def test_a_plan_refuses_and_says_what_a_run_would(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    gradual, heard = {"backbone": "squeezenet1_1", "strategy": {"gradual": {"unfreeze_at": 5}}}, Heard()
    study.plan(study_file(tmp_path, drawn_leaves, recipes=[gradual]), progress=heard)
    assert "squeezenet1_1 gradual unfreezes after 5 epochs, and there are 3: it stays frozen." in heard.lines
    small_first = {**gradual, "image_size": {"first": 32, "epochs": 2, "then": 48}}
    with pytest.raises(MenuError, match="epochs in which the whole network learns"):
        study.plan(study_file(tmp_path, drawn_leaves, recipes=[small_first]))


def test_trials_that_are_done_are_not_expected_again(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    open_, views = TrialTime("open", 1.0, ((4.0, 2.0), (20.0, 3.0)), 12.0, 8.0), TrialTime("views", 1.0)
    planned = {
        "trials": [{"key": "done", "time": asdict(views)}, {"key": "open", "time": asdict(open_)}],
        "derived": [{"key": "tta2-open", "time": asdict(views)}],
        "stages": {"audit": 3.0, "training": 13.0},
    }
    folder.trial("done").path.mkdir(parents=True)
    (folder.trial("done").path / "done").touch()
    expected_s = 1.0 + 4 * 2.0 + 14 * 3.0  # 18 of 24 epochs
    assert estimate.expected_of(planned, folder, {}) == (
        {"audit": 3.0, "training": expected_s + 1.0},
        {"open": open_, "tta2-open": views},
    )


def test_a_second_folder_that_is_new_is_expected_of_trials_that_are_done(tmp_path: Path) -> None:
    folder, time = StudyFolder(tmp_path), TrialTime("done", 1.0, ((4.0, 2.0),), 4.0)
    planned = {
        "trials": [{"key": "done", "time": asdict(time), "second": {"seconds": 3.5}}],
        "derived": [],
        "stages": {"audit": 3.0, "training": 9.0},
    }
    folder.trial("done").path.mkdir(parents=True)
    (folder.trial("done").path / "done").touch()
    expected = ({"audit": 3.0, "training": 3.5}, {"done": TrialTime("done", 3.5)})
    assert estimate.expected_of(planned, folder, {"field": Manifest("field", ())}) == expected


def test_the_network_of_the_verdict_says_how_long_disturbed_photos_take() -> None:
    planned = {
        "trials": [
            {"key": "small", "robustness": {"seconds": 10.0}},
            {"key": "large", "robustness": {"seconds": 50.0}},
        ],
    }
    assert estimate.expected_robustness(planned, "small") == 10
    assert estimate.expected_robustness(planned, "large") == 50
    assert estimate.expected_robustness(planned, "average-of-both") == 30
