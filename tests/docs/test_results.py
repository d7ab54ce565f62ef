"""Tables of the pages say what the result files of their studies say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import results

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


def test_a_figure_that_was_changed_in_a_page_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {
        "name": "a",
        "accuracy": 0.9,
        "interval": [0.8, 0.95],
        "tier": 1,
        "also_test": {},
        "cost": {"gigaflops": 1},
    }
    pair = {"a": "a", "b": "b", "difference": 0.02, "interval": [-0.01, 0.05], "p_adjusted": 0.3, "photos_needed": 900}
    evaluation = {"recipes": [first, {**first, "name": "b", "accuracy": 0.88}], "pairs": [pair]}
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "evaluation.json").write_text(json.dumps(evaluation))
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(results, "BENCHMARKS", tmp_path)
    mean = {"mean": 0.712, "half_width": 0.0304}
    (tmp_path / "small.json").write_text(json.dumps({"rows": {"mobilenet_v2, 60 rounds": {"accuracy": mean}}}))
    block = "<!-- results: small {} -->\nold\n<!-- end of results -->"
    blocks = "\n".join(block.format(kind) for kind in results.KINDS)
    page = results.written(blocks)
    assert "| a | 90.0% | 80.0 to 95.0 | 1 | 1.00 |" in page
    assert "| b | -2.0 | -5.0 to +1.0 | 0.30 | 900 |" in page
    assert "| 60 in three rounds | MobileNetV2 | 71.2 ± 3.0 |  |" in page
    assert results.written(page) == page
    assert results.written(page.replace("90.0%", "99.0%")) == page
    korean = results.written(blocks, korean=True)
    assert "| a | 90.0% | 80.0~95.0 | 1 | 1.00 |" in korean
    assert "| b | -2.0 | -5.0~+1.0 | 0.30 | 900 |" in korean
    assert "| 세 번에 나눈 60개 | MobileNetV2 | 71.2 ± 3.0 |  |" in korean
    assert results.written(page, korean=True) == korean
