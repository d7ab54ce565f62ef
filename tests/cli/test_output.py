"""Output on narrow terminals and in encodings that lack letters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leafgraft.cli import rows, tables
from leafgraft.cli.console import Bars
from leafgraft.cli.streams import SpeakingConsole, answer, errors, talk
from leafgraft.languages.speaking import speaking
from leafgraft.records.display import recipe_rows
from leafgraft.records.finding import Audit, Finding
from leafgraft.records.pick import RANDOM, TYPICAL, UNCERTAIN

NAMES = [f"mobilenet_v2 partial(last=2) mlp(hidden=[512, 128]) focal sgd one_cycle blur+affine {tail}" for tail in "ab"]
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A command in a process of its own, with another environment."""

    def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        given = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "PYTHONUTF8"}}
        program = [sys.executable, "-m", "leafgraft", *arguments]
        return subprocess.run(program, cwd=tmp_path, env=given | environment, capture_output=True, check=False)

    return command


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp949", "utf-8"])
def test_letters_that_an_encoding_lacks_become_escapes(run: Run, tmp_path: Path, encoding: str) -> None:
    for name in ("건강", "역병🍃é"):
        (tmp_path / "잎" / name).mkdir(parents=True)
    done = run("audit", "잎", PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    text = done.stderr.decode(encoding)
    assert "UnicodeEncodeError" not in text
    assert ("잎" if encoding in {"cp949", "utf-8"} else "\\uc78e") in text


@pytest.mark.parametrize("console", [answer, errors, talk])
def test_a_file_name_is_no_picture(console: SpeakingConsole) -> None:
    with console.capture() as printed:
        console.print("a:leaves:b.jpg [bold]:AB:[/]")
        console.tell("a:leaves:b.jpg")
    assert printed.get() == "a:leaves:b.jpg :AB:\na:leaves:b.jpg\n"


def test_a_sentence_in_one_style_is_translated_too() -> None:
    with speaking("ko"), answer.capture() as printed:
        answer.print(
            "  [red]On photos like these 4 of 10 answers were right (2% to 9%), measured on 36 photos of a.[/]"
        )
        answer.print("[yellow]a[/] b [dim]On photos[/]")
    assert printed.get().startswith("  이런 사진에서는 답 10개 중 4개가")
    assert printed.get().endswith("\na b On photos\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp949"])
def test_json_stays_json(run: Run, tmp_path: Path, drawn_leaves: Path, encoding: str) -> None:
    rows_of = [path for path in sorted(drawn_leaves.rglob("*.*")) if path.suffix in {".jpg", ".png"}]
    lines = ["path,label", *(f"{path},{path.parent.name}é🍃건강" for path in rows_of)]
    (tmp_path / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    done = run("audit", "labels.csv", "--json", PYTHONIOENCODING=encoding)
    counts = json.loads(done.stdout.decode(encoding))["counts"]["classes"]
    assert all(name.endswith("é🍃건강") for name in counts)


@pytest.mark.parametrize("encoding", ["cp949", "cp1252"])
def test_a_machine_whose_letters_are_not_utf_8_reads_and_writes_the_same(
    run: Run, tmp_path: Path, encoding: str
) -> None:
    for name in "ab":
        lines = ["filename,건강,역병🍃", "건강\\1.jpg,0.9,0.1", "역병🍃\\2.jpg,0.2,0.8"]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    machine = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    done = run("compare", "a.csv", "b.csv", "--html", "page.html", "--json", **machine)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.decode(encoding))["classes"] == ["건강", "역병🍃"]
    assert "건강" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_columns_of_nothing_print_as_always(run: Run) -> None:
    assert run("menu", "heads", COLUMNS="0").stdout == run("menu", "heads").stdout != b""


@pytest.mark.parametrize("width", [60, 80, 200])
def test_names_are_never_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(rows.answer, "width", width)
    rows.print_rows(["recipe", "tier", "accuracy"], [[name, "1", "97.7%"] for name in NAMES])
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if any(name in line for name in NAMES)]
    assert all(any(line.startswith(name) for line in lines) for name in NAMES)
    assert len(lines) == (3 if width == 200 else 6)


@pytest.mark.parametrize(
    ("width", "macro_f1", "field"), [(80, "0.900", "50.0%"), (130, "0.900 (", "50.0% (44.1 to 55.9)")]
)
def test_every_interval_is_shown_where_there_is_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, macro_f1: str, field: str
) -> None:
    monkeypatch.setattr(rows.answer, "width", width)
    figures = {"tier": 1, "accuracy": 0.9, "interval": (0.85, 0.94), "macro_f1": 0.9, "flags": ()}
    intervals = {"macro_f1": (0.812, 0.951)}
    elsewhere = {"also_test": {"field": {"accuracy": 0.5, "interval": (0.441, 0.559)}}}
    recipes = [{"name": "resnet18 probe", **figures, "intervals": intervals, **elsewhere}]
    rows.print_rows(*recipe_rows(recipes), wide=recipe_rows(recipes, intervals=True))
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["recipe", "tier", "accuracy", "95%", "interval", "macro-F1", "field"]
    assert macro_f1 in line
    assert line.endswith(field)
    assert line.count("(") == (2 if width == 130 else 0)


