"""Every command in the pages parses; those marked with <!-- run --> are run, one after the other, on drawn leaves."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from shell_blocks import FENCE, ROOT, faults, lines_of, pages
from typer.testing import CliRunner

from leafgraft.cli.main import app

MARK = "<!-- run -->\n"
TITLE = re.compile(r'title="([^"]+)"')
# What is run at a small size: fewer and smaller photos, one epoch.
SMALLER = {
    "--photos-per-class 100": "--photos-per-class 20",
    "--side 96": "--side 64",
    "image_size: 64": "image_size: 48",
    "epochs: 15": "epochs: 1",
    "epochs: 2": "epochs: 1",
    "seeds: [0, 1]": "seeds: [0]",
    "trials: 12": "trials: 3",
}
RUN = [page for page in pages() if MARK in page.read_text(encoding="utf-8")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", pages(), ids=name)
def test_the_command_line_takes_every_command(page: Path) -> None:
    assert faults(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("```sh\nleafgraft fly PHOTOS\n```", "no command 'fly'"),
        ("```\nleafgraft run PHOTOS --height 3\n```", "--height"),
        ("```sh\nleafgraft plan\n```", "photos"),
        ("```sh\nleafgraft sample leaves --side ten\n```", "ten"),
        ("```sh\nLEAFGRAFT_CACHE=x leafgraft run a.yaml \\\n  --out b --fast\n```", "--fast"),
        ("Say `leafgraft report DIR --pdf`.", "--pdf"),
        ("| `leafgraft rum PHOTOS \\| STUDY.yaml` |", "no command 'rum'"),
    ],
)
def test_planted_commands_are_found(text: str, wrong: str) -> None:
    (found,) = faults(text)
    assert wrong in found


def test_what_is_right_is_no_fault() -> None:
    assert faults("```sh\nleafgraft menu --json > m.json\nleafgraft compare a.csv b.csv | head\n```") == []
    assert faults("`leafgraft plan` and `leafgraft run PHOTOS \\| STUDY.yaml`") == []
    assert faults("```yaml\nleafgraft fly\n```") == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_make_targets_and_benchmarks_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in lines_of(page.read_text(encoding="utf-8")):
        words = line.split("#")[0].split()
        if words[:1] == ["make"]:
            assert set(words[1:]) <= targets, line
        if words[:1] == ["python"] and len(words) > 1 and words[1].endswith(".py"):
            script = (ROOT / words[1]).read_text(encoding="utf-8")
            options = [word for word in words if word.startswith("--")]
            assert [one for one in options if f'"{one}"' not in script] == [], line


def run_line(line: str) -> None:
    """Run one command in this process: each start of its own would import torch again."""
    command, _, file = line.partition(" > ")
    words = shlex.split(command)
    assert words[0] == "leafgraft", f"only leafgraft's own commands can be marked: {line}"
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, f"{line}\n{done.output}"
    if file:
        Path(file).write_text(done.stdout, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_marked_commands_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a reader does it: files with a title are written, marked blocks are run, in the order of the page."""
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    for large, small in SMALLER.items():
        text = text.replace(large, small)
    for block in FENCE.finditer(text):
        _, options, body = block.groups()
        if title := TITLE.search(options):
            (tmp_path / title[1]).write_text(body, encoding="utf-8")
        elif text[: block.start()].endswith(MARK):
            for line in body.splitlines():
                run_line(line)


@pytest.mark.slow
def test_the_tutorial_ends_with_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its own size: most healthy leaves that were drawn elsewhere are called healthy."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    files = {title[1]: body for _, options, body in FENCE.findall(text) if (title := TITLE.search(options))}
    Path("first.yaml").write_text(files["first.yaml"], encoding="utf-8")
    for line in text.splitlines():
        if line.startswith(("leafgraft sample ", "leafgraft run first.yaml")):
            run_line(line)
    done = CliRunner().invoke(app, ["predict", "results/first", "field/Healthy", "--json", "--quiet"])
    answers = [one["answer"] for one in json.loads(done.stdout)]
    assert len(answers) == 20
    assert answers.count("Healthy") >= 12, answers


def test_what_a_page_gets_wrong_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match="not-there"):
        run_line("leafgraft plan not-there.yaml")
    with pytest.raises(AssertionError, match="only leafgraft"):
        run_line("rm -r leaves")


def test_the_tutorial_and_the_how_to_pages_are_run() -> None:
    assert {path.stem for path in RUN} >= {
        "tutorial",
        "own-predictions",
        "second-folder",
        "places",
        "own-backbone",
        "tuning",
    }
