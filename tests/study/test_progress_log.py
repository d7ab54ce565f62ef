"""What a run takes down, and how it takes up what another left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.records.split import SplitPlan
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import identity_of, is_judged, take_up, take_up_trials
from leafgraft.study.progress_log import ProgressLog
from leafgraft.study.steps.derive import Derived
from leafgraft.study.steps.evaluation import open_test_labels


class Heard(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.noted: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def note(self, event: str, **fields: object) -> None:
        self.noted.append(event)


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path)


def trial_of(backbone: str) -> Trial:
    return Trial(Recipe(Choice(backbone), Choice("frozen"), name=backbone), Training(), 0, 0)


def test_stages_tasks_and_events_are_taken_down_with_their_stage(folder: StudyFolder) -> None:
    heard = Heard()
    progress_log = ProgressLog(heard, folder)
    progress_log.note("early")
    progress_log.enter("photos")
    with progress_log.task("Scan photos", 5) as advance:
        advance(5)
    progress_log.enter("training")
    progress_log.note("epoch", stage="training", trial="key", epoch=0, seconds=0.5)
    progress_log.say("done")
    progress_log.enter("")
    events = list(folder.events.events())
    assert [(one["event"], one["stage"]) for one in events] == [
        ("early", None),
        ("run started", None),
        ("stage started", "photos"),
        ("task started", "photos"),
        ("task finished", "photos"),
        ("stage finished", "photos"),
        ("stage started", "training"),
        ("epoch", "training"),
        ("said", "training"),
        ("stage finished", "training"),
        ("run ended", None),
    ]
    assert all(one["memory"] > 0 for one in events)
    assert (events[4]["task"], events[4]["total"]) == ("Scan photos", 5)
    assert all(one["seconds"] >= 0 for one in events if one["event"].endswith("finished"))
    assert (events[7]["trial"], events[7]["epoch"]) == ("key", 0)
    assert heard.lines == ["done"]
    assert heard.noted == [one["event"] for one in events]


def test_a_task_that_fails_has_no_end(folder: StudyFolder) -> None:
    with pytest.raises(ValueError, match="cut"), ProgressLog(Silent(), folder).task("Decode", 3):
        raise ValueError("cut")
    assert [one["event"] for one in folder.events.events()] == ["task started"]


def test_what_a_killed_run_left_is_put_in_order_and_damage_is_named(folder: StudyFolder) -> None:
    folder.write_json("plan.json", {"trials": []})
    folder.write_json("audit.json", {})
    folder.file("audit.json").write_bytes(b"{ }")
    folder.log("started")
    with folder.file("log.jsonl").open("a") as file:
        file.write('{"event": "ha')
    folder.file(".plan.json.x.part").write_bytes(b"half")
    heard = Heard()
    take_up(folder, heard)
    assert len(heard.lines) == 2
    assert "half-written" in heard.lines[0]
    assert "audit.json" in heard.lines[1]
    assert "made anew" in heard.lines[1]
    assert not folder.has("audit.json")
    assert not folder.has(".plan.json.x.part")
    assert folder.has("plan.json")
    assert [(one["event"], one.get("file")) for one in folder.events.events()] == [
        ("started", None),
        ("damaged", "audit.json"),
    ]
    again = Heard()
    take_up(folder, again)
    assert again.lines == []


def test_a_recipe_added_after_the_opening_is_named(folder: StudyFolder) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    assert open_test_labels([first], (), folder, Silent()) == ()
    assert open_test_labels([first], (), folder, Silent()) == ()
    assert open_test_labels([first, second], (), folder, Silent()) == ("resnet18",)
    assert open_test_labels([first, second], (), folder, Silent()) == ("resnet18",)


def test_a_recipe_that_is_called_otherwise_now_is_not_added_later(folder: StudyFolder) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    open_test_labels([first], (), folder, Silent())
    renamed = replace(first, recipe=replace(first.recipe, name="vgg16 linear"))
    assert open_test_labels([renamed, second], (), folder, Silent()) == ("resnet18",)
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
    assert open_test_labels([more_seeds, probe], derived, folder, Silent()) == ()
    for key, value in {"epochs": 51, "patience": 8, "batch_size": 8, "views": 0}.items():
        other = replace(trained, training=replace(Training(), **{key: value}))
        views = replace(derived[0], of=(other.key,))
        later = open_test_labels([other, probe], [views, derived[1]], folder, Silent())
        assert later == ("vgg16", "vgg16 + TTA(4)")
    assert open_test_labels([trained, probe], derived, folder, Silent()) == ()


def test_what_an_earlier_version_opened_by_name_counts(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    folder.write_json("opened.json", {"opened": "2026-11-27", "recipes": {"vgg16": first.recipe.identity}})
    assert open_test_labels([first, trial_of("resnet18")], (), folder, Silent()) == ("resnet18",)


def test_trials_of_an_earlier_version_get_the_keys_that_say_which_photos(folder: StudyFolder) -> None:
    trial = replace(trial_of("vgg16"), photos="abc")
    old = folder.trial(trial.earlier_key)
    old.write_info({"epochs": 1})
    heard = Heard()
    take_up_trials([trial, trial_of("resnet18")], folder, heard)
    assert folder.trial(trial.key).read_info() == {"epochs": 1}
    assert not old.path.exists()
    assert len(heard.lines) == 1
    take_up_trials([trial], folder, heard)
    assert len(heard.lines) == 1


@pytest.mark.parametrize("damage", [False, True])
def test_another_split_or_other_weights_were_chosen_later(folder: StudyFolder, *, damage: bool) -> None:
    first, second = trial_of("vgg16"), trial_of("resnet18")
    both, views = [first, second], [Derived("tta", "vgg16 + TTA(4)", 0, 0, (first.key,), "views")]
    plan, weights = SplitPlan(), {first.recipe.identity: "a", second.recipe.identity: "b"}
    assert open_test_labels(both, views, folder, Silent(), plan, weights) == ()
    if damage:
        folder.file("opened.json").write_bytes(b"{")
    assert open_test_labels(both, views, folder, Silent(), replace(plan, folds=5), weights) == ()
    assert open_test_labels(both, views, folder, Silent(), None, weights) == ()
    everything = ("vgg16", "resnet18", "vgg16 + TTA(4)")
    for other in (replace(plan, seed=1), replace(plan, train=0.7, test=0.2), replace(plan, keep_groups=False)):
        assert open_test_labels(both, views, folder, Silent(), other, weights) == everything
    of_first = {**weights, first.recipe.identity: "other bytes"}
    assert open_test_labels(both, views, folder, Silent(), plan, of_first) == ("vgg16", "vgg16 + TTA(4)")


def test_an_earlier_version_did_not_say_how_photos_were_divided(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    folder.write_json("opened.json", {"recipes": [first.recipe.identity]})
    weights = {first.recipe.identity: "a"}
    assert open_test_labels([first], (), folder, Silent(), SplitPlan(seed=1), weights) == ()


def test_an_evaluation_is_of_one_plan(folder: StudyFolder) -> None:
    plan = {"trials": [{"key": "vgg16-frozen-s0-f0-1", "recipe": "vgg16"}]}
    folder.write_json("plan.json", plan)
    assert not is_judged(folder)
    folder.write_json("evaluation.json", {})  # of an earlier version
    assert is_judged(folder)
    folder.write_json("evaluation.json", {"plan": identity_of(plan)})
    assert is_judged(folder)
    folder.write_json("evaluation.json", {"plan": identity_of(plan), "figures_of": "one second folder"})
    folder.write_json("plan.json", {**plan, "made_of": "home", "figures_of": "one second folder"})
    assert is_judged(folder)
    folder.write_json("run.json", {"made_of": "home", "figures_of": "a second folder with a photo more"})
    assert not is_judged(folder)
    folder.write_json("plan.json", {**plan, "made_of": "home", "figures_of": "a second folder with a photo more"})
    assert not is_judged(folder)
    folder.write_json("plan.json", {"trials": [{**plan["trials"][0], "recipe": "vgg16 linear"}]})
    assert not is_judged(folder)


def test_an_evaluation_of_an_earlier_version_is_of_no_new_second_folder(folder: StudyFolder) -> None:
    """Such a version wrote no `figures_of`; `made_of` is still what it was."""
    plan = {"trials": [{"key": "vgg16-frozen-s0-f0-1", "recipe": "vgg16"}], "made_of": "home"}
    judged = {"plan": identity_of(plan), "recipes": [{"name": "vgg16", "also_test": {"field": {}}}]}
    folder.write_json("plan.json", plan)
    folder.write_json("evaluation.json", judged)
    for made_of in ("home", "other labels"):  # a run of now was stopped before its plan
        folder.write_json("run.json", {"made_of": made_of, "figures_of": "with field"})
        assert is_judged(folder) == (made_of == "home")
    for figures_of in ("with field", "home"):  # and one after it; its second folders may be others, or gone
        folder.write_json("run.json", {"made_of": "home", "figures_of": figures_of})
        folder.write_json("plan.json", {**plan, "figures_of": figures_of})
        folder.write_json("evaluation.json", judged)
        assert not is_judged(folder)
        folder.write_json("evaluation.json", {**judged, "recipes": [{"name": "vgg16"}]})
        assert is_judged(folder) == (figures_of == "home")


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
    assert open_test_labels([first, second], (), folder, heard) == ("resnet18",)
    assert folder.read_json("opened.json")["recipes"] == [first.recipe.identity]
    assert any("opened.json" in line for line in heard.lines) == (damage in {"flipped", "emptied"})


def test_where_nothing_tells_what_was_seen_before_all_count_as_added_later(folder: StudyFolder) -> None:
    open_test_labels([trial_of("vgg16")], (), folder, Silent())
    folder.file("opened.json").write_bytes(b"{")
    folder.file("log.jsonl").unlink()
    heard = Heard()
    assert open_test_labels([trial_of("vgg16")], (), folder, heard) == ("vgg16",)
    assert "all recipes count as added later" in heard.lines[0]


def test_a_run_killed_between_log_and_file_opened_the_rows_all_the_same(folder: StudyFolder) -> None:
    first = trial_of("vgg16")
    open_test_labels([first], (), folder, Silent())
    folder.file("opened.json").unlink()
    assert open_test_labels([first], (), folder, Silent()) == ()
