"""One head among others that are trained together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from torch import Tensor, nn

from leafgraft.choices.schedulers.schedule import Plateau, Schedule
from leafgraft.errors import TrainingError
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Choice, Trial
from leafgraft.records.strategy import Phase
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.fit.saved_state import read_fit
from leafgraft.training.photos.inputs import TrialInputs

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(slots=True, eq=False)
class Member:
    """One head of a batch.

    Attributes:
        trial: That it is of.
        folder: Folder of the trial.
        head: As it begins, and as it was when the batch was last put together.
        loss: Logits and soft targets to a loss per photo.
        schedule: Factor on its rate.
        fit: Where it stands.
        best: What it learned up to its best epoch, by name.
        moments: Of its optimizer, by name and moment, until the batch takes them.
        failed: Why it cannot go on.
    """

    trial: Trial
    folder: TrialFolder
    head: nn.Module
    loss: Loss
    schedule: Schedule | Plateau
    fit: TrainingState = field(default_factory=TrainingState)
    best: dict[str, Tensor] = field(default_factory=dict)
    moments: dict[str, Tensor] = field(default_factory=dict)
    failed: TrainingError | None = None

    @property
    def seed(self) -> int:
        """Seed of the order of its photos and of its dropout masks."""
        return self.trial.seed

    def resume(self, inputs: TrialInputs, progress: Progress) -> None:
        """Go on from the checkpoint, if there is one of the same photos, splits and weights."""
        self.fit, parts = read_fit(self.trial, self.folder, self.schedule, inputs, progress)
        if parts:
            self.head.load_state_dict(_of_head(parts["now"]))
            self.best, self.moments = parts["best"], parts.get("optimizer", {})

    def take_best(self) -> None:
        """Make the head what it was after its best epoch."""
        self.head.load_state_dict(_of_head(self.best))

    def moves(self, phase: Phase) -> tuple[str, float, object]:
        """How an optimizer moves it, at which peak rate, and how its rate moves."""
        recipe = self.trial.recipe
        peak = float(recipe.learning_rate or 0) * phase.rate_scale.get("head", 1.0)
        rates = self.trial.key if isinstance(self.schedule, Plateau) else choice_text(recipe.scheduler)
        return choice_text(recipe.optimizer), peak, rates


def _of_head(named: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix("head."): value for name, value in named.items()}


def choice_text(choice: Choice) -> str:
    """A choice, wherever it was written."""
    return repr(replace(choice, where=""))
