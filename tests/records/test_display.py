"""What a notebook shows of each object: escaped, small, true; and the one line that a shell shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from leafgraft.languages.speaking import speaking
from leafgraft.records.diagnosis import Diagnosis, Measurement
from leafgraft.records.display import (
    MOST_ROWS,
    first_of,
    floors_words,
    html_list,
    html_table,
    in_yaml,
    nearest,
    of_places,
    plan_sum,
    recipe_rows,
    shared_work,
)
from leafgraft.records.evaluation import Evaluation, Pair, RecipeResult
from leafgraft.records.finding import Audit, Finding, Floor
from leafgraft.records.verdict import Verdict
from leafgraft.study.commands.compare import Comparison
from leafgraft.study.results import Exported, Results
from leafgraft.web.answer import Answer, decline_unreadable
from leafgraft.web.bundle import Bundle, BundleIndex

EVIL = "<script>alert('잎')</script> & \"x\""
HASH = "0" * 64


class Reader(HTMLParser):
    """Collects tags and text; every tag that is opened must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.open.append(tag)
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def result(name: str, tier: int = 1) -> RecipeResult:
    return RecipeResult(
        name, 0.977, (0.959, 0.987), tier, 0.97, 0.97, 0.1, 0.02, 0.95, also_test={EVIL: {"accuracy": 0.453}}
    )


def finding(photos: int = 1) -> Finding:
    paths = tuple(f"{EVIL}/{number}.jpg" for number in range(photos))
    return Finding("LG003", "warning", f"{EVIL} is a copy", paths, {}, f"Why {EVIL}", f"Mend {EVIL}")


def evaluation(count: int = 2) -> Evaluation:
    recipes = tuple(result(f"{EVIL} {number}", 1 + number % 2) for number in range(count))
    return Evaluation(recipes, (Pair(EVIL, "b", 0.021, (-0.01, 0.052), 0.2, 0.45, 0.4, 900),), 405, 400, 3)


def plain(count: int) -> dict[str, Any]:
    recipe = {
        "name": EVIL,
        "tier": 1,
        "accuracy": 0.977,
        "interval": [0.959, 0.987],
        "macro_f1": 0.97,
        "also_test": {EVIL: {"accuracy": 0.453}},
    }
    return {"recipes": [recipe] * count, "pairs": [], "rows": 405, "groups": 400, "seeds": 1}


def objects(many: int) -> dict[str, Any]:
    claims = (f"{EVIL} reaches 97.7%",) * many
    verdict = {"recipe": EVIL, "test": {"accuracy": 0.977, "interval": [0.959, 0.987]}, "claims": claims}
    index = BundleIndex.model_validate(
        {
            "format": 1,
            "study": EVIL,
            "recipe": EVIL,
            "trial": EVIL,
            "created": "2026-11-24",
            "leafgraft": "0.1.0",
            "classes": [f"{EVIL} {number}" for number in range(max(2, many))],
            "image_size": 224,
            "temperature": 1.0,
            "conformal": {"coverage": 0.9, "threshold": 0.3},
            "known_leaf": {"method": "nearest", "acceptance": 0.95, "threshold": 0.4},
            "int8": {"kept": False},
            "files": {"model.onnx": {"sha256": HASH, "bytes": 1}},
        }
    )
    shares = {f"{EVIL} {number}": 1 / many for number in range(many)}
    counts = {"photos": 405, "classes": {EVIL: 405}}
    measured = (Measurement("capacity", EVIL, 0.04, (0.016, 0.065), EVIL),) * many
    return {
        "results": Results(Path(EVIL), Path(EVIL), plain(many), {**verdict, "refused": claims}, {EVIL: EVIL}),
        "comparison": Comparison(plain(many), claims, claims, claims, claims),
        "exported": Exported(Path(EVIL), {"recipe": EVIL}, None, EVIL),
        "evaluation": evaluation(many),
        "audit": Audit(counts, (finding(),) * many, (), {EVIL: Floor(0.3, (0.2, 0.4))}),
        "finding": finding(many),
        "verdict": Verdict(EVIL, "key", (), verdict["test"], None, claims, claims, (), (), EVIL, ""),
        "diagnosis": Diagnosis("b", EVIL, measured, "", EVIL),
        "answer": Answer(EVIL, next(iter(shares)), None, shares, tuple(shares)),
        "declined": Answer(EVIL, None, "not sure", shares, tuple(shares)),
        "unreadable": decline_unreadable(EVIL, EVIL),
        "bundle": Bundle(Path(EVIL), index, b"0" * 3_000_000, "model.onnx"),
    }


NAMES = list(objects(1))


@pytest.mark.parametrize("name", NAMES)
def test_names_that_look_like_markup_stay_text(name: str) -> None:
    shown = read(objects(2)[name]._repr_html_())
    assert shown.tags <= {"p", "strong", "table", "tr", "th", "td", "ul", "li"}
    assert EVIL in shown.text


