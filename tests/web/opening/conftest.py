"""A study of drawn leaves to be opened, and a program that stands in for leafgraft."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import children, folders
from leafgraft.web.opening.asked import Asked, keep_asked
from leafgraft.web.opening.children import Children


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's home folder with leaves in it; results lie there, too."""
    for label, colour in (("Healthy", 160), ("역병", 60)):
        for number in range(3):
            path = tmp_path / "잎 사진" / label / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 30), (60, colour, 20 * number)).save(path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(folders, "RESULTS", tmp_path / "results")
    return tmp_path


@pytest.fixture
def study(home: Path) -> StudyFolder:
    """A study that was asked for, of which nothing is done."""
    folder = StudyFolder(home / "results" / "잎 사진")
    keep_asked(folder, Asked(str(home / "잎 사진")))
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    """What starts the program that stands in for leafgraft; whatever still runs at the end is ended."""
    monkeypatch.setattr(children, "PROGRAM", (sys.executable, str(Path(__file__).with_name("stand_in.py"))))
    found = Children()
    yield found
    for of_study in found._of.values():
        for one in of_study.values():
            one.process.kill()
            one.process.wait()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait until something is so."""

    def wait(done: Callable[[], object]) -> None:
        end_s = time.monotonic() + 60
        while not done():
            assert time.monotonic() < end_s
            time.sleep(0.02)

    return wait
