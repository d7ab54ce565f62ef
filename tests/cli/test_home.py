"""`~` is the home folder in every path of a command: shells leave it in --out=~/x, those of Windows everywhere.

Names are those of the disk, however their letters are composed: a Mac writes them apart, keyboards whole.
"""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest

STUDY = """photos: leaves
image_size: 32
weights: none
training: {epochs: 1, patience: 1, seeds: [0]}
recipes: [{backbone: squeezenet1_1, strategy: probe}]
"""


@pytest.fixture
def home(tmp_path: Path, drawn_leaves: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with photos, a study file and answers; commands run elsewhere."""
    folder, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(drawn_leaves, folder / "leaves")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    for name in ("a.csv", "b.csv"):
        rows = [f"{number},{'xy'[number % 2]},0.9,0.1" for number in range(8)]
        (folder / name).write_text("\n".join(["photo_id,label,x,y", *rows]), encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(folder))
    return folder


def done(cli: Any, *words: str) -> Any:
    result = cli(*words)
    assert result.exit_code == 0, result.stderr
    assert not list(Path().iterdir())
    return result


def test_folders_and_pages_that_are_written_lie_at_home(cli: Any, home: Path) -> None:
    done(cli, "sample", "~/drawn", "--photos-per-class", "2")
    assert (home / "drawn").is_dir()
    done(cli, "compare", "~/a.csv", "~/b.csv", "--html=~/page.html")
    assert (home / "page.html").is_file()


def test_a_study_file_at_home_is_run_into_a_folder_at_home(cli: Any, home: Path) -> None:
    done(cli, "run", "~/study.yaml", "--out=~/kept", "--until", "plan")
    run = json.loads((home / "kept/run.json").read_text(encoding="utf-8"))
    assert run["asked"] == str(home / "study.yaml")


def test_names_that_a_mac_wrote_are_found_as_they_are_typed(cli: Any, home: Path) -> None:
    for name, written in {"study.yaml": "연구.yaml", "a.csv": "가.csv", "b.csv": "나.csv"}.items():
        (home / name).rename(home / unicodedata.normalize("NFD", written))
    results = home / unicodedata.normalize("NFD", "결과")
    results.mkdir()
    done(cli, "compare", "~/가.csv", "~/나.csv", "--html=~/결과/비교.html")
    done(cli, "run", "~/연구.yaml", "--out=~/결과/하나", "--until", "plan")
    assert (results / "비교.html").is_file()
    assert (results / "하나/plan.json").is_file()


@pytest.mark.parametrize("command", [("report",), ("paper",), ("export",), ("label",)])
def test_a_study_folder_is_looked_for_at_home(cli: Any, home: Path, command: tuple[str, ...]) -> None:
    refused = cli(*command, "~/gone")
    assert refused.exit_code
    assert str(home / "gone") in "".join(refused.stderr.split())
