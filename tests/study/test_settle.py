"""A study settles on its engines once, and goes on with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from leafgraft import study
from leafgraft.storage.study_folder import StudyFolder


@pytest.fixture
def study_file(tmp_path: Path, drawn_leaves: Path) -> Path:
    plan = {
        "photos": str(drawn_leaves),
        "image_size": 32,
        "weights": "none",
        "training": {"epochs": 2, "batch_size": 16, "views": 2},
        "recipes": [{"backbone": "squeezenet1_1", "strategy": ["frozen", "partial"]}],
    }
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(plan))
    return path


def test_the_plan_says_by_which_engine_and_why(study_file: Path) -> None:
    planned = study.plan(str(study_file))
    assert [choice["prefix"] for choice in planned["engines"]] == [
        "squeezenet1_1/{}@32 after 4 stages",
        "squeezenet1_1/{}@32 after 5 stages",
    ]
    assert all(choice["engine"] == "eager" for choice in planned["engines"])
    assert all(choice["figures"][0]["note"] for choice in planned["engines"])


class PlugPulledError(Exception):
    """Stands for a pulled plug."""


def plan_of_a_cut_run(study_file: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run a study up to its plan."""

    def pull(*_: object) -> None:
        raise PlugPulledError

    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.study.line.audit_bench", pull)
        with pytest.raises(PlugPulledError):
            study.run(str(study_file), out=out)
    return StudyFolder(out).read_json("plan.json")


def test_a_study_that_goes_on_keeps_its_engines(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a new trial would choose by then."""
    before = plan_of_a_cut_run(study_file, tmp_path / "out", monkeypatch)
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", "onnxruntime")
    assert plan_of_a_cut_run(study_file, tmp_path / "out", monkeypatch)["engines"] == before["engines"]
    other = plan_of_a_cut_run(study_file, tmp_path / "other", monkeypatch)
    assert {choice["engine"] for choice in other["engines"]} == {"onnxruntime"}


@pytest.mark.parametrize("damaged", ['{"engines": [{"prefix": 1}]}', "{}", "{"])
def test_a_damaged_plan_is_settled_anew(
    study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.json").write_text(damaged)
    assert len(plan_of_a_cut_run(study_file, tmp_path / "out", monkeypatch)["engines"]) == 2
