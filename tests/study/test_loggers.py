"""Epochs reach TensorBoard and MLflow, whatever stops the run."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.progress import Silent
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.loggers import LoggedTo
from leafgraft.study.progress_log import ProgressLog


def run(folder: Path, name: str, epochs: range, *, whole: bool = True) -> None:
    """What a run tells of two trials."""
    folder.mkdir(exist_ok=True)
    progress_log = ProgressLog(LoggedTo(Silent(), [name]), StudyFolder(folder))
    progress_log.enter("training")
    for epoch in epochs:
        for trial in ("vgg16-s0", "vgg16-s1"):
            figures = {"train_loss": 1 / (epoch + 1), "validation_loss": 2 / (epoch + 1), "learning": "head"}
            progress_log.note("epoch", trial=trial, epoch=epoch, seconds=0.5, **figures)
    if whole:
        progress_log.enter("")


def test_tensorboard_event_files(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(tmp_path / "study", "tensorboard", range(2), whole=False)
    run(tmp_path / "study", "tensorboard", range(1, 4))
    assert sorted(one.name for one in (tmp_path / "study" / "tensorboard").iterdir()) == ["vgg16-s0", "vgg16-s1"]
    read = EventAccumulator(str(tmp_path / "study" / "tensorboard" / "vgg16-s0"))
    read.Reload()
    assert set(read.Tags()["tensors"]) == {"train_loss", "validation_loss", "seconds"}
    points = {event.step: event.tensor_proto.float_val[0] for event in read.Tensors("validation_loss")}
    assert points == {epoch: pytest.approx(2 / (epoch + 1)) for epoch in range(4)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # mlflow's, of sqlalchemy
def test_mlflow_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    from mlflow.tracking import MlflowClient

    run(tmp_path / "study", "mlflow", range(2), whole=False)
    run(tmp_path / "study", "mlflow", range(1, 4))
    client = MlflowClient(f"sqlite:///{tmp_path / 'study' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("leafgraft study")
    runs = {one.info.run_name: one for one in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"vgg16-s0", "vgg16-s1"}
    assert all(one.info.status == "FINISHED" for one in runs.values())
    history = client.get_metric_history(runs["vgg16-s1"].info.run_id, "train_loss")
    assert {one.step: one.value for one in history} == {epoch: pytest.approx(1 / (epoch + 1)) for epoch in range(4)}


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'mlflow'"):
        LoggedTo(Silent(), ["mlfow"])


@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_a_missing_extra_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in [one for one in sys.modules if one.split(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    real = builtins.__import__

    def without(module: str, *others: Any, **more: Any) -> Any:
        if module.split(".", maxsplit=1)[0] == name:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return real(module, *others, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("leafgraft.study.loggers.import_module", without)
    with pytest.raises(UsageError, match=r'pip install "leafgraft\[loggers\]"'):
        run(tmp_path / "study", name, range(1))


def test_a_logger_that_cannot_write_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tensorboard")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "tensorboard").write_text("in the way")
    with pytest.raises(StudyFolderError, match="without --log-to"):
        run(tmp_path / "study", "tensorboard", range(1))