def test_columns_of_wide_letters_stay_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows.print_rows(["class", "photos"], [["건강", "1"], ["Late blight", "20"]])
    korean, latin = capsys.readouterr().out.splitlines()[1:]
    assert len(korean) + 2 == len(latin)  # each of the two Hangul letters is two columns wide


def test_commands_and_paths_are_never_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for console in (answer, talk):
        monkeypatch.setattr(console, "width", 40)
    command = f"leafgraft run study.yaml --until features --out '{tmp_path}'"
    Bars().say(f"Left out, as asked: diagnosis. '{command}' goes on.")
    assert f"Left out, as asked: diagnosis. '{command}' goes on.\n" in capsys.readouterr().err
    paths = tuple(f"Late blight/{number}, of {tmp_path.name}.jpg" for number in range(3))
    finding = Finding("LG001", "warning", "t", paths, {}, "w", f"Run '{command}'.")
    counts = {"photos": 3, "classes": {}, "unreadable": {}}
    tables.print_audit(Audit(counts, (finding,), ()), None)
    lines = capsys.readouterr().out.splitlines()
    assert f"  photos: {', '.join(paths)}" in lines
    assert f"  to do: Run '{command}'." in lines
    tables.print_cache({"path": str(tmp_path), "bytes": 0, "limit_bytes": 10, "kinds": {}})
    tables.print_sample({"photos": (), "classes": ()}, tmp_path)
    tables.print_doctor([{"name": "n", "works": False, "found": "f", "mend": command}])
    cache, sample, *_, mend = capsys.readouterr().out.splitlines()
    assert str(tmp_path) in cache
    assert str(tmp_path) in sample
    assert command in mend


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no full device.")
@pytest.mark.parametrize("form", [("menu",), ("menu", "heads", "--json")])
def test_who_cannot_take_the_answer_is_told_once(form: tuple[str, ...]) -> None:
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "leafgraft", *form]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, env=buffered, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "The disk is full." in done.stderr
    assert "Exception ignored" not in done.stderr


def test_options_that_only_labels_give_a_sense_are_refused_without_any(cli: Any, words: Any, tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_text("{}", encoding="utf-8")
    done = cli("adapt", tmp_path, "--unlabelled", tmp_path, "--place", "x", "--full")
    assert "There is --place, --full, too." in words(done, 2)


def test_sizes_of_the_cache_are_in_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    with speaking("ko"):
        tables.print_cache({"path": "/c", "bytes": 0, "limit_bytes": 10, "kinds": {"pixels": 0, "facts": 78_000}})
    whole, *kinds = capsys.readouterr().out.splitlines()
    assert (whole, kinds) == ("/c: 최대 10바이트 가운데 0바이트", ["  pixels: 0바이트", "  facts: 78kB"])


@pytest.mark.parametrize(
    ("missed", "recipes", "english", "korean"),
    [
        (
            1,
            [3],
            "1 test photo is missed by all 3 trials of 1 recipe",
            "레시피 1개의 시행 3번이 모두 틀린 테스트 사진 1장이",
        ),
        (2, [3, 1], "2 test photos are missed by all 4 trials of 2 recipes", "시행 4번이 모두 틀린 테스트 사진 2장이"),
        (2, [1], "2 test photos are missed by the only trial", "단 한 번의 시행이 틀린 테스트 사진 2장이"),
    ],
)
def test_photos_that_all_trials_miss_are_said_in_each_language(
    missed: int, recipes: list[int], english: str, korean: str, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation = {"missed_by_all": [{}] * missed, "recipes": [{"seeds": seeds} for seeds in recipes]}
    tables._print_missed(evaluation)
    with speaking("ko"):
        tables._print_missed(evaluation)
    told = " ".join(capsys.readouterr().out.split())
    assert f"{english}: look at the labels." in told
    assert f"{korean} 있습니다. 라벨을 확인하세요." in told


def test_why_photos_were_picked_is_said_in_korean() -> None:
    reasons = (TYPICAL, TYPICAL, UNCERTAIN, RANDOM)
    assert rows.counts_in_words(reasons) == "2 typical, 1 uncertain, 1 random"
    with speaking("ko"):
        assert rows.counts_in_words(reasons) == "전형적인 사진 2장, 확실하지 않은 사진 1장, 무작위 1장"
