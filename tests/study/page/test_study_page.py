"""What the page says of a run, taken from the trials that it is true of."""

from __future__ import annotations

from pathlib import Path

from leafgraft import __version__
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import Fold, Splits, splits_to_json
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.page.search_page import read_rates, write_search_page
from leafgraft.study.page.study_page import _evaluation, _facts, _split, _versions, _views
from leafgraft.study.trial_list import planned_recipes

PROBE = {"recipe": {"augmentation": []}, "training": {"views": 0}}
FLIPPED = {"recipe": {"augmentation": [{"name": "flip"}]}, "training": {"views": 4}}


def test_views_are_those_of_recipes_that_have_some() -> None:
    assert _views([PROBE]) == "the plain photo only"
    assert _views([PROBE, FLIPPED]).startswith("4 recorded views")


def test_versions_are_those_that_trained() -> None:
    trained = {"torch": "2.9", "python": "3.11.7"}
    now = {"versions": {**trained, "leafgraft": __version__}}
    before = {"versions": {**trained, "leafgraft": "0.0.9"}}
    newer = {"versions": {**now["versions"], "torch": "2.10"}}
    made = f"; this page is made with leafgraft {__version__}"
    assert _versions([now]) == f"leafgraft {__version__}, torch 2.9, Python 3.11.7"
    assert _versions([before]) == f"leafgraft 0.0.9, torch 2.9, Python 3.11.7{made}"
    assert _versions([{"versions": trained}]) == f"torch 2.9, Python 3.11.7{made}"
    assert _versions([before, newer, now]) == f"leafgraft 0.0.9, {__version__}, torch 2.9, 2.10, Python 3.11.7{made}"


def test_every_device_that_trained_is_named() -> None:
    trained = {**FLIPPED, "recipe": {"backbone": {"name": "vgg16"}, "augmentation": []}, "weights": "none", "seed": 0}
    trained |= {"train_seconds": 1, "versions": {"torch": "2.9", "python": "3.11"}}
    infos = {one: {**trained, "device": one} for one in ("cuda", "cpu")}
    splits = {"folds": [{"train": [], "validation": [], "test": []}], "origin": "given", "keep_groups": True}
    assert dict(_facts({"photos": "leaves", "date": ""}, infos, splits, ""))["Device"] == "cuda, cpu"


def test_places_that_an_earlier_version_did_not_tell_are_those_of_its_split(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    manifest = Manifest("leaves", tuple(Photo(one, one, "rust", 9, 9, one, place=one[0]) for one in ("n1", "n2", "s1")))
    splits = splits_to_json(Splits((Fold(("n1",), (), ("n2", "s1")),), 0, keep_groups=True))
    folder.write_json("costs.json", {})
    folder.write_json("evaluation.json", {"recipes": []})
    assert _evaluation(folder, splits, manifest)["untrained"] == ["s"]
    folder.write_json("evaluation.json", {"recipes": [], "untrained": []})
    assert _evaluation(folder, splits, manifest)["untrained"] == []


def test_validation_photos_that_were_drawn_are_not_told_as_given() -> None:
    splits = {"folds": [{"train": [1] * 8, "validation": [2], "test": [3]}], "seed": 5, "keep_groups": True}
    given = {**splits, "origin": "given"}
    assert _split(given) == "8 train, 1 validation, 1 test (as the photos came, leaves kept together)"
    assert "(as the photos came, validation drawn from training with seed 5, leaves" in _split(
        {**given, "validation_drawn": True}
    )
    assert "(drawn with seed 5, leaves" in _split({**splits, "origin": "drawn", "validation_drawn": False})


def test_curves_of_the_rate_finder_are_called_as_the_study_calls_its_recipes_now(tmp_path: Path) -> None:
    folder, file = StudyFolder(tmp_path), tmp_path / "resolved.yaml"
    one = "photos: leaves\nrecipes:\n  - {backbone: squeezenet1_1, strategy: frozen}\n"
    file.write_text(one, encoding="utf-8")
    (recipe,) = planned_recipes(load_study(file))
    gone = {"identity": "0" * 12, "rates": []}
    folder.write_json("rates.json", {"rates": [{"identity": recipe.identity, "rates": []}, gone]})
    assert [one["recipe"] for one in read_rates(folder)] == ["squeezenet1_1 frozen"]
    file.write_text(one + "  - {backbone: squeezenet1_1, strategy: frozen, loss: focal}\n", encoding="utf-8")
    assert [one["recipe"] for one in read_rates(folder)] == ["squeezenet1_1 frozen cross_entropy"]


def test_curves_that_an_earlier_version_kept_by_name_are_read(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    text = "photos: leaves\nrecipes:\n  - {backbone: squeezenet1_1, strategy: frozen}\n"
    (tmp_path / "resolved.yaml").write_text(text, encoding="utf-8")
    folder.write_json("rates.json", {"rates": [{"recipe": "squeezenet1_1 frozen"}, {"recipe": "vgg16 frozen"}]})
    assert [one["recipe"] for one in read_rates(folder)] == ["squeezenet1_1 frozen"]


def test_a_page_is_written_in_every_language(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    text = "photos: leaves\nrecipes:\n  - {backbone: squeezenet1_1, strategy: frozen}\n"
    (tmp_path / "resolved.yaml").write_text(text, encoding="utf-8")
    assert write_search_page(folder, "잎").name == "tuning.html"
    english, korean = (folder.file(f"report/{name}").read_text("utf-8") for name in ("tuning.html", "tuning.ko.html"))
    assert "All figures are of validation photos." in english
    assert "모든 수치는 검증 사진의 것입니다." in korean
    assert folder.damaged() == ()
