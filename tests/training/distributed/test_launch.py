"""One trial over several processes: the same metrics as in one, and every photo once."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_inputs, draw_trial

from leafgraft.errors import TrainingError, UsageError
from leafgraft.records.recipe import Choice, Training
from leafgraft.storage.study_folder import TrialFolder, read_csv
from leafgraft.training.distributed.launch import check_devices, precision_on
from leafgraft.training.distributed.process_group import Team
from leafgraft.training.photos.photo_rows import epoch_batches
from leafgraft.training.trial import train_trial

QUICK = Training(epochs=2, batch_size=8)
PLAIN = {"training": QUICK, "optimizer": "sgd"}  # adamw makes steps of what is but rounding
DROPOUT = Choice("mlp", {"hidden": [8], "dropout": 0.5})


def train(trial, inputs, path):
    path.mkdir(parents=True)
    train_trial(trial, inputs, TrialFolder(path), Talk())
    return TrialFolder(path)


def test_bfloat16_where_a_gpu_has_it_in_hardware(monkeypatch):
    assert precision_on("cpu") == "32-true"
    for native, wanted in ((True, "bf16-mixed"), (False, "32-true")):
        answer = {True: True, False: native}  # an older GPU only imitates it
        monkeypatch.setattr(
            torch.cuda, "is_bf16_supported", lambda including_emulation=True, a=answer: a[including_emulation]
        )
        assert precision_on("cuda") == wanted


@pytest.mark.parametrize(("processes", "count", "batch_size"), [(2, 23, 8), (3, 25, 8), (4, 10, 4), (8, 11, 4)])
def test_no_photo_is_dropped_or_repeated(processes, count, batch_size):
    teams = [Team(SimpleNamespace(world_size=processes, global_rank=rank)) for rank in range(processes)]
    seen = np.zeros(count)
    for positions in epoch_batches(count, batch_size, 0, 0):
        parts = [team.own_part(positions) for team in teams]
        assert sum(weight for _, weight in parts) == pytest.approx(1.0)
        for own, weight in parts:
            np.add.at(seen, own, weight * len(positions) / len(own))
        if len(positions) >= processes:
            assert sorted(np.concatenate([own for own, _ in parts])) == sorted(positions)
    assert seen == pytest.approx(np.ones(count))


@pytest.mark.slow
@pytest.mark.parametrize(
    "trial",
    [
        draw_trial("resnet18", "uniform", learning_rate=1e-4, **PLAIN),
        draw_trial("squeezenet1_1", "uniform", head=DROPOUT, learning_rate=0.01, **PLAIN),
    ],
    ids=["shared statistics", "shared noise"],
)
def test_two_processes_reach_the_metrics_of_one(tmp_path, trial):
    inputs = draw_inputs(tmp_path / "cache", count=42)  # 28 to train on: the last batch is of four
    one = train(trial, inputs, tmp_path / "one")
    two = train(trial, replace(inputs, devices=2), tmp_path / "two")
    for alone, spread in zip(read_csv(one.history), read_csv(two.history), strict=True):
        for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
            assert float(spread[name]) == pytest.approx(float(alone[name]), rel=2e-3, abs=1e-4), name
    logits = [folder.read_predictions().logits for folder in (one, two)]
    assert logits[1] == pytest.approx(logits[0], rel=0.01, abs=0.01)
    assert two.is_done("drawn")


def test_a_loss_that_is_no_number_is_said_once(tmp_path):
    wild = draw_trial("squeezenet1_1", "uniform", optimizer="sgd", learning_rate=99.0, training=QUICK)
    with pytest.raises(TrainingError, match="Lower learning_rate"):
        train(wild, replace(draw_inputs(tmp_path / "cache"), devices=2), tmp_path / "two")


def test_more_devices_than_there_are_is_refused():
    with pytest.raises(UsageError, match="Use at most"):
        check_devices(100_000, "cpu")
    with pytest.raises(UsageError, match="there are 1"):
        check_devices(2, "mps")
