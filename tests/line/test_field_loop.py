"""Pick, label, adapt on drawn leaves, through the command line."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from leafgraft.data.drawn.not_leaves import draw_not_leaves
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.errors import LabelsError
from leafgraft.study import adapt, pick
from leafgraft.study.steps.export.chosen_trial import choose_trial
from leafgraft.study.steps.field import tuning
from leafgraft.training.fit import tune


@pytest.fixture(scope="module")
def study(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished study: what is picked and labelled is noted in it."""
    copy = tmp_path_factory.mktemp("field") / "study"
    shutil.copytree(finished, copy)
    return copy


@pytest.fixture(scope="module")
def outdoors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn leaves under another light, in one folder; a copy, a broken file and a picture without a leaf."""
    drawn, folder = tmp_path_factory.mktemp("drawn2") / "leaves", tmp_path_factory.mktemp("outdoors") / "photos"
    draw_sample(drawn, photos_per_class=24, side=64, seed=5)
    folder.mkdir()
    for photo in sorted(drawn.rglob("*.jpg")):
        pixels = np.asarray(Image.open(photo)).astype(float) * [1.0, 0.8, 0.6]
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{photo.parent.name}-{photo.stem}.png")
    first = sorted(folder.iterdir())[0]
    shutil.copy(first, folder / "zz-copy.png")
    (folder / "broken.jpg").write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def picked(study: Path, outdoors: Path, leafgraft) -> tuple[Path, list[dict[str, str]], str]:
    out = study.parent / "my picks.csv"
    done = leafgraft("pick", study, outdoors, "--count", 30, "--out", out)
    assert done.returncode == 0, done.stderr
    with out.open(newline="", encoding="utf-8") as file:
        return out, list(csv.DictReader(file)), done.stdout + done.stderr


def class_of(path: str) -> str:
    return Path(path).name.split("-", 1)[0]


def name_of(path: str) -> str:
    return Path(path).name


def write_labels(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = ["path,label,labeller,time,note", *(f"{photo},{label},me,," for photo, label in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_picks_are_readable_photos_of_the_folder_each_once(picked, outdoors):
    out, rows, said = picked
    assert f"Label them: leafgraft label '{out}'" in " ".join(said.split())  # as a shell takes it
    assert list(rows[0]) == ["path", "order", "reason", "suggested", "probability"]
    assert [int(row["order"]) for row in rows] == list(range(1, len(rows) + 1))
    assert 25 <= len(rows) <= 30
    paths = [row["path"] for row in rows]
    assert len(set(paths)) == len(paths)
    assert all(Path(path).is_file() and Path(path).parent == outdoors.resolve() for path in paths)
    assert not any(Path(path).name in {"broken.jpg", "zz-copy.png"} for path in paths)
    assert {row["reason"] for row in rows} == {"typical", "random"}
    assert "broken.jpg" in said
    classes = json.loads(out.with_suffix(".json").read_text())["classes"]
    assert {row["suggested"] for row in rows} <= set(classes)
    with Image.open(out.with_suffix(".jpg")) as sheet:
        assert sheet.width > 500


def test_the_same_picks_every_time(picked, study, outdoors, leafgraft):
    out, rows, _ = picked
    done = leafgraft("pick", study, outdoors, "--count", 30, "--out", study.parent / "again.csv", "--json")
    assert done.returncode == 0, done.stderr
    assert (study.parent / "again.csv").read_bytes() == out.read_bytes()
    found = json.loads(done.stdout)
    assert [one["path"] for one in found["picks"]] == [row["path"] for row in rows]
    assert found["left_out"]["unreadable"] == ["broken.jpg"]


def test_adapting_says_what_it_brings_and_writes_a_bundle_only_if_both_gates_hold(picked, study, leafgraft):
    _, rows, _ = picked
    labels = write_labels(study.parent / "labels.csv", [(row["path"], class_of(row["path"])) for row in rows])
    out = study.parent / "adapted"
    done = leafgraft("adapt", study, labels, "--place", "밭 1", "--out", out, "--json")
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    told = json.loads((out / "adaptation.json").read_text(encoding="utf-8"))
    assert {**told, "out": str(out)} == found
    assert found["place"] == "밭 1"
    assert sum(found["labels"].values()) == len(rows)
    assert found["kept"] == (found["gates"]["home"] and found["gates"]["field"]) == (done.returncode == 0)
    assert (out / "bundle" / "bundle.json").is_file() == found["kept"]
    assert found["unlabelled"] > 0, "the others of the folder that photos were picked from"
    assert found["testing"]["photos"] == sum(row["reason"] == "random" for row in rows)
    shares = [(found[part], name) for part in ("home", "field") for name in ("", "balanced_")]
    shares += [(found["declined"], ""), *((one["home_validation"], "") for one in found["networks"])]
    for of, name in shares:
        for share, interval in (("before", "before_interval"), ("after", "interval")):
            low, high = of[f"{name}{interval}"]
            assert 0 <= low <= of[f"{name}{share}"] <= high <= 1
    points = 100 * (found["field"]["after"] - found["field"]["before"])
    assert found["difference"]["points"] == pytest.approx(points)
    assert (found["difference"]["interval"][0] > 0) == found["gates"]["field"]
    assert {"labels", "accuracy", "balanced", "interval", "balanced_interval"} <= set(found["curve"][0])
    assert all(one["interval"][0] <= one["accuracy"] <= one["interval"][1] for one in found["networks"])
    assert "Adapted to" in (out / "index.html").read_text(encoding="utf-8")


def test_more_photos_of_the_place_are_learned_from_where_they_are_named(picked, study, outdoors, leafgraft, tmp_path):
    labels = write_labels(tmp_path / "labels.csv", [(row["path"], class_of(row["path"])) for row in picked[1]])
    out = tmp_path / "out"
    done = leafgraft("adapt", study, labels, "--unlabelled", outdoors, "--out", out, "--json")
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    before = found["unlabelled"]
    others = sorted({str(one) for one in outdoors.glob("*.png")} - {row["path"] for row in picked[1]})[:2]
    rejected = [(row["path"], class_of(row["path"])) for row in picked[1]] + [(one, "none of these") for one in others]
    again = leafgraft("adapt", study, write_labels(tmp_path / "more.csv", rejected), "--out", out, "--json")
    assert json.loads(again.stdout)["unlabelled"] == before - 2, "they are not learned from as if they were leaves"
    third = leafgraft("adapt", study, labels, "--out", out, "--json")
    assert json.loads(third.stdout)["unlabelled"] == before - 2, "nor in a later round that does not name them"
    for network in found["networks"]:
        for switch, tried in {"scaled": 1, "taught": 2}.items():
            assert sum(one["setting"][switch] for one in network["settings"]) == tried
    assert not any("not tried: they need 10 unlabelled" in line for line in found["said"])


def test_without_more_photos_of_the_place_it_says_what_was_not_tried(picked, study, outdoors, leafgraft, tmp_path):
    moved = shutil.copytree(outdoors, tmp_path / "moved")  # photos were not picked from here
    rows = [(str(moved / name_of(row["path"])), class_of(row["path"])) for row in picked[1]]
    labels = write_labels(tmp_path / "labels.csv", rows)
    done = leafgraft("adapt", study, labels, "--out", tmp_path / "alone", "--json")
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    assert found["unlabelled"] == 0
    assert any("not tried: they need 10 unlabelled photos of the place" in line for line in found["said"])


def test_a_few_photos_without_a_label_neither_teach_nor_decide_and_what_is_no_leaf_never(
    picked, study, outdoors, tmp_path
):
    labels = write_labels(tmp_path / "labels.csv", [(row["path"], class_of(row["path"])) for row in picked[1]])
    few = tmp_path / "few"
    few.mkdir()
    others = sorted({str(one) for one in outdoors.glob("*.png")} - {row["path"] for row in picked[1]})[:1]
    for photo in others:
        shutil.copy(photo, few)
    for number, (_, picture) in enumerate(draw_not_leaves(1)):
        Image.fromarray(picture).save(few / f"picture-{number}.png")
    own = shutil.copytree(study, tmp_path / "study", ignore=shutil.ignore_patterns("field"))  # without earlier labels
    left_out = len(pick(own, few, count=1, out=tmp_path / "picks.csv").not_leaves)
    assert left_out
    done = adapt(own, [labels], unlabelled=few, out=tmp_path / "out")
    assert done.found.chosen.place.known.unlabelled is None
    assert done.found.calibration.known_photos == len(done.found.chosen.place.labelled)
    assert any(line.endswith(f"and there are {len(list(few.iterdir())) - left_out}.") for line in done.said)


def test_without_labels_it_says_what_would_change_and_writes_nothing(study, outdoors, leafgraft, tmp_path):
    before = sorted(path.name for path in study.iterdir())
    done = leafgraft("adapt", study, "--unlabelled", outdoors, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["photos"] == sum(found["answers"].values()) == sum(found["scaled"].values())
    assert found["kept"] is False
    assert "Without labels nobody can know" in found["said"][0]
    with zipfile.ZipFile(tmp_path / "field.zip", "w") as opened:
        opened.writestr("labels.csv", "path,label\n")
        for photo in sorted(outdoors.glob("*.png"))[:8]:
            opened.write(photo, f"unlabelled/{photo.name}")
    done = leafgraft("adapt", study, "--unlabelled", tmp_path / "field.zip", "--json")
    assert json.loads(done.stdout)["photos"] == 8
    assert sorted(path.name for path in study.iterdir()) == before
    assert leafgraft("adapt", study).returncode == 2


def test_labels_by_chance_bring_no_bundle(picked, study, leafgraft):
    _, rows, _ = picked
    classes = sorted({class_of(row["path"]) for row in rows})
    drawn = np.random.default_rng(3).integers(0, len(classes), len(rows))
    wrong = [(row["path"], classes[one]) for row, one in zip(rows, drawn, strict=True)]
    labels = write_labels(study.parent / "chance.csv", wrong)
    done = leafgraft("adapt", study, labels, "--out", study.parent / "chance")
    assert done.returncode == 3, done.stderr
    assert "No new bundle, as" in done.stdout
    assert not (study.parent / "chance" / "bundle").exists()
    assert json.loads((study.parent / "chance" / "adaptation.json").read_text())["kept"] is False


def test_a_zip_of_the_phone_is_taken_as_it_is_and_twice_as_once(picked, study, leafgraft, tmp_path):
    zipped = tmp_path / "field.zip"
    *labelled, without = picked[1]
    with zipfile.ZipFile(zipped, "w") as opened:
        rows = [f"photos/{name_of(row['path'])},{class_of(row['path'])},,,,밭 2" for row in labelled]
        opened.writestr("labels.csv", "\n".join(["path,label,labeller,time,note,place", *rows]))
        for row in labelled:
            opened.write(row["path"], f"photos/{name_of(row['path'])}")
        opened.write(without["path"], f"unlabelled/{name_of(without['path'])}")
    fresh = shutil.copytree(study, tmp_path / "fresh")
    for note in (fresh / "field").glob("labelled.json"):
        note.unlink()
    told = []
    for files in ([zipped], [zipped, zipped]):
        done = leafgraft("adapt", fresh, *files, "--json")
        assert done.returncode in {0, 3}, done.stderr
        assert "which came in the zip" in " ".join(done.stderr.split())
        told.append(done.stdout)
    assert told[0] == told[1]
    found = json.loads(told[0])
    assert found["place"] == "밭 2"
    assert sum(found["labels"].values()) == len(labelled)
    assert (fresh / "adaptation" / "밭 2" / "adaptation.json").is_file()
    assert len(list((fresh / "field" / "zips").iterdir())) == 1
    done = leafgraft("pick", fresh, zipped, "--out", fresh / "next.csv", "--json")
    assert [name_of(one["path"]) for one in json.loads(done.stdout)["picks"]] == [name_of(without["path"])]


def test_after_adapting_new_photos_are_picked(picked, study, outdoors, leafgraft, tmp_path):
    _, rows, _ = picked
    few = [(row["path"], class_of(row["path"])) for row in rows[:16]]
    few.append((rows[16]["path"], "cannot tell"))
    labels = write_labels(study.parent / "few.csv", few)
    fresh = study.parent / "fresh"
    shutil.copytree(study, fresh)
    for note in (fresh / "field").iterdir():
        note.unlink()
    done = leafgraft("adapt", fresh, labels)
    assert done.returncode in {0, 3}, done.stderr
    assert (fresh / "adaptation" / "field" / "adaptation.json").is_file()
    again = leafgraft("pick", fresh, outdoors, "--count", 10, "--out", fresh / "next.csv", "--json")
    assert again.returncode == 0, again.stderr
    found = json.loads(again.stdout)
    assert not {one["path"] for one in found["picks"]} & {path for path, _ in few}
    assert {one["reason"] for one in found["picks"]} == {"uncertain", "random"}
    assert len(found["left_out"]["labelled"]) == 17, "nobody is asked again of a photo that cannot be told"
    draw_sample(tmp_path / "leaves", photos_per_class=6, side=64, seed=11)
    elsewhere = leafgraft("pick", fresh, tmp_path / "leaves", "--count", 10, "--out", fresh / "elsewhere.csv", "--json")
    assert {one["reason"] for one in json.loads(elsewhere.stdout)["picks"]} == {"typical", "random"}


Rows = Callable[[list[str]], list[tuple[str, str]]]
BAD: dict[str, tuple[Rows, str]] = {
    "a class that is none": (lambda paths: [(paths[0], "Late blihgt"), (paths[1], "Healthy")], "Did you mean"),
    "five labels in all": (lambda paths: [(one, class_of(one)) for one in paths[:5]], "at least 10"),
    "one class": (lambda paths: [(one, class_of(paths[0])) for one in paths], "of at least 2 classes"),
    "two answers": (lambda paths: [(paths[0], class_of(p)) for p in paths], "one label"),
    "photos that are gone": (
        lambda paths: [(f"gone/{n}.jpg", class_of(p)) for n, p in enumerate(paths)],
        "photos that are there",
    ),
    "none of these alone": (lambda paths: [(one, "none of these") for one in paths], "at least 10"),
}


@pytest.mark.parametrize("case", BAD)
def test_labels_that_cannot_be_used_are_refused_with_what_to_do(case, picked, study, tmp_path):
    make, words = BAD[case]
    labels = write_labels(tmp_path / "labels.csv", make([row["path"] for row in picked[1]]))
    with pytest.raises(LabelsError, match=words):
        adapt(study, [labels], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_photos_drawn_to_test_with_are_fitted_to_where_few_others_have_a_label(picked, study, leafgraft, tmp_path):
    few = [row for row in picked[1] if row["reason"] == "typical"][:8]
    few += [row for row in picked[1] if row["reason"] == "random"]
    labels = write_labels(tmp_path / "labels.csv", [(row["path"], class_of(row["path"])) for row in few])
    done = leafgraft("adapt", study, labels, "--out", tmp_path / "out", "--json")
    assert done.returncode in {0, 3}, done.stderr
    assert json.loads(done.stdout)["testing"] is None
    assert "are fitted to, too" in " ".join(done.stderr.split())


def test_labels_of_the_studys_own_photos_are_left_out_and_said(picked, study, drawn_leaves, leafgraft, tmp_path):
    own = [(str(one), one.parent.name) for one in sorted(drawn_leaves.rglob("*.jpg"))[:4]]
    rows = [(row["path"], class_of(row["path"])) for row in picked[1]]
    gone = [("gone.jpg", rows[0][1])]
    done = leafgraft(
        "adapt", study, write_labels(tmp_path / "l.csv", [*own, *rows, *gone]), "--out", tmp_path / "o", "--json"
    )
    assert done.returncode in {0, 3}, done.stderr
    found = json.loads(done.stdout)
    assert sum(found["labels"].values()) == len(rows)
    assert any(line.startswith("Left out: 4 photos are in the study already") for line in found["said"])
    assert any("gone.jpg" in line for line in found["said"])


def test_a_folder_without_photos_and_a_wrong_count_are_refused(study, leafgraft, tmp_path):
    (tmp_path / "empty").mkdir()
    done = leafgraft("pick", study, tmp_path / "empty")
    assert done.returncode == 1
    assert "It holds none" in " ".join(done.stderr.split())
    assert leafgraft("pick", study, tmp_path, "--count", 0).returncode == 2
    assert leafgraft("pick", tmp_path, tmp_path).returncode == 1


@pytest.mark.parametrize(("out", "there"), [("labels.csv", "labels.csv"), ("leaf.csv", "leaf.jpg"), ("picks.json", "")])
def test_picks_replace_nothing_but_earlier_picks(out, there, study, outdoors, leafgraft, tmp_path):
    if there:
        (tmp_path / there).write_text("path,label\nmine.jpg,Healthy\n", encoding="utf-8")
    done = leafgraft("pick", study, outdoors, "--count", 5, "--out", tmp_path / out)
    assert done.returncode == 2, done.stderr
    assert {one.name for one in tmp_path.iterdir()} == ({there} if there else set())
    assert not there or "mine.jpg" in (tmp_path / there).read_text(encoding="utf-8")


def test_a_place_is_not_called_home(picked, study, leafgraft, tmp_path):
    labels = write_labels(tmp_path / "labels.csv", [(row["path"], class_of(row["path"])) for row in picked[1]])
    done = leafgraft("adapt", study, labels, "--place", "Home", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "which are called 'home'" in " ".join(done.stderr.split())


def test_the_last_stage_is_tuned_too_and_used_only_where_that_helps(picked, study, tmp_path, monkeypatch):
    labels = write_labels(tmp_path / "labels.csv", [(row["path"], class_of(row["path"])) for row in picked[1]])

    def frozen_one(planned, folder):
        return choose_trial(planned, folder, next(one.key for one in planned if one.recipe.frozen))

    monkeypatch.setattr(sys.modules["leafgraft.study.commands.field.adapt"], "choose_trial", frozen_one)
    monkeypatch.setattr(tune, "EPOCHS", 1)
    monkeypatch.setattr(tuning, "HOME_LOSS", 1.0)
    for name, loss in {"used": 0.0, "not used": 9.0}.items():
        of_head_then_tuned = iter([1.0, loss])
        monkeypatch.setattr(
            tuning, "balanced_losses", lambda _, labels, of=of_head_then_tuned: np.full(len(labels), next(of))
        )
        done = adapt(study, [labels], out=tmp_path / name, full=True)
        assert done.found.tuning.endswith(f"It is {name}.")
        assert done.found.tuning in done.said
        trained = done.found.chosen.network.trained
        assert (trained.cut < len(trained.network.backbone.stage_names)) == (name == "used")
        test = trained.inputs.photos(trained.inputs.fold(trained.trial.fold).test)
        with torch.inference_mode():
            logits = trained.network.cpu()(test.plain(np.arange(len(test))), 0)[0].numpy()
        np.testing.assert_allclose(logits, done.found.predictions.rows("test").logits, atol=0.05)


def test_answers_of_a_class_without_a_label_are_said_to_be_untested_there(picked, study, leafgraft, tmp_path):
    classes = sorted({class_of(row["path"]) for row in picked[1]})
    rows = [(row["path"], class_of(row["path"])) for row in picked[1] if class_of(row["path"]) != classes[-1]]
    out = tmp_path / "out"
    done = leafgraft("adapt", study, write_labels(tmp_path / "some.csv", rows), "--place", "farm", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    index = json.loads((out / "bundle" / "bundle.json").read_text(encoding="utf-8"))
    assert {one["name"]: one["untested"] for one in index["places"]} == {"farm": [classes[-1]], "home": []}
    page = json.loads((out / "bundle" / "phone" / "phone.json").read_text(encoding="utf-8"))
    assert (page["evidence"]["place"], page["evidence"]["untested"]) == ("farm", [classes[-1]])
    assert f"labelled {classes[-1]}: of that class the head knows home alone, and these" in " ".join(
        done.stdout.split()
    )
