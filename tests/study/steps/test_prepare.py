"""What is known once the photos were looked at is said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from heard import Heard
from leafgraft.data.read.manifest import manifest_text
from leafgraft.errors import StudyFolderError
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.split import Fold, Splits
from leafgraft.records.study import Study
from leafgraft.storage.study_file import load_study, study_for_photos
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands.plan import plan
from leafgraft.study.earlier_run import identity_of, is_judged
from leafgraft.study.steps.prepare import WRITTEN, begin, came_as, check_same_photos, open_folder

PHOTOS = tuple(Photo(f"{number:016x}", f"a/{number}.jpg", "a", 9, 9, str(number)) for number in range(4))


def test_what_has_no_effect_on_a_probe_is_said_once(tmp_path: Path, drawn_leaves: Path) -> None:
    file, heard = tmp_path / "small.yaml", Heard()
    shared = f"photos: {drawn_leaves}\nimage_size: 32\nweights: none\naugmentation: [flip]\noptimizer: sgd\n"
    blocks = "recipes:\n  - {backbone: squeezenet1_1, strategy: [probe, frozen], loss: [cross_entropy, focal]}\n"
    file.write_text(shared + blocks, encoding="utf-8")
    planned = plan(str(file), progress=heard)
    said = [line for line in heard.lines if "no effect" in line]
    assert len(said) == 1
    assert said[0].endswith("so these have no effect on it: optimizer, augmentation, loss.")
    assert sum("-probe-" in trial["key"] for trial in planned["trials"]) == 1
    assert "Recipes of the study that are the same as others, and are trained once: 1." in heard.lines


def folder_of(path: Path, photos: tuple[Photo, ...]) -> StudyFolder:
    folder = StudyFolder(path)
    folder.write_text("manifest.csv", manifest_text(Manifest("leaves", photos)))
    return folder


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (PHOTOS[1:], r"1 no longer there\."),
        ((*PHOTOS, replace(PHOTOS[0], photo_id="f" * 16)), r"photos that differ: 1 new\."),
        ((replace(PHOTOS[0], label="b"), *PHOTOS[1:]), r"1 under another label\."),
        (tuple(replace(one, photo_id="f" + one.photo_id[1:]) for one in PHOTOS), "4 new, 4 no longer there"),
    ],
)
def test_a_folder_of_other_photos_is_left_alone(tmp_path: Path, now: tuple[Photo, ...], words: str) -> None:
    folder = folder_of(tmp_path, PHOTOS)
    with pytest.raises(StudyFolderError, match=words) as caught:
        check_same_photos(folder, Manifest("leaves", now))
    assert "--out" in str(caught.value)


def test_the_same_photos_elsewhere_are_the_same(tmp_path: Path) -> None:
    moved = tuple(replace(one, path=f"b/{one.path}", group="other") for one in reversed(PHOTOS))
    check_same_photos(folder_of(tmp_path, PHOTOS), Manifest("moved", moved))
    check_same_photos(StudyFolder(tmp_path / "new"), Manifest("moved", moved))


def test_a_folder_of_other_photos_is_left_alone_without_its_manifest(tmp_path: Path) -> None:
    folder, manifest = StudyFolder(tmp_path), Manifest("leaves", PHOTOS)
    folder.write_json("run.json", {"name": "potato"})  # of an earlier version
    check_same_photos(folder, Manifest("leaves", PHOTOS[1:]))
    folder.write_json("run.json", {"name": "potato", "came": came_as(manifest)})
    check_same_photos(folder, manifest)
    with pytest.raises(StudyFolderError, match=r"a study of others, and its manifest\.csv is lost"):
        check_same_photos(folder, Manifest("leaves", PHOTOS[1:]))


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    study = Study("potato", "leaves", ())
    assert open_folder(study, None).path == Path("results/potato")
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert open_folder(study, tmp_path).path == tmp_path
    (tmp_path / "manifest.csv").write_text("path,label", encoding="utf-8")
    with pytest.raises(StudyFolderError, match=r"it holds manifest\.csv, which would be replaced"):
        open_folder(study, tmp_path)
    StudyFolder(tmp_path).log("run started")
    open_folder(study, tmp_path)


@pytest.mark.parametrize("name", WRITTEN)
def test_no_file_is_replaced_that_no_run_wrote(tmp_path: Path, name: str) -> None:
    mine = tmp_path / name
    mine.write_text('{"time": 1.5, "event": "mine"}\n{"name": "mi', encoding="utf-8")
    with pytest.raises(StudyFolderError, match=rf"it holds {name}, which would be replaced"):
        open_folder(Study("potato", "leaves", ()), tmp_path)
    StudyFolder(tmp_path / "run").write_json("run.json", {"name": "potato", "photos": "leaves", "date": "2026-11-30"})
    (tmp_path / "run" / "report").mkdir()
    open_folder(Study("potato", "leaves", ()), tmp_path / "run")


def test_another_study_of_the_same_photos_is_not_replaced(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    run = {"name": "spring", "photos": "leaves", "date": "2026-11-30"}
    folder.write_json("run.json", {**run, "asked": "/farm/spring.yaml"})
    open_folder(Study("spring", "leaves", ()), tmp_path, "moved/spring.yaml")
    with pytest.raises(StudyFolderError, match=r"of the study 'two'.*It holds the study 'spring'.*--out"):
        open_folder(Study("two", "leaves", ()), tmp_path, "two.yaml")
    with pytest.raises(StudyFolderError, match=r"It was run with '/farm/spring\.yaml'.*--out"):
        open_folder(Study("spring", "leaves", ()), tmp_path, "spring")


def test_bare_photos_go_on_with_another_preset_and_where_they_were_moved(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    run = {"name": "spring", "photos": "leaves", "date": "2026-11-30"}
    folder.write_json("run.json", {**run, "asked": "/farm/spring", "preset": "minutes"})
    open_folder(Study("leaves", "leaves", ()), tmp_path, "leaves")
    with pytest.raises(StudyFolderError, match="It holds the study 'spring'"):
        open_folder(Study("two", "leaves", ()), tmp_path, "two.yaml")
    folder.file("run.json").write_bytes(b"{")  # damaged: said later, and made anew
    folder.log("run started")
    open_folder(Study("two", "leaves", ()), tmp_path, "two.yaml")


@pytest.mark.parametrize("content", ["", '{"time": 1.5, "ev'])
def test_a_log_without_one_whole_event_keeps_no_run_from_beginning(tmp_path: Path, content: str) -> None:
    (tmp_path / "log.jsonl").write_text(content, encoding="utf-8")
    open_folder(Study("potato", "leaves", ()), tmp_path)
    (tmp_path / "log.jsonl").write_text('{"level": "info", "message": "mine"}', encoding="utf-8")
    with pytest.raises(StudyFolderError, match="which would be replaced"):
        open_folder(Study("potato", "leaves", ()), tmp_path)


def test_every_file_that_a_run_writes_is_looked_for() -> None:
    table = (
        (Path(__file__).parents[3] / "docs/reference/study-folder.md")
        .read_text(encoding="utf-8")
        .split("## trials/KEY")[0]
    )
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([^`]+)`", line.split("|")[1] if "|" in line else "")
    }
    of_others = {
        "field/",
        "adaptation/NAME/",
        "paper/",
        "open/",
        "picks.csv",
        "picks-NAME.csv",
        "labels.csv",
        "labels-NAME.csv",
        "corrections.csv",
        "tensorboard/",
        "mlflow.db",
        ".lock",
    }
    assert {name.split("/")[0] for name in named - of_others} == set(WRITTEN)


SPLITS = Splits((Fold((PHOTOS[0].photo_id,), (PHOTOS[1].photo_id,), (PHOTOS[2].photo_id,)),), 0, keep_groups=True)
TUNED = """
photos: {photos}
recipes:
  - {{backbone: squeezenet1_1, tune: {{learning_rate: {{log: [{low}, 0.1]}}}}}}
