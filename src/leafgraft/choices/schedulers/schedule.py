"""How the learning rate moves: a factor on the recipe's rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Schedule:
    """A factor that depends on the time alone.

    Attributes:
        curve: Epochs passed (with fractions) to the factor.
        steps_per_epoch: Steps of one epoch.
        by_step: Whether the factor moves within an epoch.
    """

    curve: Callable[[float], float]
    steps_per_epoch: int
    by_step: bool = False

    def factor(self, epoch: int, step: int) -> float:
        """Factor on the recipe's rate.

        Args:
            epoch: Epoch, counted from 0.
            step: Step of the epoch, counted from 0.
        """
        return self.curve(epoch + step / self.steps_per_epoch if self.by_step else float(epoch))

    def observe(self, validation_loss: float) -> None:
        """Take note of an epoch's validation loss.

        Args:
            validation_loss: Mean loss of the validation photos, in nats; it has no part in the factor.
        """

    def state_dict(self) -> dict[str, Any]:
        """What must be kept to go on later."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a kept state."""


@dataclass(slots=True)
class Plateau:
    """A factor that falls once the validation loss has not fallen for a while, as torch's ReduceLROnPlateau.

    Attributes:
        drop: Factor of each fall.
        patience: Epochs without a better loss that are borne.
        threshold: A loss is better if it is lower by this share.
        now: Factor on the recipe's rate as it stands.
        best: Lowest validation loss so far.
        waited: Epochs since it, or since the last fall.
    """

    drop: float
    patience: int
    threshold: float
    now: float = 1.0
    best: float = float("inf")
    waited: int = 0

    def factor(self, epoch: int, step: int) -> float:
        """Factor on the recipe's rate, as it stands: neither argument has a part in it.

        Args:
            epoch: Epoch, counted from 0.
            step: Step of the epoch, counted from 0.
        """
        del epoch, step
        return self.now

    def observe(self, validation_loss: float) -> None:
        """Take note of an epoch's validation loss.

        Args:
            validation_loss: Mean loss of the validation photos, in nats.
        """
        if self.best == float("inf") or validation_loss < self.best - self.best * self.threshold:
            self.best, self.waited = validation_loss, 0
        else:
            self.waited += 1
        if self.waited > self.patience:
            self.now, self.waited = self.now * self.drop, 0

    def state_dict(self) -> dict[str, Any]:
        """What must be kept to go on later."""
        return {"now": self.now, "best": self.best, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a kept state.

        Args:
            state: State as `state_dict` gave it.
        """
        self.now, self.best, self.waited = state["now"], state["best"], state["waited"]
