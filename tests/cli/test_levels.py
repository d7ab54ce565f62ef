"""--quiet and --verbose, on every command."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from typer.main import get_command

from leafgraft.cli.commands import field, service
from leafgraft.cli.console import Bars, level
from leafgraft.cli.main import app
from leafgraft.cli.streams import talk

COMMANDS = sorted(get_command(app).commands)


@pytest.fixture(autouse=True)
def levels(monkeypatch):
    monkeypatch.setattr(level, "verbose", False)
    monkeypatch.setattr(talk, "quiet", False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_both(cli, name):
    shown = cli(name, "--help").stdout
    assert "--quiet" in shown
    assert "--verbose" in shown


def test_both_at_once_are_refused(cli, words):
    assert "must not be given together" in words(cli("menu", "-q", "-v"), 2)


def test_quiet_leaves_the_answer_and_errors(cli, tmp_path):
    loud = cli("sample", tmp_path / "loud", "--photos-per-class", 2, "--side", 32)
    quiet = cli("sample", tmp_path / "hush", "--photos-per-class", 2, "--side", 32, "--quiet")
    assert "Draw leaves" in loud.stderr
    assert quiet.stderr == ""
    assert quiet.stdout.replace("/hush", "/loud") == loud.stdout
    assert "does not exist" in cli("audit", tmp_path / "nowhere", "--quiet").stderr
    assert "Draw leaves" in cli("sample", tmp_path / "again", "--photos-per-class", 2, "--side", 32).stderr


def test_verbose_shows_epochs_and_stages(capsys, monkeypatch):
    def tell():
        bars = Bars()
        figures = {"train_loss": 0.5, "validation_loss": 0.25, "validation_accuracy": 0.9, "seconds": 1.5}
        bars.note("epoch", trial="vgg16[0]", epoch=3, **figures)
        bars.note("stage finished", stage="training", seconds=12.0, memory=812 * 1024**2)
        bars.note("trial goes on", trial="vgg16[0]", epoch=4)
        bars.note("task started", task="Scan photos")
        return capsys.readouterr().err.splitlines()

    assert tell() == []
    monkeypatch.setattr(level, "verbose", True)
    assert tell() == [
        "  vgg16[0], epoch 4: train loss 0.5000, validation loss 0.2500, validation accuracy 90.0%, 1.5 s",
        "Stage training: 12.0 s, 812 MB held",
        "  vgg16[0] goes on from epoch 5.",
    ]


def _says_label_page(*, as_json):
    sheet = SimpleNamespace(photos=[], labels="labels.csv", classes=["a", "b"], labeller="me")
    labelling = SimpleNamespace(sheet=sheet, answers=SimpleNamespace(read=dict), left_out=[])
    field._say_what(labelling, "http://127.0.0.1:4321/", as_json=as_json)


def _says_review_page(*, as_json):
    sheet = SimpleNamespace(items=[], gone=[], corrections="corrections.csv", classes=["a", "b"], labeller="me")
    review = SimpleNamespace(sheet=sheet, answers=SimpleNamespace(read=dict))
    field._say_review(review, "http://127.0.0.1:4321/", as_json=as_json)


def _says_phone_page(*, as_json):
    service._say_where("127.0.0.1", 4321, with_token=False, as_json=as_json)


@pytest.mark.parametrize("says", [_says_label_page, _says_review_page, _says_phone_page])
def test_quiet_leaves_the_address_of_a_page(capsys, monkeypatch, says):
    says(as_json=False)
    loud = capsys.readouterr()
    assert loud.out == ""
    assert "http://127.0.0.1:4321/\n" in loud.err
    monkeypatch.setattr(talk, "quiet", True)
    says(as_json=False)
    hushed = capsys.readouterr()
    assert hushed.out.split()[1:] == ["page", "http://127.0.0.1:4321/"]
    assert hushed.err == ""
    says(as_json=True)
    assert json.loads(capsys.readouterr().out)["page"] == "http://127.0.0.1:4321/"
