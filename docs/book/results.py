"""Tables of the pages, written from the result files of the studies that they quote.

    python docs/book/results.py keep STUDY_DIR [NAME]
    python docs/book/results.py write

The first copies the result files of a finished study, no photos and no weights; both write every table anew.

A table stands in a page between `<!-- results: NAME KIND -->` and `<!-- end of results -->`; NAME is that of a study,
`adapt` for what benchmarks/adapt.py found, or a crop for what all its studies say. A Korean page (`*.ko.md`) has the
same tables in Korean.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from inserts import ROOT, table

from leafgraft.evaluation.statements.sentence import in_korean
from leafgraft.languages.catalogue import Catalogue
from leafgraft.records.display import percent, span
from leafgraft.study import compare

RESULTS = ROOT / "studies" / "results"
BENCHMARKS = ROOT / "benchmarks"
FILES = ("evaluation.json", "verdict.json", "splits.json", "plan.json")
ELSEWHERE = "elsewhere.json"
OF_THE_AUDIT = ("counts", "floors")  # the rest is long
OF_A_TRIAL = ("trial.json", "history.csv")
OF_A_RECIPE = ("accuracy", "interval", "balanced_accuracy", "tier")
OF_A_PAIR = ("difference", "interval", "p_adjusted", "photos_needed")
BLOCK = re.compile(r"(<!-- results: (\S+) (\S+) -->\n).*?(<!-- end of results -->)", re.DOTALL)
WITHOUT_COMMA = re.compile(r"(?<=\d) corrected")  # what a p of earlier versions is corrected for: it has no Korean
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
        "points against {recipe}": "{recipe}와의 차이(%p)",
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
        "study": "연구",
        "pixels": "화소",
        "elsewhere": "다른 곳에서",
        "minutes to train": "학습 시간(분)",
        "notes, trained so": "노트, 같은 학습 방법",
        "below {minutes#}": "{minutes} 미만",
        "accuracy without a leaf": "잎 없이 얻는 정확도",
        "always the largest class": "언제나 가장 많은 클래스",
        "file size, date and the like": "파일 크기, 날짜 같은 파일 정보",
        "eight border pixels": "가장자리 화소 여덟 개",
        "mean and spread of colour": "색의 평균과 퍼짐",
        "the background alone, leaf masked out": "잎을 가린 배경만",
        "notes": "노트",
        "here": "여기",
        "not asked": "묻지 않음",
        "best of all recipes": "모든 레시피 가운데 최고",
        "frozen network, linear head": "동결한 신경망, 선형 헤드",
        "the same frozen network outdoors": "같은 동결 신경망을 야외에서",
        "eight border pixels, no leaf": "가장자리 화소 여덟 개, 잎 없이",
        "{accuracy#} at a confidence of {confidence#}": "{accuracy}, 확신도 {confidence}",
    }
)

CROPS = {"potato": ["EarlyBlight", "Healthy", "LateBlight"]}  # the classes of each
NOTES = {"uniform": 0.8211, "full": 0.9387, "frozen": 0.7990, "gradual": 0.9216}  # pretrained GoogLeNet
UNFREEZE_AT = 5  # of their gradual
LEAST_MINUTES = 0.1
FIELD = "field"  # the second folder of studies that are trained at home
FLOORS = {
    "largest_class": "always the largest class",
    "metadata": "file size, date and the like",
    "border_pixels": "eight border pixels",
    "colour": "mean and spread of colour",
    "background": "the background alone, leaf masked out",
}

Evaluation = Mapping[str, Any]
Table = list[Sequence[str]]  # the head, then row by row


def shared_words(evaluation: Evaluation) -> str:
    """Words that all recipes but those made of others begin with: they stand once, in the head of the table."""
    names = [one["name"] for one in evaluation["recipes"] if not one["name"].startswith(("ensemble", "average of"))]
    words = takewhile(lambda same: len(set(same)) == 1, zip(*(name.split(" ") for name in names), strict=False))
    return " ".join(same[0] for same in words) if len(names) > 1 else ""


def _rest(name: str, shared: str) -> str:
    """What the name of a recipe says beside the shared words."""
    return name.removeprefix(shared).strip()


def _head(shared: str) -> str:
    """Of the column of recipes."""
    return f"recipe: {shared} ..." if shared else "recipe"


def recipes(evaluation: Evaluation) -> Table:
    """Every recipe, the most accurate first: accuracy, tier, second folders, operations."""
    second = list(evaluation["recipes"][0]["also_test"])
    names, shared = [f"{name}, at a confidence of" for name in second], shared_words(evaluation)
    rows = [
        (
            _rest(one["name"], shared),
            percent(one["accuracy"]),
            span(one["interval"]),
            str(one["tier"]),
            *(f"{percent(found['accuracy'])}, {found['mean_confidence']:.2f}" for found in one["also_test"].values()),
            f"{one['cost']['gigaflops']:.2f}",
        )
        for one in sorted(evaluation["recipes"], key=lambda one: -one["accuracy"])
    ]
    return [(_head(shared), "accuracy", "95% interval", "tier", *names, "billion operations a photo"), *rows]


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
                _rest(name, shared),
                points,
                f"{100 * low:+.1f} to {100 * high:+.1f}",
                f"{p:.2f}" if p >= 0.01 else "below 0.01",
                needed,
            )
        )
    head = f"against {_rest(first, shared)}"
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


def elsewhere(study: str) -> Table:
    """Every recipe of a study on its second folder, and against the first one there: the same photos, paired."""
    found = _read(RESULTS / study / ELSEWHERE)[FIELD]
    first, shared = found["recipes"][0]["name"], shared_words(found)
    against = {row[0]: row[1:4] for row in differences(found)[1:]}
    rows = []
    for one in sorted(found["recipes"], key=lambda one: -one["accuracy"]):
        name = _rest(one["name"], shared)
        rows.append((name, percent(one["accuracy"]), span(one["interval"]), *against.get(name, ("", "", ""))))
    points = f"points against {_rest(first, shared)}"
    return [(_head(shared), "right outdoors", "95% interval", points, "95% interval", "p, all pairs"), *rows]


def compare_elsewhere(study: Path) -> dict[str, Any]:
    """What `leafgraft compare` says of the answers of all recipes to the photos of each second folder."""
    recipes_of, found = trials_of(study), {}
    names = {str(number): name for number, name in enumerate(recipes_of)}
    for second in _evaluated(study)[0]["also_test"]:
        with TemporaryDirectory() as folder:
            files = [
                shutil.copyfile(trial / f"also_test-{second}.npz", f"{folder}/{number}-s{seed}.npz")
                for number, trials in enumerate(recipes_of.values())
                for seed, trial in enumerate(trials)
            ]
            compared = compare([str(file) for file in files]).evaluation
        of_number = {one["name"]: one for one in compared["recipes"]}
        found[second] = {
            "recipes": [
                {"name": name} | {key: of_number[number][key] for key in OF_A_RECIPE} for number, name in names.items()
            ],
            "pairs": [
                {"a": names[one["a"]], "b": names[one["b"]]} | {key: one[key] for key in OF_A_PAIR}
                for one in compared["pairs"]
            ],
        }
    return found


def _mean(figure: Mapping[str, float] | None) -> str:
    return f"{100 * figure['mean']:.1f} ± {100 * figure['half_width']:.1f}" if figure else ""


def of_crop(crop: str) -> list[Path]:
    """Folders of the studies whose classes are those of a crop."""
    return [one for one in sorted(RESULTS.iterdir()) if _read(one / "evaluation.json").get("classes") == CROPS[crop]]


def every(crop: str) -> Table:
    """Every recipe of all studies of a crop: accuracy, tier in its study, second folders, minutes, the notes."""
    rows = []
    for study in of_crop(crop):
        trials = trials_of(study)
        for one in sorted(_evaluated(study), key=lambda one: -one["accuracy"]):
            recipe = _recipe_of(study, one["name"])
            seconds = [_read(trial / "trial.json")["train_seconds"] for trial in trials[one["name"]]]
            minutes = sum(seconds) / len(seconds) / 60
            rows.append(
                (
                    study.name,
                    one["name"],
                    str(recipe["image_size"]),
                    percent(one["accuracy"]),
                    span(one["interval"]),
                    str(one["tier"]),
                    ", ".join(f"{name} {percent(found['accuracy'])}" for name, found in one["also_test"].items()),
                    f"{minutes:.1f}" if minutes >= LEAST_MINUTES else f"below {LEAST_MINUTES}",
                    _notes(recipe) if FIELD in one["also_test"] and not one["derived_from"] else "",
                )
            )
    head = ("study", "recipe", "pixels", "accuracy", "95% interval", "tier", "elsewhere", "minutes to train")
    return [(*head, "notes, trained so"), *rows]


def floors(study: str) -> Table:
    """What the audit of a study has without a leaf."""
    found = _read(RESULTS / study / "audit.json")["floors"]
    rows = [(words, percent(found[one]["accuracy"]), span(found[one]["interval"])) for one, words in FLOORS.items()]
    return [("accuracy without a leaf", "", "95% interval"), *rows]


def summary(crop: str) -> Table:
    """The notes' figures beside the best ones of all studies that are trained at home, and beside a floor."""
    home = [study for study in of_crop(crop) if FIELD in _evaluated(study)[0]["also_test"]]
    found = [(one, _recipe_of(study, one["name"])) for study in home for one in _evaluated(study)]
    best = max(found, key=lambda of: of[0]["accuracy"])
    frozen = max((of for of in found if _is_frozen_linear(*of)), key=lambda of: of[0]["accuracy"])
    rows = [
        (words, notes, f"{percent(one['accuracy'])} ({one['name']}, {recipe['image_size']} px)", span(one["interval"]))
        for words, notes, (one, recipe) in (
            ("best of all recipes", f"{100 * NOTES['full']:.2f}% (GoogLeNet, full)", best),
            ("frozen network, linear head", f"{100 * NOTES['frozen']:.2f}% (GoogLeNet)", frozen),
        )
    ]
    there = frozen[0]["also_test"][FIELD]
    outdoors = f"{percent(there['accuracy'])} at a confidence of {there['mean_confidence']:.2f}"
    audited = next(study for study in home if (study / "audit.json").exists())
    border = _read(audited / "audit.json")["floors"]["border_pixels"]
    rows += [
        ("the same frozen network outdoors", "not asked", outdoors, span(there["interval"])),
        ("eight border pixels, no leaf", "not asked", percent(border["accuracy"]), span(border["interval"])),
    ]
    return [("", "notes", "here", "95% interval"), *rows]


