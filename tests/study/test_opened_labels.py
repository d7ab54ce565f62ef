"""What is told of recipes, seeds and test photos that came, changed or were left out after test labels were opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from heard import Heard
from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import take_up
from leafgraft.study.opened_labels import AfterTest, Asked, open_test_labels
from leafgraft.study.steps.derive import Derived


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path)


def trial_of(backbone: str) -> Trial:
    return Trial(Recipe(Choice(backbone), Choice("frozen"), name=backbone), Training(), 0, 0)


def test_a_recipe_added_after_the_opening_is_named(folder: StudyFolder) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    assert open_test_labels([first], (), folder, Silent()).later == ()
    assert open_test_labels([first], (), folder, Silent()).later == ()
    assert open_test_labels([first, second], (), folder, Silent()).later == ("resnet18",)
    assert open_test_labels([first, second], (), folder, Silent()).later == ("resnet18",)


def test_a_recipe_that_is_called_otherwise_now_is_not_added_later(folder: StudyFolder) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    open_test_labels([first], (), folder, Silent())
    renamed = replace(first, recipe=replace(first.recipe, name="vgg16 linear"))
    assert open_test_labels([renamed, second], (), folder, Silent()).later == ("resnet18",)
    assert b"vgg16" not in folder.read_bytes("opened.json")


@pytest.mark.parametrize("damage", [False, True])
def test_a_recipe_that_trains_otherwise_now_was_chosen_later(folder: StudyFolder, *, damage: bool) -> None:
    trained = trial_of("vgg16")
    probe = replace(trained, recipe=replace(trained.recipe, strategy=Choice("probe"), name="probe"))
    derived = [
        Derived(f"tta4-{one.key}", f"{one.recipe.name} + TTA(4)", 0, 0, (one.key,), f"4 views of {one.key}")
        for one in (trained, probe)
    ]
    open_test_labels([trained, probe], derived, folder, Silent())
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    more_seeds = replace(trained, training=Training(seeds=(0, 1)))
    assert open_test_labels([more_seeds, probe], derived, folder, Silent()).later == ()
    for key, value in {"epochs": 51, "patience": 8, "batch_size": 8, "views": 0}.items():
        other = replace(trained, training=replace(Training(), **{key: value}))
        views = replace(derived[0], of=(other.key,))
        later = open_test_labels([other, probe], [views, derived[1]], folder, Silent()).later
        assert later == ("vgg16", "vgg16 + TTA(4)")
    assert open_test_labels([trained, probe], derived, folder, Silent()).later == ()


def test_what_an_earlier_version_opened_by_name_counts(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    folder.write_json("opened.json", {"opened": "2026-11-27", "recipes": {"vgg16": first.recipe.identity}})
    assert open_test_labels([first, trial_of("resnet18")], (), folder, Silent()).later == ("resnet18",)


@pytest.mark.parametrize("damage", [False, True])
def test_another_split_or_other_weights_were_chosen_later(folder: StudyFolder, *, damage: bool) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    both, views = [first, second], [Derived("tta", "vgg16 + TTA(4)", 0, 0, (first.key,), "views")]
    plan, weights = SplitPlan(), {first.recipe.identity: "a", second.recipe.identity: "b"}
    assert open_test_labels(both, views, folder, Silent(), Asked(plan, weights)).later == ()
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    assert open_test_labels(both, views, folder, Silent(), Asked(replace(plan, folds=5), weights)).later == ()
    assert open_test_labels(both, views, folder, Silent(), Asked(None, weights)).later == ()
    everything = ("vgg16", "resnet18", "vgg16 + TTA(4)")
    for other in (replace(plan, seed=1), replace(plan, train=0.7, test=0.2), replace(plan, keep_groups=False)):
        assert open_test_labels(both, views, folder, Silent(), Asked(other, weights)).later == everything
    of_first = {**weights, first.recipe.identity: "other bytes"}
    assert open_test_labels(both, views, folder, Silent(), Asked(plan, of_first)).later == ("vgg16", "vgg16 + TTA(4)")


def test_an_earlier_version_did_not_say_how_photos_were_divided(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    folder.write_json("opened.json", {"recipes": [first.recipe.identity]})
    weights = {first.recipe.identity: "a"}
    assert open_test_labels([first], (), folder, Silent(), Asked(SplitPlan(seed=1), weights)).later == ()


@pytest.mark.parametrize("damage", ["deleted", "flipped", "emptied", "another shape"])
def test_damage_does_not_hide_what_was_seen_before(folder: StudyFolder, damage: str) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    open_test_labels([first], (), folder, Silent())
    path = folder.file("opened.json")
    if damage == "deleted":
        path.unlink()
    elif damage == "another shape":
        folder.write_json("opened.json", {"recipes": 7})
    else:
        path.write_bytes(b"" if damage == "emptied" else path.read_bytes().replace(b"recipes", b"recipez"))
    heard = Heard()
    take_up(folder, heard)
    assert open_test_labels([first, second], (), folder, heard).later == ("resnet18",)
    assert folder.read_json("opened.json")["recipes"] == [first.recipe.identity]
    assert any("opened.json" in line for line in heard.lines) == (damage in {"flipped", "emptied"})


def test_where_nothing_tells_what_was_seen_before_all_count_as_added_later(folder: StudyFolder) -> None:
    open_test_labels([trial_of("vgg16")], (), folder, Silent())
    folder.file("opened.json").write_bytes(b"{")
    folder.file("log.jsonl").unlink()
    heard = Heard()
    assert open_test_labels([trial_of("vgg16")], (), folder, heard).later == ("vgg16",)
    assert "all recipes count as added later" in heard.lines[0]


def test_a_run_killed_between_log_and_file_opened_the_rows_all_the_same(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    open_test_labels([first], (), folder, Silent())
    folder.file("opened.json").unlink()
    assert open_test_labels([first], (), folder, Silent()).later == ()


FIRST, OTHER = ("a",), ("b",)


@pytest.mark.parametrize(("before", "now", "marked"), [
    (FIRST, FIRST, False),
    (FIRST, OTHER, True),
    (FIRST, ("c", "d"), False),
    (("c", "d"), ("c", "d"), False),
    (("c", "d"), ("d", "e"), True),
    (("c", "d"), FIRST, True),
    (("c", "d"), ("e", "f", "g"), True),
    (("c", "d"), ("c", "d", "e"), False),
    ((), FIRST, False),
    (FIRST, (), False),
])  # fmt: skip
@pytest.mark.parametrize("damage", [False, True])
def test_other_test_photos_mark_all_but_one_part_may_become_folds_and_folds_be_added(
    folder: StudyFolder, before: tuple[str, ...], now: tuple[str, ...], *, marked: bool, damage: bool
) -> None:
    first = trial_of("vgg16")
    views = [Derived("tta", "vgg16 + TTA(4)", 0, 0, (first.key,), "views")]
    open_test_labels([first], views, folder, Silent(), Asked(tested=before))
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    later = open_test_labels([first], views, folder, Silent(), Asked(tested=now)).later
    assert later == (("vgg16", "vgg16 + TTA(4)") if marked else ())


def test_a_seed_that_was_seen_and_is_exchanged_marks_all(folder: StudyFolder) -> None:
    trials = [replace(trial_of("vgg16"), seed=seed, training=Training(seeds=(0, 1))) for seed in (0, 1)]
    open_test_labels(trials, (), folder, Silent())
    assert open_test_labels(trials[:1], (), folder, Silent()).later == ()  # the other could not be trained
    more = [replace(trials[0], seed=seed, training=Training(seeds=(0, 1, 7))) for seed in (0, 1, 7)]
    assert open_test_labels(more, (), folder, Silent()).later == ()
    for seeds in ((0,), (0, 7)):
        fewer = [replace(trials[0], seed=seed, training=Training(seeds=seeds)) for seed in seeds]
        assert open_test_labels(fewer, (), folder, Silent()).later == ("vgg16",)


def test_a_recipe_that_was_tested_and_left_out_is_told(folder: StudyFolder) -> None:
    first, second, third = (trial_of(name) for name in ("vgg16", "resnet18", "alexnet"))
    views = [Derived("tta", "vgg16 + TTA(4)", 0, 0, (first.key,), "views")]
    open_test_labels([first, second], views, folder, Silent())
    heard, planned = Heard(), frozenset(one.recipe.identity for one in (first, second))
    assert (
        open_test_labels([first], (), folder, heard, Asked(recipes=planned)) == AfterTest()
    )  # it could not be trained
    assert heard.lines == []
    assert open_test_labels([first], (), folder, heard) == AfterTest((), 1)
    assert heard.lines == [
        "1 recipe was tested and is left out of the study since the test rows were seen. The page says so."
    ]
    assert open_test_labels([third], (), folder, heard) == AfterTest(("alexnet",), 2)
    assert heard.lines[-1].startswith("2 recipes were tested and are left out of the study")
    assert open_test_labels([first, second], views, folder, heard) == AfterTest((), 1)  # the third


@pytest.mark.parametrize("damage", [False, True])
def test_what_was_tested_since_and_left_out_is_told_too(folder: StudyFolder, *, damage: bool) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    open_test_labels([first], (), folder, Silent())
    opened = folder.read_json("opened.json")
    seeds = [replace(first, seed=seed, training=Training(seeds=(0, 7))) for seed in (0, 7)]
    assert open_test_labels([first, second], (), folder, Silent()) == AfterTest(("resnet18",))
    assert open_test_labels([*seeds, second], (), folder, Silent()) == AfterTest(("resnet18",))
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    assert open_test_labels(seeds, (), folder, Silent()) == AfterTest((), 1)
    seed_0 = replace(first, training=Training(seeds=(0,)))
    assert open_test_labels([seed_0], (), folder, Silent()) == AfterTest(("vgg16",), 1)
    told = {"seeds": [0, 7], "trained": sorted(one.recipe.identity for one in (first, second))}
    assert folder.read_json("opened.json") == {**opened, **told}


def test_an_earlier_version_did_not_say_which_photos_seeds_and_recipes_were_tested(folder: StudyFolder) -> None:
    folder.write_json("opened.json", {"recipes": [trial_of("vgg16").recipe.identity, "gone"]})
    other = replace(trial_of("vgg16"), seed=7, training=Training(seeds=(7,)))
    assert open_test_labels([other], (), folder, Silent(), Asked(tested=FIRST)) == AfterTest()


def test_another_way_to_divide_the_photos_was_chosen_later(folder: StudyFolder) -> None:
    trial, plan = trial_of("vgg16"), SplitPlan()
    by_place, five = replace(plan, leave_out="place"), replace(plan, folds=5)
    hashes = ("a", "b", "c", "d", "e")
    open_test_labels([trial], (), folder, Silent(), Asked(by_place, tested=hashes[:3]))
    assert open_test_labels([trial], (), folder, Silent(), Asked(by_place, tested=hashes[:3])).later == ()
    assert open_test_labels([trial], (), folder, Silent(), Asked(five, tested=hashes)).later == ("vgg16",)
    folder.file("opened.json").unlink()
    folder.file("log.jsonl").unlink()
    open_test_labels([trial], (), folder, Silent(), Asked(None, tested=("given",)))
    assert open_test_labels([trial], (), folder, Silent(), Asked(None, tested=("given",))).later == ()
    assert open_test_labels([trial], (), folder, Silent(), Asked(five, tested=hashes)).later == ("vgg16",)


def test_a_recipe_that_was_planned_and_could_not_be_trained_was_not_chosen_later(folder: StudyFolder) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    both = frozenset({first.recipe.identity, second.recipe.identity})
    open_test_labels([first], (), folder, Silent(), Asked(recipes=both))
    assert open_test_labels([first, second], (), folder, Silent(), Asked(recipes=both)) == AfterTest()


def asked(*corrected: str) -> Asked:
    """Photos a to d are test photos; ``a:rust`` has another label, ``a:`` is excluded."""
    told = (one.split(":") for one in corrected)
    return Asked(corrected={photo: (label, photo in "abcd") for photo, label in told})


@pytest.mark.parametrize("damage", [False, True])
def test_test_photos_that_were_corrected_since_are_counted(folder: StudyFolder, *, damage: bool) -> None:
    trials, before = [trial_of("vgg16")], ("a:rust", "b:", "x:")
    assert open_test_labels(trials, (), folder, Silent(), asked(*before)).corrected == (0, 0)
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    others = ("a:healthy", "c:rust", "d:", "y:rust")
    for now, since in ((before, (0, 0)), (others, (2, 1)), (("b:rust", "a:"), (1, 1)), ((), (0, 0))):
        assert open_test_labels(trials, (), folder, Silent(), asked(*now)).corrected == since


def test_what_was_corrected_before_and_is_tested_since_there_are_more_folds_counts_not(folder: StudyFolder) -> None:
    first = Asked(tested=("0",), corrected={"a": ("rust", True), "x": ("rust", False), "y": ("", False)})
    grown = Asked(tested=("0", "1"), corrected={photo: (label, True) for photo, (label, _) in first.corrected.items()})
    open_test_labels([trial_of("vgg16")], (), folder, Silent(), first)
    assert open_test_labels([trial_of("vgg16")], (), folder, Silent(), grown) == AfterTest()


@pytest.mark.parametrize("damage", [False, True])
def test_an_earlier_version_did_not_say_what_was_corrected(folder: StudyFolder, *, damage: bool) -> None:
    trials = [trial_of("vgg16")]
    opening = {"recipes": [trials[0].recipe.identity]}
    folder.log("test rows opened", **opening)
    folder.write_json("opened.json", opening)
    assert open_test_labels(trials, (), folder, Silent(), asked("a:rust")) == AfterTest()
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    assert open_test_labels(trials, (), folder, Silent(), asked("a:rust", "b:")).corrected == (0, 1)
