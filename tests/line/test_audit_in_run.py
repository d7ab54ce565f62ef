"""What the audit finds is said by a run too: on the terminal, in the JSON, and by the exit code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

QUICK = """
photos: {photos}
image_size: 32
weights: none
augmentation: []
training: {{epochs: 1, patience: 1, seeds: [0]}}
recipes: [{{backbone: squeezenet1_1, strategy: frozen}}]
{more}
"""


def test_a_photo_under_two_labels_is_told_on_the_terminal_and_by_the_exit_code(
    drawn_leaves: Path, tmp_path: Path, leafgraft
) -> None:
    leaves = Path(shutil.copytree(drawn_leaves, tmp_path / "leaves"))
    one, other = sorted(folder for folder in leaves.iterdir() if folder.is_dir())[:2]
    shutil.copy(sorted(one.iterdir())[0], other / "again.jpg")
    study = tmp_path / "study.yaml"
    study.write_text(QUICK.format(photos=leaves, more=""), encoding="utf-8")
    done = leafgraft("run", study, "--out", tmp_path / "out")
    assert done.returncode == 3, done.stderr
    assert "LG002 error: 1 photo lies" in done.stderr
    assert "LG002 error: 1 photo lies" in done.stdout
    assert "to do: Decide which label is right" in done.stdout
    again = leafgraft("run", study, "--out", tmp_path / "out", "--json")
    assert again.returncode == 3
    findings = json.loads(again.stdout)["findings"]
    assert [(one["code"], one["folder"]) for one in findings if one["severity"] == "error"] == [("LG002", "")]


def test_findings_are_taken_down_as_they_are_known(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    leaves = Path(shutil.copytree(drawn_leaves, tmp_path / "leaves"))
    one, other = sorted(folder for folder in leaves.iterdir() if folder.is_dir())[:2]
    shutil.copy(sorted(one.iterdir())[0], other / "again.jpg")
    with sorted(one.iterdir())[1].open("ab") as file:
        file.write(b"another photo")  # of which nothing is kept from before
    study = tmp_path / "study.yaml"
    study.write_text(QUICK.format(photos=leaves, more=""), encoding="utf-8")
    assert leafgraft("run", study, "--out", tmp_path / "out", "--until", "audit").returncode == 3
    log = (tmp_path / "out/log.jsonl").read_text(encoding="utf-8")
    events = [json.loads(line) for line in log.splitlines()]
    order = [(event["event"], event.get("code") or event.get("task")) for event in events]
    assert order.index(("photos counted", None)) < order.index(("task started", "Compare photos"))
    assert order.index(("finding", "LG002")) < order.index(("task started", "Measure floors"))
    audited = json.loads((tmp_path / "out/audit.json").read_text(encoding="utf-8"))
    counted = next(event for event in events if event["event"] == "photos counted")
    assert (counted["photos"], counted["classes"]) == (audited["counts"]["photos"], audited["counts"]["classes"])
    told = {event["code"]: (event["title"], event["photos"]) for event in events if event["event"] == "finding"}
    assert told == {one["code"]: (one["title"], len(one["photos"])) for one in audited["findings"]}
    assert sum(event["event"] == "finding" for event in events) == len(told)


def test_an_error_of_a_second_folder_is_told_with_its_name(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    field = tmp_path / "field"
    for number, folder in enumerate(sorted(one for one in drawn_leaves.iterdir() if one.is_dir())):
        (field / folder.name).mkdir(parents=True)
        for photo in sorted(folder.iterdir())[:4]:
            shutil.copy(photo, field / folder.name)
            with (field / folder.name / photo.name).open("ab") as file:
                file.write(bytes([number]))  # other bytes of the same pixels: not a photo of the training folder
    one, other = sorted(field.iterdir())[:2]
    shutil.copy(sorted(one.iterdir())[0], other / "again.jpg")
    study = tmp_path / "study.yaml"
    study.write_text(QUICK.format(photos=drawn_leaves, more="also_test: {farm: field}"), encoding="utf-8")
    done = leafgraft("run", study, "--out", tmp_path / "out")
    assert done.returncode == 3, done.stderr
    assert "LG002 error: second folder 'farm': 1 photo lies" in done.stderr
    assert "LG018" not in done.stderr


def test_a_class_without_a_photo_stops_a_run_and_is_an_error_of_an_audit(
    drawn_leaves: Path, tmp_path: Path, leafgraft
) -> None:
    leaves = Path(shutil.copytree(drawn_leaves, tmp_path / "leaves"))
    (leaves / "Rust").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    study = tmp_path / "study.yaml"
    study.write_text(QUICK.format(photos=leaves, more=""), encoding="utf-8")
    for command in ("run", "plan"):
        done = leafgraft(command, study)
        assert done.returncode == 1
        assert "Class 'Rust' has none: a link to a folder is not followed" in done.stderr
    audited = leafgraft("audit", leaves, "--json")
    assert audited.returncode == 3
    found = json.loads(audited.stdout)
    assert found["findings"][0]["code"] == "LG024"
    assert found["findings"][0]["measured"] == {"classes": {"Rust": "a link to a folder is not followed"}}
    study.write_text(QUICK.format(photos=leaves, more="exclude: [Rust]"), encoding="utf-8")
    assert leafgraft("plan", study).returncode == 0


def test_train_and_validation_without_a_test_part_say_what_to_do(drawn_leaves: Path, tmp_path: Path, leafgraft) -> None:
    for part in ("train", "val"):
        shutil.copytree(
            drawn_leaves, tmp_path / "leaves" / part, ignore=shutil.ignore_patterns("*[02468].jpg", "*.json")
        )
    done = leafgraft("plan", tmp_path / "leaves")
    assert done.returncode == 1
    assert "no test" in done.stderr
    assert "folder test" in done.stderr
