"""A run that goes as far as it was asked, and one that goes on from there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from same_files import content, files, page

import leafgraft
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.errors import UsageError
from leafgraft.records.extent import UNTIL
from leafgraft.records.progress import KEPT, Silent
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study import report
from leafgraft.study.earlier_run import is_judged

STUDY = """
photos: {photos}
image_size: 48
weights: none
training: {{epochs: 1, batch_size: 16, views: 1, seeds: [0]}}
recipes: [{{backbone: squeezenet1_1, strategy: [frozen, uniform]}}]
tta: {{views: 2}}
"""
SEARCH = """  - backbone: squeezenet1_1
    strategy: frozen
    tune: {trials: 2, learning_rate: {log: [1e-3, 1e-1]}}
"""
MADE = {
    "audit": {"audit.json", "splits.json"},
    "plan": {"plan.json"},
    "training": {"trials", "costs.json"},
    "evaluation": {"evaluation.json", "verdict.json", "opened.json"},
    "report": {"report"},
    "diagnosis": {"diagnosis.json", "heat_maps.npz"},
    "learning curves": {"learning_curve.json"},
    "disturbed photos": {"robustness.json"},
    "export": {"bundle"},
}
MISSING = "Not there yet: the diagnosis, learning curves, disturbed photos"


class Pages(Silent):
    """What is said, and the page as it is at that moment."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def say(self, line: str) -> None:
        there = Path(line.removeprefix("The page is there: ").split(". Open it now")[0])
        self.said[line] = there.read_text(encoding="utf-8") if there.is_file() else ""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("until")
    draw_sample(home / "leaves", photos_per_class=12, side=48, seed=0)
    (home / "study.yaml").write_text(STUDY.format(photos=home / "leaves"), encoding="utf-8")
    return home / "study.yaml"


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


@pytest.fixture(scope="module")
def at_once(study: Path, pages: Pages) -> Path:
    return leafgraft.run(str(study), out=study.parent / "at_once", progress=pages).folder


def test_the_page_is_there_before_diagnosis_and_export_and_said_so(at_once: Path, pages: Pages) -> None:
    ((line, first),) = [(line, text) for line, text in pages.said.items() if line.startswith("The page is there")]
    assert line == (
        f"The page is there: {at_once / 'report' / 'index.html'}. Open it now; diagnosis, robustness and export are "
        "being added."
    )
    for there in ("is recommended", "How much is leak?", "What needs no leaf?", "All recipes", "Photos</a>"):
        assert there in first
    assert f"{MISSING}, the bundle." in first
    for place in ('id="why"', 'id="field"'):
        assert "leafgraft run STUDY</code> adds" in first.split(place)[1].split("</section>")[0]
    last = (at_once / "report" / "index.html").read_text(encoding="utf-8")
    assert "Not there yet" not in last
    events = list(StudyFolder(at_once).events.events())
    stages = [one["stage"] for one in events if one["event"] == "stage started"]
    assert stages[-4:] == ["evaluation", "report", "diagnosis", "export"]


def test_a_run_stops_where_it_was_asked_and_ends_as_one_that_did_not(study: Path, at_once: Path) -> None:
    out, made = study.parent / "steps", set[str]()
    marks: dict[Path, int] = {}
    for until in UNTIL:
        pages = Pages()
        results = leafgraft.run(str(study), out=out, until=until, progress=pages)
        made |= set.union(*(MADE[part] for part in MADE if part not in results.left_out))
        there = {path.name for path in out.iterdir()}
        assert made <= there
        assert not there & set.union(set(), *(MADE[part] for part in results.left_out))
        assert all(path.stat().st_mtime_ns == mark for path, mark in marks.items())
        marks = {path: path.stat().st_mtime_ns for path in out.rglob("done")}
        assert results.left_out == tuple(MADE)[len(MADE) - len(results.left_out) :]
        assert bool(results.page) == (until in {"report", "export"})
        assert bool(results.verdict) == (until in {"evaluation", "report", "export"})
        again = [line for line in pages.said if line.endswith(f"'leafgraft run {study} --out {out}' goes on.")]
        assert len(again) == bool(results.left_out)
        assert repr(results)
        assert str(out) in results._repr_html_()
    assert files(out) == files(at_once)
    for path in sorted(files(at_once)):
        assert content(out / path) == content(at_once / path), path
    costs = StudyFolder(at_once).read_json("costs.json")
    assert page(out, costs) == page(at_once, costs)