def _is_frozen_linear(one: Mapping[str, Any], recipe: Mapping[str, Any]) -> bool:
    kind = recipe["strategy"]["name"], recipe["head"]["name"]
    return not one["derived_from"] and kind in (("probe", "linear"), ("frozen", "linear"))


def trials_of(study: Path) -> dict[str, list[Path]]:
    """Folders of the trials of each recipe that the evaluation of a study names."""
    recipes_of = _evaluated(study)
    planned = {one["key"]: one["recipe"] for one in _read(study / "plan.json")["trials"]}
    named = [one for one in recipes_of if not one["name"].startswith("average of")]  # these say their name themselves
    made = {frozenset(one["derived_from"]): one["name"] for one in named if one["derived_from"]}
    found: dict[str, list[Path]] = {one["name"]: [] for one in recipes_of}
    for file in sorted((study / "trials").glob("*/trial.json")):
        info = _read(file)
        members = frozenset(planned.get(key) for key in info.get("derived_from", ()))  # empty of a trained one
        name = planned.get(file.parent.name) or info.get("name") or made.get(members)
        if name in found:
            found[name].append(file.parent)
    return found


def _evaluated(study: Path) -> list[Mapping[str, Any]]:
    return cast("list[Mapping[str, Any]]", _read(study / "evaluation.json")["recipes"])


