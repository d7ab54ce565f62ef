from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from leafgraft.languages.speaking import speaking
from leafgraft.report.reasons import learning_figure
from leafgraft.report.short_names import short_names
from leafgraft.report.svg import Bar, Line, bar_chart, count_table, line_chart, round_values


def width(name: str) -> int:
    return sum(2 if "가" <= letter <= "힣" else 1 for letter in name)


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


def test_curves_are_named_on_the_drawing_that_is_saved():
    points = [{"photos": count, "accuracy": 0.8, "interval": [0.6, 0.9]} for count in (5.0, 10.0, 20.0)]
    curve = {"recipe": "one", "sentence": "x", "exponent": 0.3, "scale": 1.0, "points": points}
    with speaking("ko"):
        root = ET.fromstring(learning_figure(curve).static)
    words = [one.text for one in root.iter("text")]
    assert words[-4:] == ["정확도", "95% 구간 아래 끝", "95% 구간 위 끝", "맞춘 곡선, 사진 두 배까지"]
    keys = [one.attrib for one in root.iter("path")]
    assert [one["class"] for one in keys] == ["line l0", "line l0", "line l0", "line l1"]
    assert ["stroke-dasharray" in one for one in keys] == [False, True, True, False]
    lowest = max(float(one.attrib["y"]) for one in root.iter("text"))
    assert lowest < float(root.attrib["viewBox"].split()[3])
    many = [Line(f"seed {number}", [0.0, 1.0], [0.0, 1.0], number) for number in range(9)]
    assert "seed 1" not in line_chart(many, (), "many", ("x", "y"))
    assert "alone" not in line_chart([Line("alone", [0.0, 1.0], [0.0, 1.0])], (), "one", ("x", "y"))


VILLAGE = [
    "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot",
    "Corn_(maize)___Common_rust_",
    "Corn_(maize)___Northern_Leaf_Blight",
    "Corn_(maize)___healthy",
    "Strawberry___Leaf_scorch",
    "Strawberry___healthy",
    "Tomato___Tomato_Yellow_Leaf_Curl_Virus",
    "Tomato___Tomato_mosaic_virus",
    "Apple___Black_rot",
]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["Early blight", "Late blight"], ["Early blight", "Late blight"]),
        (["A class of fifteen", "Another"], ["A class of fi…", "Another"]),
        ([f"Leaf blight of {one}" for one in ("late", "later")], ["Leaf…late", "Leaf…later"]),
        (
            [f"Leaf_{place}_of_it_healthy" for place in ("aaaaaaaaaa1", "aaaaaaaaaa2")],
            ["Leaf…1_of_it_…", "Leaf…2_of_it_…"],
        ),
        ([f"Leaf aaaaaaaaa b{end * 12}{last}" for end in "xy" for last in "12"], None),
        (["토마토 잎마름역병", "토마토 잎곰팡이병", "감자 역병"], ["토마토 잎마름…", "토마토 잎곰팡…", "감자 역병"]),
        ([f"아주 긴 이름의 병 {number}" for number in range(12)], None),
    ],
)
def test_short_names_are_told_apart(names, shown):
    assert shown is None or short_names(names) == shown
    assert len(set(short_names(names))) == len(names)
    assert max(map(width, short_names(names))) <= 14


@pytest.mark.parametrize("name", ["감자 잎마름병이 퍼진 밭의 사진으로 다시 학습한 신경망", "a" * 60, "잎" * 50, ""])
def test_names_over_bars_are_no_wider_than_the_drawing(name):
    lines = ET.fromstring(str(bar_chart([Bar(name, 0.5, 0.4, 0.6)], [], "x"))).findall("g/text[@class='label']")
    assert "".join(one.text or "" for one in lines).replace(" ", "") == name.replace(" ", "")
    assert all(width(one.text or "") <= 44 for one in lines)


def test_a_confusion_matrix_calls_no_two_classes_alike_and_tells_the_whole_name():
    svg = ET.fromstring(str(count_table([[1] * len(VILLAGE)] * len(VILLAGE), VILLAGE, "Confusion")))
    groups = svg.findall("g")
    assert [one.findtext("title") for one in groups] == VILLAGE * 2
    assert len({one.findtext("text") for one in groups}) == len(VILLAGE)
    assert groups[3].findtext("text") == "Corn…healthy"


def test_a_curve_has_the_interval_of_each_point_within_the_axes() -> None:
    lines = [
        Line("accuracy", (15.0, 30.0), (50.0, 60.0), spans=((40.0, 61.0), (52.0, 70.0))),
        Line("balanced accuracy", (15.0, 30.0), (49.0, 58.0), 1, dashed=True),
    ]
    drawn = ET.fromstring(line_chart(lines, (), "title", ("labels", "% right")))
    whiskers = [one.get("d") or "" for one in drawn.iter() if one.tag.endswith("path")]
    assert [one for one in whiskers if "V" in one] == ["M44.0 206.0V78.6", "M350.0 133.2V24.0"]
