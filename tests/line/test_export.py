"""From a study folder to a bundle, through the command line."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from leafgraft.storage.checksums import checksum_of_file


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "study"))


def test_run_ends_with_a_bundle(finished: Path) -> None:
    index = read(finished / "bundle" / "bundle.json")
    wanted = {
        *("format", "study", "recipe", "trial", "created", "leafgraft", "classes", "image_size", "temperature"),
        *("conformal", "known_leaf", "training_features", "parity", "int8", "figures", "versions", "files"),
    }
    assert wanted <= set(index)
    assert index["classes"] == ["EarlyBlight", "Healthy", "LateBlight"]
    assert index["parity"]["same_class"] == index["parity"]["photos"] > 0
    assert {"torch", "onnx", "onnxruntime", "leafgraft"} <= set(index["versions"])
    assert len(index["training_features"]["mean"]) == index["training_features"]["width"] == 512


def test_a_derived_verdict_is_stood_for_by_one_trial(finished: Path) -> None:
    index, verdict = read(finished / "bundle" / "bundle.json"), read(finished / "verdict.json")
    trained = {trial["key"] for trial in read(finished / "plan.json")["trials"]}
    assert index["trial"] in trained
    if verdict["trial"] not in trained:
        assert verdict["recipe"] in index["chosen"]


def test_predict_says_what_the_study_says(finished: Path, drawn_leaves: Path, leafgraft) -> None:
    index = read(finished / "bundle" / "bundle.json")
    with (finished / "manifest.csv").open(encoding="utf-8") as file:
        path_of = {row["photo_id"]: str(drawn_leaves / row["path"]) for row in csv.DictReader(file)}
    with np.load(finished / "trials" / index["trial"] / "predictions.npz", allow_pickle=False) as arrays:
        expected = special.softmax(arrays["logits"] / index["temperature"], axis=1)
        photos = [path_of[str(one)] for one in arrays["photo_id"]]
        classes = [str(one) for one in arrays["classes"]]
    done = leafgraft("predict", finished, *photos, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    got = np.array([[one["probabilities"][name] for name in classes] for one in said])
    assert [one["path"] for one in said] == photos
    assert (got.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert np.abs(got - expected).max() <= 1e-4


def test_a_named_trial_is_exported_in_place_of_the_other(study: Path, leafgraft) -> None:
    key = next(one["key"] for one in read(study / "plan.json")["trials"] if "gradual" in one["key"])
    done = leafgraft("export", study, "--trial", key, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["trial"] == key == read(study / "bundle" / "bundle.json")["trial"]
    assert said["bundle"] == str(study / "bundle")
    assert said["phone"] or "make web" in said["phone_reason"]


def test_an_unknown_trial_is_refused(study: Path, leafgraft) -> None:
    before = (study / "bundle" / "bundle.json").read_bytes()
    done = leafgraft("export", study, "--trial", "resnet18-of-someone-else")
    assert done.returncode == 2
    assert "resnet18-of-someone-else" in done.stderr.replace("\n", " ")
    assert (study / "bundle" / "bundle.json").read_bytes() == before


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path, leafgraft) -> None:
    done = leafgraft("export", tmp_path)
    assert done.returncode == 1
    assert "to do:" in done.stderr
    assert not (tmp_path / "bundle").exists()


def test_weights_that_were_changed_after_the_study_fail_the_parity_gate(study: Path, leafgraft) -> None:
    key = read(study / "bundle" / "bundle.json")["trial"]
    others = [one["key"] for one in read(study / "plan.json")["trials"]]
    other = next(one for one in others if one != key and one.split("-s")[0] == key.split("-s")[0])
    weights, mark = (study / "trials" / key / name for name in ("weights.safetensors", "done"))
    shutil.copy(study / "trials" / other / weights.name, weights)
    refused = leafgraft("export", study, "--trial", key)
    assert refused.returncode == 1
    assert "finished" in refused.stderr
    done = read(mark)
    mark.write_text(json.dumps({**done, "files": {**done["files"], weights.name: checksum_of_file(weights)}}))
    done = leafgraft("export", study, "--trial", key)
    said = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "the study's predictions" in said
    assert ".jpg" in said
    assert "Blight" in said or "Healthy" in said
