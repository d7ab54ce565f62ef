"""The training loop of one trial: phases, epochs, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from leafgraft.choices.heads.build import AUXILIARY_WEIGHT
from leafgraft.choices.heads.standardisation import Standardisation
from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.errors import TrainingError
from leafgraft.records.recipe import Recipe, Training
from leafgraft.records.strategy import Phase
from leafgraft.training.distributed.process_group import Team
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.network import Network
from leafgraft.training.phases import make_optimizer, phase_at, set_phase
from leafgraft.training.photos.photo_rows import epoch_batches


class Feed(Protocol):
    """Gives the loop its batches."""

    cut: int

    @property
    def on_features(self) -> bool:
        """Whether batches are pooled features: only heads learn."""

    def __len__(self) -> int:
        """Number of training photos."""

    def enter(self, phase: Phase, epoch: int) -> None:
        """Get ready for an epoch.

        Args:
            phase: Phase that the epoch belongs to.
            epoch: Epoch, counted from 0.
        """

    def batch(self, positions: NDArray[np.int64], epoch: int) -> tuple[Tensor, Tensor]:
        """Inputs after `cut` stages, and soft targets of shape (B, C).

        Args:
            positions: Positions of the batch among the training photos, shape (B,).
            epoch: Epoch that asks, counted from 0.
        """

    def counts(self, positions: NDArray[np.int64]) -> Tensor | None:
        """How much each photo counts in the loss; None where all count once.

        Args:
            positions: Positions of the batch among the training photos, shape (B,).
        """

    def validation(self) -> tuple[Tensor, Tensor]:
        """Logits and class indices of the validation photos."""


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Use so many threads. The steps of a head are too small to share: on a busy machine threads only wait.

    Args:
        count: Number of torch's threads within the block.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(slots=True, eq=False)
class Loop:
    """Everything that one trial's training works with.

    Attributes:
        team: The processes that train it; one, mostly.
        network: What learns.
        phases: Which stages learn from which epoch on.
        recipe: Resolved recipe of the trial.
        training: Most epochs, patience in epochs, and batch size.
        seed: Seed of the trial; fixes order and dropout.
        loss: Takes logits and soft targets, both of shape (B, C), to a loss per photo, shape (B,).
        schedule: Factor on the peak rates of all parts.
        feed: Batches of training photos, and the validation photos.
        standardisation: Standardisation of the features that the head reads, if it learned from frozen ones first.
        optimizer: Optimizer of the present phase; None before the first.
    """

    team: Team
    network: Network
    phases: Sequence[Phase]
    recipe: Recipe
    training: Training
    seed: int
    loss: Callable[[Tensor, Tensor], Tensor]
    schedule: Schedule | Plateau
    feed: Feed
    standardisation: Standardisation | None = None
    optimizer: torch.optim.Optimizer | None = None

    def run(self, fit: TrainingState, after_epoch: Callable[[TrainingState, bool], None]) -> TrainingState:
        """Train until the epochs or the patience are used up.

        Args:
            fit: Where the trial stands; changed in place.
            after_epoch: Called with the fit, and whether its last epoch is the best so far.

        Raises:
            TrainingError: The loss is not a number.
        """
        while not fit.stopped:
            started_s = time.monotonic()
            phase = self.enter_phase(fit.epoch)
            fit.begin_epoch(phase)
            train_loss, train_accuracy, rate = self._epoch(fit.epoch)
            logits, labels = self.feed.validation()
            validation_loss = float(cross_entropy(logits, labels))
            check_loss(validation_loss, self.recipe, fit.epoch)
            self.schedule.observe(validation_loss)
            figures = {
                "train_loss": train_loss,
                "train_accuracy": train_accuracy,
                "validation_loss": validation_loss,
                "validation_accuracy": float((logits.argmax(dim=1) == labels).float().mean()),
                "learning_rate": rate,
                "rates": self._rates(),
                "seconds": time.monotonic() - started_s,
            }
            improved = fit.end_epoch(figures, phase, self.phases[-1], self.training)
            after_epoch(fit, improved)
        return fit

    def enter_phase(self, epoch: int) -> Phase:
        """Set learning stages, optimizer and batches for an epoch.

        Args:
            epoch: Epoch, counted from 0.
        """
        phase = phase_at(self.phases, epoch)
        if self.optimizer is None or phase.from_epoch == epoch:
            set_phase(self.network, phase, self.recipe.batch_norm)
            made = make_optimizer(self.network, phase, self.recipe, self.optimizer)
            self.optimizer = made
        self.feed.enter(phase, epoch)
        return phase

    def _rates(self) -> str:
        """The last rate of each part that learns, as ``head=0.001+layer4=0.0001``."""
        groups = self.optimizer.param_groups if self.optimizer else []
        return "+".join(f"{group['name']}={group['lr']:.4g}" for group in groups)

    def _epoch(self, epoch: int) -> tuple[float, float, float]:
        """One pass over the training photos: mean loss, accuracy, and the head's last rate."""
        set_phase(self.network, phase_at(self.phases, epoch), self.recipe.batch_norm)
        batches = epoch_batches(len(self.feed), self.training.batch_size, self.seed, epoch)
        losses, right, factor = 0.0, 0, 1.0
        with torch.random.fork_rng(devices=[]), threads(1 if self.feed.on_features else torch.get_num_threads()):
            torch.manual_seed(dropout_seed(self.seed, epoch))
            for step, positions in enumerate(batches):
                factor = self.schedule.factor(epoch, step)
                loss, hits = self.step(positions, epoch, factor)
                check_loss(loss, self.recipe, epoch)
                losses, right = losses + loss * len(positions), right + hits
        rate = float(self.optimizer.param_groups[0]["peak"]) * factor if self.optimizer else 0.0
        return losses / len(self.feed), right / len(self.feed), rate

    def step(self, positions: NDArray[np.int64], epoch: int, factor: float) -> tuple[float, int]:
        """Learn from some photos: their mean loss, and how many are right.

        Args:
            positions: Positions of the batch among the training photos, shape (B,).
            epoch: Epoch of the step, counted from 0.
            factor: Factor on the peak rate of every part.

        Raises:
            RuntimeError: `enter_phase` was not called.
        """
        if self.optimizer is None:
            raise RuntimeError("enter_phase comes first")
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * factor
        own, weight = self.team.own_part(positions)
        maps, targets = self.feed.batch(own, epoch)
        counts = self.feed.counts(own)
        with self.team.fabric.autocast():
            logits, auxiliary = self.network(maps, self.feed.cut)
            loss = mean_loss(self.loss(logits.float(), targets), counts)
            for other in auxiliary:
                loss = loss + AUXILIARY_WEIGHT * mean_loss(self.loss(other.float(), targets), counts)
        right = (logits.argmax(dim=1) == targets.argmax(dim=1)).sum()
        if self.team.size > 1:
            loss, right = loss * weight, right * weight * len(positions) / len(own)
        self.optimizer.zero_grad(set_to_none=True)
        self.team.fabric.backward(loss)
        self.team.add_up(group_parameters(self.optimizer))
        self.optimizer.step()
        return float(self.team.sum(loss.detach())), round(float(self.team.sum(right.float())))


