"""Files that were damaged since they were written: refused by whoever reads them, named and made anew by a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import leafgraft
from heard import Heard
from leafgraft.errors import StudyFolderError
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study import report
from leafgraft.study.earlier_run import take_up
from leafgraft.study.steps.field import known

FILES = (
    *("manifest.csv", "splits.json", "audit.json", "plan.json", "evaluation.json", "verdict.json", "costs.json"),
    *("study.yaml", "resolved.yaml", "run.json", "robustness.json", "report/index.html", "opened.json"),
)


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    shutil.copytree(finished, tmp_path / "study")
    return tmp_path / "study"


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def trained(study: Path) -> list[Path]:
    return sorted(path.parent for path in study.glob("trials/*/weights.safetensors"))


def test_a_run_names_damaged_files_and_makes_them_anew(finished: Path, study: Path) -> None:
    first, second, _, last = trained(study)
    derived = study / "trials" / f"tta2-{last.name}"
    damaged = [first / "weights.safetensors", second / "trial.json", derived / "predictions.npz"]
    for path in (*damaged, *(study / name for name in FILES)):
        flip(path)
    with (study / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event": "ha')
    heard = Heard()
    leafgraft.run(str(finished.parent / "small.yaml"), out=study, progress=heard)
    for path in damaged:
        assert any(str(path.parent) in line and path.name in line for line in heard.lines), path
    for name in FILES:
        assert any(str(study / name) in line for line in heard.lines), name
    assert any("half-written" in line for line in heard.lines)
    for name in ("evaluation.json", "verdict.json", "splits.json", "manifest.csv", "opened.json"):
        assert (study / name).read_bytes() == (finished / name).read_bytes(), name
    for path in finished.glob("trials/*/predictions.npz"):
        assert (study / path.relative_to(finished)).read_bytes() == path.read_bytes(), path.parent.name
    logged = [json.loads(line) for line in (study / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {event["file"] for event in logged if event["event"] == "damaged"} == set(FILES)
    assert StudyFolder(study).damaged() == ()


@pytest.mark.parametrize("name", ["evaluation.json", "manifest.csv", "resolved.yaml", "costs.json"])
def test_a_page_is_not_built_from_damaged_files(study: Path, name: str) -> None:
    flip(study / name)
    with pytest.raises(StudyFolderError, match="Run the study again") as caught:
        report(study)
    assert str(study / name) in str(caught.value)


def test_damaged_trials_are_not_read(study: Path) -> None:
    flip(trained(study)[0] / "predictions.npz")
    for read in (lambda: report(study), lambda: leafgraft.compare([str(study)])):
        with pytest.raises(StudyFolderError, match=r"damaged: predictions\.npz"):
            read()


def test_damaged_checksums_do_not_keep_a_page_from_being_built(study: Path) -> None:
    (study / "checksums.json").write_text("{", encoding="utf-8")
    assert report(study).is_file()


def test_no_page_is_built_while_a_run_holds_the_folder(study: Path) -> None:
    with StudyFolder(study).lock(), pytest.raises(StudyFolderError, match="one run at a time"):
        report(study)


def test_what_people_did_in_the_field_is_never_deleted(study: Path) -> None:
    folder, heard = StudyFolder(study), Heard()
    folder.write_json(known.PICKED, {"one": "random"})
    (study / known.PICKED).write_text('{"one": "typical"}\n', encoding="utf-8")
    with pytest.raises(StudyFolderError, match="Put a copy of it there"):
        known.testing_ids(folder)
    take_up(folder, heard)
    assert (study / known.PICKED).read_text(encoding="utf-8") == '{"one": "typical"}\n'
    assert any("picked.json' is damaged" in line and "A run cannot make it anew" in line for line in heard.lines)


def test_a_page_built_later_says_what_failed_in_the_run(finished: Path, study: Path) -> None:
    folder = StudyFolder(study)
    run = folder.read_json("run.json")
    assert (run["failed"], run["export_failure"]) == ({}, "")
    folder.write_json("run.json", {**run, "failed": {"k-s0": "out of memory here"}, "export_failure": "no disk here"})
    leafgraft.run(str(finished.parent / "small.yaml"), out=study, until="audit")
    page = report(study).read_text(encoding="utf-8")
    assert "out of memory here" in page
    assert "no disk here" in page
