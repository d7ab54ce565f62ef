"""Groups in files of other tools are read as those of an audit: which cells say that a photo has none."""

import csv
import json

import numpy as np
import pytest

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
