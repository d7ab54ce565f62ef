"""A study with all that methods can tell: both languages tell the same, and what was used is cited."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from leafgraft.report.paper.contents import PaperContents
from leafgraft.report.paper.kit import methods_text
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.paper_kit import open_kit
from leafgraft.study.results import Results

SEARCHED = "squeezenet1_1 frozen learning_rate=0.0123 (best of 7)"
SPACE = {
    "learning_rate": {"low": 0.0004, "high": 0.3, "log": True, "whole": False},
    "head.mlp.dropout": {"low": 0.1, "high": 0.65, "log": False, "whole": False},
    "head": ["linear", "mlp"],
}


@pytest.fixture(scope="module")
def contents(evaluated: Results) -> PaperContents:
    """The small study, with a search, places, leaves of several photos, a leak, a bundle and learning curves."""
    made = open_kit(StudyFolder(evaluated.folder)).contents
    frozen = next(of for name, of in made.trained.items() if "frozen" in name)
    search = {"recipe": SEARCHED, "trials": [{}] * 7, "complete": 4, "pruned": 2, "failed": 1, "space": SPACE}
    leak = {"recipe": "squeezenet1_1, linear head at its optimum", "shared_leaves": 9, "repeats": 8}
    places = {"밭 7": {"a": 11, "b": 12}, "farm 3": {"a": 13}}
    audit = {**made.audit, "counts": {**made.audit["counts"], "places": places}}
    photos = [replace(photo, group="one leaf") if number < 5 else photo for number, photo in enumerate(made.photos)]
    return replace(
        made,
        study=replace(made.study, training=replace(made.study.training, seeds=(3, 5, 8))),
        photos=photos,
        audit=audit,
        trained={**made.trained, SEARCHED: [{**of, "engine": "onnxruntime"} for of in frozen]},
        evaluation={**made.evaluation, "seeds": 3},
        verdict={**made.verdict, "inflation": leak, "seen_after_test": ["recipe 42"]},
        curves=[{"recipe": "a", "exponent": 0.3, "points": []}],
        bundle={"conformal": {"coverage": 0.91}, "known_leaf": {"acceptance": 0.96}},
        searches=[search],
    )


def numbers(text: str) -> Counter[str]:
    """All of a text, but for those of references."""
    return Counter(re.findall(r"\d[\d,.]*\d|\d", re.sub(r"\[@[^\]]*\]", "", text)))


def test_methods_have_the_same_numbers_and_references_in_both_languages(contents: PaperContents) -> None:
    english, korean = (methods_text(contents, language) for language in ("en", "ko"))
    assert numbers(korean) == numbers(english)
    assert Counter(re.findall(r"@[a-z]+\d*", korean)) == Counter(re.findall(r"@[a-z]+\d*", english))
    assert not re.search("(?<!아)니다|세요", korean)
    for said in ("(가장 많은 클래스, ", "(squeezenet1\\_1, 최적해로 구한 선형 헤드)"):
        assert said in korean


def test_a_search_and_the_libraries_that_were_used_are_described_and_cited(contents: PaperContents) -> None:
    text = methods_text(contents, "en").replace("\\", "")
    assert (
        f"The settings of {SEARCHED} have the lowest validation loss of 7 settings that the tree-structured Parzen "
        "estimator of Optuna proposed [@bergstra2011; @akiba2019], trained with one seed: 4 to their end, 2 given up "
        "early, 1 failed. It searched among: learning_rate from 0.0004 to 0.3 on a logarithmic scale; "
        "head.mlp.dropout from 0.1 to 0.65; head: linear, mlp."
    ) in text
    assert "onnxruntime [@onnxruntime]" in text
    assert "scikit-learn where something is learned [@pedregosa2011]" in text
    korean = methods_text(contents, "ko").replace("\\", "")
    assert "탐색 범위: learning_rate 0.0004~0.3(로그 척도); head.mlp.dropout 0.1~0.65; head: linear, mlp." in korean


@pytest.mark.parametrize("searches", [[], [{"recipe": "of another study"}]])
def test_settings_that_another_study_found_have_no_search_to_describe(contents: PaperContents, searches: Any) -> None:
    text = methods_text(replace(contents, searches=searches), "en").replace("\\", "")
    assert f"The settings of {SEARCHED} were chosen on validation photos." in text
    assert "Optuna" not in text
