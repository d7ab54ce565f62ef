"""What people named is never translated, though it be a word of the catalogue: ``features``, ``photos``.

The same is said with names that are no words; but for the names, both must read alike.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from leafgraft.cli.main import app
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.languages.speaking import Name, said, speaking, word

WORDS = {  # of the catalogue; and names as long, in the same order, with the same sounds at their ends
    "features": "feetures",
    "photos": "phutos",
    "r and s": "r und s",
    "memory": "memery",
    "noise": "noice",
}
CLASSES = ("features", "photos", "r and s")


@pytest.fixture(scope="module")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Photos in folders that are called like words, and the same in folders that are not."""
    folder = tmp_path_factory.mktemp("names")
    draw_sample(folder / "drawn", 12, 48, 0)
    made = []
    for names in (CLASSES, [WORDS[name] for name in CLASSES]):
        root = folder / names[0] / "leaves"
        for drawn, name in zip(("EarlyBlight", "Healthy", "LateBlight"), names, strict=True):
            shutil.copytree(folder / "drawn" / drawn, root / name)
        (root / f"{names[0]} too").mkdir()  # without a photo
        first = sorted((root / names[1]).iterdir())[0]
        shutil.copy(first, root / names[2] / "twice.jpg")  # under two labels
        shutil.copy(first, root / names[1] / "again.jpg")
        made.append(root)
    return made[0], made[1]


def korean(*arguments: object) -> str:
    """What the command says in Korean."""
    found = CliRunner().invoke(app, [*map(str, arguments), "--lang", "ko"], env={"COLUMNS": "100"})
    assert found.exception is None or isinstance(found.exception, SystemExit), found.output
    return found.output


def but_for_work(text: str) -> str:
    """Without the lines of work that was done and how long it took: photos that were read before are not read again."""
    return "".join(line for line in text.splitlines(keepends=True) if not re.search(r"\d+개, [\d.]+초$", line))


def with_words(text: str, *places: tuple[Path, Path]) -> str:
    """What was said of names that are no words, with those that are; file by file, if they lie elsewhere."""
    for words, names in places:
        text = text.replace(str(names), str(words))
    for name, other in WORDS.items():
        text = text.replace(other, name)
    return text


def test_the_audit_calls_classes_by_their_names(leaves: tuple[Path, Path], tmp_path: Path) -> None:
    told, pages = [], []
    for root in leaves:
        told.append(but_for_work(korean("audit", root, "--html", tmp_path / "index.html")))
        pages.append((tmp_path / "index.ko.html").read_text(encoding="utf-8"))
    for words, names in (told, pages):
        assert "feetures" in names
        assert with_words(names, leaves) == words
    assert "\n  photos: 11\n" in told[0]


def write_predictions(path: Path, classes: tuple[str, ...], seed: int) -> Path:
    rng = np.random.default_rng(seed)
    lines = [",".join(("photo_id", "label", *classes))]
    for number in range(60):
        true = number % len(classes)
        shares = rng.dirichlet(np.where(np.arange(len(classes)) == true, 2.5 - seed, 1))
        lines.append(",".join((f"{number}.jpg", classes[true], *(f"{share:.4f}" for share in shares))))
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_comparison_calls_recipes_and_classes_by_their_names(tmp_path: Path) -> None:
    told, pages = [], []
    for name, (recipes, classes) in {
        "words": (("memory", "noise"), CLASSES),
        "names": (("memery", "noice"), tuple(WORDS[name] for name in CLASSES)),
    }.items():
        files = [write_predictions(tmp_path / name / f"{one}.csv", classes, seed) for seed, one in enumerate(recipes)]
        told.append(korean("compare", *files, "--html", tmp_path / "index.html"))
        pages.append((tmp_path / "index.ko.html").read_text(encoding="utf-8"))
    for words, names in (told, pages):
        assert "noice" in names
        assert with_words(names) == words
    assert "\nmemory " in told[0]


STUDY = "photos: {photos}\nexclude: [{other} too]\nrecipes: [{{backbone: squeezenet1_1, strategy: probe}}]\n{more}\n"


@pytest.mark.parametrize(
    "more",
    [
        "corrections: {name}.csv",
        "also_test: {name}: {photos}",
        "recipes: [{name}]",
        "groups: {{name: '{name}'}}",
        "split: {{given: {name}}}",
        "{name}: 3",
    ],
)
def test_an_error_calls_things_by_their_names(leaves: tuple[Path, Path], tmp_path: Path, more: str) -> None:
    told = []
    for root, name, other in zip(leaves, ("memory", "memery"), ("features", "feetures"), strict=True):
        file = tmp_path / "study.yaml"
        values = {"name": name, "photos": root, "other": other}
        file.write_text(STUDY.format(**values, more=more.format(**values)), encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(f"path,action,label\nx.jpg,relabel,{name} too\n", encoding="utf-8")
        told.append(but_for_work(korean("plan", file)))
        assert "오류:" in told[-1]
    assert with_words(told[1], leaves) == told[0]


def test_a_class_that_does_not_exist_is_named_with_those_that_do(leaves: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    recipes = "recipes: [{backbone: squeezenet1_1, strategy: probe}]"
    file.write_text(f"photos: {leaves[0]}\nexclude: [accuracy]\n{recipes}\n", encoding="utf-8")
    told = korean("plan", file)
    assert "'accuracy'" in told
    assert "features, features too, photos, r and s" in told


def test_a_name_alone_is_not_looked_up() -> None:
    with speaking("ko"):
        assert said("not sure") == "확실하지 않음"
        assert said(Name("not sure")) == "not sure"
        assert word("none", "figure") == "없음"
        assert word(Name("none"), "figure") == "none"
