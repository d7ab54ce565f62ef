"""Trials on a Ray cluster of several nodes: equal to one process, whatever happens to the nodes."""

import os
import sys
from collections import Counter
from dataclasses import replace

import pytest
from drawn_trials import Talk, draw_inputs, draw_trial

from leafgraft.errors import UsageError
from leafgraft.records.launch import Launch
from leafgraft.records.recipe import Training
from leafgraft.records.tuning import Range, Tuned, Tuning
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training import launch as launching
from leafgraft.training.launch import run_trials
from leafgraft.training.search import optuna_search as tune
from leafgraft.training.search.journal import open_storage

pytest.importorskip("ray", reason="ray is not installed: pip install leafgraft[ray]")

from ray.cluster_utils import Cluster

from leafgraft.training.workers import ray_cluster
from leafgraft.training.workers import ray_driver as ray_crew

os.environ.update(ray_cluster.QUIET)
QUICK = Training(epochs=3, batch_size=8)
STORE = {"num_cpus": 1, "object_store_memory": 80 * 1024**2, "memory": 4 * 1024**3}


class Kill(Talk):
    """Does something once a trial has had so many epochs."""

    def __init__(self, kill, seed, epochs):
        super().__init__()
        self.kill, self.seed, self.epochs = kill, seed, epochs

    def note(self, event, **fields):
        super().note(event, **fields)
        if event == "epoch" and fields["seed"] == self.seed:
            self.epochs -= 1
            if self.epochs == 0:
                self.kill()


@pytest.fixture(scope="module")
def cluster():
    found = Cluster(initialize_head=True, head_node_args={**STORE, "num_cpus": 0, "include_dashboard": False})
    found.add_node(**STORE)
    found.add_node(**STORE)
    yield found
    found.shutdown()


@pytest.fixture
def apart(monkeypatch):
    """Machines that do not see the driver's cache."""
    check = ray_crew.check_nodes
    monkeypatch.setattr(ray_crew, "check_nodes", lambda *given: check(*given) and False)
    monkeypatch.setattr(ray_crew, "CHECKPOINT_EVERY_S", 0.0)


def run(folder, trials, inputs, launch, talk=None):
    folder.path.mkdir(exist_ok=True)
    return run_trials(trials, lambda _trial: inputs, folder, talk or Talk(), launch)


def bits(folder, trials):
    return [folder.trial(trial.key).read_predictions().logits.tobytes() for trial in trials]


def features(talk):
    return Counter(name for name in talk.tasks if "features" in name)


def on(cluster, **more):
    return Launch(engine="ray", address=cluster.address, **more)


@pytest.mark.usefixtures("apart")
def test_a_cluster_gives_the_same_bits_as_one_process(cluster, tmp_path):
    trials = [draw_trial(training=QUICK, learning_rate=rate) for rate in (1e-2, 1e-3, 1e-4)]
    trials += [draw_trial(strategy="uniform", training=QUICK, batch_norm="fixed")]
    wild = draw_trial("squeezenet1_1", "uniform", optimizer="sgd", learning_rate=99.0, training=QUICK)
    one, many = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "many")
    alone, talk = Talk(), Talk()
    run(one, trials, draw_inputs(tmp_path / "other", second=6), Launch(), alone)
    failed = run(many, [*trials, wild], draw_inputs(tmp_path / "cache", second=6), on(cluster), talk)
    assert set(failed) == {wild.key}
    assert bits(one, trials) == bits(many, trials)
    assert all(many.trial(trial.key).is_done("drawn") for trial in trials)
    assert features(alone)
    assert features(talk) == features(alone)  # two nodes needed them; one made them
    assert not (tmp_path / "cache" / "features").exists()
    assert list((tmp_path / "cache" / "workers").iterdir()) == []


