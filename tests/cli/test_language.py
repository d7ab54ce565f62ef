"""The command line in Korean: what is said, what stays English, and what is refused."""

from __future__ import annotations

import json
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


def test_an_option_that_does_not_exist_is_refused_in_korean() -> None:
    refused = CliRunner().invoke(app, ["audit", "--nope"], env=KOREAN)
    assert refused.exit_code == 2
    assert "오류: --nope 옵션은 없습니다" in refused.stderr


def test_an_error_is_said_in_korean_with_the_same_exit_code(tmp_path: Path) -> None:
    english = CliRunner().invoke(app, ["audit", str(tmp_path / "nowhere")])
    korean = CliRunner().invoke(app, ["audit", str(tmp_path / "nowhere"), "--lang", "ko"])
    assert korean.exit_code == english.exit_code
    assert "오류:" in korean.stderr
    assert "찾은 것:" in korean.stderr
    assert "할 일:" in korean.stderr
    assert str(tmp_path / "nowhere") in korean.stderr


def test_another_language_is_refused() -> None:
    refused = CliRunner().invoke(app, ["menu", "--lang", "kr"])
    assert refused.exit_code == 2
    assert "--lang must be one of en, ko." in refused.stderr


def test_json_is_the_same_in_every_language() -> None:
    assert json.loads(CliRunner().invoke(app, ["menu", "losses", "--json"], env=KOREAN).stdout) == json.loads(
        CliRunner().invoke(app, ["menu", "losses", "--json"]).stdout
    )
