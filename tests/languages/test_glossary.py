"""Korean pages say a thing in one word: what docs/words.ko.md lists as not used stands nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leafgraft.languages.catalogue import entries_of

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = ROOT / "docs" / "words.ko.md"
STATIC = ROOT / "src" / "leafgraft" / "web" / "static"
OF_ANOTHER_SENSE = re.compile(  # the same letters, another thing
    "|".join(
        (
            "다시 시도",  # try again
            "첫머리",  # the beginning of a file
            "메가픽셀",  # a unit
            "체크포인트",
            "진단이 아닙니다",  # what a doctor of plants gives
            # computers that are joined
            *("(?:같은|손님용|어떤|연구실) 네트워크", "네트워크에 (?:열|엽)"),
        )
    )
)
OTHER_POLITENESS = ("십시오", "습니까", "입니까", "해요.", "이에요", "예요.", "당신")


def unused() -> dict[str, str]:
    """Words that are not used, and what stands for each."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    return {
        word.strip().removesuffix("하다"): row[1]
        for row in rows
        if len(row) == 3 and re.search("[가-힣]", row[2]) and row[0] not in {"영어", "클래스"} and "](" not in row[2]
        for word in row[2].split(",")
    }


def found_in(text: str) -> list[str]:
    """Words of a text that are not used."""
    bare = OF_ANOTHER_SENSE.sub("", text)
    return [word for word in (*unused(), *OTHER_POLITENESS) if word in bare]


def texts() -> Iterator[tuple[str, str]]:
    """Every Korean text, with where it stands."""
    for entry in entries_of("ko"):
        yield entry.msgid, entry.msgstr
    for path in sorted(STATIC.rglob("*ko*")):
        if path.suffix in {".json", ".html", ".txt", ".svg"} and "vendor" not in path.parts:
            text = path.read_text(encoding="utf-8")
            yield from _of_json(path, json.loads(text)) if path.suffix == ".json" else [(str(path), text)]
    for path in (*ROOT.glob("*.ko.md"), *ROOT.glob("docs/**/*.ko.md")):
        if path != GLOSSARY:
            yield path.name, path.read_text(encoding="utf-8")


def _of_json(path: Path, value: Any) -> Iterator[tuple[str, str]]:
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, str):
            yield f"{path.parent.parent.name}/{path.name}", one
        else:
            yield from _of_json(path, one)


def test_no_word_of_a_korean_text_is_one_that_is_not_used() -> None:
    everywhere = list(texts())
    assert len(everywhere) > 3000
    assert len({place for place, _ in everywhere if place.endswith("/ko.json")}) == 4
    assert [(place, words) for place, text in everywhere if (words := found_in(text))] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("이 네트워크를 훈련합니다.", ["네트워크", "훈련"]),
        ("같은 네트워크에 연결하고 다시 시도하세요.", []),
        ("신뢰도가 낮은 이미지를 시도했습니다.", ["시도", "이미지", "신뢰도"]),
        ("답을 거절한 사진: 3장", ["거절"]),
        ("해당 없음", ["해당 없음"]),
        ("라벨이 맞습니까?", ["습니까"]),
        ("라벨이 맞나요?", []),
    ],
)
def test_planted_words_are_found(text: str, words: list[str]) -> None:
    assert found_in(text) == words


def test_the_answers_are_called_alike_wherever_they_are_chosen() -> None:
    label = json.loads((STATIC / "label/languages/ko.json").read_text(encoding="utf-8"))
    phone = json.loads((STATIC / "phone/languages/ko.json").read_text(encoding="utf-8"))
    said = {one.msgid: one.msgstr for one in entries_of("ko")}
    for answer in ("none of these", "cannot tell"):
        assert said[answer] == label[answer] == phone[answer.replace(" ", "-")]
        assert said[answer] in GLOSSARY.read_text(encoding="utf-8")
