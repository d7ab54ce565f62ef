"""Polite Korean as papers write it."""

from __future__ import annotations

import re

import polib
import pytest

from leafgraft.languages.catalogue import catalogue, entries_of
from leafgraft.languages.plain_style import in_plain_style
from leafgraft.languages.speaking import said, speaking

SPOKEN = ("evaluation/statements", "report/paper/contents", "report/paper/text", "report/paper/tables")


@pytest.mark.parametrize(
    ("polite", "plain"),
    [
        ("가장 정확합니다.", "가장 정확하다."),
        ("정확도는 97.5%입니다(95% 신뢰구간 95.5~98.7%).", "정확도는 97.5%이다(95% 신뢰구간 95.5~98.7%)."),
        ("구별되지 않습니다. 더 높지 않았습니다", "구별되지 않는다. 더 높지 않았다"),
        ("찾습니다. 낮습니다. 없습니다.", "찾는다. 낮다. 없다."),
        ("다릅니다. 부릅니다. 아닙니다. 셉니다.", "다르다. 부른다. 아니다. 센다."),
        ("틀린 듯합니다. 흐립니다. 깔끔합니다.", "틀린 듯하다. 흐리다. 깔끔하다."),
        ("한계를 넘습니다. 붙습니다. 갈라놓습니다.", "한계를 넘는다. 붙는다. 갈라놓는다."),
        ("뽑습니다. 잇습니다. 심습니다. 넘었습니다.", "뽑는다. 잇는다. 심는다. 넘었다."),
        ("함께 묶입니다. 이름을 붙입니다.", "함께 묶인다. 이름을 붙인다."),
        ("네모로 보입니다. 두 번째 줄입니다.", "네모로 보인다. 두 번째 줄이다."),
        (
            "다른 곳에서 찍은 사진으로 테스트하세요. 견주어 보세요.",
            "다른 곳에서 찍은 사진으로 테스트해야 한다. 견주어 보아야 한다.",
        ),
        ("나머지 사진은 빼세요.", "나머지 사진은 빼야 한다."),
        ("사진을 늘리세요. 백본을 바꾸세요.", "사진을 늘려야 한다. 백본을 바꾸어야 한다."),
        ("정확도 58.3%(95% 구간 35.0%~78.4%)", "정확도 58.3%(95% 신뢰구간 35.0%~78.4%)"),
        ("학습하였다. 니다, 아니다, 습니다체", "학습하였다. 니다, 아니다, 습니다체"),
        ("resnet18 probe, 97%: 역병", "resnet18 probe, 97%: 역병"),
    ],
)
def test_endings_are_plain_and_all_else_stays(polite: str, plain: str) -> None:
    assert in_plain_style(polite) == plain
    assert in_plain_style(plain) == plain


def test_names_stay_though_they_end_as_sentences_do() -> None:
    polite = "모릅니다 클래스와 ‘보세요’를 구별하지 못합니다. 모릅니다."
    plain = "모릅니다 클래스와 ‘보세요’를 구별하지 못한다. 모릅니다."
    assert in_plain_style(polite, ["모릅니다", "보세요", "역병"]) == plain
    with speaking("ko", plainly=True):
        assert said("'모릅니다' must be a table of the study.") == "'모릅니다'는 이 연구에 있는 것이어야 한다."
    assert catalogue("ko").say("2 files cannot be read; left out") == "파일 2개를 읽을 수 없어 제외했습니다"


def test_no_sentence_that_may_come_into_a_paper_stays_polite() -> None:
    titles = [one for one in entries_of("ko") if _is_of(one, "data/checks") and not one.msgid.endswith((".", ","))]
    sentences = [one for one in entries_of("ko") if _is_of(one, *SPOKEN)]
    assert len(titles) > 30
    assert len(sentences) > 100
    polite = [one.msgid for one in (*titles, *sentences) if re.search("(?<!아)니다|세요", in_plain_style(one.msgstr))]
    assert polite == []


def _is_of(entry: polib.POEntry, *rooms: str) -> bool:
    return any(module.startswith(rooms) for module, _ in entry.occurrences)
