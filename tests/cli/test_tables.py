"""What a person reads of a comparison: warnings whole, and what intervals and p speak of."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from leafgraft.cli.tables import print_comparison, print_doctor, print_plan
from leafgraft.languages.speaking import speaking
from leafgraft.records.display import recipe_rows
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.commands.compare import compare
from leafgraft.training.doctor import check_machine

CLASSES = ("early", "healthy", "late")


def write(path: Path, seed: int, *, constant: bool = False) -> str:
    """A CSV of 120 answers; a constant one says early of every photo."""
    label = np.random.default_rng(0).integers(0, 3, 120)
    scores = np.random.default_rng(seed).normal(size=(120, 3)) + 2 * np.eye(3)[label]
    if constant:
        scores = np.tile([3.0, 0.0, 0.0], (120, 1))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    lines = [f"photo_id,label,{','.join(CLASSES)}"]
    lines += [
        f"p{row},{CLASSES[label[row]]},{','.join(f'{one:.6f}' for one in shares[row] / shares[row].sum())}"
        for row in range(120)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def said(files: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    print_comparison(compare(files), None)
    return " ".join(capsys.readouterr().out.split())


def test_of_several_pairs_it_is_said_what_the_interval_and_what_p_speaks_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [write(tmp_path / f"{name}.csv", seed) for seed, name in enumerate(("one", "two", "three"))]
    assert "p is corrected for all 3 pairs together" in said(files, capsys)
    assert "speaks of its own pair" not in said(files[:2], capsys)


def test_of_a_plan_it_is_said_which_times_are_of_all_epochs_and_which_are_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trials = [{"recipe": "resnet18 full", "seconds": 1200.0}, {"recipe": "resnet18 full", "seconds": 1200.0}]
    of_all = {"seconds": 2400.0, "stages": {"training": 1800.0}, "bytes": 2_000_000, "memory_bytes": 1_000_000}
    print_plan({"trials": trials, "shared": [], "corrections": {}, **of_all})
    text = " ".join(capsys.readouterr().out.split())
    assert "time of all epochs" in text
    assert "resnet18 full 2 40 min" in text
    assert "of which training about 30 min;" in text


def test_of_one_file_nothing_is_said_of_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "look at the labels" not in said([write(tmp_path / "mine.csv", 1)], capsys)


def test_a_recipe_that_never_finds_a_class_is_flagged_in_the_table_and_below_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said([write(tmp_path / "one.csv", 1), write(tmp_path / "two.csv", 2, constant=True)], capsys)
    assert "[never finds healthy, late]" in text
    assert "It never finds healthy, late (test photos:" in text
    assert "'two recognises healthy, late': it has none of their" in text
    assert "'one recognises" not in text


def test_of_many_classes_that_are_never_found_ten_are_named_for_each_recipe_and_the_others_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["photo_id,label,predicted", *(f"p{row},class {row % 13:02d},class 00" for row in range(39))]
    files = [str(tmp_path / f"{name}.csv") for name in ("one", "two")]
    for file in files:
        Path(file).write_text("\n".join(lines), encoding="utf-8")
    text = said(files, capsys)
    for name in ("one", "two"):
        assert text.count(f"'{name} recognises class 01, ") == 1
        assert text.count(f"'{name} recognises") == 1
    assert text.count(", class 10 and 2 more': it has none of their 36 test photos right.") == 2


def test_where_classes_are_unequal_the_balanced_accuracy_stands_in_the_table(tmp_path: Path) -> None:
    def columns(rare: int) -> dict[str, str]:
        rows = [(f"p{row}", "Rare" if row < rare else "Common") for row in range(40)]
        lines = ["photo_id,label,predicted", *(f"{photo},{label},Common" for photo, label in rows)]
        (tmp_path / "a.csv").write_text("\n".join(lines))
        names, (cells,) = recipe_rows(compare([str(tmp_path / "a.csv")]).evaluation["recipes"], intervals=True)
        return dict(zip(names, map(str, cells), strict=True))

    assert columns(10)["balanced accuracy"].startswith("50.0% (")
    assert "balanced accuracy" not in columns(20)
    assert re.fullmatch(r"0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)", columns(10)["macro-F1"])


def test_each_part_of_a_line_of_the_doctor_is_said_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, a line would be taken for a sentence that begins with a field: the mark would stand for that."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "resnet18.pth").touch()
    found = [asdict(one) for one in check_machine(CacheFolder(tmp_path), tmp_path / "weights")]
    found.append({"name": "processor", "found": "3 GB are free.", "works": False, "mend": "3 GB are free."})
    with speaking("ko"):
        print_doctor(found)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(("ok  ", "--  ", "      할 일: "))] == []
    assert f"ok  사전 학습된 가중치: {tmp_path / 'weights'}에 있음: resnet18" in lines
    assert "--  프로세서: 비어 있는 메모리는 3GB입니다." in lines
