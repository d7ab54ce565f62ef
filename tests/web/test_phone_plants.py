"""Several leaves of one plant: asked for when the page is not sure, pooled as Python pools, kept as one group."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from plain_site import PlainSite
from visits import Visit, need_page

from leafgraft.web.answer import Answer, decide, pool
from leafgraft.web.bundle import BundleIndex, read_bundle
from leafgraft.web.predictor import load_bundle

need_page()
Start = Callable[..., Visit]
ASKED = "Photograph 3 to 6 leaves of the same plant: one leaf, filling the frame."

POOL = """async sets => {
  const { pool, decide, UNREADABLE } = await import(new URL('answer.js', location));
  const page = await (await fetch('phone.json')).json();
  const read = one => one ? decide(page, one[0], one[1]) : { declined: UNREADABLE, probabilities: {}, set: [] };
  return sets.map(set => pool(page, set.map(read)));
}"""


def draw_sets(index: BundleIndex) -> list[list[tuple[list[float], float] | None]]:
    """Photos of 300 plants: sure, unsure, of no leaf, unreadable."""
    rng = np.random.default_rng(0)
    found: list[list[tuple[list[float], float] | None]] = [[None, None], [None, ([0.3, 0.3, 0.4], 0.1)]]
    while len(found) < 300:
        answers: list[tuple[list[float], float] | None] = []
        for _ in range(rng.integers(1, 7)):
            shares = rng.dirichlet(np.full(3, rng.choice([0.1, 1.0, 9.0]))).tolist()
            far = index.known_leaf.threshold * rng.uniform(0.2, 1.4)
            answers.append(None if rng.random() < 0.1 else (shares, far))
        found.append(answers)
    return found


def test_a_pooled_answer_is_that_of_python(site: PlainSite, visit: Start, bundle: Path) -> None:
    index = read_bundle(bundle).index
    sets = draw_sets(index)
    expected = [
        pool("plant", [decide("", *one, index) if one else Answer("", None, "unreadable") for one in answers], index)
        for answers in sets
    ]
    assert {one.declined for one in expected} == {None, "not sure", "not a leaf I know", "unreadable"}
    found = visit(f"{site.address}leaves/").tab.evaluate(POOL, sets)
    for answers, one, other in zip(sets, found, expected, strict=True):
        assert (one["answer"], one["declined"], tuple(one["set"])) == (other.answer, other.declined, other.set), answers
        assert one["probabilities"] == pytest.approx(other.probabilities, abs=1e-12), answers
        assert one["distance"] == (None if other.distance is None else pytest.approx(other.distance, abs=1e-12))


@pytest.fixture
def plant(tmp_path: Path) -> list[Path]:
    """Nine leaves of one plant: of the first alone nobody can be sure, with the next two one can, with others not."""
    colours = [(130, 120, 60), (190, 70, 52), (185, 75, 52), *((130, 120, 61 + number) for number in range(6))]
    paths = [tmp_path / f"leaf{number}.png" for number in range(9)]
    for path, colour in zip(paths, colours, strict=True):
        Image.new("RGB", (120, 90), colour).save(path)
    return paths


def begin(person: Visit, leaf: Path) -> None:
    assert person.ask(leaf)["declined"] == "not sure"
    assert ASKED in person.text("#plant")
    person.tab.click("#plant-start")
    person.tab.wait_for_selector("#plant-stop")
    assert person.text("#plant-count") == "1 of 3 leaves"
    assert person.text("#camera") == "Leaf 2 of 3"


def handed_over(person: Visit, folder: Path) -> dict[str, list[dict[str, str]]]:
    with person.tab.expect_download() as waiting:
        person.tab.click("#parcels button")
    waiting.value.save_as(folder / "a.zip")
    with zipfile.ZipFile(folder / "a.zip") as opened:
        names = [name for name in opened.namelist() if name.endswith(".csv")]
        return {name: list(csv.DictReader(io.StringIO(opened.read(name).decode()))) for name in names}


def test_three_leaves_are_answered_together_and_kept_as_one_group(
    site: PlainSite, visit: Start, bundle: Path, plant: list[Path], photos: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    begin(person, plant[0])
    person.ask(plant[1])
    assert person.text("#plant-count") == "2 of 3 leaves"
    found = person.ask(plant[2])
    predictor = load_bundle(bundle)
    expected = pool("", [predictor.predict(path) for path in plant[:3]], read_bundle(bundle).index)
    assert found["answer"] == expected.answer == "Early_Blight"
    assert found["probabilities"] == pytest.approx(expected.probabilities, abs=2e-3)
    assert "3 leaves of one plant together. Probability" in found["words"]
    assert not person.tab.locator("#plant").is_visible()
    assert person.text("#camera") == "Take photo"
    person.tab.get_by_role("button", name="Right", exact=True).click()
    person.until("document.querySelectorAll('#history .said').length === 3")
    assert "This is said of all 3 photos" in person.text("#check-all")
    assert "One of 3 leaves of a plant. Together: This looks like: Early blight" in person.text("#history")
    person.ask(photos / "red.jpg")  # is of another plant
    told = handed_over(person, tmp_path)
    assert [one["label"] for one in told["labels.csv"]] == ["Early_Blight"] * 3
    [group] = {one["group"] for one in told["labels.csv"]}
    assert group.startswith("plant-")
    assert [one["group"] for one in told["picks.csv"]] == [""]
    assert person.problems == []


def test_what_is_no_leaf_is_not_asked_for_again_and_does_not_count(
    site: PlainSite, visit: Start, photos: Path, plant: list[Path]
) -> None:
    person = visit(f"{site.address}leaves/")  # keeps nothing: the plant is pooled all the same
    person.ask(photos / "white.jpg")
    assert not person.tab.locator("#plant").is_visible()
    begin(person, plant[0])
    assert person.ask(photos / "white.jpg")["declined"] == "not a leaf I know"
    assert person.text("#plant-count") == "1 of 3 leaves"
    assert person.ask(*plant[1:3])["answer"] == "Early_Blight"


def test_a_plant_that_stays_unsure_has_six_leaves_at_most(site: PlainSite, visit: Start, plant: list[Path]) -> None:
    person = visit(f"{site.address}leaves/")
    begin(person, plant[0])
    alike = plant[3:]
    person.ask(*alike[:2])
    assert "Still not sure. Up to 6 leaves" in person.text("#plant")
    assert person.text("#plant-count") == "3 of 6 leaves"
    person.tab.set_input_files("#file", [str(one) for one in alike[2:]])
    found = person.read(3)
    assert found["declined"] == "not sure"
    assert person.text("#problem") == "A plant has 6 leaves at most. Not looked at: 1."
    assert "6 leaves of one plant together." in found["words"]
    assert not person.tab.locator("#plant").is_visible()


def test_a_photo_that_is_chosen_twice_is_no_further_leaf(
    site: PlainSite, visit: Start, plant: list[Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy.png"
    copy.write_bytes(plant[0].read_bytes())
    person = visit(f"{site.address}leaves/").keeps()
    begin(person, plant[0])
    person.ask(copy)
    assert person.text("#plant-count") == "1 of 3 leaves"
    assert person.text("#problem") == (
        "This photo is one of the leaves already, and counts once. Photograph another leaf."
    )
    person.tab.reload()
    person.wait()
    person.ask(copy)
    assert person.text("#plant-count") == "1 of 3 leaves"
    assert person.ask(*plant[1:3])["answer"] == "Early_Blight"
    assert person.tab.locator("#history li").count() == 3, "the copy is not kept"


def test_a_page_that_was_closed_goes_on_with_the_plant(site: PlainSite, visit: Start, plant: list[Path]) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    begin(person, plant[0])
    person.ask(plant[1])
    person.tab.reload()
    person.wait()
    assert person.text("#plant-count") == "2 of 3 leaves"
    assert person.ask(plant[2])["answer"] == "Early_Blight"
    begin(person, plant[0])
    person.tab.click("#plant-stop")
    person.tab.wait_for_selector("#plant-stop", state="hidden")
    person.tab.reload()
    person.wait()
    assert not person.tab.locator("#plant").is_visible()
    assert person.problems == []


def test_leaves_are_answered_together_though_the_last_photo_cannot_be_read(
    site: PlainSite, visit: Start, plant: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "torn.jpg").write_bytes(b"%PDF-1.4")
    person = visit(f"{site.address}leaves/").keeps()
    begin(person, plant[0])
    found = person.ask(*plant[1:3], tmp_path / "torn.jpg")
    assert found["answer"] == "Early_Blight"
    assert "3 leaves of one plant together." in found["words"]
    assert "torn.jpg: " in person.text("#unread")
    red = "Array.from(picture.getContext('2d').getImageData(9, 9, 1, 1).data).join()"
    assert person.tab.evaluate(red) == "185,75,52,255"  # the last leaf that could be read
    assert not person.tab.locator("#plant").is_visible()
    assert person.problems == []


@pytest.mark.parametrize("when", ["before the second leaf", "after the last leaf"])
def test_leaves_that_are_kept_after_the_plant_was_begun_are_of_its_group(
    when: str, site: PlainSite, visit: Start, plant: list[Path], tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/")
    begin(person, plant[0])
    if when == "before the second leaf":
        person.keeps()
    for leaf in plant[1:3]:
        found = person.ask(leaf)
    assert found["answer"] == "Early_Blight"
    if when == "after the last leaf":
        person.keeps()
    person.until("document.querySelectorAll('#history li').length === 3")
    person.tab.get_by_role("button", name="Right", exact=True).click()
    person.until("document.querySelectorAll('#history .said').length === 3")
    told = handed_over(person, tmp_path)["labels.csv"]
    assert len({one["group"] for one in told}) == 1
    assert told[0]["group"].startswith("plant-")
    assert person.problems == []


def test_korean_asks_too(site: PlainSite, visit: Start, plant: list[Path]) -> None:
    person = visit(f"{site.address}leaves/", locale="ko-KR").keeps()
    person.ask(plant[0])
    assert "같은 식물의 잎을 3~6장 찍으세요" in person.text("#plant")
    person.tab.click("#plant-start")
    person.until("camera.textContent.includes('잎 2/3')")
    person.tab.select_option("#languages", "en")
    person.until("camera.textContent.includes('Leaf 2 of 3')")


HERE = {"latitude": 37.566535, "longitude": 126.9779692}


def test_the_position_is_kept_only_where_it_is_switched_on(
    site: PlainSite, visit: Start, photos: Path, tmp_path: Path
) -> None:
    settings: dict[str, Any] = {"geolocation": HERE, "permissions": ["geolocation"]}
    person = visit(f"{site.address}leaves/", **settings).keeps()
    person.tab.evaluate("""() => {
      const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
      window.asked = 0;
      navigator.geolocation.getCurrentPosition = (...values) => { window.asked += 1; ask(...values); };
    }""")
    right = person.tab.get_by_role("button", name="Right", exact=True)
    person.ask(photos / "red.jpg")
    right.click()
    person.tab.wait_for_selector("#history .said")
    assert person.tab.evaluate("asked") == 0
    assert "latitude" not in handed_over(person, tmp_path)["labels.csv"][0]
    person.tab.click("#settings summary")
    person.tab.check("#position")
    person.until("asked === 1")
    person.ask(photos / "green.png")
    right.click()
    person.until("document.querySelectorAll('#history .said').length === 2")
    person.until("import(new URL('kept.js', location)).then(kept => kept.list()).then(([last]) => last.position)")
    person.ask(photos / "blue.webp")  # of which nobody says anything
    person.until("import(new URL('kept.js', location)).then(kept => kept.list()).then(([last]) => last.position)")
    tables = handed_over(person, tmp_path)
    found = [(one["latitude"], one["longitude"]) for name in ("labels.csv", "picks.csv") for one in tables[name]]
    assert found == [("", ""), ("37.566535", "126.977969"), ("37.566535", "126.977969")]


def test_a_position_that_is_refused_switches_itself_off_and_is_said(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.tab.click("#settings summary")
    person.tab.click("#position")
    person.tab.wait_for_selector("#problem >> text=permission was refused")
    assert not person.tab.is_checked("#position")
