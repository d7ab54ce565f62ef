from dataclasses import dataclass

import numpy as np
import pytest
import torch
from drawn_trials import draw_trial
from lightning.fabric import Fabric
from torch import nn

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.choices.losses.build import build_loss
from leafgraft.choices.schedulers.build import build_schedule
from leafgraft.errors import TrainingError
from leafgraft.records.recipe import Choice, Training
from leafgraft.records.strategy import Phase
from leafgraft.training.distributed.process_group import Team
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.fit.loop import Loop, mean_loss
from leafgraft.training.network import Network


@dataclass
class Script:
    """Gives constant batches, and validation logits of the loss that the script says for each epoch."""

    losses: list
    cut: int = 0
    on_features = False
    epochs_seen: int = 0

    def __len__(self):
        return 8

    def enter(self, phase, epoch):
        pass

    def batch(self, positions, epoch):
        generator = torch.Generator().manual_seed(epoch)
        photos = torch.rand(len(positions), 3, 4, 4, generator=generator) * 255
        return photos, torch.nn.functional.one_hot(torch.from_numpy(positions) % 2, 2).float()

    def counts(self, positions):
        return None

    def validation(self):
        loss = self.losses[self.epochs_seen]
        self.epochs_seen += 1
        own = -np.log(np.expm1(loss)) if np.isfinite(loss) else float("nan")  # cross-entropy of logits (x, 0) for 0
        return torch.tensor([[own, 0.0]] * 3, dtype=torch.float64), torch.zeros(3, dtype=torch.long)


FROZEN = (Phase(0),)


def run(losses, phases=FROZEN, epochs=20, patience=3, scheduler="constant"):
    torch.manual_seed(0)
    backbone = Backbone({"stem": nn.Conv2d(3, 4, 1)}, nn.AdaptiveAvgPool2d(1), 4)
    trial = draw_trial(scheduler=scheduler, learning_rate=1e-2)
    loop = Loop(
        team=Team(Fabric(accelerator="cpu", devices=1)),
        network=Network(backbone, nn.Linear(4, 2)),
        phases=phases,
        recipe=trial.recipe,
        training=Training(epochs=epochs, patience=patience, batch_size=4),
        seed=0,
        loss=build_loss(trial.recipe.loss, np.array([4, 4])),
        schedule=build_schedule(trial.recipe.scheduler, epochs, 2),
        feed=Script(losses),
    )
    improved = []
    fit = loop.run(TrainingState(), lambda _fit, better: improved.append(better))
    return fit, improved


def test_it_stops_after_the_patience_and_keeps_the_best_epoch():
    fit, improved = run([1.0, 0.5, 0.6, 0.55, 0.51, 0.1, 0.1])
    assert (fit.epoch, fit.best_epoch) == (5, 1)
    assert fit.best_loss == pytest.approx(0.5)
    assert fit.stopped == "no lower validation loss for 3 epochs"
    assert improved == [True, True, False, False, False]


def test_it_stops_when_all_epochs_are_done():
    fit, _ = run([1.0, 0.9, 0.8, 0.7], epochs=4, patience=1)
    assert (fit.epoch, fit.best_epoch, fit.stopped) == (4, 3, "all epochs done")


def test_a_new_phase_starts_with_full_patience():
    phases = (Phase(0), Phase(2, ("stem",)))
    fit, _ = run([0.5, 0.6, 0.7, 0.8, 0.9, 1.0], phases)
    assert fit.epoch == 5
    assert [row["learning"] for row in fit.history] == ["head", "head", *["head+stem"] * 3]


def test_no_trial_stops_before_its_last_phase():
    fit, _ = run([0.5] + [0.6] * 5 + [0.4, 0.6, 0.6, 0.6], (Phase(0), Phase(6, ("stem",))), patience=2)
    assert (fit.epoch, fit.best_epoch) == (9, 6)


def test_a_last_phase_that_never_comes_does_not_hold_it_up_for_ever():
    fit, _ = run([0.5] * 6, (Phase(0), Phase(50, ("stem",))), epochs=6, patience=2)
    assert fit.stopped == "all epochs done"


def test_equal_loss_is_no_improvement():
    assert run([0.5] * 6)[0].best_epoch == 0


@pytest.mark.parametrize("losses", [[float("nan")], [0.5, float("inf")]])
def test_a_loss_that_is_no_number_stops_with_words(losses):
    with pytest.raises(TrainingError, match=rf"In epoch {len(losses)} .*Lower learning_rate"):
        run(losses)


def test_the_plateau_scheduler_sees_the_validation_loss():
    plateau = Choice("plateau", {"patience": 0, "factor": 0.5})
    fit, _ = run([0.5, 0.6, 0.7, 0.1], scheduler=plateau, epochs=4)
    rates = [row["learning_rate"] for row in fit.history]
    assert rates == pytest.approx([1e-2, 1e-2, 5e-3, 2.5e-3])


def test_history_holds_mean_loss_and_accuracy_of_training():
    fit, _ = run([0.5], epochs=1)
    row = fit.history[0]
    assert 0 < row["train_loss"] < 10
    assert row["train_accuracy"] in {count / 8 for count in range(9)}
    assert row["validation_accuracy"] == 1.0


def test_photos_count_as_often_as_they_are_said_to():
    losses = torch.tensor([[1.0, 2.0, 6.0], [0.0, 3.0, 3.0]])
    assert mean_loss(losses, None).tolist() == [3.0, 2.0]
    assert mean_loss(losses, torch.tensor([1.5, 1.5, 0.0])).tolist() == [1.5, 1.5]
