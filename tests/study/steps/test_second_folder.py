"""Second folders: never trained on, and what they share with the training folder is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from leafgraft.data.drawn.sample import draw_sample
from leafgraft.data.groups import leaf_groups
from leafgraft.data.groups.same_leaf import compare
from leafgraft.data.read.source import open_source
from leafgraft.errors import PhotosError
from leafgraft.records.display import finding_line
from leafgraft.records.finding import findings_of, seen_in_training
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.records.study import Study
from leafgraft.study.photo_set import Looking, Photos
from leafgraft.study.steps.audit import audit_second
from leafgraft.study.steps.photos import look, look_at_second_folders
from leafgraft.study.told import Told


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for seed, name in enumerate(("home", "away")):
        draw_sample(tmp_path / name, 12, 96, seed)
    return tmp_path


def second_of(folders: Path, looking: Looking, **choices: object) -> tuple[Photos, Photos]:
    home = look(open_source(str(folders / "home")), looking)
    recipes = (Recipe(Choice("squeezenet1_1")),)
    study = Study("s", str(folders / "home"), recipes, also_test={"away": str(folders / "away")}, **choices)  # type: ignore[arg-type]
    return home, look_at_second_folders(study, home.manifest, looking)["away"]


def test_a_photo_that_is_trained_on_is_left_out_and_the_rest_is_audited(folders: Path, looking: Looking) -> None:
    source = sorted((folders / "home/Healthy").iterdir())[0]
    shutil.copyfile(source, folders / "away/Healthy/copied.jpg")
    home, away = second_of(folders, looking)
    assert "Healthy/copied.jpg" not in {photo.path for photo in away.manifest.photos}
    assert len(away.manifest.photos) == len(away.scan.facts) == 36
    found = audit_second(away, home, looking)
    assert found["counts"]["photos"] == 36
    assert found["shared"] == []
    (copied,) = (one for one in found["findings"] if "Healthy/copied.jpg" in one["photos"])
    assert (copied["code"], copied["severity"]) == ("LG026", "warning")
    assert "it is in the training folder too (1)" in copied["title"]
    assert looking.progress.lines == ["Second folder 'away': 1 photo is in the training folder too; left out."]  # type: ignore[attr-defined]


def test_a_leaf_that_is_trained_on_is_said_and_listed(folders: Path, looking: Looking) -> None:
    source = sorted((folders / "home/Healthy").iterdir())[0]
    Image.open(source).convert("RGB").rotate(5).save(folders / "away/Healthy/again.jpg", quality=85)
    home, away = second_of(folders, looking)
    found = audit_second(away, home, looking)
    assert found["shared"] == [[f"Healthy/{source.name}", "Healthy/again.jpg"]]
    audited = {"findings": [], "second": {"away": found}}
    (line,) = (finding_line(one) for one in findings_of(audited) if one["severity"] == "error")
    assert line.startswith("LG043 error: second folder 'away': 1 photo shows what a photo of the training folder shows")
    assert "Healthy/again.jpg" in line
    assert seen_in_training(audited) == {"away": 1}


def test_pairs_that_were_found_are_kept_and_found_anew_among_other_photos(
    folders: Path, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = sorted((folders / "home/Healthy").iterdir())[0]
    for degrees, place in ((4, "home/Healthy/turned.jpg"), (-6, "away/Healthy/again.jpg")):
        Image.open(source).convert("RGB").rotate(degrees).save(folders / place, quality=85)
    found: list[object] = []

    def counted(*photos: object) -> object:
        found.append(photos)
        return compare(*photos)

    monkeypatch.setattr(leaf_groups, "compare", counted)

    def look_again() -> tuple[Photos, Photos, object]:
        home, away = second_of(folders, looking)
        return home, away, audit_second(away, home, looking)["shared"]

    first = look_again()
    assert len(first[0].groups.pairs) == 1
    assert first[2]
    assert len(found) == 3
    assert look_again() == first
    assert len(found) == 3
    (folders / "home/Healthy/turned.jpg").rename(folders / "home/LateBlight/moved.jpg")
    home, away, _ = look_again()
    assert (home.groups.pairs, len(home.groups.crossing)) == ((), 1)
    assert away.groups == first[1].groups
    assert len(found) == 5


def test_two_of_its_classes_may_be_one_of_the_study(folders: Path, looking: Looking) -> None:
    """Pairs of one leaf across them are then no longer pairs across labels."""
    source = sorted((folders / "away/Healthy").iterdir())[0]
    (folders / "away/Well").mkdir()
    Image.open(source).convert("RGB").rotate(5).save(folders / "away/Well/again.jpg", quality=85)
    _, away = second_of(folders, looking, class_names={"away": {"Well": "Healthy"}})
    assert away.groups.crossing == ()
    assert {"Well/again.jpg"} <= {path for pair in away.groups.pairs for path in (pair.a_path, pair.b_path)}


def test_names_tell_groups_in_it_as_at_home(folders: Path, looking: Looking) -> None:
    """What the audit of a second folder advises is obeyed there, too."""
    for number, path in enumerate(sorted((folders / "away").glob("*/*.jpg"))):
        path.rename(path.with_name(f"plant{number // 2}-{number}.jpg"))
    _, away = second_of(folders, looking, group_name=r"plant(\d+)-")
    assert {photo.group for photo in away.manifest.photos} <= {str(number) for number in range(18)}
    (line,) = looking.progress.lines  # type: ignore[attr-defined]
    assert line.startswith("Second folder 'away': Groups given: 36 photos in 18 groups.")


def test_names_that_give_copies_of_one_photo_two_groups_join_them_and_this_is_said(
    folders: Path, looking: Looking
) -> None:
    for number, path in enumerate(sorted((folders / "away").glob("*/*.jpg"))):
        path.rename(path.with_name(f"plant{number // 2}-{number}.jpg"))
    (folders / "away/Healthy/plant99-0.jpg").write_bytes(min((folders / "away/Healthy").iterdir()).read_bytes())
    _, away = second_of(folders, looking, group_name=r"plant(\d+)-")
    ((one, other),) = away.manifest.taken.joined.items()
    assert f"Groups joined, as copies of one photo are in both: '{other}' + '{one}'." in looking.progress.lines  # type: ignore[attr-defined]


def test_a_leaf_map_that_gives_copies_of_one_photo_two_groups_joins_them_and_this_is_said(
    folders: Path, looking: Looking, tmp_path: Path
) -> None:
    first, second = sorted((folders / "home/Healthy").iterdir())[:2]
    (folders / "home/Healthy/twin.jpg").write_bytes(first.read_bytes())
    leaves = {first.stem: ["Healthy:::1"], "twin": ["Healthy:::2"], second.stem: ["Healthy:::2"]}
    (tmp_path / "leaf-map.json").write_text(json.dumps(leaves))
    look(open_source(str(folders / "home")), looking, Told(group_file=str(tmp_path / "leaf-map.json")))
    said = "Groups joined, as copies of one photo are in both: 'Healthy:::1' + 'Healthy:::2'."
    assert said in looking.progress.lines  # type: ignore[attr-defined]


@pytest.mark.parametrize(("pattern", "words"), [("tree([0-9]+)", "matches no name"), ("(jpg|png)", "does not tell")])
def test_names_that_tell_no_groups_in_it_are_said(folders: Path, looking: Looking, pattern: str, words: str) -> None:
    _, plain = second_of(folders, looking)
    _, away = second_of(folders, looking, group_name=pattern)
    assert away.manifest == plain.manifest
    (line,) = looking.progress.lines  # type: ignore[attr-defined]
    assert line.startswith(f"Second folder 'away': groups: {{name: '{pattern}'}} {words}")


def test_a_class_that_it_lacks_is_said(folders: Path, looking: Looking) -> None:
    shutil.rmtree(folders / "away/Healthy")
    second_of(folders, looking)
    said = "Second folder 'away': no photo of Healthy, so its figures say nothing of that."
    assert looking.progress.lines == [said]  # type: ignore[attr-defined]


def test_classes_of_other_names_are_shown_with_the_line_to_write(folders: Path, looking: Looking) -> None:
    (folders / "away/Healthy").rename(folders / "away/healthy")
    (folders / "away/LateBlight").rename(folders / "away/Rust, brown")
    with pytest.raises(PhotosError) as caught:
        second_of(folders, looking)
    assert "classes: {'Rust, brown': CLASS, healthy: Healthy}}}; or move" in str(caught.value)