@pytest.mark.usefixtures("apart")
def test_the_trial_of_a_killed_node_is_done_elsewhere(cluster, tmp_path):
    long = replace(QUICK, epochs=24, patience=24)  # neither is done before the other has had two epochs
    trials = [draw_trial(strategy="uniform", training=long, seed=seed) for seed in range(2)]
    one, many = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "many")
    inputs = draw_inputs(tmp_path / "cache")
    run(one, trials, inputs, Launch())
    victim = cluster.add_node(**STORE)
    talk = Kill(lambda: kill(cluster, victim), seed=1, epochs=2)
    others = [node for node in cluster.list_all_nodes()[1:] if node is not victim]
    cluster.remove_node(others[0])  # two are left: both are at work
    assert run(many, trials, inputs, on(cluster), talk) == {}
    cluster.add_node(**STORE)
    assert bits(one, trials) == bits(many, trials)
    assert [one["event"] for one in talk.events].count("worker lost") == 1
    assert any("The trial is tried again" in line for line in talk.lines)


def kill(cluster, node):
    cluster.remove_node(node, allow_graceful=False)


def test_machines_that_see_the_cache_use_it(cluster, tmp_path):
    trials = [draw_trial(training=QUICK, seed=seed) for seed in range(2)]
    one, many = StudyFolder(tmp_path / "one"), StudyFolder(tmp_path / "many")
    run(one, trials, draw_inputs(tmp_path / "other"), Launch())
    run(many, trials, draw_inputs(tmp_path / "cache"), on(cluster))
    assert bits(one, trials) == bits(many, trials)
    assert list((tmp_path / "cache" / "features").glob("*.npy"))


def test_a_search_asks_the_driver_after_each_epoch(cluster, tmp_path, monkeypatch):
    recipe = replace(draw_trial(training=QUICK).recipe, name="squeezenet1_1 frozen")
    tuned = Tuned(recipe, Tuning({"learning_rate": Range(1e-4, 1e-1, log=True)}, 4))
    search = tune.open_search(open_storage(tmp_path / "journal"), tuned, QUICK, "drawn", Talk())
    monkeypatch.setattr(tune.Search, "goes_on", lambda _self, job, epoch, _loss: job.proposal < 2 or epoch < 1)
    folder = StudyFolder(tmp_path / "study")
    inputs = {32: draw_inputs(tmp_path / "cache")}
    with launching.open_executor(on(cluster), [draw_trial(training=QUICK)], inputs, folder, Talk(), 4) as executor:
        executor.work(search)
    told = tune.search_to_json(search)
    assert (told["complete"], told["pruned"], told["failed"]) == (2, 2, 0)
    assert [one["epochs"] for one in told["trials"]] == [3, 3, 2, 2]
    assert not folder.path.exists()


def test_a_cluster_that_does_not_answer_is_said():
    with pytest.raises(UsageError, match=r"must answer at '127.0.0.1:9'.*ray start --head"):
        launching.check_launch(Launch(engine="ray", address="127.0.0.1:9"), "cpu")
    with pytest.raises(UsageError, match="Ray Client"):
        launching.check_launch(Launch(engine="ray", address="ray://127.0.0.1:10001"), "cpu")


def test_a_trial_too_large_for_every_machine_is_refused(cluster, tmp_path):
    trials = [draw_trial(training=QUICK)]
    with pytest.raises(UsageError, match="the largest has 1 CPUs"):
        run(StudyFolder(tmp_path / "study"), trials, draw_inputs(tmp_path / "cache"), on(cluster, cpus=64.0))
    with pytest.raises(UsageError, match="leave --gpus out"):
        run(StudyFolder(tmp_path / "study"), trials, draw_inputs(tmp_path / "cache"), on(cluster, gpus=1.0))


def test_other_versions_are_refused(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_cluster, "versions", lambda: {"torch": "9.9"})
    with pytest.raises(UsageError, match="must have the same versions"):
        run(StudyFolder(tmp_path / "s"), [draw_trial(training=QUICK)], draw_inputs(tmp_path / "cache"), on(cluster))


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "leafgraft.training.workers.ray_cluster", raising=False)
    with pytest.raises(UsageError, match=r'pip install "leafgraft\[ray\]"'):
        launching.check_launch(Launch(engine="ray"), "cpu")
