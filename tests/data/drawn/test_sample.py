"""Drawn leaves come whole or not at all."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leafgraft import study
from leafgraft.cli.main import app
from leafgraft.data.drawn import sample
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.errors import UsageError


def files(folder: Path) -> list[str]:
    return sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_who_is_stopped_can_give_the_same_command_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    folder, drawn = tmp_path / "leaves", sample.draw_leaf
    calls: list[int] = []

    def stops(*given: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise error
        return drawn(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(sample, "draw_leaf", stops)
    command = ["sample", str(folder), "--photos-per-class", "2", "--side", "16"]
    stopped = CliRunner().invoke(app, command)
    assert stopped.exit_code == (130 if isinstance(error, KeyboardInterrupt) else 1)
    assert "goes on from there" not in stopped.stderr
    assert list(folder.iterdir()) == []
    assert CliRunner().invoke(app, command).exit_code == 0
    draw_sample(tmp_path / "other", photos_per_class=2, side=16, seed=0)
    assert files(folder) == files(tmp_path / "other")
    assert "truth.json" in files(folder)
    assert len(files(folder)) == 7


def test_what_was_killed_is_drawn_anew_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / sample.PART / "Healthy").mkdir(parents=True)
    draw_sample(Path(), photos_per_class=1, side=16, seed=0)
    assert (tmp_path / "truth.json").is_file()
    assert not (tmp_path / sample.PART).exists()


def test_a_seed_below_zero_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["sample", str(tmp_path / "leaves"), "--seed", "-1"])
    assert refused.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [{"photos_per_class": -1}, {"side": 0}, {"seed": -1}])
def test_numbers_that_draw_nothing_are_refused_in_python(tmp_path: Path, number: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(number))} must be at least"):
        study.sample(tmp_path / "leaves", **number)
    assert list(tmp_path.iterdir()) == []


def test_one_fault_may_stand_alone(tmp_path: Path) -> None:
    alone = study.sample(tmp_path / "alone", photos_per_class=2, side=16, faults="dark=1")
    assert alone == study.sample(tmp_path / "listed", photos_per_class=2, side=16, faults=["dark=1"])
