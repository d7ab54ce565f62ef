"""Bad input: three parts, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest


def words_of(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, (done.returncode, done.stderr)
    text = " ".join(done.stderr.split())
    assert "Traceback" not in text
    assert "Error:" in text
    assert "found:" in text
    assert "to do:" in text
    return text


def test_missing_folder(tmp_path: Path, leafgraft) -> None:
    assert "does not exist" in words_of(leafgraft("run", tmp_path / "nowhere"), 1)


def test_one_class(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    shutil.copytree(drawn_leaves / "Healthy", tmp_path / "one" / "Healthy")
    assert "at least 2 classes" in words_of(leafgraft("audit", tmp_path / "one"), 1)


def test_class_with_too_few_photos(drawn_leaves: Path, tmp_path: Path, write_study, leafgraft) -> None:
    photos = tmp_path / "few"
    shutil.copytree(drawn_leaves, photos)
    for path in sorted((photos / "Healthy").iterdir())[3:]:
        path.unlink()
    words = words_of(leafgraft("run", write_study(photos=photos), "--out", tmp_path / "out"), 1)
    assert "'Healthy' must hold at least 10 photos" in words
    assert "exclude: [Healthy]" in words


def test_broken_files_are_listed_and_left_out(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    photos = tmp_path / "이름 있는 폴더"
    shutil.copytree(drawn_leaves, photos)
    whole = (photos / "Healthy" / "leaf_0000.jpg").read_bytes()
    (photos / "Healthy" / "빈 파일.jpg").write_bytes(b"")
    (photos / "Healthy" / "words.jpg").write_text("not a photo")
    (photos / "Healthy" / "half 🍃.jpg").write_bytes(whole[: len(whole) // 2])
    done = leafgraft("audit", photos, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(found["counts"]["unreadable"]) == sorted(
        ["Healthy/빈 파일.jpg", "Healthy/words.jpg", "Healthy/half 🍃.jpg"]
    )
    assert found["counts"]["photos"] == 72


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("learning_rat: 1", ["line 10", "learning_rate", "Allowed"]),
        ("loss: focall", ["line 10", "'focall' must be on the menu of losses", "Did you mean 'focal'"]),
        ("loss: {focal: {gama: 2}}", ["'gama' must be a setting of focal", "Did you mean 'gamma'"]),
        ("tta: {views: 99}", ["line 10", "views"]),
        ("split: {train: 0.9, validation: 0.2, test: 0.1}", ["must sum to 1"]),
        ("exclude: [Helthy]", ["Did you mean 'Healthy'"]),
        ("ensembles: [{of: best, members: 3}]", ["An ensemble of best 3", "The study has 2"]),
        ("ensembles: [{of: [vgg16 frozen, squeezenet1_1 frozen]}]", ["There is no vgg16 frozen"]),
        ("loss: {focal: {alpha: [1, 2]}}", ["one number per class, 3"]),
    ],
)
def test_study_file(text: str, wanted: list[str], write_study, tmp_path: Path, leafgraft) -> None:
    done = leafgraft("run", write_study(more=text), "--out", tmp_path / "out")
    words = words_of(done, 1 if "exclude" in text else 2)
    for part in wanted:
        assert part in words
    assert not (tmp_path / "out" / "plan.json").exists()


def test_weights_that_cannot_be_had(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    words = words_of(leafgraft("run", drawn_leaves, "--out", tmp_path / "out"), 1)
    assert "Pretrained weights of mobilenet_v2" in words
    assert "weights: none" in words
    assert "mobilenet_v2-" in words


def test_weights_that_do_not_fit(write_study, tmp_path: Path, leafgraft) -> None:
    from safetensors.numpy import save_file

    save_file({"features.0.weight": np.zeros((3, 3), np.float32)}, tmp_path / "other.safetensors")
    study = write_study()
    study.write_text(study.read_text().replace("weights: none", "weights: other.safetensors"))
    words = words_of(leafgraft("run", study, "--out", tmp_path / "out"), 1)
    assert "must fit squeezenet1_1" in words
    assert "lacks" in words


def test_folder_that_cannot_be_written(write_study, tmp_path: Path, leafgraft) -> None:
    (tmp_path / "file").write_text("")
    words = words_of(leafgraft("run", write_study(), "--out", tmp_path / "file" / "study"), 1)
    assert "--out" in words


def test_folder_that_is_its_own_second_folder(drawn_leaves: Path, write_study, tmp_path: Path, leafgraft) -> None:
    study = write_study(more=f"also_test: {{same: {drawn_leaves}}}")
    assert "training folder itself" in words_of(leafgraft("run", study, "--out", tmp_path / "out"), 1)


def test_second_folder_of_other_classes(drawn_leaves: Path, write_study, tmp_path: Path, leafgraft) -> None:
    for name in ("Rust", "Healthy"):
        shutil.copytree(drawn_leaves / "Healthy", tmp_path / "other" / name)
    study = write_study(more=f"also_test: {{other: {tmp_path / 'other'}}}")
    done = leafgraft("run", study, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "other" in done.stderr


def test_interrupted_run_says_how_to_go_on(write_study, tmp_path: Path) -> None:
    study = write_study()
    study.write_text(study.read_text().replace("epochs: 2", "epochs: 500").replace("patience: 2", "patience: 500"))
    command = [sys.executable, "-m", "leafgraft", "run", str(study), "--out", str(tmp_path / "out")]
    started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "80"})
    deadline = time.monotonic() + 120
    while not (tmp_path / "out" / "plan.json").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(2)
    started.send_signal(signal.SIGINT)
    _, words = started.communicate(timeout=120)
    assert started.returncode == 130
    assert "the same command goes on from there" in " ".join(words.split())
    assert "Traceback" not in words


def test_two_runs_on_one_folder(write_study, tmp_path: Path, leafgraft) -> None:
    from leafgraft.storage.study_folder import StudyFolder

    with StudyFolder(tmp_path / "out").lock():
        words = words_of(leafgraft("run", write_study(), "--out", tmp_path / "out"), 1)
    assert str(os.getpid()) in words


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("b,Healthy,0.9,0.3", "sum to 1"),
        ("b,Healthy,nan,0.5", "b"),
        ("b,Rust,0.5,0.5", "Rust"),
        ("a,Healthy,0.5,0.5", "a"),
    ],
)
def test_predictions_from_elsewhere(change: str, wanted: str, tmp_path: Path, leafgraft) -> None:
    header = "photo_id,label,Blight,Healthy\n"
    (tmp_path / "one.csv").write_text(f"{header}a,Blight,0.9,0.1\nb,Healthy,0.2,0.8\n")
    (tmp_path / "two.csv").write_text(f"{header}a,Blight,0.8,0.2\n{change}\n")
    words = words_of(leafgraft("compare", tmp_path / "one.csv", tmp_path / "two.csv"), 1)
    assert wanted in words
    assert "two" in words


def test_groups_are_respected_said_and_searched_around(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    file = tmp_path / "groups.csv"
    file.write_text("path,group\nHealthy/leaf_0000.jpg,one\nHealthy/leaf_0001.jpg,one\nHealthy/leaf_0002.jpg,\n")
    done = leafgraft("audit", drawn_leaves, "--groups", file, "--json")
    assert "Groups given: 2 photos in 1 group; 70 photos without one" in " ".join(done.stderr.split())
    assert ["Healthy/leaf_0000.jpg", "Healthy/leaf_0001.jpg"] in json.loads(done.stdout)["groups"]
    named = leafgraft("audit", drawn_leaves, "--group-name", r"_00(\d)", "--json")
    assert "LG031" in {finding["code"] for finding in json.loads(named.stdout)["findings"]}


@pytest.mark.parametrize(
    ("option", "value", "code", "wanted"),
    [
        ("--groups", "nowhere.csv", 1, "There is no such file"),
        ("--group-name", "leaf", 2, "It has no parentheses"),
        ("--group-name", "^(x", 2, "cannot be read: missing )"),
        ("--group-name", "(jpg)", 1, "All 72 photos are in one group, 'jpg'"),
    ],
)
def test_groups_that_cannot_be(option: str, value: str, code: int, wanted: str, drawn_leaves: Path, leafgraft) -> None:
    assert wanted in words_of(leafgraft("audit", drawn_leaves, option, value), code)