@pytest.mark.parametrize("name", NAMES)
def test_however_much_there_is_it_stays_small(name: str) -> None:
    html = objects(5000)[name]._repr_html_()
    assert len(html) < 40_000
    read(html)


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_shows_one_short_line(name: str) -> None:
    shown = repr(objects(50)[name])
    assert "\n" not in shown
    assert len(shown) < 300
    assert shown.startswith(type(objects(1)[name]).__name__ + "(")


def test_rows_beyond_the_twentieth_are_counted() -> None:
    shown = read(html_table("t", ("a",), [("x",)] * (MOST_ROWS + 3)))
    assert shown.text.count("x") == MOST_ROWS
    assert "and 3 more" in shown.text
    assert "more" not in read(html_table("t", ("a",), [("x",)] * MOST_ROWS)).text
    assert "and 1,000 more" in html_list("t", ["y"] * (MOST_ROWS + 1000))
    assert html_list("t", []) == ""


def test_figures_are_those_of_the_record() -> None:
    text = read(evaluation()._repr_html_()).text
    assert "97.7%95.9 to 98.70.970" in text
    assert "45.3%" in text
    assert repr(evaluation()) == "Evaluation(2 recipes in 2 tiers, 405 photos of 400 leaves, 3 seeds)"
    assert repr(evaluation().pairs[0]) == f"Pair({EVIL!r} - 'b': +2.1 points (-1.0 to +5.2), p 0.400 corrected)"
    assert repr(Answer("a.jpg", "Healthy", None, {"Healthy": 0.931})) == "Answer('a.jpg': Healthy 93.1%)"
    declined = Answer("a.jpg", None, "not sure", {"Healthy": 0.4, "Blight": 0.6})
    assert repr(declined) == "Answer('a.jpg': not sure, likeliest Blight)"
    unknown = Answer("a.jpg", None, "not a leaf I know", {"Healthy": 0.4, "Blight": 0.6})
    assert repr(unknown) == "Answer('a.jpg': not a leaf I know)"
    assert "%" not in unknown._repr_html_() + declined._repr_html_()
    assert repr(Audit({"photos": 1, "classes": {"a": 1}}, (), ())) == "Audit(1 photo of 1 class: nothing found)"
    assert repr(finding()) == f"Finding(LG003 warning: {EVIL} is a copy)"


def test_the_plan_says_what_is_kept_what_is_computed_again_and_what_it_takes() -> None:
    kept = {"what": "resnet18: features, 1 view", "seconds": 90.0, "bytes": 2_000_000, "kept": True}
    assert shared_work(kept) == "resnet18: features, 1 view: 2 min, 2 MB"
    again = shared_work(kept | {"kept": False})
    assert "over the budget" in again
    assert "computed again in each epoch" in again
    said = plan_sum({"seconds": 7200.0, "stages": {"training": 600.0}, "bytes": 3_200_000_000, "memory_bytes": 900})
    assert said.startswith(
        "In all: about 2.0 h from photos to bundle, of which training about 10 min; 3.2 GB kept in the cache"
    )


def test_floors_stand_in_one_line_the_highest_first() -> None:
    floors = {
        "largest_class": {"accuracy": 0.4, "interval": [0.38, 0.42]},
        "colour": {"accuracy": 0.78, "interval": [0.76, 0.8]},
    }
    said = "Accuracy that needs no leaf: colour 78.0% (76.0 to 80.0), largest class 40.0% (38.0 to 42.0)."
    assert floors_words({"floors": floors}) == [said]
    assert floors_words({"floors": {}}) == []


def test_floors_that_are_not_measured_are_said_once() -> None:
    why = "There is only one leaf."
    lacking = {"floors": {}, "floors_not_measured": {"colour": why, "metadata": why}}
    assert floors_words(lacking) == [why]


def test_the_first_names_are_said_and_the_others_counted() -> None:
    assert first_of(["a", "b"], 2) == "a, b"
    assert first_of(["a", "b", "c", "d"], 2, "; ") == "a; b and 2 more"
    assert first_of([str(number) for number in range(1203)], 1) == "0 and 1,202 more"


def test_photos_are_counted_by_place_where_they_have_one() -> None:
    places = {name: {"A": 1_000, "B": number} for number, name in enumerate("abcdef")}
    assert of_places({"places": places}) == " of 6 places (a 1,000, b 1,001, c 1,002, d 1,003 and 2 more)"
    assert of_places({"photos": 3}) == ""


