"""Finished trials answer second folders that are new or other ones, and nothing is trained for that."""

import json
from dataclasses import replace

import numpy as np
import pytest
from drawn_trials import Talk, draw_folder, draw_inputs, draw_trial

from leafgraft.records.recipe import Training
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.training.launch import run_trials
from leafgraft.training.workers import jobs

QUICK = Training(epochs=2, batch_size=8)
TRIALS = [draw_trial(strategy=one, training=QUICK) for one in ("probe", "frozen", "uniform")]
KEPT = ("weights.safetensors", "predictions.npz", "history.csv", "trial.json")


def run(folder, inputs, talk=None):
    folder.path.mkdir(exist_ok=True)
    assert run_trials(TRIALS, lambda _trial: inputs, folder, talk or Talk()) == {}


def files(folder, key):
    """Time and bytes of what training leaves."""
    paths = [folder.trial(key).path / name for name in KEPT]
    return [(path.stat().st_mtime_ns, path.read_bytes()) for path in paths]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory):
    """The study with a second folder from the beginning."""
    path = tmp_path_factory.mktemp("at_once")
    run(StudyFolder(path / "study"), draw_inputs(path / "cache", second=5))
    return StudyFolder(path / "study")


def train_no_more(monkeypatch):
    monkeypatch.setattr(jobs, "train_trials", lambda *_: pytest.fail("a finished trial was trained again"))


def test_a_folder_that_is_added_changed_and_removed_trains_nothing(at_once, tmp_path, monkeypatch):
    folder, cache = StudyFolder(tmp_path / "study"), tmp_path / "cache"
    plain = draw_inputs(cache)
    run(folder, plain)
    before = {trial.key: files(folder, trial.key) for trial in TRIALS}
    train_no_more(monkeypatch)

    talk = Talk()
    run(folder, draw_inputs(cache, second=5), talk)
    assert talk.lines[0].startswith("New or changed second folders: 3 finished trials to answer them.")
    for trial in TRIALS:
        own, other = folder.trial(trial.key), at_once.trial(trial.key)
        assert own.also_test("field").read_bytes() == other.also_test("field").read_bytes()
        assert own.is_done("drawn")
        assert own.checksums().keys() == other.checksums().keys()

    marks = [(folder.trial(one.key).path / "done").stat().st_mtime_ns for one in TRIALS]
    run(folder, draw_inputs(cache, second=5))
    assert marks == [(folder.trial(one.key).path / "done").stat().st_mtime_ns for one in TRIALS]

    fewer = replace(plain, also_test={"field": draw_folder("b", 4, 32, 1), "barn": draw_folder("c", 3, 32, 2)})
    run(folder, fewer)
    assert [len(np.load(folder.trial(one.key).also_test("field"))["label"]) for one in TRIALS] == [4] * 3
    assert all(folder.trial(one.key).also_test("barn").is_file() for one in TRIALS)

    run(folder, plain)
    assert not list(folder.path.rglob("also_test-*"))
    assert all(folder.trial(one.key).is_done("drawn") for one in TRIALS)
    assert before == {trial.key: files(folder, trial.key) for trial in TRIALS}


def test_other_labels_of_the_same_photos_are_answered_anew(tmp_path, monkeypatch):
    folder, inputs = StudyFolder(tmp_path / "study"), draw_inputs(tmp_path / "cache", second=5)
    run(folder, inputs)
    train_no_more(monkeypatch)
    manifest, pixels = inputs.also_test["field"]
    first, *others = manifest.photos
    relabelled = replace(manifest, photos=(replace(first, label="LateBlight"), *others))
    run(folder, replace(inputs, also_test={"field": (relabelled, pixels)}))
    assert {int(np.load(folder.trial(one.key).also_test("field"))["label"][0]) for one in TRIALS} == {2}


def test_a_mark_of_an_earlier_version_counts_and_is_written_anew(tmp_path, monkeypatch):
    """Its fingerprint was of the second folders, too."""
    folder, inputs = StudyFolder(tmp_path / "study"), draw_inputs(tmp_path / "cache", second=5)
    run(folder, replace(inputs, fingerprint="of second folders too"))
    train_no_more(monkeypatch)
    assert not folder.trial(TRIALS[0].key).is_done("drawn")
    run(folder, replace(inputs, earlier=("of second folders too",)))
    assert all(folder.trial(one.key).is_done("drawn") for one in TRIALS)
    run(folder, draw_inputs(tmp_path / "cache"))


def test_a_run_that_is_killed_on_the_way_goes_on(tmp_path, monkeypatch):
    folder, inputs = StudyFolder(tmp_path / "study"), draw_inputs(tmp_path / "cache", second=5)
    run(folder, replace(inputs, also_test={}))
    train_no_more(monkeypatch)
    own = folder.trial(TRIALS[0].key)
    own.also_test("field").write_bytes(b"half")
    assert own.is_done("drawn")
    run(folder, inputs)
    assert own.is_done("drawn")
    assert own.also_test("field").name in json.loads((own.path / "done").read_text())["files"]
