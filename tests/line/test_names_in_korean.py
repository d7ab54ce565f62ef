"""A study in Korean whose classes, recipes and second folder are called like words that are translated."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLASSES = {"Healthy": "photos", "LateBlight": "trials"}
STUDY = """
photos: {photos}
also_test: {{accuracy: {second}}}
image_size: 48
weights: none
training: {{epochs: 1, patience: 1, batch_size: 16, seeds: [0]}}
recipes:
  - {{backbone: squeezenet1_1, strategy: [frozen, probe]}}
"""


@pytest.fixture(scope="module")
def study(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    for drawn, name in CLASSES.items():
        shutil.copytree(drawn_leaves / drawn, folder / "leaves" / name)
        (folder / "none" / name).mkdir(parents=True)
        for path in sorted((folder / "leaves" / name).iterdir())[::3]:
            path.rename(folder / "none" / name / path.name)
    file = folder / "trials.yaml"
    file.write_text(STUDY.format(photos=folder / "leaves", second=folder / "none"), encoding="utf-8")
    return file


def korean(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leafgraft", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "100", "LEAFGRAFT_LANG": "ko", "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_terminal_and_page_call_everything_by_its_name(study: Path, tmp_path: Path) -> None:
    done = korean("run", study, "--out", tmp_path / "out", "--until", "report")
    assert done.returncode == 0, done.stderr
    assert "  등급  정확도  95% 구간  매크로 F1  accuracy\n" in done.stdout
    assert "추천: squeezenet1_1 " in done.stdout
    assert "‘accuracy’ 사진 16장에서 정확도 " in done.stdout
    assert json.loads((tmp_path / "out/evaluation.json").read_text(encoding="utf-8"))["classes"] == ["photos", "trials"]
    page = (tmp_path / "out/report/index.ko.html").read_text(encoding="utf-8")
    assert "<h1>trials</h1>" in page
    assert '<th scope="col">accuracy</th>' in page
    for recipe in ("frozen", "probe"):
        assert f"<h3>squeezenet1_1 {recipe}: " in page
    for name in ("photos", "trials"):
        assert page.count(f'text-anchor="middle">{name}</text>') >= 2  # over the columns of each matrix
        assert page.count(f'text-anchor="end">{name}</text>') >= 2
    assert '["photos", "trials"]' in page  # of those that move
    assert not re.search(r'text-anchor="end">(?:시행|사진)</text>', page)
    assert not re.search(r'\["사진", "시행"\]', page)


def test_an_error_calls_a_class_by_its_name(study: Path, tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(study.read_text(encoding="utf-8") + "exclude: [trials, photos, none]\n", encoding="utf-8")
    refused = korean("plan", file)
    assert refused.returncode != 0
    assert "오류:" in refused.stderr
    assert "'none'" in refused.stderr
    assert "photos, trials" in refused.stderr
