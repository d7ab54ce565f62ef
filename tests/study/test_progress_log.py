"""What a run takes down, and how it takes up what another left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from leafgraft.records.progress import Silent
from leafgraft.records.recipe import Choice, Recipe, Training, Trial
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.earlier_run import find_stale, identity_of, is_judged, say_stale, take_up, take_up_trials
from leafgraft.study.progress_log import ProgressLog


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


@pytest.mark.parametrize(("tested", "why"), [
    (["a"], "trained before labels, photos, their names or groups were changed"),
    (["b"], "the split is another one: other photos are test photos"),
    (None, "trained before labels, photos, their names or groups were changed"),
    (["other"], "trained before labels, photos, their names or groups were changed"),
])  # fmt: skip
def test_stale_trials_are_told_with_the_reason(folder: StudyFolder, tested: list[str] | None, why: str) -> None:
    trial, plan = replace(trial_of("vgg16"), photos="now"), {"trials": [{"key": "before"}], "photos": "before"}
    folder.write_json("plan.json", plan | ({"tested": tested} if tested else {}))
    folder.trial("before").path.mkdir(parents=True)
    (folder.trial("before").path / "done").touch()
    stale, heard = find_stale([trial], "now", folder), Heard()
    now = ["a", "b", "c"] if tested == ["other"] else ["a"]  # folds that were added are no other test
    say_stale(stale, [trial], folder, heard, {"photos": "now", "tested": now})
    assert heard.lines == [f"1 trial is stale: before; {why}. The study's trials are trained anew."]


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
