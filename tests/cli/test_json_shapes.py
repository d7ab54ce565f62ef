"""What programs read on stdout: JSON alone, with the names that are fixed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

NUMBER = (int, float)
FLOOR = {"accuracy": float, "interval": [float]}
AUDIT = {
    "counts": {"photos": int, "classes": dict, "unreadable": [str]},
    "findings": [{"code": str, "severity": str, "title": str, "photos": [str], "measured": dict, "mend": str}],
    "groups": [list],
    "floors": dict.fromkeys(("largest_class", "border_pixels", "colour", "background", "metadata"), FLOOR),
}
FIGURES = {"accuracy": float, "interval": [float], "macro_f1": float, "log_loss": float, "calibration_error": float}
EVALUATION = {
    "recipes": [{"name": str, "tier": int, "also_test": dict, **FIGURES}],
    "pairs": [
        {
            "a": str,
            "b": str,
            "difference": float,
            "interval": [float],
            "p": NUMBER,
            "p_holm": NUMBER,
            "p_adjusted": NUMBER,
            "photos_needed": (int, type(None)),
        }
    ],
    "rows": int,
    "groups": int,
    "seeds": (int, list),
}
VERDICT = {
    "recipe": str,
    "trial": str,
    "tied_with": [str],
    "test": FLOOR,
    "claims": [str],
    "refused": [str],
    "inflation": {"random": float, "grouped": float, "difference": float, "interval": [float]},
}
PLAN = {
    "trials": [{"key": str, "recipe": str, "seed": int, "fold": int, "seconds": NUMBER}],
    "shared": [{"what": str, "seconds": NUMBER, "bytes": int}],
    "seconds": NUMBER,
    "bytes": int,
}
KINDS = ("backbones", "strategies", "heads", "losses", "optimizers", "schedulers", "augmentations")
MENU = {kind: [{"name": str, "summary": str, "defaults": dict, "source": str}] for kind in KINDS}
TRUTH = {"photos": dict, "classes": [str]}


def check(value: Any, shape: Any, place: str = "") -> None:
    """More keys may be there; none may be missing or hold something else."""
    if isinstance(shape, Mapping):
        assert isinstance(value, Mapping), place
        for key, inner in shape.items():
            assert key in value, f"{place}.{key}"
            check(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for number, one in enumerate(value):
            check(one, shape[0], f"{place}[{number}]")
    else:
        assert isinstance(value, shape), f"{place}: {value!r}"


def test_the_check_itself_refuses() -> None:
    for value in ({}, {"a": 1}, {"a": ["x", 1]}):
        with pytest.raises(AssertionError):
            check(value, {"a": [str]})


def strict(text: str) -> Any:
    """NaN and Infinity are no JSON."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory, cli) -> Path:
    """Leaves with copies of one leaf, wrong labels and a cut file."""
    folder = tmp_path_factory.mktemp("spoilt") / "leaves"
    arguments = ["--photos-per-class", 14, "--side", 64, "--fault", "same_leaf=3", "--fault", "truncated=1"]
    done = cli("sample", folder, *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    truth = strict(done.stdout)
    check(truth, TRUTH)
    assert truth == strict((folder / "truth.json").read_text(encoding="utf-8"))
    return folder


def test_audit(spoilt: Path, cli) -> None:
    done = cli("audit", spoilt, "--json")
    assert done.exit_code == 0, done.stderr
    found = strict(done.stdout)
    check(found, AUDIT)
    assert {one["severity"] for one in found["findings"]} <= {"error", "warning", "note"}
    assert len(found["counts"]["unreadable"]) == 1
    assert found["groups"]
    named = {path for one in found["findings"] for path in one["photos"]} | {p for of in found["groups"] for p in of}
    assert all((spoilt / path).is_file() for path in named)


def test_menu(cli) -> None:
    done = cli("menu", "--json")
    assert done.exit_code == 0
    check(strict(done.stdout), MENU)
    assert set(strict(done.stdout)) == set(KINDS)
    for kind in KINDS:
        alone = cli("menu", kind, "--json")
        assert strict(alone.stdout) == {kind: strict(done.stdout)[kind]}


def test_menu_of_an_unknown_kind(cli, words) -> None:
    assert "Did you mean 'heads'" in words(cli("menu", "head", "--json"), 2)


def test_doctor(cli) -> None:
    for more in ((), ("--cache",)):
        done = cli("doctor", "--json", *more)
        assert done.exit_code == 0
        assert strict(done.stdout)


def test_plan_run_and_its_files(spoilt: Path, study_of, tmp_path: Path, cli) -> None:
    study = study_of(photos=spoilt, more="tta: {views: 2}")
    planned = cli("plan", study, "--json")
    assert planned.exit_code == 0, planned.stderr
    check(strict(planned.stdout), PLAN)
    assert planned.stderr

    done = cli("run", study, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.stderr
    told = strict(done.stdout)
    check(told["evaluation"], EVALUATION)
    check(told["verdict"], VERDICT)
    assert len(told["evaluation"]["pairs"]) == 1
    files = {name: strict((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8")) for name in SHAPES}
    for name, shape in SHAPES.items():
        check(files[name], shape, name)
    assert (files["evaluation"], files["verdict"]) == (told["evaluation"], told["verdict"])
    assert [one["key"] for one in files["plan"]["trials"]] == [one["key"] for one in strict(planned.stdout)["trials"]]
    assert told["evaluation"]["rows"] == len(strict((tmp_path / "out" / "splits.json").read_text())["folds"][0]["test"])

    compared = cli("compare", tmp_path / "out", "--json")
    assert compared.exit_code == 0, compared.stderr
    check(strict(compared.stdout), EVALUATION)
    rebuilt = cli("report", tmp_path / "out", "--json")
    assert strict(rebuilt.stdout) == {"page": told["page"]}


EXPLAINED = ["diagnosis", "learning curves", "disturbed photos", "export"]
LEFT_OUT = {
    "audit": ["plan", "training", "evaluation", "report", *EXPLAINED],
    "evaluation": ["report", *EXPLAINED],
    "report": EXPLAINED,
}


@pytest.mark.parametrize("until", LEFT_OUT)
def test_a_run_that_stops_early_has_null_for_what_it_left_out(study_of, tmp_path: Path, cli, until: str) -> None:
    done = cli("run", study_of(), "--out", tmp_path / "out", "--until", until, "--json")
    assert done.exit_code == 0, done.stderr
    told = strict(done.stdout)
    assert told["left_out"] == LEFT_OUT[until]
    assert strict((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["until"] == until
    assert "goes on." in done.stderr
    assert (told["page"] is None) == (until != "report")
    for key in ("evaluation", "verdict"):
        assert (told[key] is None) == (until not in {"evaluation", "report"})
    assert told["export"] is None
    assert isinstance(told["findings"], list)


def test_a_wrong_part_of_a_run_names_those_that_there_are(study_of, cli, words) -> None:
    said = words(cli("run", study_of(), "--until", "diagnosis", "--json"), 2)
    assert "audit, plan, training, evaluation, report or export" in said


SHAPES = {"audit": AUDIT, "evaluation": EVALUATION, "verdict": VERDICT, "plan": PLAN}


def test_quiet_says_nothing_but_the_answer(spoilt: Path, cli) -> None:
    done = cli("audit", spoilt, "--json", "--quiet")
    assert done.exit_code == 0
    assert not done.stderr
    check(strict(done.stdout), AUDIT)


def test_a_real_process_keeps_talk_off_stdout(spoilt: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "leafgraft", "audit", str(spoilt), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    check(strict(done.stdout), AUDIT)
    assert "Scan photos" in done.stderr
