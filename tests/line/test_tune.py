"""Searches and rate curves through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leafgraft.storage.study_file import load_study

SEARCH = """
photos: {photos}
image_size: 48
weights: none
augmentation: [flip]
training: {{epochs: 2, patience: 2, batch_size: 16, views: 1, seeds: [0]}}
recipes:
  - backbone: squeezenet1_1
    strategy: frozen
    tune: {{trials: 4, learning_rate: {{log: [1e-3, 1e-1]}}, head: [linear, {{mlp: {{hidden: [[8], [16]]}}}}]}}
  - backbone: squeezenet1_1
    strategy: frozen
    loss: focal
"""


@pytest.fixture
def study(drawn_leaves: Path, tmp_path: Path) -> Path:
    path = tmp_path / "search.yaml"
    path.write_text(SEARCH.format(photos=drawn_leaves), encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_search_then_the_study(study: Path, tmp_path: Path, leafgraft: Callable) -> None:
    out = tmp_path / "out"
    planned = leafgraft("plan", study, "--json")
    assert planned.returncode == 0, planned.stderr
    assert any("search of 4 settings" in work["what"] for work in json.loads(planned.stdout)["shared"])

    done = leafgraft("tune", study, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    search = json.loads(done.stdout)["searches"][0]
    assert search["best_of"] == len(search["trials"]) == 4
    assert "(best of 4)" in search["recipe"]
    assert not (out / "trials").exists()
    assert not (out / "opened.json").exists()
    assert "learning_rate" in (out / "report" / "tuning.html").read_text(encoding="utf-8")

    ran = leafgraft("run", study, "--out", out, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads((out / "tuning.json").read_text(encoding="utf-8"))["searches"][0] == search
    names = [one["name"] for one in json.loads(ran.stdout)["evaluation"]["recipes"]]
    assert search["recipe"] in names
    assert len(names) == 2
    page = (out / "report" / "index.html").read_text(encoding="utf-8")
    assert 'id="tuning"' in page
    resolved = load_study(out / "resolved.yaml")
    assert not resolved.tuned
    assert [one.best_of for one in resolved.recipes] == [1, 4]
    found = next(one for one in resolved.recipes if one.best_of == 4)
    assert found.learning_rate == search["settings"]["learning_rate"]


def test_the_rate_finder_says_where_to_begin(study: Path, tmp_path: Path, leafgraft: Callable) -> None:
    done = leafgraft("tune", study, "--rate", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "begin with a rate of" in done.stdout
    rates = json.loads((tmp_path / "out" / "rates.json").read_text(encoding="utf-8"))["rates"]
    assert len(rates) == 2
    assert all(len(one["rates"]) == len(one["losses"]) for one in rates)
    assert (tmp_path / "out" / "report" / "tuning.html").is_file()
    assert not (tmp_path / "out" / "trials").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tune:", "# tune:", "No block of recipes has 'tune:'"),
        ("[[8], [16]]", "[[8], [wide]]", "'hidden' of mlp must be a list of whole numbers"),
        ("{log: [1e-3, 1e-1]}", "{log: [1e-3, 1e+3]}", "learning_rate must lie between 0 and 100"),
        ("{hidden: [[8], [16]]}", "{hiden: [[8], [16]]}", "Did you mean 'hidden'"),
        ("head: [linear,", "head: [linaer,", "Did you mean 'linear'"),
    ],
)
def test_what_cannot_be_searched_is_said(
    study: Path, tmp_path: Path, leafgraft: Callable, old: str, new: str, words: str
) -> None:
    study.write_text(study.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = leafgraft("tune", study, "--out", tmp_path / "out")
    assert done.returncode == 2, done.stderr
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "out").exists()


def test_a_cluster_beside_the_rate_finder_is_refused(study: Path, leafgraft: Callable) -> None:
    done = leafgraft("tune", study, "--rate", "--engine", "ray")
    assert done.returncode == 2
    assert "--rate measures on this machine." in done.stderr
