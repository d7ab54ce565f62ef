import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.diagnosis.learning_curve import CurveRows, FoldRows, _fit, curve_to_json, learning_curve
from leafgraft.storage.files.atomic import to_json


def drawn(distance=1.2, rows=700, width=30):
    generator = np.random.default_rng(0)
    label = generator.integers(0, 3, rows)
    features = np.eye(3, width)[label] * distance + generator.normal(size=(rows, width))
    group = np.array([f"g{i // 2}" for i in range(rows)])
    return CurveRows(features, label, group)


FOLD = FoldRows(np.arange(0, 400), np.arange(400, 500), np.arange(500, 700))


def test_more_photos_help():
    curve = learning_curve(drawn(), [FOLD], repeats=3)
    assert [point.photos for point in curve.points][-1] == 400
    assert curve.tested == 200
    assert curve.points[-1].accuracy > curve.points[0].accuracy
    assert curve.exponent > 0
    assert 0 < curve.gain_interval[0] < curve.gain < curve.gain_interval[1]
    assert curve.sentence.startswith("Twice the photos would bring about")
    to_json(curve_to_json(curve))


def test_where_nothing_is_left_to_gain():
    curve = learning_curve(drawn(distance=12.0), [FOLD], repeats=2)
    assert curve.points[-1].accuracy == 1.0
    assert curve.gain == 0.0
    assert 0 < curve.gain_interval[1] < 0.1
    assert "cannot show" in curve.sentence


def test_where_each_class_has_one_training_leaf_the_curve_is_one_point_and_says_so():
    rows = drawn()
    group = np.where(np.arange(700) < 400, rows.label.astype(str), rows.group)
    curve = learning_curve(CurveRows(rows.features, rows.label, group), [FOLD], repeats=2)
    assert [point.photos for point in curve.points] == [400]
    assert (curve.exponent, curve.scale, curve.gain) == (0, 0, 0)
    assert curve.sentence == "Each class has one training leaf: no smaller share can be drawn."
    to_json(curve_to_json(curve))


def test_the_fit_finds_a_power_law():
    photos = np.array([40.0, 80.0, 200.0, 400.0])
    exponent, scale = _fit((0.9 * photos**-0.4)[None, :], photos, 10_000)
    assert (exponent[0], scale[0]) == pytest.approx((0.4, 0.9))


def test_folds_pool_their_rows():
    halves = [FoldRows(np.arange(350, 700), np.arange(300, 350), np.arange(0, 300))]
    halves.append(FoldRows(np.arange(0, 300), np.arange(300, 350), np.arange(350, 700)))
    curve = learning_curve(drawn(), halves, shares=(0.5, 1.0), repeats=2)
    assert curve.points[-1].photos == 325
    assert curve.tested == 650


@pytest.mark.parametrize("shares", [(1.0, 0.5), (0.5,), (0.0, 1.0), (0.5, 1.5)])
def test_bad_shares(shares):
    with pytest.raises(PredictionsError, match="ascend"):
        learning_curve(drawn(), [FOLD], shares=shares)


def test_a_photo_tested_twice():
    with pytest.raises(PredictionsError, match="tested once"):
        learning_curve(drawn(), [FOLD, FOLD])
