"""`tune:` in a study file: what it says, and what it must not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leafgraft.errors import StudyFileError
from leafgraft.records.recipe import Choice
from leafgraft.records.study import Study
from leafgraft.records.tuning import Options, Range
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_syntax.whole_study import resolved_text

STUDY = """
photos: leaves
{top}
recipes:
  - backbone: mobilenet_v2
    strategy: frozen
    {more}
    tune: {tune}
"""
Load = Callable[..., Study]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(tune: str, more: str = "", top: str = "") -> Study:
        path = tmp_path / "study.yaml"
        path.write_text(STUDY.format(tune=tune, more=more, top=top), encoding="utf-8")
        return load_study(path)

    return load


def test_ranges_lists_and_whole_numbers(load: Load) -> None:
    study = load(
        "{trials: 200, seed: 3, prune: false, learning_rate: {log: [1e-5, 1e-2]}, optimizer: {sgd: {momentum: "
        "{range: [0, 0.9]}}}, head: [linear, {mlp: {hidden: [[256], [512, 128]], dropout: {range: [0, 0.6]}}}], "
        "scheduler: {plateau: {patience: {int: [1, 5]}}}, augmentation: [[flip], [flip, jitter]], "
        "image_size: [128, 224]}"
    )
    assert study.recipes == ()
    tuning = study.tuned[0].tuning
    assert (tuning.trials, tuning.seed, tuning.prune) == (200, 3, False)
    assert tuning.space["learning_rate"] == Range(1e-5, 1e-2, log=True)
    assert tuning.space["scheduler"] == Options((Choice("plateau", {"patience": Range(1, 5, whole=True)}),))
    assert tuning.space["image_size"] == Options((128, 224))
    head = tuning.space["head"]
    assert isinstance(head, Options)
    assert head.values[1] == Choice("mlp", {"hidden": Options(([256], [512, 128])), "dropout": Range(0.0, 0.6)})
    assert tuning.space["augmentation"] == Options(((Choice("flip"),), (Choice("flip"), Choice("jitter"))))


def test_it_is_written_and_read_again(load: Load, tmp_path: Path) -> None:
    tune = (
        "{learning_rate: {log: [1e-5, 1e-2]}, head: [linear, {mlp: {dropout: {range: [0, 0.6]}, hidden: [[8], [9]]}}], "
        "scheduler: {plateau: {patience: {int: [1, 5]}}}, augmentation: [[flip], [flip, jitter]]}"
    )
    study = load(tune, more="loss: [focal, cross_entropy]")
    assert len(study.tuned) == 2
    (tmp_path / "again.yaml").write_text(resolved_text(study), encoding="utf-8")
    again = load_study(tmp_path / "again.yaml")
    assert [one.tuning.space for one in again.tuned] == [one.tuning.space for one in study.tuned]
    assert [one.recipe for one in again.tuned] == [one.recipe for one in study.tuned]


def test_a_block_beside_a_search_for_all_says_that_it_has_none(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "photos: x\ntune: {learning_rate: [0.1, 0.01]}\nrecipes:\n  - backbone: resnet18\n"
        "  - {backbone: vgg16, strategy: probe, tune: null}\n",
        encoding="utf-8",
    )
    study = load_study(path)
    assert [one.recipe.backbone.name for one in study.tuned] == ["resnet18"]
    assert [one.backbone.name for one in study.recipes] == ["vgg16"]


def test_a_search_at_the_top_is_of_every_block_and_best_of_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(
        "photos: x\ntune: {learning_rate: [0.1, 0.01]}\nrecipes:\n  - backbone: resnet18\n"
        "  - backbone: vgg16\n    tune: {loss: [focal, cross_entropy], trials: 9}\n",
        encoding="utf-8",
    )
    assert [one.tuning.trials for one in load_study(path).tuned] == [50, 9]
    path.write_text("photos: x\nrecipes: [{backbone: resnet18, best_of: 40}]\n", encoding="utf-8")
    study = load_study(path)
    assert study.recipes[0].best_of == 40
    path.write_text(resolved_text(study), encoding="utf-8")
    assert load_study(path).recipes[0].best_of == 40


WRONG = [
    ("{learning_rat: {log: [1e-5, 1e-2]}}", "Did you mean 'learning_rate'"),
    ("{learning_rate: {lgo: [1e-5, 1e-2]}}", "Did you mean 'log'"),
    ("{learning_rate: {integer: [1, 2]}}", "Did you mean 'int'"),
    ("{learning_rate: {log: [1e-2, 1e-5]}}", "from low to high"),
    ("{learning_rate: {log: [0, 1e-2]}}", "begin above 0"),
    ("{learning_rate: {log: [1e-5]}}", "two numbers"),
    ("{learning_rate: {log: 1e-5}}", "two numbers"),
    ("{learning_rate: {log: [a, b]}}", "two numbers"),
    ("{learning_rate: {log: [1e-5, .inf]}}", "two numbers"),
    ("{learning_rate: {log: [1e-5, 1], range: [0, 1]}}", "one range"),
    ("{learning_rate: {}}", "one range"),
    ("{learning_rate: 0.1}", "a range, or a list of values"),
    ("{learning_rate: []}", "a range, or a list of values"),
    ("{learning_rate: [fast, slow]}", "a range, or a list of values"),
    ("{image_size: {int: [64, 128]}}", "a list of values"),
    ("{batch_norm: [train, frozen]}", "a list of values"),
    ("{augmentation: flip}", "a list of values"),
    ("{augmentation: [[], [flip, 3]]}", "augmentation must be menu names, or {name"),
    ("{augmentation: [1, 2]}", "augmentation must be menu names, or {name"),
    ("{augmentation: [[flip, [jitter]]]}", "augmentation must be menu names, or {name"),
    ("{augmentation: [[null]]}", "augmentation must be menu names, or {name"),
    ("{learning_rate: {log: [1e-3, 1e-3]}}", "two numbers that differ"),
    ("{head: []}", "a list of values"),
    ("{head: [{mlp: {dropout: {rnge: [0, 1]}}}]}", "Did you mean 'range'"),
    ("{head: [{mlp: {hidden: []}}]}", "hidden must be a list"),
    ("{head: [{mlp: 5}]}", "See: leafgraft menu"),
    ("{head: [{mlp: {}, linear: {}}]}", "It has 2 names"),
    ("{scheduler: {plateau: {patience: {int: [1, 2.5]}}}}", "whole ends"),
    ("{trials: 0, learning_rate: [1e-3, 1e-2]}", "trials must be a whole number from 1"),
    ("{trials: many, learning_rate: [1e-3, 1e-2]}", "trials must be a whole number from 1"),
    ("{prune: 1, learning_rate: [1e-3, 1e-2]}", "prune must be true or false"),
    ("{trails: 5, learning_rate: [1e-3, 1e-2]}", "Did you mean 'trials'"),
    ("{trials: 5}", "name what to search"),
    ("{}", "name what to search"),
    ("[learning_rate]", "tune"),
    ("{tune: {}}", "must be a recipe key"),
    ("{strategy: [frozen, full]}", "fixed or searched for"),
]


@pytest.mark.parametrize(("tune", "words"), WRONG, ids=[tune for tune, _ in WRONG])
def test_what_is_wrong_is_said_with_its_line(load: Load, tune: str, words: str) -> None:
    with pytest.raises(StudyFileError) as caught:
        load(tune)
    said = str(caught.value)
    assert words in said
    assert "study.yaml, line " in said


@pytest.mark.parametrize("split", ["folds: 5", "leave_out: place"])
def test_folds_leave_no_photo_for_a_search(load: Load, split: str) -> None:
    with pytest.raises(StudyFileError, match=f"split has {split}, so every photo is a test photo of some fold"):
        load("{learning_rate: [1e-3, 1e-2]}", top=f"split: {{{split}}}")
