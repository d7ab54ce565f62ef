"""Comparisons of study folders, of files beside them, and what is said of how files were taken."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leafgraft.cli.tables import print_comparison
from leafgraft.data.read.manifest import manifest_text, read_manifest
from leafgraft.errors import PredictionsError, UsageError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.compare import compare

CLASSES = ("early", "late")
COUNT = 40
FLOOR = {"accuracy": 0.85, "interval": [0.8, 0.9]}


def study_folder(path: Path, names: dict[str, str], wrong: int = 4, first: int = 0) -> Path:
    """A study folder whose plan calls the trials of these keys so, on photos from a first one on."""
    folder = StudyFolder(path)
    ids = [f"{number:016x}" for number in range(first, first + COUNT)]
    labels = np.arange(COUNT) % 2
    photos = tuple(
        Photo(one, f"{CLASSES[label]}/{one[-2:]}.jpg", CLASSES[label], 9, 9, one)
        for one, label in zip(ids, labels, strict=True)
    )
    folder.write_text("manifest.csv", manifest_text(Manifest("leaves", photos)))
    for number, key in enumerate(names):
        trial = folder.trial(key)
        answers = np.where(np.arange(COUNT) < wrong + number, 1 - labels, labels)
        logits = np.where(np.eye(2)[answers] > 0, 2.0, -1.0).astype(np.float32)
        array = np.array(ids)
        trial.begin()
        trial.write_info({"seed": number, "fold": 0})
        trial.finish(Predictions(array, np.full(COUNT, "test"), labels, logits, np.array(CLASSES), array), "")
    trials = [{"key": key, "recipe": name, "seed": 0, "fold": 0} for key, name in names.items() if name]
    folder.write_json("plan.json", {"trials": trials})
    folder.write_json("opened.json", {"recipes": []})
    return path


def names_of(compared) -> list[str]:
    return sorted(one["name"] for one in compared.evaluation["recipes"])


def test_test_labels_stay_closed_until_a_run_has_opened_them(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen linear"})
    folder, file = StudyFolder(path), path / "trials" / "a-s0-f0" / "predictions.npz"
    folder.remove("opened.json")
    for named in (path, file):
        with pytest.raises(UsageError, match="still closed"):
            compare([str(named)])
    folder.write_json("evaluation.json", {"recipes": []})  # of a version that wrote no opened.json
    for named in (path, file):
        assert names_of(compare([str(named)])) == ["frozen linear"]


def test_a_study_is_called_as_its_plan_calls_it_now(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen linear", "b-s0-f0": "frozen mlp", "c-s0-f0": ""})
    compared = compare([str(path)])
    assert names_of(compared) == ["frozen linear", "frozen mlp"]
    assert len(compared.evaluation["pairs"]) == 1
    assert compared.notes == (f"'{path}': 1 finished trial is not in the study any more and left out: c-s0-f0.",)
    alone = compare([str(path / "trials" / "a-s0-f0" / "predictions.npz")])
    assert names_of(alone) == ["frozen linear"]


def test_what_a_study_found_of_its_training_photos_is_told_again(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "slow", "b-s0-f0": "good"})
    short = {"trials": 1, "of": 1, "one_class": None, "train_accuracy": 0.5, "optimum": 1.0, "advice": "Take another."}
    found = [{"name": "slow", "did_not_learn": short}, {"name": "good", "did_not_learn": None}, {"name": "earlier"}]
    StudyFolder(path).write_json("evaluation.json", {"recipes": found})
    told = {one["name"]: one for one in compare([str(path)]).evaluation["recipes"]}
    assert told["slow"]["did_not_learn"] == short
    assert told["slow"]["flags"] == ["did not learn"]
    assert told["good"]["did_not_learn"] is None


def test_two_studies_are_named_by_study(tmp_path: Path) -> None:
    one = study_folder(tmp_path / "spring", {"a-s0-f0": "frozen"})
    other = study_folder(tmp_path / "autumn", {"a-s0-f0": "frozen"}, wrong=8)
    assert names_of(compare([str(one), str(other)])) == ["autumn: frozen", "spring: frozen"]


def test_of_two_studies_the_common_test_photos_are_compared_and_the_overlap_is_said(tmp_path: Path) -> None:
    one = study_folder(tmp_path / "spring", {"a-s0-f0": "frozen", "b-s0-f0": "full"})
    other = study_folder(tmp_path / "autumn", {"a-s0-f0": "frozen"}, wrong=0, first=10)
    compared = compare([str(one), str(other)])
    assert compared.evaluation["rows"] == COUNT - 10
    assert compared.notes == (
        "Test photos: spring 40, autumn 40; 30 are in all of them, and only these are compared.",
        "Left out of spring: 10 (early/00.jpg, early/02.jpg, early/04.jpg and 7 more).",
        "Left out of autumn: 10 (early/28.jpg, early/2a.jpg, early/2c.jpg and 7 more).",
    )
    same = study_folder(tmp_path / "winter", {"a-s0-f0": "frozen"})
    assert compare([str(one), str(same)]).notes == ("The same 40 test photos in all: spring, winter.",)


def test_two_studies_of_different_photos_are_refused(tmp_path: Path) -> None:
    one = study_folder(tmp_path / "spring", {"a-s0-f0": "frozen"})
    other = study_folder(tmp_path / "autumn", {"a-s0-f0": "frozen"}, first=COUNT)
    with pytest.raises(PredictionsError, match="'spring' and 'autumn' must hold the same photos, at least in part"):
        compare([str(one), str(other)])
    with pytest.raises(UsageError, match="Each study must be named once"):
        compare([str(one), str(one)])


def test_two_studies_of_one_folder_name_are_told_apart(tmp_path: Path) -> None:
    one = study_folder(tmp_path / "spring" / "potato", {"a-s0-f0": "frozen"})
    other = study_folder(tmp_path / "autumn" / "potato", {"a-s0-f0": "frozen"})
    assert names_of(compare([str(one), str(other)])) == [f"{other}: frozen", f"{one}: frozen"]


def test_a_study_beside_a_csv_whose_photo_id_is_the_path(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    with (path / "manifest.csv").open(encoding="utf-8") as file:
        photos = list(csv.DictReader(file))
    lines = ["photo_id,label,early,late"]
    for photo in photos:
        early = 0.9 if photo["label"] == "early" else 0.1
        lines.append(f"{photo['path'].replace('/', chr(92))},{photo['label']},{early:.1f},{1 - early:.1f}")
    mine = tmp_path / "mine.csv"
    mine.write_text("\n".join(lines), encoding="utf-8")
    compared = compare([str(path), str(mine)])
    assert names_of(compared) == ["frozen", "mine"]
    assert compared.evaluation["rows"] == COUNT


def with_paths(path: Path, renamed: dict[str, str], more: Sequence[Photo] = ()) -> Path:
    """The study folder with other paths for some of its photos, and with photos of its training part."""
    manifest = read_manifest(path / "manifest.csv", "")
    photos = [replace(one, path=renamed.get(one.path, one.path)) for one in manifest.photos]
    StudyFolder(path).write_text("manifest.csv", manifest_text(replace(manifest, photos=(*photos, *more))))
    return path


def test_photos_of_training_and_test_are_numbered_alike(tmp_path: Path) -> None:
    """As Keras names them after the folder of the test photos."""
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    photos = read_manifest(path / "manifest.csv", "").photos
    training = [replace(one, photo_id=f"f{one.photo_id[1:]}", path=f"Training/{one.path}") for one in photos]
    with_paths(path, {one.path: f"Testing/{one.path}" for one in photos}, training)
    keras = tmp_path / "keras.csv"
    keras.write_text(
        "\n".join(["Filename,Predictions", *(f"{one.path},{one.label}" for one in photos)]), encoding="utf-8"
    )
    compared = compare([str(path), str(keras)])
    assert compared.evaluation["rows"] == COUNT
    assert "Photos of keras.csv are found by folder and name." in compared.notes


def test_a_path_of_two_photos_in_two_studies_is_not_used(tmp_path: Path) -> None:
    one = study_folder(tmp_path / "spring", {"a-s0-f0": "frozen"})
    other = study_folder(tmp_path / "autumn", {"a-s0-f0": "frozen"})
    with_paths(other, {"early/14.jpg": "early/02.jpg", "early/02.jpg": "early/x.jpg"})
    photos = read_manifest(one / "manifest.csv", "").photos
    mine = tmp_path / "mine.csv"
    lines = ["filename,label,predicted", *(f"{photo.path},{photo.label},{photo.label}" for photo in photos)]
    mine.write_text("\n".join(lines), encoding="utf-8")
    compared = compare([str(one), str(other), str(mine)])
    assert compared.evaluation["rows"] == COUNT - 1
    assert f"'{mine}': names that lead to several photos each are not used (1): early/02.jpg." in compared.notes


def test_trials_of_two_studies_are_named_by_study(tmp_path: Path) -> None:
    for study, key, wrong in (("spring", "K1", 4), ("autumn", "K2", 8)):
        study_folder(tmp_path / study, {key: "frozen"}, wrong=wrong)
    spring, autumn = (
        tmp_path / study / "trials" / key / "predictions.npz" for study, key in (("spring", "K1"), ("autumn", "K2"))
    )
    compared = compare([str(spring), str(autumn)])
    assert {one["name"]: one["accuracy"] for one in compared.evaluation["recipes"]} == {
        "spring: frozen": pytest.approx(1 - 4 / COUNT),
        "autumn: frozen": pytest.approx(1 - 8 / COUNT),
    }
    assert names_of(compare([str(tmp_path / "spring"), str(autumn)])) == ["autumn: frozen", "spring: frozen"]


def test_what_was_taken_as_seeds_is_said(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    source = path / "trials" / "a-s0-f0" / "predictions.npz"
    files = [str(shutil.copy(source, tmp_path / f"mobileone-s{size}.npz")) for size in (0, 1, 4)]
    compared = compare(files)
    assert names_of(compared) == ["mobileone"]
    (note,) = compared.notes
    assert "'mobileone': mobileone-s0.npz, mobileone-s1.npz, mobileone-s4.npz" in note
    apart = compare(files, seeds_by_name=False)
    assert (len(names_of(apart)), apart.notes) == (3, ())


@pytest.mark.parametrize("kind", ["empty", "unfinished"])
def test_a_study_without_finished_trials_is_refused(tmp_path: Path, kind: str) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    if kind == "empty":
        StudyFolder(path).write_json("plan.json", {"trials": []})
    else:
        (path / "trials" / "a-s0-f0" / "done").unlink()
    with pytest.raises(UsageError, match="Run the study first"):
        compare([str(path)])


def test_a_page_is_not_written_over_a_table(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    before = (path / "manifest.csv").read_bytes()
    with pytest.raises(UsageError, match="would be replaced"):
        compare([str(path)], html=path / "manifest.csv")
    assert (path / "manifest.csv").read_bytes() == before


def with_folds(path: Path, unfinished: Sequence[str], derived: dict[str, list[str]] | None = None) -> Path:
    """A study of two recipes with two seeds on two folds, some trials of which are not finished."""
    keys = [f"{name}-s{seed}-f{fold}" for name in ("a", "b") for seed in (0, 1) for fold in (0, 1)]
    study_folder(path, {key: key[0] for key in (*keys, *(derived or {}))})
    folder = StudyFolder(path)
    half = np.arange(COUNT) < COUNT // 2
    for key in (*keys, *(derived or {})):
        trial = folder.trial(key)
        said = trial.read_predictions()
        info = {"seed": int(key[3]), "fold": int(key[6])}
        shutil.rmtree(trial.path)
        trial.begin()
        trial.write_info(info | ({"derived_from": derived[key]} if derived and key in derived else {}))
        if key not in unfinished:
            trial.finish(said.only(half if info["fold"] == 0 else ~half), "")
    trials = [{"key": key, "recipe": key[0], "seed": int(key[3]), "fold": int(key[6])} for key in keys]
    folder.write_json("plan.json", {"trials": trials})
    return path


def test_a_seed_that_lacks_a_fold_is_left_out_as_the_run_does(tmp_path: Path) -> None:
    path = with_folds(tmp_path / "potato", ["b-s1-f0"])
    compared = compare([str(path)])
    assert {one["name"]: one["seeds"] for one in compared.evaluation["recipes"]} == {"a": 2, "b": 1}
    assert compared.evaluation["rows"] == COUNT
    assert compared.notes == (
        f"'{path}': 1 trial is not finished and left out.",
        f"'{path}': 1 finished trial is left out, as another fold of the same seed is not finished: b-s1-f1.",
    )
    for key in ("a-s0-f0", "a-s1-f1", "b-s0-f0"):
        (path / "trials" / key / "done").unlink()
    with pytest.raises(UsageError, match="of one recipe and seed on every fold"):
        compare([str(path)])


def test_what_is_made_of_trials_that_are_left_out_is_left_out(tmp_path: Path) -> None:
    made = {"v-s0-f0": ["a-s0-f0"], "v-s0-f1": ["a-s0-f1"], "v-s1-f0": ["a-s1-f0"], "v-s1-f1": ["a-s1-f1"]}
    path = with_folds(tmp_path / "potato", ["a-s1-f0"], made)
    recipes = [{"name": "a"}, {"name": "b"}, {"name": "views", "derived_from": ["a"]}]
    StudyFolder(path).write_json("evaluation.json", {"recipes": recipes, "derived": dict.fromkeys(made, "views")})
    compared = compare([str(path)])
    assert {one["name"]: one["seeds"] for one in compared.evaluation["recipes"]} == {"a": 1, "b": 2, "views": 1}


def test_what_was_made_of_trials_and_not_evaluated_is_counted(tmp_path: Path) -> None:
    made = {"v-s0-f0": ["a-s0-f0"], "v-s0-f1": ["a-s0-f1"], "w-s0-f0": ["gone"]}
    path = with_folds(tmp_path / "potato", [], made)
    compared = compare([str(path)])
    assert names_of(compared) == ["a", "b"]
    why = "the study was not evaluated as it is now. Run it again."
    assert compared.notes == (f"'{path}': 2 derived trials are left out: {why}",)


def test_what_the_study_knows_against_its_recipes_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen", "b-s0-f0": "full"}, wrong=20)
    assert not any("fair comparison" in one or "unseen" in one for one in compare([str(path)]).refused)
    found = [{"name": "frozen", "seen_after_test": False}, {"name": "full", "seen_after_test": True}]
    StudyFolder(path).write_json("evaluation.json", {"recipes": found})
    StudyFolder(path).write_json("audit.json", {"findings": [{"code": "LG007", "measured": {"test_photos": 12}}]})
    compared = compare([str(path)])
    assert compared.refused[-1].startswith("A fair comparison with full: added, or trained otherwise")
    assert compared.refused[0] == (
        "Accuracies of recipes of 'potato' as those on unseen leaves: leaves of training are on 12 of the study's test "
        "photos."
    )
    print_comparison(compared, None)
    shown = " ".join(capsys.readouterr().out.split())
    assert "full [added or changed after the test was seen]" in shown
    assert "frozen [added" not in shown


def test_a_file_called_as_a_recipe_of_the_study_is_none_of_its_seeds(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "potato", {"a-s0-f0": "frozen"})
    source = path / "trials" / "a-s0-f0" / "predictions.npz"
    seventh = shutil.copy(source, tmp_path / "frozen-s7.npz")
    compared = compare([str(path), str(seventh)])
    assert names_of(compared) == ["frozen", "frozen-s7"]
    plan = StudyFolder(path).read_json("plan.json")
    StudyFolder(path).write_json("plan.json", {"trials": [{**one, "seed": 3} for one in plan["trials"]]})
    with pytest.raises(PredictionsError, match="One of these is called 'frozen', too"):
        compare([str(path), str(shutil.copy(source, tmp_path / "frozen.npz"))])


def with_floors(path: Path) -> Path:
    """A study whose audit measured a floor that its recipes do not leave behind."""
    StudyFolder(path).write_json("audit.json", {"findings": [], "floors": {"colour": FLOOR}})
    return path


def csv_beside(path: Path, *, photos: int = COUNT) -> str:
    lines = [f"{number:016x},{CLASSES[number % 2]},{CLASSES[(number + (number < 4)) % 2]}" for number in range(photos)]
    path.write_text("\n".join(["photo_id,label,predicted", *lines]))
    return str(path)


def test_floors_of_a_study_hold_for_files_of_the_same_test_photos(tmp_path: Path) -> None:
    path = with_floors(study_folder(tmp_path / "spring", {"a-s0-f0": "frozen"}))
    compared = compare([str(path), csv_beside(tmp_path / "mine.csv")])
    assert {one["name"]: one["flags"] for one in compared.evaluation["recipes"]} == {
        "frozen": ["may not look at the leaf"],
        "mine": ["may not look at the leaf"],
    }
    assert not any("Floors" in note for note in compared.notes)


def test_floors_that_are_of_other_test_photos_are_said_to_be_left_out(tmp_path: Path) -> None:
    path = with_floors(study_folder(tmp_path / "spring", {"a-s0-f0": "frozen"}))
    other = study_folder(tmp_path / "autumn", {"a-s0-f0": "frozen"})
    note = f"Floors and second folders of 'spring' are not compared here: 'leafgraft compare {path}' alone shows them."
    for beside in (str(other), csv_beside(tmp_path / "mine.csv", photos=COUNT - 8)):
        compared = compare([str(path), beside])
        assert not any(one["flags"] for one in compared.evaluation["recipes"])
        assert compared.notes.count(note) == 1


def test_a_probe_that_answers_one_class_is_not_told_to_become_one(tmp_path: Path) -> None:
    path = study_folder(tmp_path / "spring", {"a-s0-f0": "probe", "b-s0-f0": "frozen"})
    plan = StudyFolder(path).read_json("plan.json")
    choices = ({"strategy": {"name": "probe"}}, {"strategy": {"name": "frozen"}})
    trials = [{**one, "choices": of} for one, of in zip(plan["trials"], choices, strict=True)]
    StudyFolder(path).write_json("plan.json", {"trials": trials})
    for trial in ("a-s0-f0", "b-s0-f0"):
        answers = StudyFolder(path).trial(trial).read_predictions()
        logits = np.tile(np.array([2.0, -1.0], np.float32), (COUNT, 1))
        StudyFolder(path).trial(trial).begin()
        StudyFolder(path).trial(trial).write_info({"seed": 0, "fold": 0})
        StudyFolder(path).trial(trial).finish(replace(answers, logits=logits), "")
    for files in ([path], [path / "trials" / key / "predictions.npz" for key in ("a-s0-f0", "b-s0-f0")]):
        found = compare([str(one) for one in files]).evaluation["recipes"]
        advice = {one["name"]: one["did_not_learn"]["advice"] for one in found}
        assert "another backbone or image size" in advice["probe"]
        assert "strategy: probe" in advice["frozen"]


def test_what_became_of_studies_since_their_test_is_told_as_their_verdicts_tell_it(tmp_path: Path) -> None:
    spring, autumn = (study_folder(tmp_path / name, {"a-s0-f0": "frozen"}) for name in ("spring", "autumn"))
    for path in (spring, autumn):
        StudyFolder(path).write_json("evaluation.json", {"recipes": []})
    StudyFolder(spring).write_json("verdict.json", {"left_out_after_test": 2, "corrected_after_test": [1, 3]})
    StudyFolder(autumn).write_json("verdict.json", {})  # of an earlier version
    alone, both = compare(str(spring)), compare([str(spring), str(autumn)])
    assert alone.refused[-3:] == (
        "A fair comparison of all that was tested: 2 recipes were tested and are left out of the study since.",
        "These figures as those of all test photos: 3 test photos excluded after the answers had been seen.",
        "These figures as those of the first labels: 1 test photo relabelled after the answers had been seen.",
    )
    assert [sentence.partition(":")[0] for sentence in both.refused[-3:]] == [
        "A fair comparison of all that was tested in 'spring'",
        "Figures of 'spring' as those of all its test photos",
        "Figures of 'spring' as those of the first labels",
    ]
    assert all("주장:" in sentence for sentence in (*alone.refused_ko[-3:], *both.refused_ko[-3:]))
