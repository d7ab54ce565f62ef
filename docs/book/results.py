"""Tables of the pages, written from the result files of the studies that they quote.

    python docs/book/results.py keep STUDY_DIR [NAME]
    python docs/book/results.py write

The first copies the result files of a finished study, no photos and no weights; both write every table anew.

A table stands in a page between `<!-- results: NAME KIND -->` and `<!-- end of results -->`; NAME is that of a study,
or `adapt` for what benchmarks/adapt.py found. A Korean page (`*.ko.md`) has the same tables in Korean.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from inserts import ROOT, table

from leafgraft.languages.catalogue import Catalogue
from leafgraft.records.display import percent, span

RESULTS = ROOT / "studies" / "results"
BENCHMARKS = ROOT / "benchmarks"
FILES = ("evaluation.json", "verdict.json", "splits.json", "plan.json")
OF_A_TRIAL = ("trial.json", "history.csv")
BLOCK = re.compile(r"(<!-- results: (\S+) (\S+) -->\n).*?(<!-- end of results -->)", re.DOTALL)
KOREAN = Catalogue(
    {
        "recipe": "레시피",
        "recipe: {shared} ...": "레시피: {shared} ...",
        "accuracy": "정확도",
        "95% interval": "95% 구간",
        "tier": "등급",
        "{folder}, at a confidence of": "{folder}, 확신도",
        "billion operations a photo": "사진당 연산(10억 회)",
        "against {recipe}": "{recipe} 대비",
        "points": "차이(%p)",
        "p, all pairs": "p(모든 쌍 보정)",
        "test photos to tell": "구별에 필요한 테스트 사진",
        "none would do": "몇 장으로도 안 됨",
        "below {p#}": "{p} 미만",
        "{low#} to {high#}": "{low}~{high}",
        "labels": "라벨",
        "network": "신경망",
        "right outdoors": "야외 정확도",
        "balanced": "균형 정확도",
        "right at home": "학습한 곳의 정확도",
        "declined outdoors": "야외에서 답을 미룬 비율",
        "right of the answers": "답한 것 가운데 맞은 비율",
        "none": "없음",
        "{count#} picks": "고른 {count}개",
        "{count#} in three rounds": "세 번에 나눈 {count}개",
        "the one that adapt chooses": "adapt가 고른 신경망",
    }
)

Evaluation = Mapping[str, Any]
Table = list[Sequence[str]]  # the head, then row by row


def shared_words(evaluation: Evaluation) -> str:
    """Words that all recipes but those made of others begin with: they stand once, in the head of the table."""
    names = [one["name"] for one in evaluation["recipes"] if not one["name"].startswith(("ensemble", "average of"))]
    words = takewhile(lambda same: len(set(same)) == 1, zip(*(name.split(" ") for name in names), strict=False))
    return " ".join(same[0] for same in words) if len(names) > 1 else ""


def recipes(evaluation: Evaluation) -> Table:
    """Every recipe, the most accurate first: accuracy, tier, second folders, operations."""
    second = list(evaluation["recipes"][0]["also_test"])
    names, shared = [f"{name}, at a confidence of" for name in second], shared_words(evaluation)
    rows = [
        (
            one["name"].removeprefix(shared).strip(),
            percent(one["accuracy"]),
            span(one["interval"]),
            str(one["tier"]),
            *(f"{percent(found['accuracy'])}, {found['mean_confidence']:.2f}" for found in one["also_test"].values()),
            f"{one['cost']['gigaflops']:.2f}",
        )
        for one in sorted(evaluation["recipes"], key=lambda one: -one["accuracy"])
    ]
    head = f"recipe: {shared} ...".replace(":  ...", "")
    return [(head, "accuracy", "95% interval", "tier", *names, "billion operations a photo"), *rows]


def differences(evaluation: Evaluation) -> Table:
    """Every recipe against the first one of the study: points, interval, p corrected for all pairs, photos needed."""
    first, shared = evaluation["recipes"][0]["name"], shared_words(evaluation)
    rows = []
    for pair in evaluation["pairs"]:
        if first not in (pair["a"], pair["b"]):
            continue
        sign, name = (-1, pair["b"]) if pair["a"] == first else (1, pair["a"])
        low, high = sorted(sign * end for end in pair["interval"])
        needed = f"{pair['photos_needed']:,}" if pair["photos_needed"] else "none would do"
        points, p = f"{round(100 * sign * pair['difference'], 1) + 0.0:+.1f}", pair["p_adjusted"]
        rows.append(
            (
                name.removeprefix(shared).strip(),
                points,
                f"{100 * low:+.1f} to {100 * high:+.1f}",
                f"{p:.2f}" if p >= 0.01 else "below 0.01",
                needed,
            )
        )
    head = f"against {first.removeprefix(shared).strip()}"
    return [(head, "points", "95% interval", "p, all pairs", "test photos to tell"), *rows]


NETWORKS = {
    "mobilenet_v2": "MobileNetV2",
    "squeezenet1_1": "SqueezeNet 1.1",
    "timm:tf_efficientnet_lite0": "EfficientNet-Lite0",
    "chosen": "the one that adapt chooses",
}
LABELS = ("no labels", "30 picks", "60 picks", "60 rounds", "120 picks")
FIGURES = {
    "accuracy": "right outdoors",
    "balanced": "balanced",
    "home": "right at home",
    "declined": "declined outdoors",
    "right_of_answers": "right of the answers",
}


def labels(found: Evaluation) -> Table:
    """What labels of a place bring, in percent: means of the draws with the half width of their 95% interval."""
    rows = [
        (
            key.replace("no labels", "none").replace("rounds", "in three rounds"),
            name,
            *(_mean(found["rows"][row].get(one)) for one in FIGURES),
        )
        for key in LABELS
        for network, name in NETWORKS.items()
        if (row := f"{network}, {key}") in found["rows"]
    ]
    return [("labels", "network", *FIGURES.values()), *rows]


def _mean(figure: Mapping[str, float] | None) -> str:
    return f"{100 * figure['mean']:.1f} ± {100 * figure['half_width']:.1f}" if figure else ""


KINDS: Mapping[str, Callable[[Evaluation], Table]] = {
    "recipes": recipes,
    "differences": differences,
    "labels": labels,
}


def is_korean(page: Path) -> bool:
    """Whether a page is a Korean one."""
    return page.name.endswith(".ko.md")


def written(page: str, *, korean: bool = False) -> str:
    """The text of a page with its tables written from the result files, in English or Korean."""
    say = KOREAN.say if korean else str

    def fill(found: re.Match[str]) -> str:
        path = BENCHMARKS / f"{found[2]}.json" if found[3] == "labels" else RESULTS / found[2] / "evaluation.json"
        lines = KINDS[found[3]](json.loads(path.read_text(encoding="utf-8")))
        head, *rows = [[say(cell) for cell in line] for line in lines]
        return found[1] + table(head, rows) + "\n" + found[4]

    return BLOCK.sub(fill, page)


def pages() -> list[Path]:
    """Pages that quote a study."""
    found = sorted((ROOT / "docs").rglob("*.md"))
    return [page for page in found if BLOCK.search(page.read_text(encoding="utf-8"))]


def keep(study: Path, name: str) -> None:
    """Copy the result files of a finished study."""
    kept = RESULTS / name
    shutil.rmtree(kept, ignore_errors=True)
    trials = [trial / one for trial in sorted((study / "trials").iterdir()) for one in OF_A_TRIAL]
    for file in [*(study / one for one in FILES), *(one for one in trials if one.exists())]:
        target = kept / file.relative_to(study)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def main() -> None:
    """Keep results, or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("keep", "write"))
    parser.add_argument("study", type=Path, nargs="?")
    parser.add_argument("name", nargs="?")
    given = parser.parse_args()
    if given.what == "keep":
        if given.study is None:
            parser.error("keep needs the folder of a finished study.")
        keep(given.study, given.name or given.study.resolve().name)
    for page in pages():
        text = written(page.read_text(encoding="utf-8"), korean=is_korean(page))
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
