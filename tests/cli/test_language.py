"""The command line in Korean: what is said, what stays English, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leafgraft.cli.main import app

KOREAN = {"LEAFGRAFT_LANG": "ko"}


@pytest.mark.parametrize("arguments", [["audit", "--help", "--lang", "ko"], ["audit", "--lang=ko", "--help"]])
def test_help_is_translated(arguments: list[str]) -> None:
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert "사용법: " in shown.stdout
    assert "사진에 무엇이 잘못되었는지 알려 줍니다." in shown.stdout
    assert "사용법" not in CliRunner().invoke(app, ["audit", "--help"]).stdout


def test_the_variable_chooses_too_and_the_option_comes_first() -> None:
    assert "사용법: " in CliRunner().invoke(app, ["--help"], env=KOREAN).stdout
    assert "Usage: " in CliRunner().invoke(app, ["audit", "--lang", "en", "--help"], env=KOREAN).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "--nope"), "--nope 옵션은 없습니다"),
        (("sample", "x", "--sede", "3"), "--sede 옵션은 없습니다. 비슷한 옵션: --seed, --side"),
        (("pln",), "'pln' 명령은 없습니다. 'plan'을 뜻했나요?"),
        (("audit",), "인자 'PHOTOS'가 없습니다."),
        (("audit", "a", "b", "c"), "받지 않는 인자가 있습니다(b c)"),
        (("serve", "x", "--phone=3"), "옵션 '--phone'에는 값을 적지 않습니다."),
        (("serve", "x", "--port"), "옵션 '--port'에는 값이 필요합니다."),
        (("serve", "x", "--port", "a"), "'--port'의 값이 잘못되었습니다: 'a'는 정수가 아닙니다."),
        (
            ("serve", "x", "--port", "65536"),
            "'--port'의 값이 잘못되었습니다: 65536은 0<=x<=65535 범위에 있지 않습니다.",
        ),
        (("run", "x", "--cpus", "a"), "'--cpus'의 값이 잘못되었습니다: 'a'는 수가 아닙니다."),
    ],
)
def test_what_the_parser_refuses_is_said_in_korean(arguments: tuple[str, ...], words: str) -> None:
    refused = CliRunner().invoke(app, arguments, env=KOREAN)
    assert refused.exit_code == 2
    assert f"오류: {words}" in refused.stderr
    assert not re.search(r"\b(?:Usage|Error|Try|option|argument)\b", refused.stderr)


def test_an_error_is_said_in_korean_with_the_same_exit_code(tmp_path: Path) -> None:
    english = CliRunner().invoke(app, ["audit", str(tmp_path / "nowhere")])
    korean = CliRunner().invoke(app, ["audit", str(tmp_path / "nowhere"), "--lang", "ko"])
    assert korean.exit_code == english.exit_code
    assert "오류:" in korean.stderr
    assert "실제:" in korean.stderr
    assert "할 일:" in korean.stderr
    assert str(tmp_path / "nowhere") in korean.stderr


def test_another_language_is_refused() -> None:
    refused = CliRunner().invoke(app, ["menu", "--lang", "kr"])
    assert refused.exit_code == 2
    assert "--lang must be one of en, ko." in refused.stderr


@pytest.mark.parametrize("named", ["kr", "fr", " "])
def test_a_variable_that_names_none_is_an_error_of_three_parts(named: str) -> None:
    refused = CliRunner().invoke(app, ["--version"], env={"LEAFGRAFT_LANG": named})
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "Error: $LEAFGRAFT_LANG must be one of en, ko.",
        f"  found: It is '{named}'.",
        "  to do: Choose one of these.",
    ]


def test_who_speaks_korean_is_refused_another_language_in_korean() -> None:
    refused = CliRunner().invoke(app, ["menu", "--lang", "fr"], env=KOREAN)
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "오류: --lang에는 en, ko 가운데 하나를 적어야 합니다.",
        "  실제: 'fr'입니다.",
        "  할 일: 이 가운데 하나를 고르세요.",
    ]


def test_json_is_the_same_in_every_language() -> None:
    assert json.loads(CliRunner().invoke(app, ["menu", "losses", "--json"], env=KOREAN).stdout) == json.loads(
        CliRunner().invoke(app, ["menu", "losses", "--json"]).stdout
    )
