"""Keys of trials in folders of this and of earlier versions."""

from __future__ import annotations

from dataclasses import replace

from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.split import Fold, Splits
from leafgraft.records.study import Ensemble, Study
from leafgraft.records.tuning import Options, Tuned, Tuning
from leafgraft.study.steps.preflight import check_ensembles
from leafgraft.study.trial_list import fingerprint_of, list_trials, planned_recipes, planned_trials, resolve_recipes

STUDY = Study("leaves", "leaves", (Recipe(Choice("squeezenet1_1"), weights="none"),))
PHOTOS = tuple(Photo(f"{number:016x}", f"a/{number}.jpg", "a", 9, 9, str(number)) for number in range(3))
MANIFEST = Manifest("leaves", PHOTOS)
SPLITS = Splits((Fold(*((photo.photo_id,) for photo in PHOTOS)),), 0, keep_groups=True, origin="drawn")


def keys_of(trials) -> list[str]:
    return [trial.key for trial in trials]


def plan_of(trials) -> dict:
    return {"trials": [{"key": trial.key} for trial in trials]}


def test_other_photos_give_other_keys() -> None:
    photos = fingerprint_of(MANIFEST, SPLITS, {})
    other = fingerprint_of(Manifest("leaves", PHOTOS[1:]), SPLITS, {})
    moved = fingerprint_of(Manifest("elsewhere", PHOTOS), SPLITS, {})
    of = [keys_of(list_trials(STUDY, resolve_recipes(STUDY), 1, one)) for one in (photos, other, moved)]
    assert of[0] != of[1]
    assert of[0] == of[2]


def test_recipes_that_differ_by_little_have_names_of_their_own() -> None:
    rates = [replace(STUDY.recipes[0], learning_rate=rate) for rate in (0.001, 0.0010001, 0.0123456)]
    focal = [Choice("focal", {"gamma": gamma}) for gamma in (1.0, 1.00001)]
    study = replace(STUDY, recipes=(*rates, *(replace(rates[2], loss=loss) for loss in focal)))
    assert [recipe.name.removeprefix("squeezenet1_1 frozen ") for recipe in resolve_recipes(study)] == [
        "cross_entropy learning_rate=0.001",
        "cross_entropy learning_rate=0.0010001",
        "cross_entropy learning_rate=0.0123",
        "focal(gamma=1.0) learning_rate=0.0123456",
        "focal(gamma=1.00001) learning_rate=0.0123456",
    ]


def test_a_folder_keeps_the_keys_that_its_plan_gives() -> None:
    now = list_trials(STUDY, resolve_recipes(STUDY), 1, fingerprint_of(MANIFEST, SPLITS, {}))
    earlier = list_trials(STUDY, resolve_recipes(STUDY), 1)
    assert keys_of(earlier) != keys_of(now)
    for listed in (now, earlier):
        assert keys_of(planned_trials(STUDY, MANIFEST, SPLITS, plan_of(listed))) == keys_of(listed)


def test_without_places_keys_are_what_they_were_before_there_were_any() -> None:
    probe = Recipe(Choice("squeezenet1_1"), Choice("probe"), weights="none")
    study = replace(STUDY, recipes=(*STUDY.recipes, probe))
    trials = list_trials(study, resolve_recipes(study), 1, fingerprint_of(MANIFEST, SPLITS, {}))
    assert keys_of(trials) == ["squeezenet1_1-frozen-s0-f0-c7be0749", "squeezenet1_1-probe-s0-f0-6c701b9b"]


def test_places_and_their_balance_give_other_keys() -> None:
    placed = Manifest("leaves", tuple(replace(photo, place="field") for photo in PHOTOS))
    assert fingerprint_of(placed, SPLITS, {}) != fingerprint_of(MANIFEST, SPLITS, {})
    study = replace(STUDY, recipes=(*STUDY.recipes, replace(STUDY.recipes[0], balance="places")))
    recipes = resolve_recipes(study)
    assert [recipe.name for recipe in recipes] == [
        "squeezenet1_1 frozen balance=none",
        "squeezenet1_1 frozen balance=places",
    ]
    assert len(set(keys_of(list_trials(study, recipes, 1)))) == 2


RATES = Tuning({"learning_rate": Options((0.001, 0.01))}, trials=12)


def test_a_search_is_planned_beside_a_recipe_that_equals_the_first_of_its_settings() -> None:
    """It may find others: a plan with one trial too few, and ensembles that are refused, were the price."""
    (given,) = resolve_recipes(STUDY)
    first = replace(given, learning_rate=0.001)
    study = replace(STUDY, recipes=(first, first), tuned=(Tuned(first, RATES), Tuned(first, RATES)))
    recipes = planned_recipes(study)
    assert [recipe.name for recipe in recipes] == [
        "squeezenet1_1 frozen",
        "squeezenet1_1 frozen (best of 12), search 1",
        "squeezenet1_1 frozen (best of 12), search 2",
    ]
    check_ensembles(replace(study, ensembles=(Ensemble("best", 3),)), recipes)
    assert [recipe.name for recipe in planned_recipes(replace(study, tuned=study.tuned[:1]))] == [
        "squeezenet1_1 frozen",
        "squeezenet1_1 frozen (best of 12)",
    ]
