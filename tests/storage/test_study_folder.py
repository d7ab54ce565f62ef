"""The study folder: trials that count, logs, CSV and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from leafgraft.errors import StudyFolderError
from leafgraft.storage.study_folder import StudyFolder, TrialFolder, read_csv, write_csv


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    return StudyFolder(tmp_path / "study")


def test_every_path_lies_where_the_design_says(folder: StudyFolder) -> None:
    trial = folder.trial("resnet18-frozen-s0-f0-1234")
    paths = [folder.report, folder.bundle, folder.file("plan.json")]
    paths += [trial.weights, trial.checkpoint, trial.predictions, trial.history, trial.also_test("field")]
    inside = "trials/resnet18-frozen-s0-f0-1234"
    assert [path.relative_to(folder.path).as_posix() for path in paths] == [
        "report/index.html",
        "bundle",
        "plan.json",
        f"{inside}/weights.safetensors",
        f"{inside}/checkpoint.safetensors",
        f"{inside}/predictions.npz",
        f"{inside}/history.csv",
        f"{inside}/also_test-field.npz",
    ]
    assert not folder.path.exists()


def test_json_of_trial_and_study(folder: StudyFolder) -> None:
    folder.trial("key").write_info({"seed": 3})
    assert folder.trial("key").read_info() == {"seed": 3}
    assert not folder.has("plan.json")
    folder.write_json("plan.json", {"trials": (1, 2)})
    folder.write_text("study.yaml", "photos: 잎\n")
    assert folder.has("plan.json")
    assert folder.read_json("plan.json") == {"trials": [1, 2]}
    assert folder.file("study.yaml").read_text(encoding="utf-8") == "photos: 잎\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["study folder with 'plan.json'", "leafgraft run"]),
        (b"", ["must be JSON", "damaged"]),
        (b'{"a":', ["must be JSON", "damaged"]),
        (b"\xff\xfe", ["must be JSON", "damaged"]),
        (b"[1]", ["a JSON object"]),
    ],
)
def test_missing_or_damaged_json_says_what_to_do(folder: StudyFolder, content: bytes | None, words: list[str]) -> None:
    folder.path.mkdir()
    if content is not None:
        folder.file("plan.json").write_bytes(content)
    with pytest.raises(StudyFolderError) as caught:
        folder.read_json("plan.json")
    for word in ("plan.json", *words):
        assert word in str(caught.value)


def test_a_file_that_was_changed_is_refused_and_named(folder: StudyFolder) -> None:
    folder.write_json("plan.json", {"trials": [1]})
    folder.write_text("report/index.html", "page")
    assert folder.damaged() == ()
    folder.file("plan.json").write_text('{"trials": [2]}', encoding="utf-8")
    assert folder.damaged() == ("plan.json",)
    with pytest.raises(StudyFolderError, match="Its checksum differs") as caught:
        folder.read_json("plan.json")
    assert "plan.json" in caught.value.asked
    folder.write_json("plan.json", {"trials": [3]})
    assert folder.damaged() == ()
    assert folder.read_json("plan.json") == {"trials": [3]}
    folder.report.write_text("pag", encoding="utf-8")
    assert folder.damaged() == ("report/index.html",)


def test_any_flipped_bit_is_found(folder: StudyFolder) -> None:
    folder.write_json("splits.json", {"seed": 0})
    path = folder.file("splits.json")
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert folder.damaged() == ("splits.json",)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_killed_between_checksum_and_file_left_no_damage(
    folder: StudyFolder, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def cut(path: Path, content: bytes) -> NoReturn:
        if moment == "after":
            path.write_bytes(content)
        raise KeyboardInterrupt

    folder.write_json("plan.json", {"trials": [1]})
    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.storage.study_folder.write_bytes", cut)
        with pytest.raises(KeyboardInterrupt):
            folder.write_json("plan.json", {"trials": [2]})
    assert folder.damaged() == ()
    assert folder.read_json("plan.json") == {"trials": [1 if moment == "before" else 2]}


@pytest.mark.parametrize("sums", ["", "{", "[]", '{"plan.json": 5}'])
def test_damaged_checksums_are_named_and_no_file_is_refused_for_them(folder: StudyFolder, sums: str) -> None:
    folder.write_json("plan.json", {"trials": []})
    folder.file("checksums.json").write_text(sums, encoding="utf-8")
    assert folder.damaged() == ("checksums.json",)
    assert folder.read_json("plan.json") == {"trials": []}


def test_files_that_were_deleted_are_no_damage(folder: StudyFolder) -> None:
    folder.write_npz("heat_maps.npz", {"heat": np.zeros(3)})
    folder.remove("heat_maps.npz")
    folder.remove("heat_maps.npz")
    assert folder.damaged() == ()


def test_what_killed_writers_left_is_swept_away(folder: StudyFolder) -> None:
    folder.write_json("plan.json", {})
    (folder.path / "trials" / "a").mkdir(parents=True)
    (folder.path / ".plan.json.abc.part").write_bytes(b"half")
    (folder.path / "trials" / "a" / ".done.abc.part").write_bytes(b"half")
    (folder.path / ".bundle.part" / "phone").mkdir(parents=True)
    (folder.path / ".bundle.part" / "phone" / ".model.abc.part").write_bytes(b"half")
    folder.sweep()
    assert not (folder.path / ".bundle.part").exists()
    assert sorted(one.name for one in folder.path.rglob("*") if one.is_file()) == ["checksums.json", "plan.json"]


def test_csv_comes_back_with_commas_quotes_and_lines(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["a,b", 'c"d', 1], ["줄\n바꿈", "", 0.5]]
    write_csv(tmp_path / "a.csv", ["one", "two", "three"], rows)
    assert read_csv(tmp_path / "a.csv") == [
        {"one": "a,b", "two": 'c"d', "three": "1"},
        {"one": "줄\n바꿈", "two": "", "three": "0.5"},
    ]
    assert TrialFolder(tmp_path).history == tmp_path / "history.csv"


@pytest.mark.parametrize("key", ["", ".", "..", "../other", "a/b", "/etc", "a\\b", "a\0"])
def test_a_key_that_leads_elsewhere_is_refused(folder: StudyFolder, key: str) -> None:
    with pytest.raises(StudyFolderError, match="must be the name of a folder"):
        folder.trial(key)