"""


def test_what_searches_of_the_same_study_found_stays(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`tune --rate` and `run --until audit` search nothing: export, pick and adapt need what was found before."""
    file, folder = tmp_path / "study.yaml", StudyFolder(tmp_path / "out")
    manifest = Manifest("leaves", PHOTOS)
    home = SimpleNamespace(manifest=manifest, as_they_came=manifest)

    def begin_again(low: str, photos: str = "these") -> str:
        file.write_text(TUNED.format(photos=drawn_leaves, low=low), encoding="utf-8")
        context: Any = SimpleNamespace(
            study=load_study(file), folder=folder, home=home, splits=SPLITS, photos=photos, figures_of="all"
        )
        begin(context, str(file))
        return folder.read_bytes("resolved.yaml").decode()

    assert "tune:" in begin_again("1e-4")
    run = folder.read_json("run.json")
    assert (run["made_of"], run["figures_of"]) == ("these", "all")  # the first means what it meant in earlier versions
    folder.write_text("resolved.yaml", "found")
    assert "tune:" in begin_again("1e-4")  # no search has ended
    folder.write_text("resolved.yaml", "found")
    folder.write_json("tuning.json", {"searches": []})
    assert begin_again("1e-4") == "found"
    assert "tune:" in begin_again("1e-4", "others")  # what was found on other photos or labels is not theirs
    assert "tune:" in begin_again("1e-4")
    folder.write_text("resolved.yaml", "found")
    folder.write_json("run.json", {})  # of an earlier version
    assert begin_again("1e-4") == "found"
    assert "0.001" in begin_again("1e-3")
    write_json = StudyFolder.write_json

    def kill(own: StudyFolder, name: str, value: Any) -> None:
        if own.read_bytes("resolved.yaml") != narrow:
            raise KeyboardInterrupt
        write_json(own, name, value)

    narrow = folder.read_bytes("resolved.yaml")
    with monkeypatch.context() as killed:
        killed.setattr(StudyFolder, "write_json", kill)
        with pytest.raises(KeyboardInterrupt):
            begin_again("1e-4")
    assert "0.001" in begin_again("1e-3")