def mean_loss(loss_n: Tensor, counts_n: Tensor | None) -> Tensor:
    """Mean loss over the last dimension, each photo as often as it counts.

    Args:
        loss_n: Loss of each photo, shape (..., N).
        counts_n: How often each photo counts, shape (N,); the sum is divided by N all the same. None: once.

    Example:
        >>> float(mean_loss(torch.tensor([1.0, 3.0]), torch.tensor([1.5, 0.5])))
        1.5
    """
    return (loss_n if counts_n is None else loss_n * counts_n).mean(dim=-1)


def group_parameters(optimizer: torch.optim.Optimizer) -> Iterator[Tensor]:
    """All weights that an optimizer moves, in order."""
    return (parameter for group in optimizer.param_groups for parameter in group["params"])


def dropout_seed(seed: int, epoch: int) -> int:
    """Seed of an epoch's masks: the same after a resume, and no larger than torch takes.

    Args:
        seed: Seed of the trial.
        epoch: Epoch, counted from 0.

    Example:
        >>> dropout_seed(1, 2)
        1000005
    """
    return (seed * 1_000_003 + epoch) % 2**64


def check_loss(loss: float, recipe: Recipe, epoch: int) -> None:
    """Refuse a loss that is not a number.

    Args:
        loss: Loss of a batch, or of the validation photos.
        recipe: Recipe to name in the error.
        epoch: Epoch, counted from 0.

    Raises:
        TrainingError: It is infinite or not a number; the epoch and the rate are said.
    """
    if not np.isfinite(loss):
        raise TrainingError(
            f"The loss of '{recipe.name or recipe.backbone.name}' must be a number.",
            f"In epoch {epoch + 1} it is {loss}.",
            f"Lower learning_rate (it is {recipe.learning_rate:g}); with folded or few photos a batch, "
            "write 'batch_norm: fixed'.",
        )
