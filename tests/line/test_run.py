"""From photos to page through the command line."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

FILES = (
    *("study.yaml", "resolved.yaml", "manifest.csv", "log.jsonl"),
    *("report/index.html", "report/index.ko.html"),
    *("audit.json", "splits.json", "plan.json", "evaluation.json", "verdict.json", "diagnosis.json"),
    *("learning_curve.json", "robustness.json"),
)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_there(finished: Path, name: str) -> None:
    assert (finished / name).stat().st_size > 0


def test_files_have_the_keys_that_programs_read(finished: Path) -> None:
    audit, evaluation, verdict = (read(finished / f"{name}.json") for name in ("audit", "evaluation", "verdict"))
    assert {"counts", "findings", "groups", "floors"} <= set(audit)
    assert {"photos", "classes", "unreadable"} <= set(audit["counts"])
    assert {"largest_class", "border_pixels", "colour", "background", "metadata"} <= set(audit["floors"])
    assert {"recipes", "pairs", "rows", "groups", "seeds"} <= set(evaluation)
    wanted = {"name", "accuracy", "interval", "tier", "macro_f1", "log_loss", "calibration_error", "also_test"}
    assert all(wanted <= set(recipe) for recipe in evaluation["recipes"])
    assert all(
        {"a", "b", "difference", "interval", "p", "p_holm", "photos_needed"} <= set(pair)
        for pair in evaluation["pairs"]
    )
    assert {"recipe", "trial", "tied_with", "test", "inflation", "claims", "refused"} <= set(verdict)
    assert {"random", "grouped", "difference", "interval"} <= set(verdict["inflation"])
    plan = read(finished / "plan.json")
    assert all({"key", "recipe", "seed", "fold", "seconds"} <= set(trial) for trial in plan["trials"])
    assert {"trials", "shared", "seconds", "bytes"} <= set(plan)


def test_trials_have_their_files_and_predictions_their_arrays(finished: Path) -> None:
    keys = [trial["key"] for trial in read(finished / "plan.json")["trials"]]
    assert len(keys) == 4
    for key in keys:
        folder = finished / "trials" / key
        for name in ("trial.json", "history.csv", "predictions.npz", "weights.safetensors", "done"):
            assert (folder / name).is_file()
        assert not (folder / "checkpoint.safetensors").exists()
        with np.load(folder / "predictions.npz", allow_pickle=False) as arrays:
            assert set(arrays.files) == {"photo_id", "split", "label", "logits", "classes", "group"}
            assert arrays["logits"].dtype == np.float32
            assert set(arrays["split"]) == {"validation", "test"}


def test_manifest_and_splits_hold_every_photo_once(finished: Path) -> None:
    with (finished / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["photo_id", "path", "label", "width", "height", "group"]
    fold = read(finished / "splits.json")["folds"][0]
    listed = [*fold["train"], *fold["validation"], *fold["test"]]
    assert sorted(listed) == sorted(row["photo_id"] for row in rows)


def test_the_frozen_recipe_is_diagnosed_with_intervals_and_words(finished: Path) -> None:
    (one,) = read(finished / "diagnosis.json")["backbones"]
    assert one["recipe"] == "squeezenet1_1 frozen"
    assert {"not_fitted", "capacity", "filters", "over_fitting"} <= {cause["cause"] for cause in one["measurements"]}
    for cause in one["measurements"]:
        assert cause["interval"][0] <= cause["value"] <= cause["interval"][1]
        assert "95% interval" in cause["reading"]
    assert len(one["stages"]) == len(one["similarity"]) == 5
    (curve,) = read(finished / "learning_curve.json")["curves"]
    assert [point["share"] for point in curve["points"]] == [0.1, 0.2, 0.5, 1.0]
    page = (finished / "report" / "index.html").read_text(encoding="utf-8")
    assert one["reading"] in page
    assert curve["sentence"] in page


def test_derived_trials_are_evaluated_too(finished: Path) -> None:
    names = [recipe["name"] for recipe in read(finished / "evaluation.json")["recipes"]]
    assert any("TTA(2)" in name for name in names)
    assert any(name.startswith("ensemble of best 2") for name in names)


def test_a_second_run_trains_nothing_and_says_the_same(finished: Path, leafgraft) -> None:
    marks = {path: path.stat().st_mtime_ns for path in finished.rglob("done")}
    before = (finished / "evaluation.json").read_bytes()
    done = leafgraft("run", finished.parent / "small.yaml", "--out", finished, "--json")
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("done")} == marks
    assert (finished / "evaluation.json").read_bytes() == before
    assert read(finished / "verdict.json") == json.loads(done.stdout)["verdict"]


def test_an_added_recipe_is_marked_as_seen_after_the_test(finished: Path, tmp_path: Path, leafgraft) -> None:
    study = tmp_path / "study"
    shutil.copytree(finished, study)
    text = (finished.parent / "small.yaml").read_text(encoding="utf-8")
    (tmp_path / "small.yaml").write_text(
        text.replace("strategy: [frozen", "strategy: [uniform, frozen"), encoding="utf-8"
    )
    done = leafgraft("run", tmp_path / "small.yaml", "--out", study, "--json")
    assert done.returncode == 0, done.stderr
    later = [recipe["name"] for recipe in read(study / "evaluation.json")["recipes"] if recipe["seen_after_test"]]
    assert later
    assert all("uniform" in name or "ensemble" in name for name in later)


def test_report_is_rebuilt_from_the_files(finished: Path, leafgraft) -> None:
    page = finished / "report" / "index.html"
    page.unlink()
    done = leafgraft("report", finished)
    assert done.returncode == 0, done.stderr
    assert page.is_file()


def test_compare_takes_a_study_and_its_files(finished: Path, tmp_path: Path, leafgraft) -> None:
    whole = leafgraft("compare", finished, "--json", "--html", tmp_path / "page.html")
    assert whole.returncode == 0, whole.stderr
    said = json.loads(whole.stdout)
    assert said["claims"]
    assert len(said["refused"]) == len(said["refused_ko"])
    assert (tmp_path / "page.html").is_file()
    by_study = {one["name"]: {**one, "cost": {}} for one in said["recipes"]}
    by_run = {one["name"]: {**one, "cost": {}} for one in read(finished / "evaluation.json")["recipes"]}
    assert by_study == by_run  # what is derived, second folders, floors and all that is flagged
    assert any(one["derived_from"] for one in by_study.values())


@pytest.mark.slow
def test_folds_second_folder_and_own_split(drawn_leaves: Path, tmp_path: Path, write_study, leafgraft) -> None:
    own = tmp_path / "own"
    for number, path in enumerate(sorted(drawn_leaves.rglob("*.jpg"))):
        part = ("Testing", "Validation", "Training", "Training", "Training")[number % 5]
        target = own / part / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    study = write_study(more=f"split: {{folds: 3}}\nalso_test: {{other: {tmp_path / 'other'}}}")
    assert leafgraft("sample", tmp_path / "other", "--photos-per-class", 6, "--side", 48, "--seed", 9).returncode == 0
    done = leafgraft("run", study, "--out", tmp_path / "folds", "--json")
    assert done.returncode == 0, done.stderr
    evaluation = json.loads(done.stdout)["evaluation"]
    assert evaluation["rows"] == 72
    assert all(recipe["also_test"]["other"]["rows"] == 18 for recipe in evaluation["recipes"])
    given = leafgraft("run", write_study(photos=own), "--out", tmp_path / "given", "--json")
    assert given.returncode == 0, given.stderr
    assert read(tmp_path / "given" / "splits.json")["origin"] == "given"
