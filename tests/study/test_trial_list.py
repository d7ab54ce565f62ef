"""Keys of trials in folders of this and of earlier versions."""

from __future__ import annotations

from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.split import Fold, Splits
from leafgraft.records.study import Study
from leafgraft.study.trial_list import fingerprint_of, list_trials, planned_trials, resolve_recipes

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


def test_a_folder_keeps_the_keys_that_its_plan_gives() -> None:
    now = list_trials(STUDY, resolve_recipes(STUDY), 1, fingerprint_of(MANIFEST, SPLITS, {}))
    earlier = list_trials(STUDY, resolve_recipes(STUDY), 1)
    assert keys_of(earlier) != keys_of(now)
    for listed in (now, earlier):
        assert keys_of(planned_trials(STUDY, MANIFEST, SPLITS, plan_of(listed))) == keys_of(listed)
