"""Where a trial stands, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leafgraft.records.display import counted
from leafgraft.records.recipe import Training
from leafgraft.records.strategy import Phase

Row = dict[str, Any]


@dataclass(slots=True)
class TrainingState:
    """Where a trial stands.

    Attributes:
        epoch: Next epoch, counted from 0.
        history: One row per finished epoch.
        best_epoch: Epoch of the lowest validation loss; -1 before the first has ended.
        best_loss: The lowest validation loss, in nats.
        waited: Epochs since, within the present phase.
        stopped: Why it ended, once it has; empty before.
        seconds: Seconds spent on its epochs so far.
    """

    epoch: int = 0
    history: list[Row] = field(default_factory=list)
    best_epoch: int = -1
    best_loss: float = float("inf")
    waited: int = 0
    stopped: str = ""
    seconds: float = 0.0

    def begin_epoch(self, phase: Phase) -> None:
        """A new phase starts with full patience.

        Args:
            phase: Phase that the next epoch belongs to.
        """
        self.waited = 0 if phase.from_epoch == self.epoch else self.waited

    def end_epoch(self, figures: Row, phase: Phase, last_phase: Phase, training: Training) -> bool:
        """Note an epoch's figures, and stop if epochs or patience are used up; whether it is the best so far.

        Early stopping watches the plain cross-entropy on validation, so that it means the same for every loss. No trial
        stops before its last phase has begun.

        Args:
            figures: ``train_loss``, ``train_accuracy``, ``validation_loss``, ``validation_accuracy``,
                ``learning_rate`` of the head, ``rates`` of every part that learns, and ``seconds``.
            phase: Phase of this epoch.
            last_phase: Last phase of the strategy.
            training: Most epochs, and the patience in epochs.
        """
        improved = bool(figures["validation_loss"] < self.best_loss)
        self.waited = 0 if improved else self.waited + 1
        if improved:
            self.best_loss, self.best_epoch = figures["validation_loss"], self.epoch
        self.seconds += figures["seconds"]
        self.history.append(
            {
                "epoch": self.epoch,
                **figures,
                "learning": "+".join(("head", *phase.learning)),
                "seconds": round(figures["seconds"], 3),
            }
        )
        self.epoch += 1
        if self.epoch >= training.epochs:
            self.stopped = "all epochs done"
        elif self.waited >= training.patience and self.epoch > last_phase.from_epoch:
            self.stopped = f"no lower validation loss for {counted(training.patience, 'epoch')}"
        return improved
