"""The one bar, drawn in 80 columns and in fewer."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from leafgraft.cli import bar
from leafgraft.cli.bar import Bar, Task, clock
from leafgraft.languages.speaking import speaking


def drawn(shown: Bar, width: int) -> str:
    console = Console(width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(shown)
    return captured.get().rstrip("\n")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_name_is_shortened_and_never_the_figures(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(bar.time, "monotonic", lambda: 100.0)
    shown = Bar(
        [Task("mobilenet_v2 partial(last=2) mlp(hidden=[512, 128]) focal one_cycle: disturbed photos", 36, 40.0)]
    )
    shown.tasks[0].done = 12
    shown._began_s = 25.0
    line = drawn(shown, width)
    assert "\n" not in line
    assert len(line) <= width
    assert "12/36" in line
    assert line.endswith("1:15 gone, 2:00 left")


def test_the_time_left_of_the_whole_run_goes_before_that_of_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar.time, "monotonic", lambda: 100.0)
    shown = Bar([Task("Scan photos", 10, 90.0, 9)])
    shown.expect("photos", 300.0)
    assert shown.left_s(110.0) == 290.0
    assert drawn(shown, 80).endswith("5:00 left")


def test_between_tasks_the_stage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar.time, "monotonic", lambda: 0.0)
    shown = Bar()
    shown.expect("diagnosis", 3700.0)
    assert drawn(shown, 80).startswith("Diagnosis")
    assert drawn(shown, 80).endswith("0:00 gone, 1:01:40 left")


def test_nothing_known_is_a_question_mark() -> None:
    assert drawn(Bar([Task("Weights", 1, 0.0)]), 80).endswith("? left")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (75, "1:15"), (3675, "1:01:15")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_it_speaks_its_language_though_another_thread_draws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=80, force_terminal=True, file=io.StringIO())
    monkeypatch.setattr(bar, "talk", console)
    shown = Bar()
    with speaking("ko"), shown.task("Scan photos", 10):
        drawn_there: list[str] = []
        drawer = threading.Thread(target=lambda: drawn_there.append(drawn(shown, 80)))
        drawer.start()
        drawer.join()
    assert "사진 읽기" in drawn_there[0]