def test_a_plan_trains_nothing_not_even_a_search(study: Path, tmp_path: Path) -> None:
    searched = tmp_path / "search.yaml"
    searched.write_text(STUDY.format(photos=study.parent / "leaves").split("recipes:")[0] + "recipes:\n" + SEARCH)
    for until in ("audit", "plan"):
        leafgraft.run(str(searched), out=tmp_path / "out", until=until)
        assert not {"trials", "tuning.json", "tuning.journal"} & {path.name for path in (tmp_path / "out").iterdir()}
    assert any("search of 2" in one["what"] for one in StudyFolder(tmp_path / "out").read_json("plan.json")["shared"])


def test_a_plan_after_a_search_lists_what_was_found(study: Path, tmp_path: Path) -> None:
    """It listed the other recipes alone: the study then counted as changed, and its page was refused."""
    searched, folder = tmp_path / "search.yaml", StudyFolder(tmp_path / "out")
    searched.write_text(STUDY.format(photos=study.parent / "leaves").split("recipes:")[0] + "recipes:\n" + SEARCH)
    leafgraft.run(str(searched), out=folder.path, until="evaluation")
    trials = [one["key"] for one in folder.read_json("plan.json")["trials"]]
    leafgraft.run(str(searched), out=folder.path, until="plan")
    assert [one["key"] for one in folder.read_json("plan.json")["trials"]] == trials
    assert is_judged(folder)


def test_the_page_shows_no_bundle_of_a_verdict_of_before(at_once: Path) -> None:
    index = at_once / "bundle" / "bundle.json"
    before = index.read_bytes()
    told = json.loads(before)
    try:
        for named, shown in ((False, False), (True, True)):
            index.write_text(json.dumps({**told, "trial": "another", "named": named}), encoding="utf-8")
            text = report(at_once).read_text(encoding="utf-8")
            assert ("Not there yet: the bundle" in text) != shown
            assert ("What the bundle does with photos" in text) == shown
    finally:
        index.write_bytes(before)
        report(at_once)


def test_a_wrong_part_names_those_that_there_are(study: Path) -> None:
    with pytest.raises(UsageError, match="audit, plan, training, evaluation, report or export"):
        leafgraft.run(str(study), until="diagnosis")


def kept(study: Path) -> list[str]:
    """What the latest run in this folder did not do again."""
    events = list(StudyFolder(study).events.events())
    begun = max(place for place, one in enumerate(events) if one["event"] == "run started")
    return [one["what"] for one in events[begun:] if one["event"] == KEPT]


def test_a_second_run_does_nothing_again_and_the_page_says_so(study: Path, at_once: Path) -> None:
    before = {path: content(at_once / path) for path in files(at_once)}
    result = leafgraft.run(str(study), out=at_once)
    again = kept(at_once)
    assert again == [
        *("photos of one leaf", "floors", "2 of 2 trials", "the inflation", "the diagnosis of squeezenet1_1 frozen"),
        *("the learning curve of squeezenet1_1", "disturbed photos", "the bundle"),
    ]
    assert {path: content(at_once / path) for path in files(at_once)} == before
    assert result.exported
    assert ", ".join(again) in (at_once / "report" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", ["model.onnx", "phone/phone.json"])
def test_a_bundle_that_is_not_whole_is_made_anew(study: Path, at_once: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "out"
    shutil.copytree(at_once, out)
    (out / "bundle" / damage).unlink()
    assert leafgraft.run(str(study), out=out).exported
    assert "the bundle" not in kept(out)
    assert files(out) == files(at_once)


def test_a_bundle_that_does_not_say_what_was_never_tested_is_made_anew(
    study: Path, at_once: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(at_once, out)
    index = out / "bundle" / "bundle.json"
    told = json.loads(index.read_text(encoding="utf-8"))
    assert told["places"][0].pop("untested") == []
    index.write_text(json.dumps(told), encoding="utf-8")  # as an earlier version wrote it
    assert leafgraft.run(str(study), out=out).exported
    assert "the bundle" not in kept(out)
    assert json.loads(index.read_text(encoding="utf-8"))["places"][0]["untested"] == []


def test_one_recipe_more_keeps_what_does_not_depend_on_it(study: Path, at_once: Path, tmp_path: Path) -> None:
    more = tmp_path / "study.yaml"
    text = study.read_text(encoding="utf-8").replace("[frozen, uniform]", "[frozen, uniform, probe]")
    more.write_text(text, encoding="utf-8")
    out = tmp_path / "more"
    shutil.copytree(at_once, out)
    leafgraft.run(str(more), out=out)
    known = {"photos of one leaf", "floors", "2 of 3 trials", "the inflation", "the learning curve of squeezenet1_1"}
    assert known <= set(kept(out))
    elsewhere = leafgraft.run(str(more), out=tmp_path / "elsewhere", until="evaluation").folder
    assert kept(elsewhere) == [
        "photos of one leaf",
        "floors",
        "the inflation",
    ]  # another folder has no trials, but the same photos
