"""Two labellers side by side, from files as they come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from leafgraft.cli.main import app
from leafgraft.errors import LabelsError
from leafgraft.study.steps.field.agreement import compare_labellers

BOTH = """path,label,labeller
a.jpg,Healthy,Ana
"잎, b.jpg",Late,Ana
c.jpg,none of these,Ana
only.jpg,Late,Ana
c.jpg,cannot tell,Ben
./a.jpg,Healthy,Ben
"잎, b.jpg",Late,Ben
"""


def file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, ["label", *map(str, arguments)])


def test_one_file_of_two_labellers(tmp_path: Path) -> None:
    compared = compare_labellers([file(tmp_path / "labels.csv", BOTH)])
    assert compared.labellers == ("Ana", "Ben")
    assert (compared.found.photos, compared.found.same) == (3, pytest.approx(2 / 3))
    assert compared.differ == (("c.jpg", "none of these", "cannot tell"),)
    assert compared.alone == (1, 0)


def test_two_files_of_one_labeller_each(tmp_path: Path) -> None:
    ana = file(tmp_path / "ana.csv", "path,label,labeller\nin/a.jpg,Healthy,Ana\nin/b.jpg,Late,Ana\n")
    ben = file(tmp_path / "in/ben.csv", "path,label,labeller\nb.jpg,Early,Ben\na.jpg,Healthy,Ben\n")
    assert compare_labellers([ana, ben]).differ == (("in/b.jpg", "Late", "Early"),)


def test_files_of_two_machines_agree_on_names(tmp_path: Path) -> None:
    ana = file(tmp_path / "ana/labels.csv", "path,label\nfield/a.jpg,Healthy\nfield/b.jpg,Late\n")
    ben = file(tmp_path / "ben/labels.csv", "path,label\nfield/a.jpg,Late\n")
    compared = compare_labellers([ana, ben])
    assert compared.differ == (("field/a.jpg", "Healthy", "Late"),)
    assert str(ana) in compared.labellers[0]


def test_files_of_two_machines_agree_on_folder_and_name(tmp_path: Path) -> None:
    ana = "C:/Users/ana/field/1.jpg,Healthy,Ana\nC:/Users/ana/field/2.jpg,Late,Ana\nC:/Users/ana/more/2.jpg,Late,Ana\n"
    ben = "/Users/ben/field/1.jpg,Late,Ben\n/Users/ben/field/2.jpg,Late,Ben\n/Users/ben/other/2.jpg,Late,Ben\n"
    files = [file(tmp_path / f"{name}.csv", f"path,label,labeller\n{rows}") for name, rows in (("a", ana), ("b", ben))]
    compared = compare_labellers(files)
    assert compared.differ == (("C:/Users/ana/field/1.jpg", "Healthy", "Late"),)
    assert (compared.found.photos, compared.alone) == (2, (1, 1))
    other = file(tmp_path / "c.csv", f"path,label,labeller\n{ben.replace('/field', '/plot')}")
    refused(files[0], other, parts=("same photos",))


def test_photos_of_another_machine_are_those_that_lie_here(tmp_path: Path) -> None:
    for name in ("A/1.jpg", "B/1.jpg"):
        file(tmp_path / "field" / name, "a photo")
    ana = file(tmp_path / "ana.csv", "path,label,labeller\n/mnt/field/A/1.jpg,Healthy,Ana\nfield/B/1.jpg,Late,Ana\n")
    ben = file(tmp_path / "ben.csv", "path,label,labeller\nfield/A/1.jpg,Late,Ben\nD:/B/1.jpg,Late,Ben\n")
    compared = compare_labellers([ana, ben])
    assert compared.differ == (("/mnt/field/A/1.jpg", "Healthy", "Late"),)
    assert [line.partition("here: ")[2] for line in compared.said] == [
        "1; the first is '/mnt/field/A/1.jpg', here 'field/A/1.jpg'."
    ]
    assert json.loads(run(ana, ben, "--agreement", "--json").stdout)["notes"] == list(compared.said)


def test_one_person_twice(tmp_path: Path) -> None:
    first = file(tmp_path / "monday.csv", "path,label,labeller\na.jpg,Healthy,Ana\n")
    second = file(tmp_path / "friday.csv", "path,label,labeller\na.jpg,Late,Ana\n")
    compared = compare_labellers([first, second])
    assert compared.labellers == (f"Ana ({first})", f"Ana ({second})")
    assert compared.differ == (("a.jpg", "Healthy", "Late"),)


def refused(*files: Path, parts: tuple[str, ...]) -> None:
    with pytest.raises(LabelsError) as caught:
        compare_labellers(files)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    one = file(tmp_path / "one.csv", "path,label,labeller\na.jpg,Healthy,Ana\n")
    refused(one, parts=("name 1: 'Ana'", "two labellers"))
    three = file(tmp_path / "three.csv", BOTH + "a.jpg,Late,Cem\n")
    refused(three, parts=("name 3: 'Ana', 'Ben', 'Cem'",))
    other = file(tmp_path / "other.csv", "path,label,labeller\nz.jpg,Healthy,Ben\n")
    refused(one, other, parts=("same photos", "None of 1 and 1"))
    again = file(tmp_path / "again.csv", "path,label,labeller\na.jpg,Late,Ana\na.jpg,Late,Ben\n")
    refused(one, again, parts=("'Ana' must give 'a.jpg' one label", "'Healthy'", "'Late'"))


def test_the_command_says_it_in_words_and_as_json(tmp_path: Path) -> None:
    labels = file(tmp_path / "labels.csv", BOTH)
    words = run(labels, "--agreement").stdout
    assert "3 photos labelled by both; 1 by Ana alone, 0 by Ben." in words
    assert "Cohen's kappa 0.57 (95% interval " in words
    assert "none of these" in words
    told = json.loads(run(labels, "--agreement", "--json").stdout)
    assert told["labellers"] == ["Ana", "Ben"]
    assert told["differ"] == [{"path": "c.jpg", "labels": ["none of these", "cannot tell"]}]
    assert told["kappa"] == pytest.approx(4 / 7)
    assert set(told) == {"labellers", "photos", "same", "kappa", "interval", "differ", "alone", "notes"}


def test_two_tables_without_the_option_are_wrong_use(tmp_path: Path) -> None:
    done = run(tmp_path / "a.csv", tmp_path / "b.csv")
    assert done.exit_code == 2
    assert "--agreement" in done.stderr
