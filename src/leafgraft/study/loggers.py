"""Epochs in TensorBoard and MLflow, for those who watch their trainings there. Both belong to the extra 'loggers'."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from leafgraft.errors import StudyFolderError, UsageError
from leafgraft.records.display import did_you_mean
from leafgraft.records.extras import of_an_extra
from leafgraft.records.progress import Advance, Progress

FIGURES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate", "seconds")
RUN_STARTED, EPOCH, RUN_ENDED = "run started", "epoch", "run ended"


class Logger(Protocol):
    """Takes the figures of every epoch."""

    def write(self, trial: str, epoch: int, figures: Mapping[str, float]) -> None:
        """Take the figures of one epoch; one that is trained again gives the same ones again."""

    def close(self) -> None:
        """Bring everything to where it belongs."""


class TensorBoard:
    """Writes event files: ``STUDY_DIR/tensorboard/KEY``."""

    def __init__(self, folder: Path) -> None:
        self._summary = import_module("tensorboard.summary")
        self._folder = folder / "tensorboard"
        self._writers: dict[str, Any] = {}

    def write(self, trial: str, epoch: int, figures: Mapping[str, float]) -> None:
        """Add one point to each curve of the trial."""
        if trial not in self._writers:
            self._writers[trial] = self._summary.Writer(str(self._folder / trial))
        for name, value in figures.items():
            self._writers[trial].add_scalar(name, value, epoch)
        self._writers[trial].flush()

    def close(self) -> None:
        """Close the event files."""
        for writer in self._writers.values():
            writer.close()


class MLflow:
    """Writes runs to ``$MLFLOW_TRACKING_URI``, else to ``STUDY_DIR/mlflow.db``."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nothing leaves the machine unasked
        tracking = import_module("mlflow.tracking")
        import_module("sqlalchemy")
        self._entities = import_module("mlflow.entities")
        self._client = tracking.MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder}/mlflow.db")
        name = f"leafgraft {folder.name}"
        known = self._client.get_experiment_by_name(name)
        self._experiment = known.experiment_id if known else self._client.create_experiment(name)
        self._runs: dict[str, str] = {}

    def write(self, trial: str, epoch: int, figures: Mapping[str, float]) -> None:
        """Add one point to each metric of the trial's run; a run that a stopped study left is gone on with."""
        if trial not in self._runs:
            self._runs[trial] = self._find(trial) or self._start(trial)
        metrics = [self._entities.Metric(name, value, 0, epoch) for name, value in figures.items()]
        self._client.log_batch(self._runs[trial], metrics=metrics)

    def _find(self, trial: str) -> str:
        found = self._client.search_runs([self._experiment], f"attributes.run_name = '{trial}'", max_results=1)
        return str(found[0].info.run_id) if found else ""

    def _start(self, trial: str) -> str:
        return str(self._client.create_run(self._experiment, run_name=trial).info.run_id)

    def close(self) -> None:
        """Mark the runs as finished."""
        for run in self._runs.values():
            self._client.set_terminated(run)


LOGGERS: dict[str, type[TensorBoard | MLflow]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


class LoggedTo:
    """Progress whose epochs also go to loggers, from the moment a run says where its folder is.

    Args:
        shown: Shows everything to the person.
        names: Some of `LOGGERS`.

    Raises:
        UsageError: A name is unknown.
    """

    def __init__(self, shown: Progress, names: Sequence[str]) -> None:
        for name in names:
            if name not in LOGGERS:
                raise UsageError(
                    f"--log-to must name {' or '.join(LOGGERS)}.",
                    f"It is '{name}'.",
                    did_you_mean(name, LOGGERS, "Mend the name."),
                )
        self._shown, self._names = shown, tuple(dict.fromkeys(names))
        self._open: list[Logger] = []

    def task(self, name: str, total: int) -> AbstractContextManager[Advance]:
        """Show one task."""
        return self._shown.task(name, total)

    def say(self, line: str) -> None:
        """Print one line."""
        self._shown.say(line)

    def note(self, event: str, **fields: Any) -> None:
        """Pass an event on, and the figures of an epoch to the loggers.

        Raises:
            UsageError: A logger is not installed.
            StudyFolderError: A logger cannot write.
        """
        self._shown.note(event, **fields)
        try:
            if event == RUN_STARTED:
                with of_an_extra():
                    self._open = [LOGGERS[name](Path(fields["folder"])) for name in self._names]
            elif event == EPOCH:
                figures = {name: float(fields[name]) for name in FIGURES if name in fields}
                for logger in self._open:
                    logger.write(fields["trial"], fields["epoch"], figures)
            elif event == RUN_ENDED:
                while self._open:
                    self._open.pop().close()
        except UsageError:
            raise
        except Exception as error:  # what databases and servers raise has no common root
            raise StudyFolderError(
                f"Epochs must be logged to {' and '.join(self._names)}.",
                f"That failed: {' '.join(str(error).split())[:300]}.",
                "Mend it, or run the same command without --log-to: it goes on.",
            ) from error
