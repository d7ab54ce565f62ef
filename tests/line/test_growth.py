"""A study that grows: every file is that of the same study run at once, whatever was there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from same_files import content, files, page

import leafgraft
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.commands import run as line

STUDY = """
photos: {photos}
image_size: 48
weights: none
training: {{epochs: 1, batch_size: 16, views: 1, seeds: {seeds}}}
split: {{{split}}}
recipes: [{recipes}]
also_test: {{{second}}}
tta: {{views: 2}}
ensembles: [{{of: best, members: 2}}]
"""
FROZEN = "{backbone: squeezenet1_1, strategy: frozen}"
UNIFORM = "{backbone: squeezenet1_1, strategy: uniform}"
MLP = "{backbone: squeezenet1_1, strategy: frozen, head: {mlp: {hidden: [16]}}}"
WHOLE = {"recipes": [FROZEN, UNIFORM, MLP], "seeds": [0, 1], "folds": 2, "second": True}
BEFORE = {
    "recipe": {"recipes": [FROZEN, MLP]},
    "seed": {"seeds": [0]},
    "fold": {"folds": 0},
    "head": {"recipes": [FROZEN, UNIFORM]},
    "second": {"second": False},
}
Go = Callable[..., Path]


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """Run a study of this shape in the folder of that name."""
    home = tmp_path_factory.mktemp("growth")
    draw_sample(home / "leaves", photos_per_class=12, side=48, seed=0)
    draw_sample(home / "elsewhere", photos_per_class=4, side=48, seed=9)

    def run(name: str, recipes: list[str], seeds: list[int], folds: int, second: bool) -> Path:
        elsewhere = f"field: {home / 'elsewhere'}" if second else ""
        parts = {"photos": home / "leaves", "recipes": ", ".join(recipes), "second": elsewhere}
        text = STUDY.format(**parts, seeds=seeds, split=f"folds: {folds}" if folds else "seed: 0")
        (home / "study.yaml").write_text(text, encoding="utf-8")
        leafgraft.run(str(home / "study.yaml"), out=home / name)
        return home / name

    return run


@pytest.fixture(scope="module")
def at_once(go: Go) -> Path:
    """The whole study, run at once."""
    return go("at_once", **WHOLE)


def forget_that_the_test_was_seen(study: Path) -> None:
    """What was added would be marked, and not be chosen: that is tested elsewhere."""
    (study / "opened.json").unlink()
    log = study / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(one for one in lines if '"test rows opened"' not in one), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("way", BEFORE)
def test_a_study_that_grew_says_what_it_says_when_run_at_once(
    go: Go, at_once: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as short:
        short.setattr(line, "_export", lambda *_: (None, ""))  # the bundle is made anew by every run
        study = go(way, **{**WHOLE, **BEFORE[way]})
    forget_that_the_test_was_seen(study)
    trained = {path: path.stat().st_mtime_ns for path in study.rglob("weights.safetensors")}
    go(way, **WHOLE)
    assert trained == {path: path.stat().st_mtime_ns for path in trained}
    planned = {trial["key"] for trial in StudyFolder(at_once).read_json("plan.json")["trials"]}
    more = files(study) - files(at_once)
    assert files(at_once) <= files(study)
    assert all(path.parts[0] == "trials" and path.parts[1] not in planned for path in more)
    for path in sorted(files(at_once)):
        assert content(study / path) == content(at_once / path), path
    costs = StudyFolder(at_once).read_json("costs.json")
    assert StudyFolder(study).read_json("costs.json").keys() == costs.keys()
    assert page(study, costs) == page(at_once, costs)
    compared = leafgraft.compare([str(study)])
    assert compared.evaluation == leafgraft.compare([str(at_once)]).evaluation
    assert len([one for one in compared.evaluation["recipes"] if not one["derived_from"]]) == len(WHOLE["recipes"])
    stale = {path.parts[1] for path in more if path.name == "weights.safetensors"}
    assert all(f"{len(stale)} finished trials are not in the study" in note for note in compared.notes)
    assert bool(compared.notes) == bool(stale)
