"""`compare` on what people really hand in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import leafgraft
from leafgraft.errors import PredictionsError
from leafgraft.storage.predictions import Predictions, write_predictions

CLASSES = ("Blight", "Healthy", "Late")


def rows(answers: Sequence[int], labels: Sequence[int], sure: float = 0.9) -> list[str]:
    """Lines of a CSV: a photo per answer."""
    lines = []
    for number, (answer, label) in enumerate(zip(answers, labels, strict=True)):
        other = (1 - sure) / (len(CLASSES) - 1)
        probabilities = [f"{sure if index == answer else other:.6f}" for index in range(len(CLASSES))]
        lines.append(f"p{number:03d},{CLASSES[label]},{','.join(probabilities)}")
    return lines


def write(path: Path, lines: Sequence[str], classes: Sequence[str] = CLASSES) -> Path:
    path.write_text("\n".join([f"photo_id,label,{','.join(classes)}", *lines]) + "\n", encoding="utf-8")
    return path


LABELS = [0, 1, 2] * 10
ONE_WRONG = [1, *LABELS[1:]]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "good.csv", rows(LABELS, LABELS))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("p003,Blight,0.9,0.9,0.9", ["sum to 1", "p003"]),
        ("p003,Blight,nan,0.5,0.5", ["finite", "p003"]),
        ("p003,Blight,inf,0.5,0.5", ["finite", "p003"]),
        ("p003,Blight,1.2,-0.1,-0.1", ["0 or more", "p003"]),
        ("p003,Blight,much,0.5,0.5", ["a number", "p003"]),
        ("p003,Rust,0.8,0.1,0.1", ["among its classes", "Rust"]),
        ("p003,,0.8,0.1,0.1", ["a true class in every line", "p003"]),
        ("p004,Healthy,0.8,0.1,0.1", ["p004"]),
        ("p003,Healthy,0.8,0.1,0.1", ["p003", "Labels", "Blight against Healthy"]),
        ("p003,Blight,0.8,0.1", ["must have 5 values", "Line 5"]),
        ("p003,nan,0.8,0.1,0.1", ["a true class in every line", "'nan'", "missing"]),
        ("p003,Blight,2.5,-1,-3", ["0 or more", "softmax"]),
    ],
)
def test_a_bad_line_is_named(line: str, wanted: list[str], good: Path, tmp_path: Path, cli, words) -> None:
    lines = rows(LABELS, LABELS)
    lines[3] = line
    text = words(cli("compare", good, write(tmp_path / "bad.csv", lines), "--json"), 1)
    assert "bad" in text
    for part in wanted:
        assert part in text


def test_of_photos_that_overlap_the_common_ones_are_compared_and_it_is_said(good: Path, tmp_path: Path, cli) -> None:
    lines = rows(LABELS, LABELS)[:-2]
    other = write(tmp_path / "other.csv", [*lines, lines[0].replace("p000", "p999")])
    done = cli("compare", good, other, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["rows"] == 28
    assert found["notes"] == [
        "Test photos: good 30, other 29; 28 are in all of them, and only these are compared.",
        "Left out of good: 2 (p028, p029).",
        "Left out of other: 1 (p999).",
    ]
    assert "only these are compared" in done.stderr


def with_column(name: str, *values: object) -> list[str]:
    lines = [f"photo_id,label,{','.join(CLASSES)},{name}"]
    return [*lines, *(f"{line},{values[row % len(values)]}" for row, line in enumerate(rows(LABELS, LABELS)))]


def test_a_column_of_text_is_no_class_and_what_to_call_it_is_said(tmp_path: Path, cli, words) -> None:
    (tmp_path / "a.csv").write_text("\n".join(with_column("plant", "leaf1", "leaf2")))
    text = words(cli("compare", tmp_path / "a.csv"), 1)
    assert "'plant' is the label of no photo, and holds 'leaf1' in line 2" in text
    assert "call it group" in text


def test_a_column_of_text_beside_answers_is_named_though_no_label_is_told(tmp_path: Path, cli, words) -> None:
    shares = ("0.8,0.1,0.1", "0.1,0.8,0.1", "0.1,0.1,0.8")
    lines = [f"{CLASSES[one]}/{row}.jpg,{CLASSES[one]},{shares[one]},leaf{row}" for row, one in enumerate(LABELS)]
    (tmp_path / "a.csv").write_text("\n".join([f"filename,predicted,{','.join(CLASSES)},plant", *lines]))
    text = words(cli("compare", tmp_path / "a.csv"), 1)
    assert "'plant' holds 'leaf0' in line 2, which is no number." in text
    assert "Leave the column 'plant' out" in text


def test_groups_and_seeds_whatever_wrote_them(tmp_path: Path, cli, words) -> None:
    (tmp_path / "a.csv").write_text("\n".join(with_column("Group", *range(10))))
    assert json.loads(cli("compare", tmp_path / "a.csv", "--json").stdout)["groups"] == 10
    (tmp_path / "a.csv").write_text("\n".join(with_column("place", "home", "nan")))
    assert "'nan', which tables write where a value is missing" in words(cli("compare", tmp_path / "a.csv"), 1)
    (tmp_path / "a.csv").write_text("\n".join(with_column("seed", "1.0")))
    assert json.loads(cli("compare", tmp_path / "a.csv", "--json").stdout)["seeds"] == 1
    (tmp_path / "a.csv").write_text("\n".join(with_column("seed", "0", "1.5")))
    assert "One is '1.5'" in words(cli("compare", tmp_path / "a.csv"), 1)


def test_rows_of_other_parts_are_left_out_and_counted(tmp_path: Path, cli) -> None:
    (tmp_path / "a.csv").write_text("\n".join(with_column("split", "Test", "val", "test")))
    done = cli("compare", tmp_path / "a.csv", "--json")
    assert json.loads(done.stdout)["rows"] == 20
    assert "only test rows are compared; left out: val (10)." in " ".join(done.stderr.split())


def test_rows_of_other_parts_of_an_npz_are_left_out_and_counted(tmp_path: Path, cli) -> None:
    ids = np.array([f"p{number:03d}" for number in range(30)])
    parts = np.array(["test"] * 20 + ["validation"] * 10)
    logits = 4 * np.eye(3, dtype=np.float32)[LABELS]
    write_predictions(tmp_path / "a.npz", Predictions(ids, parts, np.array(LABELS), logits, np.array(CLASSES), ids))
    done = cli("compare", tmp_path / "a.npz", "--json")
    assert json.loads(done.stdout)["rows"] == 20
    assert "a.npz': only test rows are compared; left out: validation (10)." in " ".join(done.stderr.split())
    groups = ids.copy()
    groups[20:22] = ["leaf 1", "Leaf1"]  # in two spellings, of rows that are not compared
    write_predictions(tmp_path / "a.npz", Predictions(ids, parts, np.array(LABELS), logits, np.array(CLASSES), groups))
    assert json.loads(cli("compare", tmp_path / "a.npz", "--json").stdout)["rows"] == 20


def test_answers_that_rounding_ties_are_told(tmp_path: Path, cli, words) -> None:
    lines = [*rows(LABELS, LABELS), "p900,Late,0.10,0.45,0.45"]
    done = cli("compare", write(tmp_path / "a.csv", lines))
    assert "several classes are likeliest in 1 of 31 lines, first in line 32" in " ".join(done.stderr.split())
    one_place = [f"p{row},Blight,0.7,0.2,0.2" for row in range(30)]
    assert "three decimal places or more" in words(cli("compare", write(tmp_path / "a.csv", one_place)), 1)


def test_numbers_of_classes_are_whole_in_labels_and_in_the_names_of_columns(tmp_path: Path, cli) -> None:
    lines = [f"p{row},{row % 2}.0,{0.8 - 0.6 * (row % 2):.1f},{0.2 + 0.6 * (row % 2):.1f}" for row in range(20)]
    for labels in (lines, [line.replace(".0,", ",", 1) for line in lines]):
        (tmp_path / "a.csv").write_text("\n".join(["photo_id,label,0.0,1.0", *labels]))
        done = cli("compare", tmp_path / "a.csv", "--json")
        assert json.loads(done.stdout)["recipes"][0]["accuracy"] == 1.0, done.stderr


def test_records_of_other_keys_are_named(tmp_path: Path, cli, words) -> None:
    records = [{"photo_id": f"p{row}", "label": "a", "predicted": "a"} for row in range(4)]
    del records[2]["predicted"]
    (tmp_path / "a.json").write_text(json.dumps(records))
    assert "Record 3 and the first differ in predicted" in words(cli("compare", tmp_path / "a.json"), 1)
    records[2] |= {"predicted": "b", "prob": 0.4}
    (tmp_path / "a.json").write_text("\n".join(map(json.dumps, records)))
    assert "Record 3 and the first differ in prob" in words(cli("compare", tmp_path / "a.json"), 1)


def test_a_workbook_is_no_array_file(tmp_path: Path, cli, words) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 and more")
    assert "Save the sheet as 'CSV UTF-8'" in words(cli("compare", tmp_path / "a.xlsx"), 1)


def test_photos_that_do_not_overlap_are_refused(good: Path, tmp_path: Path, cli, words) -> None:
    other = write(tmp_path / "other.csv", [line.replace("p", "q") for line in rows(LABELS, LABELS)])
    text = words(cli("compare", good, other), 1)
    assert "None is in all of them: 'good' has p000" in text
    assert "'other' has q000" in text


def test_other_classes_are_refused(good: Path, tmp_path: Path, cli, words) -> None:
    lines = [line.replace("Late", "Rust") for line in rows(LABELS, LABELS)]
    other = write(tmp_path / "other.csv", lines, ("Blight", "Healthy", "Rust"))
    assert "Rust" in words(cli("compare", good, other), 1)


def test_classes_in_another_order_are_the_same(good: Path, tmp_path: Path, cli) -> None:
    lines = []
    for line in rows(LABELS, LABELS):
        photo_id, label, first, second, third = line.split(",")
        lines.append(",".join([photo_id, label, third, first, second]))
    turned = write(tmp_path / "turned.csv", lines, ("Late", "Blight", "Healthy"))
    done = cli("compare", good, turned, "--json")
    assert done.exit_code == 0, done.stderr
    one, other = json.loads(done.stdout)["recipes"]
    for key in ("accuracy", "macro_f1", "log_loss", "calibration_error"):
        assert one[key] == pytest.approx(other[key])


def test_one_file_alone_has_no_pairs(good: Path, cli) -> None:
    done = cli("compare", good, "--json")
    assert done.exit_code == 0, done.stderr
    compared = json.loads(done.stdout)
    assert compared["pairs"] == []
    assert [one["name"] for one in compared["recipes"]] == ["good"]
    assert cli("compare", good).exit_code == 0


def test_seeds_are_by_name_or_not_at_all(good: Path, tmp_path: Path, cli, words) -> None:
    files = [write(tmp_path / f"net-s{size}.csv", rows(LABELS, LABELS)) for size in (0, 1)]
    done = cli("compare", *files)
    assert "Taken as seeds of one recipe, 'net': net-s0.csv, net-s1.csv" in done.stderr
    done = cli("compare", *files, "--seeds", "none", "--json")
    assert [one["name"] for one in json.loads(done.stdout)["recipes"]] == ["net-s0", "net-s1"]
    assert "names or none" in words(cli("compare", good, "--seeds", "some"), 2)


def test_the_same_file_twice(good: Path, cli, words) -> None:
    assert "Twice" in words(cli("compare", good, good), 2)


@pytest.mark.parametrize(
    ("answers", "labels", "accuracies"),
    [
        (ONE_WRONG, LABELS, (1.0, 29 / 30)),
        (LABELS, LABELS, (1.0, 1.0)),
        ([(one + 1) % 3 for one in LABELS], LABELS, (1.0, 0.0)),
        ([0] * 30, [0] * 30, (1.0, 1.0)),
        ([1] * 29 + [0], [0] * 30, (1.0, 1 / 30)),
    ],
    ids=["one apart", "no disagreement", "0% against 100%", "one class", "one class, nearly all wrong"],
)
@pytest.mark.parametrize("sure", [0.9, 1.0])
def test_edges_give_figures(
    answers: list[int], labels: list[int], accuracies: tuple[float, float], sure: float, tmp_path: Path, cli
) -> None:
    files = (
        write(tmp_path / "a.csv", rows(labels, labels, sure)),
        write(tmp_path / "b.csv", rows(answers, labels, sure)),
    )
    done = cli("compare", *files, "--json")
    assert done.exit_code == 0, done.stderr
    assert not done.stderr
    compared = json.loads(done.stdout)
    assert [one["accuracy"] for one in compared["recipes"]] == pytest.approx(accuracies)
    (pair,) = compared["pairs"]
    assert abs(pair["difference"]) == pytest.approx(accuracies[0] - accuracies[1])
    assert pair["interval"][0] <= pair["difference"] <= pair["interval"][1]
    assert 0 <= pair["p"] <= pair["p_holm"] <= 1
    same = accuracies[0] == accuracies[1]
    assert (pair["photos_needed"] is None) == same
    assert same <= (pair["p"] == 1)
    page = tmp_path / "page.html"
    told = cli("compare", *files, "--html", page)
    assert told.exit_code == 0, told.stderr
    assert "tier" in told.stdout
    assert page.stat().st_size > 1000


def test_both_wrong_everywhere(tmp_path: Path, cli) -> None:
    wrong = [(one + 1) % 3 for one in LABELS]
    files = [write(tmp_path / f"{name}.csv", rows(wrong, LABELS, 1.0)) for name in "ab"]
    done = cli("compare", *files, "--json")
    assert done.exit_code == 0, done.stderr
    assert [one["accuracy"] for one in json.loads(done.stdout)["recipes"]] == [0, 0]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04cut"])
def test_a_file_that_is_no_predictions_file(content: bytes, good: Path, tmp_path: Path, cli, words) -> None:
    (tmp_path / "bad.npz").write_bytes(content)
    assert "bad.npz" in words(cli("compare", good, tmp_path / "bad.npz"), 1)


@pytest.mark.parametrize("name", ["gone.csv", "gone.npz", "gone"])
def test_a_file_that_is_not_there(name: str, good: Path, tmp_path: Path, cli, words) -> None:
    told = words(cli("compare", good, tmp_path / name), 1)
    with pytest.raises(PredictionsError) as caught:
        leafgraft.compare([str(good), str(tmp_path / name)])
    for part in (caught.value.asked, caught.value.found, caught.value.mend):  # one wording, wherever it is asked
        assert " ".join(part.split()) in told


@pytest.mark.parametrize("content", [b"", b"photo_id,label,A,B\n", b"photo_id,label,A\nx,A,1\n", b"\xff\xfe\x00"])
def test_a_csv_without_predictions(content: bytes, good: Path, tmp_path: Path, cli, words) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    assert "bad.csv" in words(cli("compare", good, tmp_path / "bad.csv"), 1)


def test_npz_with_bad_logits(tmp_path: Path, good: Path, cli, words) -> None:
    logits = np.zeros((30, 3), np.float32)
    logits[4, 1] = np.nan
    ids = np.array([f"p{number:03d}" for number in range(30)])
    made = Predictions(ids, np.full(30, "test"), np.array(LABELS), np.zeros_like(logits), np.array(CLASSES), ids)
    write_predictions(tmp_path / "bad.npz", made)
    with np.load(tmp_path / "bad.npz", allow_pickle=False) as arrays:
        changed = {**arrays, "logits": logits}
    np.savez(tmp_path / "bad.npz", **changed)
    assert "bad.npz" in words(cli("compare", good, tmp_path / "bad.npz"), 1)


def test_an_empty_folder(tmp_path: Path, cli, words) -> None:
    (tmp_path / "empty").mkdir()
    assert "study folder" in words(cli("compare", tmp_path / "empty"), 1)


def test_no_file_at_all(cli) -> None:
    done = cli("compare")
    assert done.exit_code == 2
    assert "needs files, a study folder, or --counts" in done.stderr
