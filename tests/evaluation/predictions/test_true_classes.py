"""True classes: each spelled in one way, and that of the folder where photos lie in folders of classes."""

import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.named_files import name_files
from leafgraft.evaluation.predictions.predictions_files import read_files
from leafgraft.evaluation.predictions.true_classes import labelled_otherwise
from leafgraft.storage.predictions import Predictions, write_predictions

NAMES = ("Early Blight", "Healthy")


def write(path, rows):
    path.write_text("\n".join(["filename,y_true,y_pred", *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Early_Blight", ("'Early Blight' and 'Early_Blight'",)),
        ("early blight", ("'Early Blight' and 'early blight'",)),
        ("Early\u00a0Blight", ("Early\\xa0Blight",)),
    ],
)
@pytest.mark.parametrize("true", [True, False])
def test_one_class_in_two_spellings_is_refused(tmp_path, one, other, true):
    rows = [(f"{row}.jpg", NAMES[row % 2], NAMES[row % 2]) for row in range(6)]
    rows.append(("6.jpg", one, NAMES[0]) if true else ("6.jpg", NAMES[0], one))
    with pytest.raises(PredictionsError, match="must spell each class in one way") as error:
        read_files(name_files([write(tmp_path / "a.csv", rows)]))
    assert all(word in str(error.value) for word in other)


def test_two_files_that_spell_a_class_otherwise_are_refused(tmp_path):
    rows = [(f"{row}.jpg", NAMES[row % 2], NAMES[row % 2]) for row in range(6)]
    files = [write(tmp_path / "a.csv", rows), tmp_path / "b.csv"]
    write(files[1], [tuple(one.replace(" ", "_") for one in row) for row in rows])
    with pytest.raises(PredictionsError, match="'Early Blight' and 'Early_Blight'"):
        read_files(name_files(files))


def test_two_classes_that_a_file_with_probabilities_tells_apart_are_two(tmp_path):
    (tmp_path / "a.csv").write_text("photo_id,label,a1,a_1\np1,a1,0.9,0.1\np2,a_1,0.2,0.8\n")
    (tmp_path / "b.csv").write_text("photo_id,label,predicted\np1,a1,a_1\np2,a_1,a_1\n")
    recipes, _ = read_files(name_files([tmp_path / "a.csv", tmp_path / "b.csv"]))
    assert [len(one.trials[0].predictions.classes) for one in recipes] == [2, 2]


def test_true_classes_that_contradict_the_folders_are_refused(tmp_path):
    rows = [(f"Healthy/{row}.jpg", "Early Blight", NAMES[row % 2]) for row in range(6)]
    with pytest.raises(
        PredictionsError, match=r"differ in 6 of 6 rows, first of 'Healthy/0.jpg': it is 'Early Blight'"
    ):
        read_files(name_files([write(tmp_path / "a.csv", rows)]))


def test_a_few_true_classes_that_were_corrected_are_noted(tmp_path):
    rows = [(f"t/{NAMES[row % 2].replace(' ', '_')}/{row}.jpg", NAMES[row % 2], NAMES[row % 2]) for row in range(20)]
    rows[4] = (rows[4][0], "Healthy", "Healthy")
    _, notes = read_files(name_files([write(tmp_path / "a.csv", rows)]))
    (note,) = notes
    assert "'t/Early_Blight/4.jpg', which is 'Healthy' there" in note
    assert "differs from the photo's folder in 1 of 20 rows" in note


@pytest.mark.parametrize("ours", [True, False])
def test_names_of_classes_in_another_order_than_their_numbers_are_refused(tmp_path, ours):
    classes, labels = ("a", "b", "c", "d", "e"), np.arange(50) % 5
    photos = np.array([f"test/{classes[label]}/{row}.jpg" for row, label in enumerate(labels)])
    shares, turned = np.eye(5, dtype=np.float32)[labels], np.array(["b", "a", "c", "d", "e"])
    if ours:
        test = np.full(50, "test")
        write_predictions(tmp_path / "a.npz", Predictions(photos, test, labels, 3 * shares, turned, photos))
    else:
        np.savez(tmp_path / "a.npz", preds=shares, targs=labels, vocab=turned, items=photos)
    with pytest.raises(PredictionsError, match="differ in 20 of 50 rows"):
        read_files(name_files([tmp_path / "a.npz"]))


def test_folders_that_are_no_classes_say_nothing():
    assert not labelled_otherwise("a.csv", ["field1/1.jpg", "2.jpg"], ["a", "b"], {"a", "b"})
    assert not labelled_otherwise("a.csv", ["a/1.jpg", "b/2.jpg"], ["0", "1"], {"a", "b"})


def test_answers_that_are_no_class_of_any_photo_are_said(tmp_path):
    rows = [(f"{row}.jpg", ("early", "late")[row % 2], ("early_blight", "late")[row % 2]) for row in range(20)]
    path = write(tmp_path / "a.csv", rows)
    other = write(tmp_path / "b.csv", [(name, label, label) for name, label, _ in rows])
    for files in ([path], [path, other]):
        (note,) = read_files(name_files(files))[1]
        assert note == (
            f"'{path}': answers that are no photo's true class count as wrong: early_blight (10). If a class is meant, "
            "write it as the true class is written."
        )


def test_a_class_without_test_photos_that_another_file_names_may_be_answered(tmp_path):
    rows = [(f"{row}.jpg", "late", ("early", "late")[row % 2]) for row in range(20)]
    table = ["photo_id,label,early,late", *(f"{name},{label},0.4,0.6" for name, label, _ in rows)]
    (tmp_path / "b.csv").write_text("\n".join(table), encoding="utf-8")
    assert read_files(name_files([write(tmp_path / "a.csv", rows), tmp_path / "b.csv"]))[1] == ()