def _recipe_of(study: Path, name: str) -> Mapping[str, Any]:
    """The recipe of this name, or the one of the first trial that it is made from."""
    info = _read(trials_of(study)[name][0] / "trial.json")
    while "recipe" not in info:
        info = _read(study / "trials" / info["derived_from"][0] / "trial.json")
    return cast("Mapping[str, Any]", info["recipe"])


def _notes(recipe: Mapping[str, Any]) -> str:
    """What the notes had with a pretrained network that was trained in the same way; nothing if they had none."""
    strategy = recipe["strategy"]
    same = strategy["settings"].get("unfreeze_at", UNFREEZE_AT) == UNFREEZE_AT and recipe["weights"] != "none"
    return f"{100 * NOTES[strategy['name']]:.2f}%" if same and strategy["name"] in NOTES else ""


def claims(crop: str, *, korean: bool = False) -> str:
    """The sentences that may be claimed, by study."""
    listed = []
    for study in of_crop(crop):
        said = [WITHOUT_COMMA.sub(", corrected", one) for one in _read(study / "verdict.json")["claims"]]
        said = [in_korean(one) for one in said] if korean else said
        listed.append("\n".join([f"- `{study.name}`", *(f"    - {one}" for one in said)]))
    return "\n".join(listed)


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def _of_study(build: Callable[[Evaluation], Table]) -> Callable[[str], Table]:
    return lambda name: build(_read(RESULTS / name / "evaluation.json"))


