"""Photos of several places as one set: leaves found over all of them, what is said of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.data.drawn.sample import draw_sample
from leafgraft.data.read.source import open_photos, open_source
from leafgraft.errors import PhotosError
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.split import SplitPlan
from leafgraft.records.study import Study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.photos import divide, look, look_at_second_folders
from leafgraft.study.steps.prepare import open_context
from leafgraft.study.told import Told
from leafgraft.study.trial_list import resolve_recipes


@pytest.fixture
def study(tmp_path: Path) -> Study:
    for seed, name in enumerate(("home", "field")):
        draw_sample(tmp_path / name, 12, 96, seed)
    places = {name: str(tmp_path / name) for name in ("home", "field")}
    return Study("s", "", (Recipe(Choice("squeezenet1_1")),), places=places)


def test_a_leaf_of_two_places_is_one_group(study: Study, looking: Looking, tmp_path: Path) -> None:
    source = sorted((tmp_path / "home/Healthy").iterdir())[0]
    Image.open(source).convert("RGB").rotate(5).save(tmp_path / "field/Healthy/again.jpg", quality=85)
    photos = look(open_photos(study), looking).manifest.photos
    groups = {photo.path: photo.group for photo in photos}
    assert groups["field/Healthy/again.jpg"] == groups[f"home/Healthy/{source.name}"]


def test_what_names_tell_of_leaves_is_of_one_place(study: Study, looking: Looking) -> None:
    told = Told(group_name=r"(\d)\.jpg$")
    groups = {photo.place: photo.group for photo in look(open_photos(study), looking, told).manifest.photos}
    assert groups["home"].startswith("home/")
    assert groups["field"].startswith("field/")


def test_a_place_without_a_test_photo_is_said(study: Study, looking: Looking, tmp_path: Path) -> None:
    rows = ["path,label,place"]
    for number, photo in enumerate(look(open_photos(study), looking).manifest.photos):
        rows.append(f"{photo.path},{photo.label},{'barn' if not number else 'home'}")
    (tmp_path / "photos.csv").write_text("\n".join(rows))
    photos = look(open_source(str(tmp_path / "photos.csv")), looking)
    divide(photos, SplitPlan(), looking.progress)
    assert "No test photo is of barn: nothing is measured there." in looking.progress.lines  # type: ignore[attr-defined]


def test_photos_that_a_place_keeps_from_training_are_counted(study: Study, looking: Looking, tmp_path: Path) -> None:
    photos, plan = look(open_photos(study), looking), SplitPlan(validation=0.3, leave_out="place")
    divide(photos, plan, looking.progress)
    assert looking.progress.lines == []  # type: ignore[attr-defined]
    rows = [(one, one.path[-6:-4]) for one in photos.manifest.photos]
    rows = [f"{one.path},{one.label},{leaf if leaf < '03' else ''},{one.place}" for one, leaf in rows]
    (tmp_path / "photos.csv").write_text("\n".join(["path,label,group,place", *rows]))
    numbered = look(open_source(str(tmp_path / "photos.csv")), looking)
    divide(numbered, plan, looking.progress)
    assert looking.progress.lines[-1] == (
        "Photos of other places that are not trained on while a place is tested, as it has their leaf, too: "
        "field 9, home 9."
    )  # type: ignore[attr-defined]


def test_a_study_that_is_refused_leaves_the_split_of_the_finished_one(
    study: Study, looking: Looking, tmp_path: Path
) -> None:
    """With one place left out, each fold trains on the other alone: there is nothing to balance."""
    recipes = (replace(study.recipes[0], balance="places"),)
    folder = StudyFolder(tmp_path / "out")
    refused = replace(study, recipes=recipes, split=SplitPlan(leave_out="place"))
    folder.write_json("splits.json", {"folds": ["of the finished study"]})
    before = folder.read_bytes("splits.json")
    with pytest.raises(PhotosError, match="training photos of two places or more"):
        open_context(refused, resolve_recipes(refused), folder, looking, "cpu")
    assert folder.read_bytes("splits.json") == before


def test_a_second_folder_is_no_place_of_the_photos(study: Study, looking: Looking, tmp_path: Path) -> None:
    home = look(open_photos(study), looking).manifest
    second = Study("s", str(tmp_path / "home"), study.recipes, also_test={"field": str(tmp_path / "field")})
    with pytest.raises(PhotosError, match=r"another name than the places.*Both are called 'field'"):
        look_at_second_folders(second, home, looking)
    same = Study("s", "", study.recipes, places=study.places, also_test={"away": str(tmp_path / "field")})
    with pytest.raises(PhotosError, match="'away' must hold photos that are not trained on"):
        look_at_second_folders(same, home, looking)