def test_a_run_that_is_killed_with_half_of_its_files_written_leaves_no_judged_study(
    tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, manifest = StudyFolder(tmp_path / "out"), Manifest("leaves", PHOTOS)
    home, study = SimpleNamespace(manifest=manifest, as_they_came=manifest), study_for_photos(str(drawn_leaves))

    def begin_with(photos: str) -> None:
        known = {"study": study, "folder": folder, "home": home, "splits": SPLITS, "figures_of": "all"}
        context: Any = SimpleNamespace(**known, photos=photos)
        begin(context, str(drawn_leaves))

    begin_with("these")
    planned = {"trials": [], "made_of": "these", "figures_of": "all"}
    folder.write_json("plan.json", planned)
    folder.write_json("evaluation.json", {"plan": identity_of(planned), "figures_of": "all"})
    assert is_judged(folder)
    write_bytes = StudyFolder.write_bytes

    def kill(own: StudyFolder, name: str, content: bytes) -> None:
        write_bytes(own, name, content)
        if name == "splits.json":
            raise KeyboardInterrupt

    monkeypatch.setattr(StudyFolder, "write_bytes", kill)
    with pytest.raises(KeyboardInterrupt):
        begin_with("these")
    assert is_judged(folder)  # nothing has changed
    with pytest.raises(KeyboardInterrupt):
        begin_with("others")
    assert not is_judged(folder)
    monkeypatch.undo()
    begin_with("these")
    assert is_judged(folder)


@pytest.mark.parametrize("key", ["photos", "places", "also_test", "foreign"])
def test_results_do_not_lie_among_the_photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    leaves = tmp_path / "leaves"
    (leaves / "Healthy").mkdir(parents=True)
    named = str(leaves) if key == "photos" else {"field": str(leaves)}
    asked = Study(**{"name": "leaves", "photos": "", "recipes": (), key: named})
    for out in (leaves, leaves / "results", leaves / "Healthy" / "results"):
        with pytest.raises(StudyFolderError, match="outside of the photos"):
            open_folder(asked, out)
    monkeypatch.chdir(leaves)
    with pytest.raises(StudyFolderError, match=f"such as '{tmp_path / 'results' / 'leaves'}'"):
        open_folder(asked, None)
    assert open_folder(asked, tmp_path / "results").path == tmp_path / "results"


def test_results_may_lie_in_a_folder_of_the_photos_that_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "Healthy").mkdir()
    asked = Study("leaves", str(tmp_path), (), exclude=("results",))
    assert open_folder(asked, tmp_path / "results" / "leaves").path == tmp_path / "results" / "leaves"
    with pytest.raises(StudyFolderError, match="outside of the photos"):
        open_folder(asked, tmp_path / "others")
