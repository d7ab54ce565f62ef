"""By which engine a study runs: told beforehand, and the same on a busy machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from leafgraft import study
from leafgraft.records.progress import Advance
from leafgraft.storage.files.checksums import checksum_of_file
from leafgraft.storage.study_folder import StudyFolder

REFUSED = "timm:test_vit4: torch's own operations run 10 frozen stages: onnxruntime cannot run them"


class Talk:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Advance]:
        yield lambda _steps: None

    def say(self, line: str) -> None:
        self.lines.append(line)

    def note(self, event: str, **fields: object) -> None:
        pass


@pytest.fixture
def study_file(tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))

    def write(*recipes: dict[str, Any]) -> Path:
        plan = {
            "photos": str(drawn_leaves),
            "image_size": 32,
            "weights": "none",
            "training": {"epochs": 2, "batch_size": 16, "views": 2},
            "recipes": list(recipes),
        }
        path = tmp_path / "study.yaml"
        path.write_text(yaml.safe_dump(plan))
        return path

    return write


def test_the_plan_tells_every_engine_and_a_refusal_is_said(study_file: Callable[..., Path]) -> None:
    file = study_file(
        {"backbone": "squeezenet1_1", "strategy": ["frozen", "partial"]},
        {"backbone": "timm:test_vit4", "strategy": "uniform"},  # its features are still needed, for the diagnosis
    )
    for _ in range(2):  # the second time the answer is kept
        talk = Talk()
        planned = study.plan(str(file), progress=talk)["engines"]
        assert [(one["backbone"], one["stages"], one["engine"]) for one in planned] == [
            ("squeezenet1_1", 4, "onnxruntime"),
            ("squeezenet1_1", 5, "onnxruntime"),
            ("timm:test_vit4", 10, "eager"),
        ]
        assert "rms_norm" in planned[2]["refused"]
        assert [line for line in talk.lines if "torch's own" in line] == [
            line for line in talk.lines if REFUSED in line
        ]
        assert sum(REFUSED in line for line in talk.lines) == 1


@pytest.mark.slow
def test_every_trial_tells_its_engine(study_file: Callable[..., Path], tmp_path: Path) -> None:
    file = study_file(
        {"backbone": "squeezenet1_1", "strategy": ["frozen", "uniform"]},
        {"backbone": "timm:test_vit4", "strategy": "frozen"},
    )
    study.run(str(file), out=tmp_path / "out")
    folder = StudyFolder(tmp_path / "out")
    infos = [folder.trial(one["key"]).read_info() for one in folder.read_json("plan.json")["trials"]]
    assert [info["engine"] for info in infos] == ["onnxruntime", "eager", "eager"]


def forget_engine(path: Path) -> None:
    """Make a finished trial what an earlier version left."""
    info, mark = path / "trial.json", path / "done"
    told = json.loads(info.read_text())
    del told["engine"]
    info.write_text(json.dumps(told))
    done = json.loads(mark.read_text())
    done["files"]["trial.json"] = checksum_of_file(info)
    mark.write_text(json.dumps(done))


@pytest.mark.slow
def test_a_folder_of_an_earlier_version_goes_on_with_what_it_has_and_says_so(
    study_file: Callable[..., Path], tmp_path: Path
) -> None:
    first = {"backbone": "squeezenet1_1", "strategy": ["frozen", "uniform"]}
    study.run(str(study_file(first)), out=tmp_path / "out")
    trials = sorted((tmp_path / "out" / "trials").iterdir())
    for path in trials:
        forget_engine(path)
    before = {path: checksum_of_file(path / "predictions.npz") for path in trials}
    told = {path: (path / "trial.json").read_bytes() for path in trials}
    plan = tmp_path / "out" / "plan.json"
    plan.write_text(json.dumps({**json.loads(plan.read_text()), "engines": [{"prefix": "net", "engine": "openvino"}]}))
    talk = Talk()
    study.run(str(study_file(first, {**first, "head": "mlp"})), out=tmp_path / "out", progress=talk)
    said = [line for line in talk.lines if "earlier version" in line]
    assert len(said) == 1
    assert said[0].startswith("1 finished trial of 2 from an earlier version of leafgraft, which did not note")
    assert {path: checksum_of_file(path / "predictions.npz") for path in trials} == before
    assert {path: (path / "trial.json").read_bytes() for path in trials} == told
    talk = Talk()
    study.run(str(study_file({"backbone": "timm:test_vit4"})), out=tmp_path / "new", progress=talk)
    study.run(str(study_file({"backbone": "timm:test_vit4"})), out=tmp_path / "new", progress=talk)
    assert not [line for line in talk.lines if "earlier version" in line]


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Other programs that take every moment they can get."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_busy_machine_gives_the_same_bits(study_file: Callable[..., Path], tmp_path: Path) -> None:
    """From two empty caches, with two threads, in both engines; trials in one process, and in two."""
    file = study_file(
        {"backbone": ["squeezenet1_1", "timm:test_vit4"], "strategy": "frozen", "augmentation": ["flip"]},
        {"backbone": "squeezenet1_1", "strategy": "partial"},
    )

    def run(name: str, *more: str) -> dict[str, bytes]:
        threads = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}  # threads that spin wait for each other's turn
        environment = {**os.environ, **threads, "LEAFGRAFT_CACHE": str(tmp_path / f"cache-{name}")}
        command = [sys.executable, "-m", "leafgraft", "run", str(file), "--out", str(tmp_path / name), "--quiet", *more]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        found = sorted((tmp_path / name).glob("trials/*/*.npz"))
        files = [*found, *(tmp_path / name / one for one in ("evaluation.json", "verdict.json", "diagnosis.json"))]
        return {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files}

    idle = run("idle")
    with busy(2):
        loaded = run("loaded", "--jobs", "2")
    assert len(idle) == 3 + 3
    assert [name for name in idle if idle[name] != loaded.get(name)] == []
    engines = {one["engine"] for one in json.loads((tmp_path / "loaded" / "plan.json").read_text())["engines"]}
    assert engines == {"eager", "onnxruntime"}
