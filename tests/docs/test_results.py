"""Tables of the pages say what the result files of their studies say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import results

from leafgraft.storage.predictions import Predictions, write_predictions

MOST_BYTES = 5 * 1024**2
PHOTOS_AND_WEIGHTS = {".jpg", ".jpeg", ".png", ".npz", ".safetensors", ".onnx", ".pth"}


@pytest.mark.parametrize("page", results.pages(), ids=lambda page: page.name)
def test_every_table_is_as_its_study_says(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert results.written(text, korean=results.is_korean(page)) == text, "Run python docs/book/results.py write."


def test_some_page_quotes_every_study_whose_results_are_kept() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in results.pages())
    kept = [one.name for one in results.RESULTS.iterdir()]
    assert kept
    assert [name for name in kept if f"<!-- results: {name} " not in text] == []


def test_results_hold_no_photos_and_no_weights_and_are_small() -> None:
    files = [one for one in results.RESULTS.rglob("*") if one.is_file()]
    assert [one.name for one in files if one.suffix in PHOTOS_AND_WEIGHTS] == []
    assert sum(one.stat().st_size for one in files) <= MOST_BYTES


A_RECIPE: Mapping[str, Any] = {
    "name": "a",
    "accuracy": 0.9,
    "interval": [0.8, 0.95],
    "tier": 1,
    "derived_from": [],
    "cost": {"gigaflops": 1},
}
CLAIM = (
    "a is more accurate than b on photos like these: 2.0 points (95% interval 1.0 to 3.0; p < 0.001, corrected for all "
    "pairs)."
)
POTATO = results.CROPS["potato"]


def a_study(
    folder: Path, trials: Mapping[str, dict[str, Any]], recipes: Mapping[str, Sequence[str]], second: str = "field"
) -> Path:
    """Result files of a study: what its trials say, by key, and what each recipe is made of; the first is ahead."""
    elsewhere = {second: {"accuracy": 0.4, "interval": [0.3, 0.5], "mean_confidence": 0.8}}
    pair = {"a": "a", "b": "b", "difference": 0.02, "interval": [-0.01, 0.05], "p_adjusted": 0.3, "photos_needed": 900}
    named = [
        {**A_RECIPE, "name": name, "derived_from": list(of), "accuracy": 0.9 - 0.02 * number, "also_test": elsewhere}
        for number, (name, of) in enumerate(recipes.items())
    ]
    (folder / "trials").mkdir(parents=True)
    planned = {"trials": [{"key": key, "recipe": key[0]} for key, info in trials.items() if "recipe" in info]}
    floors = {name: {"accuracy": 0.7, "interval": [0.6, 0.8]} for name in results.FLOORS}
    verdict = {"claims": [CLAIM.replace("0.001, ", "0.001 ")]}
    for name, content in {
        "evaluation": {"classes": POTATO, "recipes": named, "pairs": [pair]},
        "verdict": verdict,
        "splits": {},
        "plan": planned,
        "audit": {"counts": {}, "findings": [], "floors": floors},
        "elsewhere": {"field": {"recipes": named, "pairs": [pair]}},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    for key, info in trials.items():
        (folder / "trials" / key).mkdir()
        (folder / "trials" / key / "trial.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


def a_trial(strategy: str, seconds: float, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    recipe = {"strategy": {"name": strategy, "settings": settings or {}}, "weights": "pretrained", "image_size": 96}
    recipe["head"] = {"name": "linear"}
    return {"recipe": recipe, "train_seconds": seconds}


TRIALS = {
    "f-s0": a_trial("frozen", 6),
    "a-s0": a_trial("gradual", 60, {"unfreeze_at": 5}),
    "a-s1": a_trial("gradual", 120, {"unfreeze_at": 5}),
    "b-s0": a_trial("gradual", 3, {"unfreeze_at": 10}),
    "ensemble2-s0": {"derived_from": ["a-s0", "b-s0"], "train_seconds": 63},
    "tta4-a-s0": {"derived_from": ["a-s0"], "train_seconds": 60},
}
RECIPES = {"a": (), "b": (), "ensemble of best 2": ("a", "b"), "f": ()}


def test_a_figure_that_was_changed_in_a_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_study(tmp_path / "small", TRIALS, RECIPES)
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "BENCHMARKS", tmp_path / "small")
    mean = {"mean": 0.712, "half_width": 0.0304}
    (tmp_path / "small" / "small.json").write_text(
        json.dumps({"rows": {"mobilenet_v2, 60 rounds": {"accuracy": mean}}})
    )
    block = "<!-- results: {} {} -->\nold\n<!-- end of results -->"
    of_crops = ("every", "claims", "summary")
    blocks = "\n".join(block.format("potato" if kind in of_crops else "small", kind) for kind in results.KINDS)
    page = results.written(blocks)
    assert "| a | 90.0% | 80.0 to 95.0 | 1 | 40.0%, 0.80 | 1.00 |" in page
    assert "| b | -2.0 | -5.0 to +1.0 | 0.30 | 900 |" in page
    assert "| 60 in three rounds | MobileNetV2 | 71.2 ± 3.0 |  |" in page
    assert "| small | a | 96 | 90.0% | 80.0 to 95.0 | 1 | field 40.0% | 1.5 | 92.16% |" in page
    assert "| best of all recipes | 93.87% (GoogLeNet, full) | 90.0% (a, 96 px) | 80.0 to 95.0 |" in page
    assert "| frozen network, linear head | 79.90% (GoogLeNet) | 84.0% (f, 96 px) | 80.0 to 95.0 |" in page
    assert "| b | 88.0% | 80.0 to 95.0 | -2.0 | -5.0 to +1.0 | 0.30 |" in page
    assert "| always the largest class | 70.0% | 60.0 to 80.0 |" in page
    assert f"- `small`\n    - {CLAIM}\n" in page
    assert results.written(page) == page
    assert results.written(page.replace("90.0%", "99.0%")) == page
    korean = results.written(blocks, korean=True)
    assert "| a | 90.0% | 80.0~95.0 | 1 | 40.0%, 0.80 | 1.00 |" in korean
    assert "| b | -2.0 | -5.0~+1.0 | 0.30 | 900 |" in korean
    assert "| 세 번에 나눈 60개 | MobileNetV2 | 71.2 ± 3.0 |  |" in korean
    assert "| 같은 동결 신경망을 야외에서 | 묻지 않음 | 40.0%, 확신도 0.80 | 30.0~50.0 |" in korean
    said = "이와 같은 사진에서 a의 정확도가 b보다 2.0%p 높습니다(95% 구간 1.0~3.0%p, 모든 쌍에 대해 보정한 p < 0.001)."
    assert f"- `small`\n    - {said}\n" in korean
    assert results.written(page, korean=True) == korean


def test_every_recipe_of_a_crop_stands_with_its_minutes_and_what_the_notes_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_study(tmp_path / "later", TRIALS, RECIPES)
    a_study(tmp_path / "first", {"a-s0": a_trial("probe", 6)}, {"a": ()})
    a_study(tmp_path / "outdoors", {"a-s0": a_trial("frozen", 6)}, {"a": ()}, second="home")
    other = a_study(tmp_path / "other", {"a-s0": a_trial("probe", 6)}, {"a": ()})
    evaluation = json.loads((other / "evaluation.json").read_text())
    (other / "evaluation.json").write_text(json.dumps({**evaluation, "classes": ["leaf rust", "none"]}))
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    _, *rows = results.every("potato")
    assert [(row[0], row[1], row[2], *row[-2:]) for row in rows] == [
        ("first", "a", "96", "0.1", ""),
        ("later", "a", "96", "1.5", "92.16%"),
        ("later", "b", "96", "below 0.1", ""),
        ("later", "ensemble of best 2", "96", "1.1", ""),
        ("later", "f", "96", "0.1", "79.90%"),
        ("outdoors", "a", "96", "0.1", ""),
    ]


def test_only_trials_that_the_evaluation_names_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = a_study(tmp_path / "study", TRIALS, RECIPES)
    monkeypatch.setattr(results, "RESULTS", tmp_path / "kept")
    results.keep(study, "small")
    kept = [trial.name for trial in sorted((tmp_path / "kept" / "small" / "trials").iterdir())]
    assert kept == ["a-s0", "a-s1", "b-s0", "ensemble2-s0", "f-s0"]
    audit = json.loads((tmp_path / "kept" / "small" / "audit.json").read_text(encoding="utf-8"))
    assert set(audit) == {"counts", "floors"}


@pytest.mark.parametrize("study", sorted(results.RESULTS.iterdir()), ids=lambda study: study.name)
def test_every_kept_trial_is_of_a_recipe_that_its_evaluation_names(study: Path) -> None:
    kept = {trial for of_recipe in results.trials_of(study).values() for trial in of_recipe}
    assert set((study / "trials").iterdir()) == kept


def test_recipes_are_compared_on_the_photos_of_a_second_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = {f"{name}-s{seed}": a_trial("full", 6) for name in "ab" for seed in (0, 1)}
    study = a_study(tmp_path / "study", trials, {"a": (), "b": ()})
    labels, chance = np.arange(60) % 3, np.random.default_rng(0)
    for key in trials:
        logits = chance.normal(size=(60, 3)) + (3.0 if key[0] == "b" else 0.5) * np.eye(3)[labels]
        ids = np.array([f"{row:016x}" for row in range(60)])
        answers = Predictions(ids, np.full(60, "test"), labels, logits.astype(np.float32), np.array(POTATO), ids)
        write_predictions(study / "trials" / key / "also_test-field.npz", answers)
    monkeypatch.setattr(results, "RESULTS", tmp_path / "kept")
    results.keep(study, "small")
    found = json.loads((tmp_path / "kept" / "small" / "elsewhere.json").read_text())["field"]
    assert [one["name"] for one in found["recipes"]] == ["a", "b"]
    better, first = results.elsewhere("small")[1:]
    assert better[0] == "b"
    assert better[3].startswith("+")
    assert better[-1] == "below 0.01"
    assert first[3:] == ("", "", "")
