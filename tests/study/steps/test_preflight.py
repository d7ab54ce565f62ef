"""Faults that are known before training are said before training."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from heard import Heard
from leafgraft.errors import LeafgraftError, MenuError, PhotosError, StudyFileError, TrainingError, WeightsError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, SmallFirst, Training
from leafgraft.records.split import Fold, Splits
from leafgraft.records.study import Ensemble, Study
from leafgraft.records.tuning import Options, Range, Tuned, Tuning
from leafgraft.study.steps.preflight import (
    check_balance,
    check_classes,
    check_ensembles,
    check_losses,
    check_networks,
    check_tuning,
)
from leafgraft.study.trial_list import complete_trials, list_trials, planned_recipes, resolve_recipes

SMALL = Recipe(Choice("squeezenet1_1"), weights="none", image_size=32)
STUDY = Study("small", "photos", (SMALL, replace(SMALL, strategy=Choice("uniform"))))
MANIFEST = Manifest("", tuple(Photo(f"{n}", f"{n}.jpg", "ab"[n % 2], 9, 9, f"g{n}") for n in range(8)))


def test_more_stages_than_the_backbone_has() -> None:
    recipes = resolve_recipes(replace(STUDY, recipes=(replace(SMALL, strategy=Choice("partial", {"last": 6})),)))
    with pytest.raises(MenuError, match="has 5: stem"):
        check_networks(recipes, 50, Silent())
    check_networks(resolve_recipes(STUDY), 50, Silent())


def test_what_never_learns_is_said() -> None:
    strategies = (Choice("gradual", {"unfreeze_at": 5}), Choice("stagewise", {"every": 2}), Choice("partial"))
    recipes = resolve_recipes(replace(STUDY, recipes=tuple(replace(SMALL, strategy=one) for one in strategies)))
    said = {}
    for epochs in (2, 5, 6, 50):
        heard = Heard()
        check_networks(recipes, epochs, heard)
        said[epochs] = heard.lines
    gradual = "squeezenet1_1 gradual unfreezes after 5 epochs, and there are {}: it stays frozen."
    stagewise = "squeezenet1_1 stagewise(every=2) "
    assert said == {
        2: [gradual.format(2), f"{stagewise}unfreezes after 2 epochs, and there are 2: it stays frozen."],
        5: [
            gradual.format(5),
            f"{stagewise}does not unfreeze all in 5 epochs; these stages never learn: stem, fire2_3, fire4_5.",
        ],
        6: [f"{stagewise}does not unfreeze all in 6 epochs; these stages never learn: stem, fire2_3, fire4_5."],
        50: [],
    }


def test_batch_norm_that_has_no_effect_is_said() -> None:
    resnet = replace(SMALL, backbone=Choice("resnet18"))
    of = [replace(one, strategy=Choice(name)) for one in (SMALL, resnet) for name in ("frozen", "full", "probe")]
    recipes = resolve_recipes(replace(STUDY, recipes=tuple(replace(one, batch_norm="fixed") for one in of)))
    heard = Heard()
    check_networks(recipes, 50, heard)
    idle = [f"{one} batch_norm=fixed" for one in ("squeezenet1_1 frozen", "squeezenet1_1 full", "resnet18 frozen")]
    assert heard.lines == [
        f"batch_norm: fixed changes nothing in {one}, as no batch normalisation learns there." for one in idle
    ]


def test_weights_of_another_network(tmp_path) -> None:
    save_file({"features.0.weight": np.zeros((3, 3), np.float32)}, tmp_path / "other.safetensors")
    other = replace(SMALL, weights=str(tmp_path / "other.safetensors"))
    with pytest.raises(WeightsError, match="must fit squeezenet1_1"):
        check_networks(resolve_recipes(replace(STUDY, recipes=(SMALL, other))), 50, Silent())


def test_a_class_without_a_photo() -> None:
    check_classes(MANIFEST)
    with pytest.raises(PhotosError, match="Class 'rust' has none: the folder is empty") as refused:
        check_classes(replace(MANIFEST, empty={"rust": "the folder is empty", "smut": "a link"}))
    assert "Nor has smut" in refused.value.found
    assert "exclude: [rust]" in refused.value.mend


def test_class_weights_of_another_number_of_classes() -> None:
    recipes = resolve_recipes(replace(STUDY, recipes=(replace(SMALL, loss=Choice("focal", {"alpha": [1, 2, 3]})),)))
    with pytest.raises(MenuError, match="one number per class, 2"):
        check_losses(recipes, MANIFEST)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Ensemble("best", 3), "The study has 2"),
        (Ensemble(("squeezenet1_1 frozen", "vgg16 frozen")), "There is no vgg16 frozen"),
    ],
)
def test_ensembles_that_cannot_be(wanted: Ensemble, words: str) -> None:
    study = replace(STUDY, ensembles=(wanted,))
    with pytest.raises(StudyFileError, match=words):
        check_ensembles(study, resolve_recipes(study))


@pytest.mark.parametrize("wanted", [Ensemble("best", 2), Ensemble("all"), Ensemble(("squeezenet1_1 uniform",))])
def test_ensembles_that_can_be(wanted: Ensemble) -> None:
    check_ensembles(replace(STUDY, ensembles=(wanted,)), resolve_recipes(STUDY))


@pytest.mark.parametrize("wanted", [Ensemble("best", 2), Ensemble(("squeezenet1_1 uniform", "squeezenet1_1 frozen"))])
def test_the_same_ensemble_twice_is_refused_before_any_training(wanted: Ensemble) -> None:
    study = replace(STUDY, ensembles=(wanted, Ensemble("all"), wanted))
    with pytest.raises(StudyFileError, match=rf"'{wanted.name}' is there 2 times"):
        check_ensembles(study, resolve_recipes(study))


def test_weights_are_averaged_of_networks_that_are_alike() -> None:
    others = (replace(SMALL, head=Choice("mlp"), image_size=64), replace(SMALL, backbone=Choice("resnet18")))
    study = replace(STUDY, recipes=(*STUDY.recipes, *others))
    recipes = resolve_recipes(study)
    first, alike, deeper, larger = (recipe.name for recipe in recipes)

    def check(*names: str) -> None:
        check_ensembles(replace(study, ensembles=(Ensemble(names, average="weights"),)), recipes)

    check(first, alike)
    with pytest.raises(StudyFileError, match=r"differ in image size, head\."):
        check(first, deeper)
    with pytest.raises(StudyFileError, match=r"differ in backbone\."):
        check(larger, first)


def test_weights_are_not_averaged_with_those_of_a_search_that_may_find_another_head() -> None:
    """The averaged networks would be refused when the search has ended, and at each run after it."""
    heads = Options((Choice("linear"), Choice("mlp")))
    for space, words in (({"head": heads}, r"may differ in head, among which"), ({"loss": Options(("focal",))}, "")):
        study = replace(STUDY, tuned=(Tuned(SMALL, Tuning(space, trials=9)),))
        recipes = planned_recipes(study)
        wanted = Ensemble((recipes[1].name, recipes[-1].name), average="weights")
        with pytest.raises(StudyFileError, match=words) if words else nullcontext():
            check_ensembles(replace(study, ensembles=(wanted,)), recipes)


def test_a_seed_that_failed_on_one_fold_is_left_out_of_the_comparison() -> None:
    study = replace(STUDY, training=Training(seeds=(0, 1)))
    trials = list_trials(study, resolve_recipes(study), folds=2)
    failed = next(one for one in trials if (one.seed, one.fold) == (1, 1))
    kept = complete_trials(trials, {failed.key: "not a number"})
    assert len(kept) == len(trials) - 2
    assert not [one for one in kept if one.recipe == failed.recipe and one.seed == 1]


def test_nothing_but_failures() -> None:
    trials = list_trials(STUDY, resolve_recipes(STUDY), folds=1)
    with pytest.raises(TrainingError, match="2 of 2 trials failed; the first: not a number") as caught:
        complete_trials(trials, {one.key: "not a number." for one in trials})
    assert isinstance(caught.value, LeafgraftError)


def test_auxiliary_heads_are_named_wherever_the_network_has_them_or_not() -> None:
    googlenet = replace(SMALL, backbone=Choice("googlenet"))
    three = (googlenet, replace(googlenet, auxiliary=True, strategy=Choice("full")))
    names = [recipe.name for recipe in resolve_recipes(replace(STUDY, recipes=three))]
    assert names == ["googlenet frozen no auxiliary", "googlenet full auxiliary"]


def test_small_photos_first_need_epochs_in_which_the_whole_network_learns() -> None:
    first = replace(SMALL, image_size=64, small_first=SmallFirst(32, epochs=3))
    check_networks(resolve_recipes(replace(STUDY, recipes=(replace(first, strategy=Choice("full")),))), 50, Silent())
    for strategy in (Choice("frozen"), Choice("partial", {"last": 1}), Choice("gradual", {"unfreeze_at": 3})):
        recipes = resolve_recipes(replace(STUDY, recipes=(replace(first, strategy=strategy),)))
        with pytest.raises(MenuError, match=f"strategy: {strategy.name} has none"):
            check_networks(recipes, 50, Silent())


def test_small_photos_first_need_a_network_that_takes_them() -> None:
    fixed = Recipe(Choice("timm:pit_ti_224"), Choice("full"), weights="none", small_first=SmallFirst(64, epochs=3))
    with pytest.raises(MenuError, match="at 224 px does not take 64 px"):
        check_networks(resolve_recipes(replace(STUDY, recipes=(fixed,))), 50, Silent())


def test_small_photos_are_named_where_they_differ() -> None:
    full = replace(SMALL, image_size=64, strategy=Choice("full"))
    both = (full, replace(full, small_first=SmallFirst(32, epochs=3)))
    names = [recipe.name for recipe in resolve_recipes(replace(STUDY, recipes=both))]
    assert names == ["squeezenet1_1 full image_size=64", "squeezenet1_1 full image_size=32 for 3, 64"]


PROBE = replace(SMALL, strategy=Choice("probe"))


def test_a_probe_keeps_its_trials_however_long_the_others_train() -> None:
    def keys(**given: object) -> dict[str, set[str]]:
        study = replace(STUDY, recipes=(SMALL, PROBE), training=Training(**given))
        trials = list_trials(study, resolve_recipes(study), folds=1)
        return {name: {one.key for one in trials if one.recipe.strategy.name == name} for name in ("frozen", "probe")}

    short, long = keys(seeds=(0, 1)), keys(epochs=7, patience=3, batch_size=8, views=1, seeds=(0, 1))
    assert len(short["probe"]) == 2  # one for each seed, as of the recipes that it is compared with
    assert short["probe"] == long["probe"]
    assert not short["frozen"] & long["frozen"]


def test_what_has_no_part_in_a_probe_does_not_multiply_it_or_stand_in_its_name() -> None:
    changed = tuple(
        replace(one, loss=Choice(loss), augmentation=(Choice("flip"),))
        for one in (SMALL, PROBE)
        for loss in ("focal", "cross_entropy")
    )
    names = [recipe.name for recipe in resolve_recipes(replace(STUDY, recipes=changed))]
    assert names == [
        "squeezenet1_1 frozen focal flip",
        "squeezenet1_1 frozen cross_entropy flip",
        "squeezenet1_1 probe",
    ]


def test_a_probe_has_nothing_to_search_for() -> None:
    space = {"learning_rate": Range(1e-4, 1e-1, log=True)}
    fixed = Tuned(PROBE, Tuning(space, where="small.yaml, line 5"))
    drawn = Tuned(SMALL, Tuning({**space, "strategy": Options((Choice("frozen"), Choice("probe")))}, where="line 7"))
    for tuned in (fixed, drawn):
        with pytest.raises(StudyFileError, match=rf"{tuned.tuning.where}: tune needs recipes that are trained"):
            check_tuning(replace(STUDY, tuned=(tuned,)))


@pytest.mark.parametrize(
    ("place_of", "left_out", "words"),
    [
        (lambda _: "", "", "two places or more. None has a place"),
        (lambda _: "home", "", "two places or more. All are of 'home'"),
        (lambda number: "home" if number < 6 else "field", "field", "All are of 'home' while 'field' is left out"),
    ],
)
def test_places_that_are_to_count_alike_are_two(place_of, left_out, words) -> None:
    photos = tuple(replace(photo, place=place_of(number)) for number, photo in enumerate(MANIFEST.photos))
    splits = Splits((Fold(("0", "1", "2"), ("3", "4"), ("6", "7"), left_out),), 0, True)
    check_balance(STUDY, replace(MANIFEST, photos=photos), splits)
    balanced = replace(STUDY, recipes=(SMALL, replace(SMALL, balance="places")))
    searched = replace(STUDY, tuned=(Tuned(SMALL, Tuning({"balance": Options(("none", "places"))})),))
    for study in (balanced, searched):
        with pytest.raises(PhotosError, match=words):
            check_balance(study, replace(MANIFEST, photos=photos), splits)
        placed = (replace(photos[0], place="farm"), *(replace(one, place="home") for one in photos[1:]))
        check_balance(study, replace(MANIFEST, photos=placed), splits)
