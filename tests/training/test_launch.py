from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_trial

from leafgraft.errors import UsageError
from leafgraft.records.recipe import Training
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training import launch
from leafgraft.training.launch import choose_device, run_trials
from leafgraft.training.workers import jobs

QUICK = Training(epochs=2, batch_size=8)


def test_every_trial_trains_once_and_says_one_line(inputs, tmp_path, monkeypatch):
    folder, talk = StudyFolder(tmp_path / "study"), Talk()
    trials = [draw_trial(training=QUICK, seed=seed) for seed in range(2)]
    folder.path.mkdir()
    assert run_trials(trials, lambda _trial: inputs, folder, talk) == {}
    assert len(talk.lines) == 2
    assert all("validation" in line and "2 epochs" in line for line in talk.lines)
    assert [entry["event"] for entry in talk.events] == ["trial done"] * 2

    monkeypatch.setattr(jobs, "train_trials", lambda *_: pytest.fail("a finished trial was trained again"))
    assert run_trials(trials, lambda _trial: inputs, folder, talk) == {}
    assert len(talk.lines) == 2


@pytest.mark.parametrize("name", ["predictions.npz", "done", "weights.safetensors", "trial.json", "history.csv"])
def test_a_damaged_trial_is_named_and_trained_again(inputs, tmp_path, name):
    folder, trial = StudyFolder(tmp_path / "study"), draw_trial(training=QUICK)
    folder.path.mkdir()
    run_trials([trial], lambda _trial: inputs, folder, Talk())
    target = folder.trial(trial.key)
    logits = target.read_predictions().logits
    path = target.path / name
    path.write_bytes(path.read_bytes()[:-10])
    talk = Talk()
    run_trials([trial], lambda _trial: inputs, folder, talk)
    assert len(talk.lines) == 2
    assert name in talk.lines[0]
    assert "made anew" in talk.lines[0]
    assert target.is_done("drawn")
    assert (target.read_predictions().logits == logits).all()


def test_a_trial_that_fails_does_not_stop_the_others(inputs, tmp_path, monkeypatch):
    folder, talk = StudyFolder(tmp_path / "study"), Talk()
    folder.path.mkdir()
    wild = draw_trial("squeezenet1_1", "uniform", optimizer="sgd", learning_rate=99.0, training=QUICK)
    big = draw_trial(training=QUICK, seed=5)
    original = jobs.train_trials

    def full(trials, *others):
        if trials == [big]:
            raise torch.OutOfMemoryError
        yield from original(trials, *others)

    monkeypatch.setattr(jobs, "train_trials", full)
    good = draw_trial(training=QUICK)
    failed = run_trials([wild, big, good], lambda _trial: inputs, folder, talk)
    assert set(failed) == {wild.key, big.key}
    assert "Lower learning_rate" in failed[wild.key]
    assert "batch_size" in failed[big.key]
    assert folder.trial(good.key).is_done("drawn")
    assert len(talk.lines) == 3
    failures = [entry for entry in talk.events if entry["event"] == "trial failed"]
    assert {entry["trial"] for entry in failures} == {wild.key, big.key}


def test_what_a_failed_trial_held_of_before_does_not_count(inputs, tmp_path, monkeypatch):
    """Of other weights: its figures were shown as those of the failed one."""
    folder, trial = StudyFolder(tmp_path / "study"), draw_trial(training=QUICK)
    folder.path.mkdir()
    run_trials([trial], lambda _trial: inputs, folder, Talk())
    target = folder.trial(trial.key)
    target.checkpoint.write_bytes(b"of a run that was stopped")
    assert target.has_mark()
    monkeypatch.setattr(jobs, "train_trials", lambda *_: a_gpu_is_full())
    other = replace(inputs, fingerprint="other weights")
    assert set(run_trials([trial], lambda _trial: other, folder, Talk())) == {trial.key}
    assert not target.has_mark()
    assert list(target.path.iterdir()) == [target.checkpoint]


def numpy_allocates():
    np.empty(2**62, dtype=np.int8)


def torch_allocates():
    torch.empty(2**55)


def a_gpu_is_full():
    raise torch.OutOfMemoryError


def something_else():
    raise RuntimeError("shapes do not fit")


@pytest.mark.parametrize("happens", [numpy_allocates, torch_allocates, a_gpu_is_full])
def test_a_full_memory_fails_its_trial_and_says_what_to_set(inputs, tmp_path, monkeypatch, happens):
    folder = StudyFolder(tmp_path / "study")
    folder.path.mkdir()
    monkeypatch.setattr(jobs, "train_trials", lambda *_: happens())
    trial = draw_trial(training=QUICK)
    reason = run_trials([trial], lambda _trial: inputs, folder, Talk())[trial.key]
    assert "8 photos a batch at 32 px" in reason
    assert "Lower batch_size or image_size" in reason


def test_another_fault_is_not_taken_for_a_full_memory(inputs, tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "train_trials", lambda *_: something_else())
    with pytest.raises(RuntimeError, match="shapes"):
        run_trials([draw_trial(training=QUICK)], lambda _trial: inputs, StudyFolder(tmp_path), Talk())


def heads_on_one_backbone(monkeypatch):
    """Trials of three seeds whose backbone is the same, as pretrained ones are."""
    monkeypatch.setattr(launch, "head_group", lambda trial: trial.recipe.backbone.name)
    return [draw_trial(training=QUICK, seed=seed) for seed in range(3)]


def test_heads_on_the_same_features_are_trained_together(inputs, tmp_path, monkeypatch):
    folder, talk = StudyFolder(tmp_path / "study"), Talk()
    folder.path.mkdir()
    trials = heads_on_one_backbone(monkeypatch)
    other = draw_trial("timm:test_resnet", training=QUICK)
    assert run_trials([trials[0], other, *trials[1:]], lambda _trial: inputs, folder, talk) == {}
    assert [task for task in talk.tasks if "heads" in task] == ["squeezenet1_1, 3 heads"]
    assert all(folder.trial(trial.key).is_done("drawn") for trial in [*trials, other])


def test_heads_that_do_not_fit_together_are_trained_one_by_one(inputs, tmp_path, monkeypatch):
    folder, talk = StudyFolder(tmp_path / "study"), Talk()
    folder.path.mkdir()
    trials = heads_on_one_backbone(monkeypatch)
    original = jobs.train_trials

    def full(some, *others):
        yield from original(some[:1], *others)
        if len(some) > 1:
            raise torch.OutOfMemoryError

    monkeypatch.setattr(jobs, "train_trials", full)
    assert run_trials(trials, lambda _trial: inputs, folder, talk) == {}
    assert "2 trials that were trained together go on one by one" in talk.lines[1]
    assert all(folder.trial(trial.key).is_done("drawn") for trial in trials)


def test_the_device_is_the_one_that_is_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == "cpu"
    with pytest.raises(UsageError, match="This machine has cpu"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == "cuda"
    assert choose_device("cpu") == "cpu"
