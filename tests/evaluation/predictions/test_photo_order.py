"""Rows are paired by their place only where nothing tells that they are in another order."""

import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.aligned_rows import align
from leafgraft.evaluation.predictions.named_files import name_files
from leafgraft.evaluation.predictions.predictions_files import read_files

ROWS = [("x1", "early", "early"), ("x2", "early", "late"), ("x3", "late", "late")]
OTHER = [("x2", "early", "late"), ("x1", "early", "early"), ("x3", "late", "late")]


def write(path, column, rows):
    lines = [f"{column},y_true,y_pred", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    return path


def read(tmp_path, column, other=OTHER):
    files = [write(tmp_path / "a.csv", column, ROWS), write(tmp_path / "b.csv", column, other)]
    recipes, notes = read_files(name_files(files))
    return align([(one.name, one.trials) for one in recipes], "test"), notes


@pytest.mark.parametrize("column", ["id", "ID", "name", "image name", "image_name", "img_name", "fname"])
def test_these_columns_name_the_photo(tmp_path, column):
    rows, notes = read(tmp_path, column)
    assert rows.photo_id.tolist() == ["x1", "x2", "x3"]
    assert [one.predicted.tolist() for one in rows.answers] == [[[0, 1, 1]], [[0, 1, 1]]]
    assert not notes


def test_rows_that_a_column_of_another_name_tells_to_be_in_another_order_are_refused(tmp_path):
    with pytest.raises(
        PredictionsError, match="'leaf_no' has 'x1' in row 1 of the first and 'x2' in that of the other"
    ):
        read(tmp_path, "leaf_no")


@pytest.mark.parametrize("first", [("x1", "x2", "x3"), ("0.91", "0.85", "0.7"), ("x1", "x1", "x3")])
def test_rows_in_one_order_and_figures_of_each_model_are_let_be(tmp_path, first):
    other = [(one, *rest) for one, (_, *rest) in zip(first, ROWS, strict=True)]
    rows, notes = read(tmp_path, "leaf_no", other)
    assert rows.photos == 3
    assert any("No file names its photos" in note for note in notes)


def test_what_ultralytics_calls_name_is_the_answer(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",name,class,confidence\nearly/1.jpg,early,0,0.9\nlate/2.jpg,early,0,0.8\n")
    (recipe,), _ = read_files(name_files([path]))
    rows = align([(recipe.name, recipe.trials)], "test")
    assert rows.photo_id.tolist() == ["early/1.jpg", "late/2.jpg"]
    assert rows.answers[0].correct.tolist() == [[True, False]]