KOREAN = {
    "results": ("레시피", "등급", "95% 구간", "주장할 수 있는 것", "주장할 수 없는 것"),
    "comparison": ("비교: 레시피 2개(등급 1개), 사진 405장(잎 400장), 시드 1개", "정확도", "주장할 수 있는 것"),
    "exported": ("휴대전화 페이지 없음",),
    "evaluation": ("평가: 레시피 2개(등급 2개), 사진 405장(잎 400장), 시드 3개", "정확도", "95.9~98.7"),
    "audit": ("점검: 사진 405장(클래스 1개), 경고 2개", "발견 사항", "할 일", "잎 없이 얻는 정확도", "20.0~40.0"),
    "finding": ("LG003 경고: ", "까닭", "할 일", "사진"),
    "verdict": ("주장할 수 있는 것",),
    "diagnosis": ("부족한 까닭", "원인", "%p", "+1.6~+6.5"),
    "answer": ("클래스", "확률", "가능한 답", "예"),
    "declined": ("확실하지 않음",),
    "unreadable": (),
    "bundle": ("클래스", "시행", "만든 때", "입력"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_of_a_person_who_speaks_korean_is_korean(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = objects(2)[name]
    english, line = read(shown._repr_html_()).text, repr(shown)
    with speaking("ko"):
        korean = read(shown._repr_html_()).text
    monkeypatch.setenv("LEAFGRAFT_LANG", "ko")  # nobody chose otherwise
    assert read(shown._repr_html_()).text == korean
    for words in KOREAN[name]:
        assert words in korean
        assert words not in english or words == "95% 구간"
    assert korean.count(EVIL) == english.count(EVIL)
    assert sorted(re.findall(r"\d+\.\d", korean)) == sorted(re.findall(r"\d+\.\d", english))
    ours = re.compile(
        r"\b(recipe|tier|accuracy|interval|claimed|photos?|classes|finding|probability|yes|likeliest|warning|to do)\b"
    )
    assert ours.search(english.replace(EVIL, "")) or name in {"unreadable", "exported", "declined"}
    assert not ours.search(korean.replace(EVIL, ""))
    assert repr(shown) == line  # for Python, in English


def test_names_in_a_notebook_are_not_looked_up() -> None:
    recipe = {**plain(1)["recipes"][0], "name": "trials", "also_test": {"accuracy": {"accuracy": 0.4}}}
    recipe |= {"places": {"recipe": {"accuracy": 0.5}}, "flags": ["did not learn"]}
    with speaking("ko"):
        columns, rows = recipe_rows([recipe])
        shown = read(html_table("t", columns, rows)).text
        answered = read(
            Answer("photos", "trials", None, {"trials": 0.931, "none": 0.069}, ("none",))._repr_html_()
        ).text
    assert (
        shown == "t레시피등급정확도95% 구간recipe매크로 F1accuracytrials [학습되지 않음]197.7%95.9~98.750.0%0.97040.0%"
    )
    assert answered == "photos: trials 93.1%클래스확률가능한 답trials93.1%none6.9%예"


NAMES = (
    *(
        "Early blight",
        "Pepper,_bell___healthy",
        "Tomato___Spider_mites Two-spotted_spider_mite",
        "Corn_(maize)",
        "감자 역병",
    ),
    *(
        "0",
        "01",
        "1e4",
        "1.5",
        "No",
        "on",
        "null",
        "~",
        "2021-05-03",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "- a",
        "-",
        "[a]",
        "{a}",
    ),
    *(
        "it's",
        '"a"',
        " a",
        "a ",
        "a  b",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "a\nb",
        "a\tb",
        "",
        "?",
        "a]b",
        "<<",
        "=",
        "y",
    ),
)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_lines_to_write_are_read_as_they_are(name: str) -> None:
    assert yaml.safe_load(f"exclude: [{in_yaml(name, 'Late', name)}]") == {"exclude": [name, "Late", name]}
    assert yaml.safe_load(f"classes: {{{in_yaml(name)}: {in_yaml(name)}}}") == {"classes": {name: name}}


def test_plain_names_stand_without_quotes() -> None:
    assert (
        in_yaml("Early blight", "Corn_(maize)", "감자 역병", "Two-spotted")
        == "Early blight, Corn_(maize), 감자 역병, Two-spotted"
    )


def test_a_recipe_without_figures_of_a_second_folder_has_a_dash_there():
    figures = {"tier": 1, "accuracy": 0.9, "interval": (0.8, 1.0), "macro_f1": 0.9, "flags": ()}
    recipes = [
        {"name": "a", **figures, "also_test": {"field": {"accuracy": 0.5}}},
        {"name": "b", **figures, "also_test": {}},
    ]
    columns, rows = recipe_rows(recipes)
    assert str(columns[-1]) == "field"
    assert [row[-1] for row in rows] == ["50.0%", "–"]


@pytest.mark.parametrize("written", ["EARLYBLIGHT", "early blight", "Early_Blight", "Earlyblihgt"])
def test_what_differs_in_case_and_blanks_is_near(written: str) -> None:
    assert nearest(written, ["LateBlight", "EarlyBlight", "Healthy"]) == "EarlyBlight"
    assert nearest("Rust", ["LateBlight"]) == ""
