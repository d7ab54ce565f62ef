"""Groups in files of other tools are read as those of an audit: which cells say that a photo has none."""

import csv
import json

import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.aligned_rows import align
from leafgraft.evaluation.predictions.named_files import name_files
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.storage.predictions import Predictions, write_predictions

WRITTEN = ("-", "?", "none", "", "nan", "12", "12.0", "7")
PHOTOS = [f"p{row}" for row in range(len(WRITTEN))]
LABELS = ["early", "late"] * 4
ALONE = "5 rows without a group; each such photo counts as a leaf of its own."


def table(path):
    with path.open("w", newline="") as file:
        rows = [("photo_id", "label", "predicted", "group"), *zip(PHOTOS, LABELS, LABELS, WRITTEN, strict=True)]
        csv.writer(file).writerows(rows)


def arrays(path):
    labels, group = np.array(LABELS), np.array(WRITTEN)
    np.savez(path, items=np.array(PHOTOS), targs=labels, decoded=labels, group=group)


def bundle(path):
    rows = zip(PHOTOS, LABELS, WRITTEN, strict=True)
    told = [
        {"path": photo, "answer": label, "declined": "", "bundle": "a", "label": label, "group": group or None}
        | {"probabilities": {one: 0.9 if one == label else 0.1 for one in ("early", "late")}}
        for photo, label, group in rows
    ]
    path.write_text(json.dumps(told))


def groups_in(path):
    (recipe,), notes = read_files(name_files([path]))
    rows = align([(recipe.name, recipe.trials)], "test")
    return {frozenset(rows.photo_id[rows.group == group].tolist()) for group in range(rows.groups)}, notes


@pytest.mark.parametrize(("write", "name"), [(table, "a.csv"), (arrays, "a.npz"), (bundle, "a.json")])
def test_photos_without_a_group_are_alone_and_are_counted(tmp_path, write, name):
    write(tmp_path / name)
    found, notes = groups_in(tmp_path / name)
    assert found == {frozenset({"p5", "p6"}), *(frozenset({one}) for one in PHOTOS if one not in {"p5", "p6"})}
    assert f"'{tmp_path / name}': {ALONE}" in notes


def test_in_a_file_of_ours_too(tmp_path):
    logits, labels = 3 * np.eye(2, dtype=np.float32)[[0, 1] * 4], np.array([0, 1] * 4)
    test, classes = np.full(8, "test"), np.array(["early", "late"])
    rows = Predictions(np.array(PHOTOS), test, labels, logits, classes, np.array(WRITTEN))
    write_predictions(tmp_path / "a.npz", rows)
    assert len(groups_in(tmp_path / "a.npz")[0]) == 7


def photos_in(path, column, values):
    """A photo of each class for each value."""
    rows = [(f"{label}{row}", label, label, value) for row, value in enumerate(values) for label in ("early", "late")]
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("photo_id", "label", "predicted", column), *rows])
        return
    photo, label, told = (np.array([row[at] for row in rows]) for at in (0, 1, 3))
    classes, number = np.unique(label, return_inverse=True)
    given = {"group": photo, column: told}
    test = np.full(len(rows), "test")
    write_predictions(path, Predictions(photo, test, number, 3 * np.eye(2, dtype=np.float32)[number], classes, **given))


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_numbers_that_start_anew_in_each_class_are_said(tmp_path, name):
    photos_in(tmp_path / name, "group", ["1", "2", "3"])
    found, notes = groups_in(tmp_path / name)
    assert len(found) == 3
    (note,) = notes
    assert note == (
        f"'{tmp_path / name}': photos of several classes in 3 groups, as '1'; each counts as one leaf. If numbers "
        "start anew in each class, write the class into the group: Healthy-12."
    )


def test_numbers_that_start_anew_in_each_place_are_said(tmp_path):
    rows = [(f"p{row}", "late", "late", row % 3, "field" if row < 3 else "home") for row in range(6)]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("photo_id", "label", "predicted", "group", "place"), *rows])
    (note,) = groups_in(tmp_path / "a.csv")[1]
    assert "photos of several places in 3 groups, as '0'" in note


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
@pytest.mark.parametrize("column", ["group", "place"])
def test_one_group_or_place_in_two_spellings_is_refused(tmp_path, name, column):
    photos_in(tmp_path / name, column, ["North", "north", "South"])
    with pytest.raises(PredictionsError, match=f"must write each {column} in one way") as caught:
        groups_in(tmp_path / name)
    assert "It has 'North' and 'north'" in caught.value.found
    photos_in(tmp_path / name, column, ["leaf 1", "leaf 01"])
    with pytest.raises(PredictionsError) as caught:
        groups_in(tmp_path / name)
    assert "leading zeros" in caught.value.found


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_a_row_of_two_groups_is_refused(tmp_path, name):
    photos_in(tmp_path / name, "group", ["leaf1", "leaf1;leaf2", "leaf3"])
    with pytest.raises(PredictionsError, match="must give each photo one group") as caught:
        groups_in(tmp_path / name)
    assert "It has 'leaf1;leaf2' and 'leaf1', which is a group of its own." in caught.value.found


@pytest.mark.parametrize("name", ["a.csv", "a.npz"])
def test_photos_that_differ_in_case_alone_are_no_groups_in_two_spellings(tmp_path, name):
    photos_in(tmp_path / name, "place", ["North", "South"])
    rows = [("P1", "early", "early"), ("p1", "late", "late")]
    with (tmp_path / "b.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("photo_id", "label", "predicted"), *rows])
    assert len(groups_in(tmp_path / "b.csv")[0]) == 2
    assert len(groups_in(tmp_path / name)[0]) == 4
