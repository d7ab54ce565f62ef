from __future__ import annotations

import pytest

from leafgraft.report.reasons import learning_figure
from leafgraft.report.svg import round_values


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (75, 83.33, [76, 78, 80, 82]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.5, 0.5, [-0.4, -0.2, 0, 0.2, 0.4]),
        (1200, 56000, [20000, 40000]),
    ],
)
def test_axes_show_round_values(low, high, expected):
    assert round_values(low, high) == pytest.approx(expected)


def test_there_are_two_to_six_values_between_any_two():
    for low, width in ((0.0, 1e-6), (3.0, 0.7), (96.1, 2.2), (-40.0, 99.0), (0.0, 1e7)):
        values = round_values(low, low + width)
        assert 2 <= len(values) <= 6
        assert low - 1e-9 * width <= values[0] <= values[-1] <= low + width * (1 + 1e-9)


def test_a_learning_curve_of_one_point_is_drawn_with_what_is_said_of_it():
    said = "Each class has one training leaf: no smaller share can be drawn."
    point = {"photos": 5.0, "accuracy": 0.8, "interval": [0.6, 0.9]}
    figure = learning_figure({"recipe": "one", "sentence": said, "exponent": 0.0, "scale": 0.0, "points": [point]})
    assert figure.reading.startswith(f"{said} Outer points: the 95% interval.")
    assert figure.static.count("<circle") == 3
    assert "nan" not in figure.static
