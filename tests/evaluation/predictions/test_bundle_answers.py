"""Answers of a bundle, as `leafgraft predict` writes them, with what a person adds to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.recognise import read_answers
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers
from leafgraft.study.commands.compare import compare

COLUMNS = ("path", "answer", "declined", "set", "distance", "early", "late", "bundle", "act", "evidence")
ANSWERS = (("field/1.jpg", "early", 0.75), ("field/2.jpg", "late", 0.25), ("field/3.jpg", "late", 0.125))


def table(path: Path, added: dict[str, tuple[str, ...]], bundles: tuple[str, ...] = ("a", "a", "a")) -> Path:
    """What ``--csv`` writes, with columns of a person behind."""
    lines = [",".join((*COLUMNS, *added))]
    for at, (photo, answered, share) in enumerate(ANSWERS):
        cells = (photo, answered, "", answered, "0.1", f"{share}", f"{1 - share}", bundles[at], "yes", "well tested")
        lines.append(",".join((*cells, *(cells[at] for cells in added.values()))))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def records(path: Path, added: dict[str, tuple[str, ...]], bundles: tuple[str, ...] = ("a", "a", "a")) -> Path:
    """What ``--json`` prints, with keys of a person."""
    found: list[dict[str, Any]] = []
    for at, (photo, answered, share) in enumerate(ANSWERS):
        shares = {"early": share, "late": 1 - share}
        one = {"path": photo, "answer": answered, "declined": None, "probabilities": shares, "bundle": bundles[at]}
        found.append(one | {name: cells[at] for name, cells in added.items()})
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


EITHER_FILE = pytest.mark.parametrize("write", [table, records])


@EITHER_FILE
def test_true_classes_groups_and_places_that_a_person_adds_count(tmp_path, write):
    added = {"y_true": ("early", "early", "late"), "Group": ("p", "p", "q"), "place": ("x", "y", "y")}
    path = write(tmp_path / "a.csv", added | {"weather": ("sun", "rain", "")})
    said = read_answers(path)
    assert isinstance(said, ToolAnswers)
    assert said.group is not None
    assert (said.group.tolist(), said.notes) == (["p", "p", "q"], (f"'{path}': not used: weather.",))
    found = compare([str(path)]).evaluation
    (recipe,) = found["recipes"]
    assert recipe["accuracy"] == pytest.approx(2 / 3)
    assert (found["rows"], found["groups"], set(recipe["places"])) == (3, 2, {"x", "y"})


@EITHER_FILE
def test_a_true_class_that_a_person_left_out_is_refused(tmp_path, write):
    path = write(tmp_path / "a.csv", {"label": ("early", "", "late")})
    with pytest.raises(PredictionsError, match="a true class in every line") as refused:
        read_answers(path)
    assert "field/2.jpg" in str(refused.value)


@EITHER_FILE
def test_answers_of_two_bundles_are_refused(tmp_path, write):
    with pytest.raises(PredictionsError, match="answers of one bundle") as refused:
        read_answers(write(tmp_path / "a.csv", {}, ("spring", "spring", "autumn")))
    assert "'spring' and some of 'autumn'" in str(refused.value)


def test_lines_whose_answer_is_no_class_or_not_the_likeliest_are_refused(tmp_path):
    path = table(tmp_path / "a.csv", {})
    text = path.read_bytes()
    path.write_bytes(text + text)  # as `cat a.csv a.csv` does, from two places
    with pytest.raises(PredictionsError, match=r"line 5\) has 'answer'"):
        read_answers(path)
    path.write_bytes(text.replace(b"3.jpg,late", b"3.jpg,early"))
    with pytest.raises(PredictionsError, match=r"line 4\) has 'early' as its answer, and 'late' as the likeliest"):
        read_answers(path)
    path.write_bytes(text)
    assert np.array_equal(read_answers(path).predicted, ["early", "late", "late"])


def test_a_record_whose_answer_is_not_the_likeliest_is_refused(tmp_path):
    path = records(tmp_path / "a.json", {})
    text = path.read_text(encoding="utf-8")
    assert len(read_answers(path).predicted) == 3
    path.write_text(text.replace('"answer": "early"', '"answer": "late"'), encoding="utf-8")
    with pytest.raises(PredictionsError, match="'late' as its answer, and 'early' as the likeliest class"):
        read_answers(path)
    path.write_text(text.replace('"answer": "early"', '"answer": null'), encoding="utf-8")  # declined
    assert read_answers(path).predicted[0] == "early"
