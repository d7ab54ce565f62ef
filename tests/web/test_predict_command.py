"""`leafgraft predict` as a person and a program see it."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from drawn_bundle import CLASSES
from PIL import Image
from typer.testing import CliRunner, Result

from leafgraft.cli.main import app
from leafgraft.errors import PredictionsError
from leafgraft.study.commands.compare import compare
from leafgraft.web.answer import Answer
from leafgraft.web.predictor import Predictor


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["predict", *map(str, arguments)])


def test_answers_go_to_stdout_while_a_bar_is_on_the_terminal(bundle: Path, photos: Path) -> None:
    """A terminal on stderr alone: `predict ... --json > answers.json`."""
    pty = pytest.importorskip("pty", reason="pseudo-terminals are of POSIX")
    command = [sys.executable, "-m", "leafgraft", "predict", str(bundle), str(photos), "--json"]
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
    finally:
        os.close(theirs)
        os.close(ours)
    assert len(json.loads(done.stdout)) == len(list(photos.iterdir()))


def test_json_is_one_list_with_the_fixed_keys(bundle: Path, photos: Path) -> None:
    done = run(bundle, photos, "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert [Path(one["path"]).name for one in found] == sorted(path.name for path in photos.iterdir())
    for one in found:
        assert {"path", "answer", "declined", "probabilities", "set"} <= set(one)
    by_name = {Path(one["path"]).name: one for one in found}
    assert by_name["red.jpg"]["answer"] == "Early_Blight"
    assert by_name["red.jpg"]["set"] == ["Early_Blight"]
    assert by_name["mixed.png"]["declined"] == "not sure"
    assert by_name["white.jpg"]["declined"] == "not a leaf I know"


def test_table_says_it_in_words(bundle: Path, photos: Path) -> None:
    lines = run(bundle, *(photos / name for name in ("red.jpg", "mixed.png", "white.jpg"))).stdout.splitlines()
    assert lines[0].split()[:2] == ["Early_Blight", "100.0%"]
    assert lines[1].startswith("not sure ")
    assert lines[1].endswith("may be: Healthy, Early_Blight")
    assert lines[2].startswith("not a leaf I know ")


@pytest.mark.parametrize(
    "names", [("mixed.png",), ("white.jpg",), ("white.jpg", "white.jpg"), ("mixed.png", "mixed.png")]
)
def test_a_declined_answer_carries_no_percentage(bundle: Path, photos: Path, tmp_path: Path, names: tuple[str]) -> None:
    table = tmp_path / "answers.csv"
    pooled = ["--pool"] if len(names) > 1 else []
    done = run(bundle, *(photos / name for name in names), *pooled, "--csv", table)
    assert done.exit_code == 0
    assert "not " in done.stdout
    assert "%" not in done.stdout
    with table.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert [row[one] for one in CLASSES] == ["", "", ""]


def test_unreadable_photos_are_listed_with_exit_code_3(bundle: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"%PDF-1.4")
    done = run(bundle, photos / "red.jpg", tmp_path, "--json")
    assert done.exit_code == 3
    assert [one["declined"] for one in json.loads(done.stdout)] == [None, "unreadable"]
    assert "broken.jpg: it is not an image" in done.stderr


def test_csv_holds_a_row_per_photo(bundle: Path, photos: Path, tmp_path: Path) -> None:
    done = run(bundle, photos, "--csv", tmp_path / "answers.csv")
    assert done.exit_code == 0
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    red = next(row for row in rows if row["path"].endswith("red.jpg"))
    assert red["answer"] == "Early_Blight"
    assert float(red["Early_Blight"]) > 0.99
    assert red["bundle"].startswith("drawn/mean-colour-s0-f0/")


def in_folders(photos: Path, root: Path, names: Sequence[str]) -> Path:
    """Photos in folders of classes, one each."""
    for name, of in zip(names, CLASSES, strict=False):
        (root / of).mkdir(parents=True)
        shutil.copy(photos / name, root / of / name)
    return root


def test_what_is_written_is_compared(bundle: Path, photos: Path, tmp_path: Path) -> None:
    root = in_folders(photos, tmp_path / "test", ("red.jpg", "mixed.png"))
    (root / CLASSES[0] / "broken.jpg").write_bytes(b"%PDF-1.4")
    path = tmp_path / "bundle.json"
    path.write_text(run(bundle, root, "--json").stdout, encoding="utf-8")
    compared = compare([str(path)])
    (recipe,) = compared.evaluation["recipes"]
    assert (compared.evaluation["rows"], tuple(recipe["per_class"])) == (2, tuple(sorted(CLASSES)))
    assert recipe["per_class"][CLASSES[0]]["recall"] == 1
    assert compared.notes[:2] == (
        f"'{path}': 1 declined photo counts by the likeliest class.",
        f"'{path}': 1 photo left out that could not be read.",
    )


def test_a_table_of_answers_is_compared_if_none_is_declined(bundle: Path, photos: Path, tmp_path: Path) -> None:
    root = in_folders(photos, tmp_path / "test", ("red.jpg", "red.jpg"))
    path = tmp_path / "bundle.csv"
    assert run(bundle, root, "--csv", path).exit_code == 0
    assert compare([str(path)]).evaluation["recipes"][0]["accuracy"] == 0.5
    shutil.copy(photos / "white.jpg", root / CLASSES[0])
    assert run(bundle, root, "--csv", path).exit_code == 0
    with pytest.raises(PredictionsError, match="those of declined photos: 1 of 3") as refused:
        compare([str(path)])
    assert "predict --json" in str(refused.value)


CALLED_AS_COLUMNS = ("healthy", "split", "place", "Target", "class")


def test_classes_may_be_called_as_columns_are(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = []
    for name in CALLED_AS_COLUMNS:
        shares = {one: 0.8 if one == name else 0.05 for one in CALLED_AS_COLUMNS}
        records.append({"path": f"{name}/1.jpg", "answer": name, "declined": None, "probabilities": shares})
    path, table = tmp_path / "a.json", tmp_path / "b.csv"
    path.write_text(json.dumps(records), encoding="utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "answer", "declined", "set", "distance", *CALLED_AS_COLUMNS, "bundle"])
        for one in records:
            rows.writerow([one["path"], one["answer"], "", "", 0.1, *one["probabilities"].values(), "leaves"])
    recipes = compare([str(path), str(table)]).evaluation["recipes"]
    assert [(one["accuracy"], set(one["per_class"])) for one in recipes] == [(1, set(CALLED_AS_COLUMNS))] * 2


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"declined": None, "probabilities": {"healthy": 0.5, "rust": 0.5}}, "'1.jpg' and to '2.jpg' are of different"),
        ({"declined": None, "probabilities": {"healthy": 0.5, "late": None}}, "must lie between 0 and 1"),
    ],
)
def test_answers_of_two_bundles_and_what_is_no_probability_are_refused(
    tmp_path: Path, second: dict[str, Any], words: str
) -> None:
    first = {"path": "1.jpg", "declined": None, "probabilities": {"healthy": 0.5, "late": 0.5}}
    path = tmp_path / "a.json"
    path.write_text(json.dumps([first, {"path": "2.jpg", **second}]), encoding="utf-8")
    with pytest.raises(PredictionsError, match=words):
        compare([str(path)])


def test_answers_of_unreadable_photos_alone_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"path": "1.jpg", "declined": "unreadable", "probabilities": {}}]), encoding="utf-8")
    with pytest.raises(PredictionsError, match="must hold answers to photos"):
        compare([str(path)])


def test_a_table_of_something_else_is_left_alone(bundle: Path, photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("path,label\n", encoding="utf-8")
    done = run(bundle, photos, "--csv", table)
    assert done.exit_code == 2
    assert "would be replaced" in " ".join(done.stderr.split())
    assert table.read_text(encoding="utf-8") == "path,label\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no full device.")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_full_disk_for_what_is_printed_is_not_said_of_the_table(
    bundle: Path, photos: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    table = tmp_path / "answers.csv"
    command = [sys.executable, "-m", "leafgraft", "predict", str(bundle), str(photos), "--csv", str(table), *form]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "The disk is full." in done.stderr
    assert "answers.csv" not in done.stderr


def test_csv_in_a_folder_is_wrong_use(bundle: Path, photos: Path, tmp_path: Path) -> None:
    done = run(bundle, photos, "--csv", tmp_path)
    assert done.exit_code == 2
    assert "is a folder" in done.stderr


def test_heat_maps_in_a_file_are_wrong_use(bundle: Path, photos: Path) -> None:
    done = run(bundle, photos, "--heatmap", photos / "red.jpg")
    assert done.exit_code == 2
    assert "--heatmap must name a folder" in done.stderr
    done = run(bundle, photos, "--heatmap", "")
    assert done.exit_code == 2
    assert "Each argument must hold something." in done.stderr


def test_heat_maps_keep_the_folders(bundle: Path, tmp_path: Path) -> None:
    for name in ("a/leaf.jpg", "b/leaf.jpg"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True)
        Image.new("RGB", (50, 70), (200, 60, 50)).save(path)
    assert run(bundle, tmp_path / "photos", "--heatmap", tmp_path / "maps").exit_code == 0
    drawn = sorted(path.relative_to(tmp_path / "maps").as_posix() for path in (tmp_path / "maps").rglob("*.png"))
    assert drawn == ["a/leaf.jpg.png", "b/leaf.jpg.png"]


def test_heat_maps_of_photos_of_one_name_are_all_kept(bundle: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("field/a/leaf.jpg", "field/b/leaf.jpg", "home/leaf.jpg", "home/other.jpg")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (50, 70), (200, 60, 50)).save(path)
    done = run(bundle, paths[0], paths[1], tmp_path / "home", "--heatmap", tmp_path / "maps", "--json")
    drawn = [Path(one["heatmap"]) for one in json.loads(done.stdout)]
    assert drawn == [tmp_path / "maps" / f"{path.relative_to(tmp_path)}.png" for path in paths]
    assert all(path.is_file() for path in drawn)
    assert "Heat maps are in" in done.stderr


def test_a_table_never_replaces_a_photo(bundle: Path, photos: Path, tmp_path: Path) -> None:
    """As `--csv *.jpg` would, which names the first photo as the table."""
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(photos / "red.jpg", tmp_path / name)
    done = run(bundle, tmp_path / "b.jpg", "--csv", tmp_path / "a.jpg")
    assert done.exit_code == 2
    assert "is a photo" in done.stderr
    assert (tmp_path / "a.jpg").read_bytes() == (photos / "red.jpg").read_bytes()


def test_a_pool_is_named_in_korean(bundle: Path, photos: Path) -> None:
    done = run(bundle, photos / "red.jpg", photos / "mixed.png", "--pool", "--lang", "ko")
    assert "사진 2장" in done.stdout
    assert "~" in done.stdout
    assert not {"photos", "to"} & set(done.stdout.split())


def test_a_photo_that_is_named_twice_counts_once_in_a_pool(bundle: Path, photos: Path) -> None:
    once = run(bundle, photos / "red.jpg", photos / "mixed.png", "--pool", "--json")
    twice = run(bundle, photos / "red.jpg", photos / "mixed.png", photos / "red.jpg", "--pool", "--json")
    assert json.loads(twice.stdout) == json.loads(once.stdout)
    assert "Named more than once, or copies of others, and counted once: 1 photo." in twice.stderr
    assert "Named more" not in once.stderr


def test_copies_of_a_photo_count_once_in_a_pool(bundle: Path, photos: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(photos / "red.jpg", tmp_path / name)
        (tmp_path / f"torn-{name}").write_bytes(name.encode())
    shutil.copy(photos / "mixed.png", tmp_path / "c.png")
    done = run(bundle, tmp_path, "--pool", "--json")
    [found] = json.loads(done.stdout)
    assert found["path"] == "2 photos"
    assert [Path(one["path"]).name for one in found["photos"]] == ["a.jpg", "c.png", "torn-a.jpg", "torn-b.jpg"]
    assert "copies of others, and counted once: 1 photo." in done.stderr


def test_pool_gives_one_answer_with_its_interval(bundle: Path, photos: Path) -> None:
    done = run(bundle, photos / "red.jpg", photos / "mixed.png", "--pool", "--json")
    [found] = json.loads(done.stdout)
    assert found["answer"] == "Early_Blight"
    low, high = found["interval"]
    assert low < found["probabilities"]["Early_Blight"] < high
    assert len(found["photos"]) == 2


def test_a_pool_is_named_by_the_photos_that_can_be_read(bundle: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"%PDF")
    done = run(bundle, photos / "red.jpg", tmp_path / "broken.jpg", photos / "mixed.png", "--pool", "--json")
    [found] = json.loads(done.stdout)
    assert (found["path"], len(found["photos"])) == ("2 photos", 3)


def test_a_photo_that_is_taken_away_before_its_heat_map_is_drawn_is_said(
    bundle: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = shutil.copy(photos / "red.jpg", tmp_path / "a.jpg")
    answer = Predictor.predict

    def take_away(*given: Any, **settings: Any) -> Answer:
        found = answer(*given, **settings)
        Path(photo).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Predictor, "predict", take_away)
    done = run(bundle, photo, photos / "green.png", "--heatmap", tmp_path / "maps")
    assert done.exit_code == 3
    assert "a.jpg: there is no such file" in done.stderr
    assert "Healthy" in done.stdout


@pytest.mark.parametrize(
    "name", ["잎 사진 🍃.png", "=1+1.png", "[bold]x.png", "\x1b[31mred.png", "a\nb.png", b"\xff\xfe.png"]
)
def test_hostile_names(bundle: Path, tmp_path: Path, name: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(os.fsdecode(name))
    Image.new("RGB", (9, 9), (60, 180, 70)).save(path)
    done = run(bundle, path, "--csv", tmp_path / "answers.csv")
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 1
    assert "\x1b" not in done.stdout
    assert "Healthy" in done.stdout
    [found] = json.loads(run(bundle, path, "--json").stdout)
    assert found["answer"] == "Healthy"
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not list(csv.reader(file))[1][0].startswith("=")


@pytest.mark.parametrize("name", ["Screenshot 10.20\u202fAM.png", "a\u00a0b.png", "\u200da.png"])
def test_files_for_programs_name_photos_that_exist(bundle: Path, tmp_path: Path, name: str) -> None:
    Image.new("RGB", (9, 9), (60, 180, 70)).save(tmp_path / name)
    done = run(bundle, tmp_path / name, "--csv", tmp_path / "answers.csv", "--heatmap", tmp_path / "maps", "--json")
    [found] = json.loads(done.stdout)
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert found["path"] == row["path"] == str(tmp_path / name)
    assert Path(found["heatmap"]).is_file()
    assert name.encode("unicode_escape").decode() in run(bundle, tmp_path / name).stdout  # it may steer a terminal


def test_a_folder_that_cannot_be_listed_is_said_with_exit_code_3(
    bundle: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(photos / "red.jpg", tmp_path)
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(path: Any = ".") -> Any:
        if os.fspath(path) == str(tmp_path / "locked"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    done = run(bundle, tmp_path, "--json")
    assert done.exit_code == 3
    assert len(json.loads(done.stdout)) == 1
    assert "locked: the folder cannot be listed: Permission denied" in done.stderr


def test_heat_maps_are_not_taken_for_photos(bundle: Path, photos: Path, tmp_path: Path) -> None:
    shutil.copy(photos / "red.jpg", tmp_path)
    for passed_over in ("", "1 file or folder is passed over as no photos: 1 maps/."):
        done = run(bundle, tmp_path, "--heatmap", tmp_path / "maps", "--json")
        assert [Path(one["path"]).name for one in json.loads(done.stdout)] == ["red.jpg"]
        assert passed_over in done.stderr
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["red.jpg.png"]


def test_a_heat_map_never_replaces_a_photo(bundle: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "a.jpg.png"):
        Image.new("RGB", (9, 9), (60, 180, 70)).save(tmp_path / name)
    before = (tmp_path / "a.jpg.png").read_bytes()
    done = run(bundle, tmp_path, "--heatmap", tmp_path)
    assert done.exit_code == 2
    assert "would replace" in " ".join(done.stderr.split())
    assert (tmp_path / "a.jpg.png").read_bytes() == before


def test_a_heat_map_replaces_no_photo_that_is_not_named_and_no_heat_map_of_another(
    bundle: Path, tmp_path: Path
) -> None:
    for name, colour in (("here/x.jpg", (60, 180, 70)), ("here/x.jpg.png", (9, 9, 9)), ("there/x.jpg", (200, 60, 50))):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (9, 9), colour).save(tmp_path / name)
    maps = tmp_path / "maps"
    for _ in range(2):  # that of the same photo is drawn anew
        assert run(bundle, tmp_path / "here/x.jpg", "--heatmap", maps).exit_code == 0
    for photo, folder in (("here", tmp_path / "here"), ("there", maps)):
        before = (folder / "x.jpg.png").read_bytes()
        done = run(bundle, tmp_path / photo / "x.jpg", "--heatmap", folder)
        assert done.exit_code == 2
        assert "would replace" in " ".join(done.stderr.split())
        assert (folder / "x.jpg.png").read_bytes() == before


def test_wrong_paths_are_named(bundle: Path, photos: Path, tmp_path: Path) -> None:
    assert "does not exist" in run(bundle, tmp_path / "gone.jpg").stderr
    assert "holds none" in run(bundle, tmp_path).stderr
    done = run(tmp_path, photos)
    assert done.exit_code == 1
    assert "leafgraft export" in done.stderr


def test_nothing_is_told_to_the_makers_of_onnxruntime(bundle: Path, photos: Path, tmp_path: Path) -> None:
    """Its telemetry keeps a session file and a number of the device: a run without it leaves neither."""
    variables = {
        **os.environ,
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    for one in ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS"):  # each would silence it by itself
        variables.pop(one, None)
    command = [sys.executable, "-m", "leafgraft", "predict", str(bundle), str(photos / "red.jpg")]
    subprocess.run(command, env=variables, check=True, capture_output=True)
    assert [path.name for path in tmp_path.rglob("*")] == []


def test_the_evidence_of_a_place_stands_below_each_answer(bundle: Path, photos: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    index = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    field = {"name": "field", "photos": 50, "share": 0.4, "interval": [0.3, 0.5], "floor": 0.5}
    home = {"name": "home", "photos": 90, "share": 0.9, "interval": [0.8, 1.0], "floor": 0.4}
    (copy / "bundle.json").write_text(json.dumps({**index, "places": [home, field]}), encoding="utf-8")
    done = run(copy, photos / "red.jpg", "--csv", tmp_path / "table.csv")
    assert done.stdout.startswith("do not act on this: Early_Blight")
    assert "4 of 10 answers were right (30.0% to 50.0%), measured on 50 photos of field." in done.stdout
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["act"], row["evidence"][:19]) == ("no", "Do not act on this.")
    (copy / "bundle.json").write_text(json.dumps({**index, "places": [home]}), encoding="utf-8")
    assert run(copy, photos / "red.jpg").stdout.startswith("never tested outdoors: Early_Blight")
    (copy / "bundle.json").write_text(json.dumps({**index, "places": [home, field]}), encoding="utf-8")
    done = run(copy, photos / "red.jpg", "--place", "home")
    assert done.stdout.startswith("Early_Blight")
    assert "9 of 10" in done.stdout
    assert run(copy, photos / "red.jpg", "--place", "moon").exit_code == 2
