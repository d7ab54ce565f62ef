"""How long a trial takes, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrialTime:
    """How long a trial is expected to take.

    Attributes:
        recipe: Its recipe's name; trials of one recipe stop about equally early.
        once_s: Seconds of what its epochs do not count.
        phases: Epochs of each phase and seconds of one of them, in order; none of a trial that tells of no epochs.
        least_epochs: Before it may stop.
        patience: Epochs that it goes on for after its lowest validation loss.
    """

    recipe: str
    once_s: float
    phases: tuple[tuple[float, float], ...] = ()
    least_epochs: float = 0.0
    patience: float = 0.0

    @property
    def most_epochs(self) -> float:
        """If it does not stop early."""
        return sum(epochs for epochs, _ in self.phases)

    def seconds(self, epochs: float) -> float:
        """Seconds that so many epochs take."""
        total_s, left = self.once_s, epochs
        for of_phase, epoch_s in self.phases:
            done = min(left, of_phase)
            total_s, left = total_s + done * epoch_s, left - done
        return total_s

    def expected_epochs(self, epochs: float = 0.0, best: float = 0.0) -> float:
        """How many epochs it runs for, after so many of which that one was the best so far.

        Half of the way from the first at which it may stop to the last; the less, the more of its patience is used up.
        The last phase begins with full patience.

        Args:
            epochs: That are done.
            best: Number of the one with the lowest validation loss, the first being 1.
        """
        least = min(self.most_epochs, max(self.least_epochs, best + self.patience, epochs))
        full_at = max(best, sum(of_phase for of_phase, _ in self.phases[:-1]))
        hope = 1 - min(1.0, max(0.0, epochs - full_at) / self.patience) if self.patience else 0.0
        return least + hope * (self.most_epochs - least) / 2
