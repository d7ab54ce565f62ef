"""From a study folder to a bundle."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from leafgraft import load_bundle, study
from leafgraft.errors import BundleError, LeafgraftError, StudyFolderError, UsageError
from leafgraft.storage.files.checksums import checksum_of_file

SHARE = {"share", "interval"}


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "study"))


@pytest.fixture(scope="module")
def index(finished: Path) -> dict:
    return read(finished / "bundle" / "bundle.json")


def expected(folder: Path, key: str, temperature: float, split: str = "") -> tuple[list[str], np.ndarray]:
    """Photo paths of a trial's predictions, and its probabilities at a temperature."""
    with (folder / "manifest.csv").open(encoding="utf-8") as file:
        path_of = {row["photo_id"]: row["path"] for row in csv.DictReader(file)}
    with np.load(folder / "trials" / key / "predictions.npz", allow_pickle=False) as arrays:
        keep = (arrays["split"] == split) if split else np.ones(len(arrays["split"]), bool)
        shares = special.softmax(arrays["logits"][keep] / temperature, axis=1)
        return [path_of[str(one)] for one in arrays["photo_id"][keep]], shares


def test_run_ends_with_a_bundle_that_says_what_it_is(index: dict) -> None:
    wanted = {
        *("format", "study", "recipe", "trial", "created", "leafgraft", "classes", "image_size", "temperature"),
        *("conformal", "known_leaf", "training_features", "parity", "int8", "figures", "versions", "files"),
        *("data", "training", "chosen", "evidence"),
    }
    assert wanted <= set(index)
    assert index["classes"] == ["EarlyBlight", "Healthy", "LateBlight"]
    assert {"torch", "onnx", "onnxruntime", "leafgraft"} <= set(index["versions"])
    assert len(index["training_features"]["mean"]) == index["training_features"]["width"] == 512
    assert index["training_features"]["photos"] == index["data"]["train"]
    assert index["conformal"]["coverage"] == 0.9
    assert index["conformal"]["quantile"] == pytest.approx(1 - index["conformal"]["threshold"])
    assert index["known_leaf"]["acceptance"] == 0.95


def test_the_graph_was_held_to_network_and_study(index: dict) -> None:
    for parity in (index["parity"], index["parity"]["study"]):
        assert parity["same_class"] == parity["photos"] == index["data"]["test"]
        assert parity["largest_difference"] <= parity["tolerance"] == 1e-3


def test_figures_are_shares_with_intervals(index: dict) -> None:
    test = index["figures"]["test"]
    for key in ("accuracy", "answered", "not_sure", "not_known", "declined", "coverage"):
        assert set(test[key]) == SHARE
        low, high = test[key]["interval"]
        assert 0 <= low <= test[key]["share"] <= high <= 1
    assert test["declined"]["share"] == pytest.approx(test["not_sure"]["share"] + test["not_known"]["share"])
    drawn = index["figures"]["foreign"]["drawn pictures"]
    assert drawn["photos"] == 120
    assert set(drawn["separation"]) == {"auroc", "interval"}


def test_a_handful_of_photos_cannot_prove_an_8_bit_copy(index: dict, finished: Path) -> None:
    assert index["int8"]["kept"] is False
    assert "interval" in index["int8"]["reason"]
    assert index["int8"]["bytes"] < index["int8"]["float_bytes"]
    assert not (finished / "bundle" / "model.int8.onnx").exists()


def test_the_card_tells_a_person(index: dict, finished: Path) -> None:
    card = (finished / "bundle" / "MODEL_CARD.md").read_text(encoding="utf-8")
    for heading in ("Data", "Figures on the test photos", "What needs no leaf", "In the field", "Do not use it"):
        assert f"\n## {heading}\n" in card
    assert index["trial"] in card
    assert f"{100 * index['figures']['test']['accuracy']['share']:.1f}%" in card
    assert "{{" not in card
    assert re.search(r"colour \| \d+\.\d%", card)


def test_the_card_stands_in_korean_beside_it_under_the_checksums(index: dict, finished: Path) -> None:
    korean = finished / "bundle" / "MODEL_CARD.ko.md"
    assert index["files"]["MODEL_CARD.ko.md"]["sha256"] == checksum_of_file(korean)
    assert re.search(r"평균 색 \| \d+\.\d%", korean.read_text(encoding="utf-8"))


def test_the_page_shows_it(finished: Path) -> None:
    page = (finished / "report" / "index.html").read_text(encoding="utf-8")
    assert 'id="field"' in page
    assert "home: test photos" in page
    assert "drawn pictures" in page


def test_a_derived_verdict_is_stood_for_by_one_trial(index: dict, finished: Path) -> None:
    verdict = read(finished / "verdict.json")
    trained = {trial["key"] for trial in read(finished / "plan.json")["trials"]}
    assert index["trial"] in trained
    assert (verdict["trial"] in trained) == index["chosen"].startswith("It is the verdict")