TABLES: Mapping[str, Callable[[str], Table]] = {
    "recipes": _of_study(recipes),
    "differences": _of_study(differences),
    "labels": lambda name: labels(_read(BENCHMARKS / f"{name}.json")),
    "every": every,
    "floors": floors,
    "elsewhere": elsewhere,
    "summary": summary,
}
KINDS = (*TABLES, "claims")


def is_korean(page: Path) -> bool:
    """Whether a page is a Korean one."""
    return page.name.endswith(".ko.md")


def written(page: str, *, korean: bool = False) -> str:
    """The text of a page with its tables written from the result files, in English or Korean."""
    say = KOREAN.say if korean else str

    def fill(found: re.Match[str]) -> str:
        start, name, kind, end = found.groups()
        if kind == "claims":
            return f"{start}{claims(name, korean=korean)}\n{end}"
        head, *rows = [[say(cell) for cell in line] for line in TABLES[kind](name)]
        return f"{start}{table(head, rows)}\n{end}"

    return BLOCK.sub(fill, page)


def pages() -> list[Path]:
    """Pages that quote a study."""
    found = sorted((ROOT / "docs").rglob("*.md"))
    return [page for page in found if BLOCK.search(page.read_text(encoding="utf-8"))]


def keep(study: Path, name: str) -> None:
    """Copy the result files of a finished study, and those of the trials that its evaluation names."""
    kept = RESULTS / name
    shutil.rmtree(kept, ignore_errors=True)
    trials = [trial for of_recipe in trials_of(study).values() for trial in of_recipe]
    told = [trial / one for trial in trials for one in OF_A_TRIAL]
    for file in [*(study / one for one in FILES), *(one for one in told if one.exists())]:
        target = kept / file.relative_to(study)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    if all((trial / f"also_test-{FIELD}.npz").exists() for trial in trials):
        text = json.dumps(compare_elsewhere(study), indent=1, ensure_ascii=False)
        (kept / ELSEWHERE).write_text(text + "\n", encoding="utf-8")
    audit = _read(study / "audit.json")
    short = json.dumps({one: audit[one] for one in OF_THE_AUDIT}, indent=1, ensure_ascii=False)
    (kept / "audit.json").write_text(short + "\n", encoding="utf-8")


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
