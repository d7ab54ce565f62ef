"""Trials in several processes: equal to one process, whatever happens to the workers."""

import multiprocessing
import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest
from drawn_trials import PlugPulledError, PullPlug, Talk, draw_inputs, draw_trial, train

from leafgraft.errors import UsageError
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Training
from leafgraft.storage.study_folder import StudyFolder, read_csv
from leafgraft.training.costs import memory
from leafgraft.training.fit.checkpoint import read_checkpoint, write_checkpoint
from leafgraft.training.launch import TrainingQueue, run_trials
from leafgraft.training.workers import process_pool as local
from leafgraft.training.workers.jobs import Job

SAYS_WHAT_IT_IS_DEAF_TO = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
STARTS_THE_TRACKER_WHILE_DEAF = """
import signal
from multiprocessing import resource_tracker
from leafgraft.training.workers.process_pool import deaf_to_ctrl_c
with deaf_to_ctrl_c():
    resource_tracker.ensure_running()  # as the first worker of a run does
    print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""
SPEAKS_TO_NOBODY = """
from multiprocessing import Pipe
from leafgraft.training.workers import process_task as worker
ours, theirs = Pipe()
ours.close()
worker.Pipe(theirs).{call}
"""
QUICK = Training(epochs=3, batch_size=8)
FILES = {"trial.json", "history.csv", "predictions.npz", "weights.safetensors", "done", "also_test-field.npz"}


def run(folder, trials, inputs, launch, talk=None):
    folder.path.mkdir(exist_ok=True)
    return run_trials(trials, lambda _trial: inputs, folder, talk or Talk(), launch)


def bits(folder, trial):
    return folder.trial(trial.key).read_predictions().logits.tobytes()


def events(talk):
    return [one["event"] for one in talk.events]


def workers():
    servers = [child for child in psutil.Process().children() if "forkserver" in " ".join(child.cmdline())]
    return [worker for server in servers for worker in server.children()]


class KillWorkers(Talk):
    """Kills all workers, without any warning, when a trial begins in one of them; so many times."""

    def __init__(self, title, times):
        super().__init__()
        self.title, self.times = title, times

    @contextmanager
    def task(self, name, total):
        if name == self.title and self.times:
            self.times -= 1
            for worker in workers():
                worker.kill()
        yield lambda _steps: None


def test_two_workers_give_the_same_bits_as_one_process(tmp_path):
    inputs = draw_inputs(tmp_path / "cache", second=6)
    trials = [draw_trial(training=QUICK, seed=seed) for seed in range(2)]
    trials += [draw_trial(strategy="uniform", training=QUICK, batch_norm="fixed")]
    wild = draw_trial("squeezenet1_1", "uniform", optimizer="sgd", learning_rate=99.0, training=QUICK)
    one, two = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "two")
    assert run(one, trials, draw_inputs(tmp_path / "other", second=6), Launch()) == {}
    talk = Talk()
    failed = run(two, [*trials, wild], inputs, Launch(jobs=2), talk)
    assert set(failed) == {wild.key}
    assert "Lower learning_rate" in failed[wild.key]
    for trial in trials:
        assert bits(one, trial) == bits(two, trial)
        assert {path.name for path in (two.path / "trials" / trial.key).iterdir()} == FILES
        assert two.trial(trial.key).is_done("drawn")
    assert sorted(events(talk)) == ["trial done"] * 3 + ["trial failed"]
    assert workers() == []
    assert list((tmp_path / "cache" / "workers").iterdir()) == []


@pytest.mark.slow
def test_workers_that_are_spawned_as_on_windows_give_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "get_context", lambda _method: multiprocessing.get_context("spawn"))
    inputs, trial = draw_inputs(tmp_path / "cache"), draw_trial(training=QUICK)
    alone, several = StudyFolder(tmp_path / "alone"), StudyFolder(tmp_path / "several")
    other = draw_trial(training=QUICK, seed=1)
    assert run(alone, [trial, other], inputs, Launch()) == run(several, [trial, other], inputs, Launch(jobs=2))
    for one in (trial, other):
        assert bits(several, one) == bits(alone, one)


def test_the_trial_of_a_lost_worker_is_tried_again(tmp_path):
    trials = [draw_trial(strategy="uniform", training=QUICK, seed=seed) for seed in range(2)]
    one, two = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "two")
    inputs = draw_inputs(tmp_path / "cache")
    run(one, trials, inputs, Launch())
    talk = KillWorkers("squeezenet1_1, seed 1", times=1)
    assert run(two, trials, inputs, Launch(jobs=2), talk) == {}
    assert talk.times == 0
    assert [bits(one, trial) for trial in trials] == [bits(two, trial) for trial in trials]
    assert "worker lost" in events(talk)
    assert any("was killed (SIGKILL). The trial is tried again" in line for line in talk.lines)


def test_a_trial_that_loses_every_worker_fails_and_the_next_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(local, "MOST_TRIES", 2)
    trials = [draw_trial("resnet18", training=QUICK), draw_trial(training=QUICK)]
    folder, talk = StudyFolder(tmp_path / "study"), KillWorkers("resnet18, seed 0", times=2)
    lost = folder.trial(trials[0].key)
    lost.path.mkdir(parents=True)
    (lost.path / "done").write_text("of other weights")
    queue = TrainingQueue(deque(Job(trial, "drawn") for trial in trials), folder, talk, lambda _steps: None)
    with local.open_workers(1, {32: draw_inputs(tmp_path / "cache")}, folder, talk) as executor:
        executor.work(queue)
    assert set(queue.failed) == {trials[0].key}
    assert "2 were lost, the last: worker process" in queue.failed[trials[0].key]
    assert folder.trial(trials[1].key).is_done("drawn")
    assert not lost.has_mark()


def test_a_cut_trial_goes_on_in_a_worker(tmp_path, monkeypatch):
    monkeypatch.setattr("leafgraft.training.trial.CHECKPOINT_EVERY_S", 0.0)
    trials = [draw_trial(strategy="uniform", training=QUICK, seed=seed) for seed in range(2)]
    one, two = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "two")
    inputs = draw_inputs(tmp_path / "cache")
    run(one, trials, inputs, Launch())
    with pytest.raises(PlugPulledError):
        train(trials[0], inputs, two.trial(trials[0].key).path, PullPlug(after_epochs=2))
    path = two.trial(trials[0].key).checkpoint
    parts, state = read_checkpoint(path)
    state["fit"]["history"][0]["seconds"] = 123.0
    write_checkpoint(path, parts, state)
    run(two, trials, inputs, Launch(jobs=2))
    assert [bits(one, trial) for trial in trials] == [bits(two, trial) for trial in trials]
    seconds = [row["seconds"] for row in read_csv(two.trial(trials[0].key).history)]
    assert seconds[0] == "123.0"
    assert not path.exists()


def test_too_many_trials_for_the_memory_are_refused_before_they_start(inputs, tmp_path, monkeypatch):
    trials = [draw_trial(training=QUICK, seed=seed) for seed in range(4)]
    monkeypatch.setattr(memory, "free_bytes", lambda _device: 2 * memory.PROCESS_BYTES + 300 * 1024**2)
    folder = StudyFolder(tmp_path / "study")
    with pytest.raises(UsageError, match="Use --jobs 2"):
        run(folder, trials, inputs, Launch(jobs=4))
    assert not (folder.path / "trials").exists()


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_process_never_hears_ctrl_c_not_even_while_it_loads():
    with local.deaf_to_ctrl_c():
        assert python(SAYS_WHAT_IT_IS_DEAF_TO).stdout == "True\n"
    assert python(SAYS_WHAT_IT_IS_DEAF_TO).stdout == "False\n"


@pytest.mark.parametrize("call", ["send(worker.Started())", "receive()", "ask(worker.Asks(0, 1.0))"])
def test_a_worker_whose_driver_is_gone_leaves_without_a_word(call):
    done = python(SPEAKS_TO_NOBODY.format(call=call))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_the_first_worker_of_a_run_hears_no_ctrl_c_while_it_loads():
    done = subprocess.run(
        [sys.executable, "-c", STARTS_THE_TRACKER_WHILE_DEAF], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(("devices", "shown"), [(1, ["0", "1", "2", "3", "0"]), (2, ["0,1", "2,3", "0,1"])])
def test_each_worker_is_shown_as_many_gpus_as_its_trials_take(inputs, tmp_path, monkeypatch, devices, shown):
    monkeypatch.setattr(local.torch.cuda, "device_count", lambda: 4)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    of_gpu = {32: replace(inputs, device="cuda", devices=devices)}
    pool = local.Workers(len(shown), of_gpu, StudyFolder(tmp_path), tmp_path, Talk())
    for slot, wanted in enumerate(shown):
        assert pool._gpu(slot) == {"CUDA_VISIBLE_DEVICES": wanted}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    assert pool._gpu(0) == {"CUDA_VISIBLE_DEVICES": ",".join(["5", "7"][:devices])}


def test_the_next_worker_is_shown_the_gpu_of_the_lost_one(inputs, tmp_path, monkeypatch):
    shown = []

    def process(target, args):
        shown.append(args[1].variables["CUDA_VISIBLE_DEVICES"])
        return SimpleNamespace(start=lambda: None)

    told = {"set_forkserver_preload": lambda _: None, "Pipe": multiprocessing.Pipe, "Process": process}
    monkeypatch.setattr(local, "get_context", lambda _method: SimpleNamespace(**told))
    monkeypatch.setattr(local.torch.cuda, "device_count", lambda: 3)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    pool = local.Workers(3, {32: replace(inputs, device="cuda")}, StudyFolder(tmp_path), tmp_path, Talk())
    team = [pool._start() for _ in range(3)]
    pool._team.remove(team[1])
    team.append(pool._start())
    assert shown == ["0", "1", "2", "1"]
    for worker in team:
        worker.connection.close()