def test_predict_says_what_the_study_says(index: dict, finished: Path, drawn_leaves: Path, leafgraft) -> None:
    paths, shares = expected(finished, index["trial"], index["temperature"])
    photos = [str(drawn_leaves / path) for path in paths]
    done = leafgraft("predict", finished, *photos, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    got = np.array([[one["probabilities"][name] for name in index["classes"]] for one in said])
    assert [one["path"] for one in said] == photos
    assert (got.argmax(axis=1) == shares.argmax(axis=1)).all()
    assert np.abs(got - shares).max() <= 1e-4


def test_every_derived_trial_leads_to_the_better_of_its_members(copy: Path) -> None:
    derived = [path.parent for path in (copy / "trials").glob("*/trial.json") if "derived_from" in read(path)]
    ensemble = next(path for path in derived if path.name.startswith("ensemble"))
    members = read(ensemble / "trial.json")["derived_from"]

    def loss(key: str) -> float:
        with np.load(copy / "trials" / key / "predictions.npz", allow_pickle=False) as arrays:
            keep = arrays["split"] == "validation"
            shares = special.softmax(arrays["logits"][keep].astype(float), axis=1)
            return float(-np.log(shares[np.arange(keep.sum()), arrays["label"][keep]]).mean())

    exported = study.export(copy, trial=ensemble.name)
    assert exported.index["trial"] == min(members, key=loss)
    assert "stands for" in exported.index["chosen"]
    assert "ensemble" in exported.index["chosen"]


def test_a_named_trial_is_exported_in_place_of_the_other(copy: Path, drawn_leaves: Path, leafgraft) -> None:
    key = next(one["key"] for one in read(copy / "plan.json")["trials"] if "gradual" in one["key"])
    for later in ("evaluation.json", "verdict.json"):
        (copy / later).unlink()  # as in a run that was stopped before its end
    done = leafgraft("export", copy, "--trial", key, "--zip", "--json")
    said = json.loads(done.stdout)
    assert done.returncode == (0 if said["phone"] else 3), done.stderr
    assert said["phone_zip"] == (str(copy / "bundle" / "phone.zip") if said["phone"] else None)
    assert (copy / "bundle" / "phone.zip").is_file() == bool(said["phone"])
    assert said["trial"] == key == read(copy / "bundle" / "bundle.json")["trial"]
    assert said["bundle"] == str(copy / "bundle")
    assert said["phone"] or "make web" in said["phone_reason"]
    paths, shares = expected(copy, key, said["temperature"], "test")
    predictor = load_bundle(copy)
    for path, row in zip(paths, shares, strict=True):
        got = predictor.predict(drawn_leaves / path).probabilities
        assert [got[name] for name in said["classes"]] == pytest.approx(row.tolist(), abs=1e-3)


def test_test_photos_stay_closed_until_the_evaluation(copy: Path) -> None:
    """A bundle tells how many of them are right: the recipes that come next would be chosen by it, without a mark."""
    for later in ("opened.json", "evaluation.json", "verdict.json"):
        (copy / later).unlink()
    key = read(copy / "plan.json")["trials"][0]["key"]
    with pytest.raises(UsageError, match="still closed"):
        study.export(copy, trial=key)


def test_an_unknown_trial_is_refused(copy: Path) -> None:
    before = (copy / "bundle" / "bundle.json").read_bytes()
    with pytest.raises(UsageError, match="resnet18-of-someone-else"):
        study.export(copy, trial="resnet18-of-someone-else")
    assert (copy / "bundle" / "bundle.json").read_bytes() == before


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyFolderError):
        study.export(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_that_were_changed_after_the_study_are_refused(copy: Path, index: dict) -> None:
    key, keys = index["trial"], [one["key"] for one in read(copy / "plan.json")["trials"]]
    other = next(one for one in keys if one != key and one.split("-s")[0] == key.split("-s")[0])
    weights, mark = (copy / "trials" / key / name for name in ("weights.safetensors", "done"))
    shutil.copy(copy / "trials" / other / weights.name, weights)
    with pytest.raises(StudyFolderError, match="finished"):
        study.export(copy, trial=key)
    done = read(mark)
    mark.write_text(json.dumps({**done, "files": {**done["files"], weights.name: checksum_of_file(weights)}}))
    with pytest.raises(BundleError) as caught:  # even if the checksum was made to fit: the parity gate
        study.export(copy, trial=key)
    said = str(caught.value)
    assert "the study's predictions" in said
    assert re.search(r"(Blight|Healthy)/\S+\.jpg", said)
    assert re.search(r"(EarlyBlight|Healthy|LateBlight) 0\.\d+ instead of 0\.\d+", said)


def test_photos_that_were_changed_or_are_gone_are_named(copy: Path, drawn_leaves: Path, tmp_path: Path) -> None:
    leaves = Path(shutil.copytree(drawn_leaves, tmp_path / "leaves"))
    run = read(copy / "run.json")
    (copy / "run.json").write_text(json.dumps({**run, "root": str(leaves)}))
    sums = read(copy / "checksums.json")
    sums.pop("run.json", None)
    (copy / "checksums.json").write_text(json.dumps(sums))
    path = leaves / expected(copy, read(copy / "bundle" / "bundle.json")["trial"], 1.0, "test")[0][0]
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(LeafgraftError, match=re.escape(path.name)):
        study.export(copy)
