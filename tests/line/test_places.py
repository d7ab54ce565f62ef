"""A study of two places: split, tables, claims and the bundle name both; each is left out in turn."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from leafgraft.data.drawn.sample import draw_sample
from leafgraft.storage.predictions import read_predictions
from leafgraft.web.bundle import read_bundle
from leafgraft.web.evidence import at_place, evidence_of

STUDY = """
photos: {{home: home, field: {{folder: field, classes: {{Well: Healthy}}}}}}
image_size: 48
weights: none
{split}
training: {{seeds: [0]}}
recipes: [{{backbone: squeezenet1_1, strategy: probe}}]
"""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn leaves at home, and darker ones in the field, where a class is called otherwise."""
    folder = tmp_path_factory.mktemp("places")
    for seed, name in enumerate(("home", "field")):
        draw_sample(folder / name, 20, 96, seed)
    (folder / "field/Healthy").rename(folder / "field/Well")
    for path in (folder / "field").rglob("*.jpg"):
        with Image.open(path) as image:
            image.point(lambda value: value // 2).save(path, quality=95)
    (folder / "both.yaml").write_text(STUDY.format(split=""))
    (folder / "left.yaml").write_text(STUDY.format(split="split: {leave_out: place}"))
    return folder


@pytest.fixture(scope="module")
def both(places: Path, leafgraft: Callable[..., Any]) -> Path:
    done = leafgraft("run", places / "both.yaml", "--out", places / "both")
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    assert "tier accuracy 95% interval field home macro-F1" in shown
    assert "accuracy on the 6 test photos of 'field' (95% interval" in shown
    assert "Never tested outdoors" not in shown
    return places / "both"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_files_of_the_study_name_the_place_of_each_photo(both: Path) -> None:
    with (both / "manifest.csv").open(encoding="utf-8") as file:
        place_of = {row["photo_id"]: row["place"] for row in csv.DictReader(file)}
    assert sorted(place_of.values()) == ["field"] * 60 + ["home"] * 60
    (fold,) = read(both / "splits.json")["folds"]
    assert [sum(place_of[one] == "field" for one in fold[part]) for part in ("train", "validation", "test")] == [
        48,
        6,
        6,
    ]
    (trial,) = (both / "trials").iterdir()
    predictions = read_predictions(trial / "predictions.npz")
    assert predictions.place is not None
    assert predictions.place.tolist() == [place_of[one] for one in predictions.photo_id.tolist()]
    assert read(both / "audit.json")["counts"]["places"]["field"]["Healthy"] == 20


def test_every_table_has_the_accuracy_of_each_place(both: Path, leafgraft: Callable[..., Any]) -> None:
    (recipe,) = read(both / "evaluation.json")["recipes"]
    assert {name: one["photos"] for name, one in recipe["places"].items()} == {"field": 6, "home": 6}
    assert recipe["accuracy"] == pytest.approx(sum(one["accuracy"] for one in recipe["places"].values()) / 2)
    page = (both / "report/index.html").read_text(encoding="utf-8")
    assert "In each place" in page
    assert "Test figures in 2 places" in page
    assert "120 photos of 2 places (field 60, home 60)" in page
    compared = leafgraft("compare", both, "--json")
    (again,) = json.loads(compared.stdout)["recipes"]
    assert again["places"] == recipe["places"]


def test_beside_an_answer_stand_the_figures_of_its_place(both: Path) -> None:
    index = read_bundle(both / "bundle").index
    assert [one.name for one in index.places] == ["field", "home"]
    for asked, place in ((index, "field"), (at_place(index, "home"), "home")):
        evidence = evidence_of(asked)
        assert evidence is not None
        assert (evidence.place, evidence.photos) == (place, 6)
        assert "Never tested outdoors" not in evidence.words


def test_each_place_is_left_out_in_turn(places: Path, both: Path, leafgraft: Callable[..., Any]) -> None:
    done = leafgraft("run", places / "left.yaml", "--out", places / "left", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["evaluation"]["left_out"] == said["evaluation"]["untrained"] == ["field", "home"]
    assert said["evaluation"]["rows"] == 120
    assert "each in a place that it was not trained on: field, home" in said["verdict"]["claims"][0]
    audit, both_in_one = read(places / "left/audit.json"), read(both / "audit.json")["floors"]
    assert audit["floors_left_out"] == ["field", "home"]
    assert audit["floors"]["largest_class"] == both_in_one["largest_class"]
    assert audit["floors"]["colour"]["accuracy"] < both_in_one["colour"]["interval"][0]  # in the field all is darker
    folds = read(places / "left/splits.json")["folds"]
    assert [(one["left_out"], len(one["test"])) for one in folds] == [("field", 60), ("home", 60)]
    left_out = said["export"]["data"]["split"]["left_out"]
    assert [one["name"] for one in said["export"]["places"]] == [left_out]
    card = (places / "left/bundle/MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"tested on the place `{left_out}`, of which it was shown no photo" in card
    page = (places / "left/report/index.html").read_text(encoding="utf-8")
    assert "Each place was left out of training in turn" in page
    compared = leafgraft("compare", places / "left", "--json")
    assert json.loads(compared.stdout)["left_out"] == json.loads(compared.stdout)["untrained"] == ["field", "home"]
    assert (places / "left/resolved.yaml").read_text(encoding="utf-8").count("leave_out: place") == 1
    again = leafgraft("plan", places / "left/resolved.yaml", "--json")
    assert {one["fold"] for one in json.loads(again.stdout)["trials"]} == {0, 1}


def test_a_third_place_is_picked_from_and_adapted_to(both: Path, leafgraft: Callable[..., Any], tmp_path: Path) -> None:
    study = shutil.copytree(both, tmp_path / "study")
    draw_sample(tmp_path / "drawn", 14, 96, 7)
    (tmp_path / "meadow").mkdir()
    for path in (tmp_path / "drawn").rglob("*.jpg"):
        path.rename(tmp_path / "meadow" / f"{path.parent.name}-{path.name}")
    picked = leafgraft("pick", study, tmp_path / "meadow", "--count", 30, "--out", tmp_path / "picks.csv", "--json")
    assert picked.returncode == 0, picked.stderr
    photos = [one["path"] for one in json.loads(picked.stdout)["picks"]]
    labels = tmp_path / "labels.csv"
    lines = [f"{one},{Path(one).name.split('-')[0]},me,," for one in photos]
    labels.write_text("\n".join(["path,label,labeller,time,note", *lines]) + "\n", encoding="utf-8")
    done = leafgraft("adapt", study, labels, "--place", "meadow", "--json")
    assert done.returncode in {0, 3}, done.stderr
    found = read(study / "adaptation/meadow/adaptation.json")
    assert found["place"] == "meadow"
    assert sum(found["labels"].values()) == len(photos)
    assert found["kept"] == (study / "adaptation/meadow/bundle/bundle.json").is_file() == (done.returncode == 0)
    if found["kept"]:
        index = read_bundle(study / "adaptation/meadow/bundle").index
        assert ({one.name for one in index.places}, index.place) == ({"field", "home", "meadow"}, "meadow")
    done = leafgraft("adapt", study, labels, "--place", "Field", "--json")
    told = json.loads(done.stdout)
    assert told["place"] == "field", "it is the study's own"
    assert told["said"][0] == "'Field' is taken for 'field', as the study spells it."
    assert not (study / "adaptation/Field").exists()


def test_a_second_folder_called_home_does_not_stand_for_the_photos_of_the_study(
    places: Path, leafgraft: Callable[..., Any]
) -> None:
    study = places / "outdoors.yaml"
    lines = STUDY.format(split="also_test: {home: home}").splitlines()
    study.write_text("\n".join(["photos: field" if "photos:" in line else line for line in lines]))
    (places / "field/Well").rename(places / "field/Healthy")
    done = leafgraft("run", study, "--out", places / "outdoors", "--json")
    (places / "field/Healthy").rename(places / "field/Well")
    assert done.returncode in {0, 3}, done.stderr
    index = read_bundle(places / "outdoors/bundle").index
    assert [(one.name, one.own) for one in index.places] == [("outdoors", True), ("home", False)]
    evidence = evidence_of(index)
    assert evidence is not None
    assert (evidence.place, evidence.photos > 6) == ("home", True)
