"""What a person mistyped is said before anything heavy is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "torch", "torchvision", "timm", "sklearn", "scipy", "plotly", "pandas", "onnxruntime")
FAULTY = {
    "unknown key": "photos: leaves\nrecipe: [{backbone: resnet18}]\n",
    "unknown network": "photos: leaves\nrecipes: [{backbone: resnet19, strategy: frozen}]\n",
    "unknown setting": "photos: leaves\nrecipes: [{backbone: resnet18, loss: {focal: {gama: 2}}}]\n",
    "no such folder": "photos: nowhere\nrecipes: [{backbone: resnet18, strategy: frozen}]\n",
    "no such second folder": "photos: leaves\nalso_test: {field: nowhere}\nrecipes: [{backbone: resnet18}]\n",
}


def started(folder: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """How a command ended, and all that it imported."""
    command = [sys.executable, "-X", "importtime", "-m", "leafgraft", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done, {line.rsplit("|", 1)[-1].strip() for line in lines}


def heavy_of(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code, and which of `HEAVY` a command imported."""
    done, imported = started(folder, *arguments)
    return done.returncode, [name for name in HEAVY if name in imported]


@pytest.mark.parametrize("command", ["run", "audit", "plan", "tune"])
def test_a_wrong_path(tmp_path: Path, command: str) -> None:
    assert heavy_of(tmp_path, command, "nowhere") == (1, [])


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_wrong_study_folder(tmp_path: Path, command: str) -> None:
    assert heavy_of(tmp_path, command, "nowhere") == (1, [])


@pytest.mark.parametrize("named", ["nowhere", "nowhere.csv"])
def test_a_comparison_with_what_is_not_there(tmp_path: Path, named: str) -> None:
    (tmp_path / "there.csv").touch()
    assert heavy_of(tmp_path, "compare", "there.csv", named) == (1, [])


def test_a_wrong_path_without_pydantic(tmp_path: Path) -> None:
    done, imported = started(tmp_path, "audit", "nowhere")
    assert "must be" in done.stderr
    assert "pydantic" not in imported


@pytest.mark.parametrize("text", ["photos: leaves\nrecipes: [{backbone: resnet18\n", "- resnet18\n", None])
def test_a_study_file_that_is_no_yaml_without_pydantic_and_menus(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "study.yaml").write_text(text)
    done, imported = started(tmp_path, "plan", "study.yaml")
    assert "study.yaml' must" in done.stderr
    assert not {"pydantic", "leafgraft.choices.menu"} & imported


def test_entries_of_the_menus_that_nobody_named(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(FAULTY["unknown network"])
    done, imported = started(tmp_path, "plan", "study.yaml")
    assert "'resnet19' must be on the menu of backbones." in done.stderr
    assert not [name for name in imported if name.startswith("leafgraft.choices.augmentations")]


def test_a_faulty_csv_without_scipy(tmp_path: Path) -> None:
    rows = "photo_id,label,a,b\n" + "".join(f"{row},a,0.8,{{}}\n" for row in range(20))
    (tmp_path / "first.csv").write_text(rows.format(*[0.2] * 20))
    (tmp_path / "second.csv").write_text(rows.format(*[0.9] * 20))
    assert heavy_of(tmp_path, "compare", "first.csv", "second.csv") == (1, ["numpy"])


def test_a_table_of_counts_without_the_statistics_of_scipy(tmp_path: Path) -> None:
    done, imported = started(tmp_path, "compare", "--counts", "149", "29", "15", "58")
    assert done.returncode == 0
    assert not {"scipy.stats", "scipy.optimize"} & imported


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(("photos", "preset"), [("study.yaml", "hour"), ("leaves", "hours")])
def test_a_preset_that_cannot_be(tmp_path: Path, command: str, photos: str, preset: str) -> None:
    assert heavy_of(tmp_path, command, photos, "--preset", preset) == (2, [])


@pytest.mark.parametrize("fault", FAULTY)
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_faulty_study_file(tmp_path: Path, command: str, fault: str) -> None:
    for name in ("a", "b"):
        (tmp_path / "leaves" / name).mkdir(parents=True)
        (tmp_path / "leaves" / name / "one.jpg").touch()
    (tmp_path / "study.yaml").write_text(FAULTY[fault])
    code, heavy = heavy_of(tmp_path, command, "study.yaml")
    looked_at = ["numpy"] if fault == "no such second folder" else []  # the first one's photos are looked at before
    assert (code in {1, 2}, heavy) == (True, looked_at)


def test_the_menu(tmp_path: Path) -> None:
    assert heavy_of(tmp_path, "menu") == (0, [])
    assert heavy_of(tmp_path, "menu", "strategies", "--json") == (0, [])


def test_the_cache(tmp_path: Path) -> None:
    assert heavy_of(tmp_path, "doctor", "--cache") == (0, [])
