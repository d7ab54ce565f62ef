"""What the phone page keeps: asked first, whole, labelled, said when it cannot be, and taken by `leafgraft adapt`."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from plain_site import PlainSite
from visits import Visit, need_page

from leafgraft.data.drawn.leaf import draw_leaf
from leafgraft.records.digest import photo_id_of
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.field.given_labels import read_given
from leafgraft.study.steps.field.labels import read_place

need_page()
Start = Callable[..., Visit]
CLASSES = ("Early_Blight", "Healthy", "Late_Blight")


def rows(person: Visit) -> list[str]:
    found: list[str] = person.tab.locator("#history li").all_inner_texts()
    return found


def say(person: Visit, label: str) -> None:
    """Correct the answer on the screen."""
    if not person.tab.locator(f'#check [data-label="{label}"]').is_visible():
        person.tab.click("#check [aria-expanded]")
    person.tab.click(f'#check [data-label="{label}"]')
    person.tab.wait_for_selector(f'#check [data-label="{label}"][aria-pressed="true"]')


def hand_over(person: Visit, folder: Path, nth: int = 0) -> Path:
    with person.tab.expect_download() as waiting:
        person.tab.locator("#parcels button").nth(nth).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def table(opened: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(opened.read(name).decode())))


def test_nothing_is_kept_before_a_person_says_so(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    assert "They stay on this phone until you erase them. Nothing is sent" in person.text("#asked")
    person.ask(photos / "red.jpg")
    assert not person.tab.locator("#past").is_visible()
    assert not person.tab.locator("#check").is_visible()
    person.tab.click("#keep-no")
    person.tab.wait_for_selector("#asked", state="hidden")
    person.ask(photos / "green.png")
    person.tab.reload()
    person.wait()
    assert not person.tab.locator("#asked").is_visible()
    assert not person.tab.locator("#past").is_visible()
    person.tab.click("#settings summary")
    person.tab.check("#keeps")
    person.ask(photos / "green.png")
    assert len(rows(person)) == 1


def test_the_answer_on_the_screen_is_kept_when_a_person_agrees(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    person.ask(photos / "red.jpg")
    person.keeps()
    person.until("document.querySelectorAll('#history li').length === 1")
    assert person.text("#kept-sum").startswith("Photos: 1. With a label: 0. ")
    assert person.tab.locator("#check").is_visible()


def test_a_browser_that_asks_before_it_promises_is_not_waited_for(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    person.ask(photos / "red.jpg")
    person.tab.evaluate("() => { StorageManager.prototype.persist = () => new Promise(() => {}); }")
    person.keeps()
    assert len(rows(person)) == 1


def test_answers_stay_and_can_be_erased(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    for name in ("red.jpg", "green.png", "mixed.png"):
        person.ask(photos / name)
    person.tab.reload()
    person.wait()
    rows = person.tab.locator("#history li")
    assert [rows.nth(place).locator("strong").inner_text() for place in range(3)] == [
        "Not sure",
        "Healthy, more than 99%",
        "Early blight, more than 99%",
    ]
    assert rows.first.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 192
    rows.nth(1).get_by_role("button", name="Erase: Healthy").click()
    person.until("document.querySelectorAll('#history li').length === 2")
    person.tab.once("dialog", lambda dialog: dialog.dismiss())
    person.tab.click("#erase")
    assert rows.count() == 2
    person.tab.once("dialog", lambda dialog: dialog.accept())
    person.tab.click("#erase")
    person.tab.wait_for_selector("#past", state="hidden")
    person.tab.reload()
    person.wait()
    assert rows.count() == 0


def test_a_label_is_kept_at_once_changed_and_taken_back(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    person.tab.get_by_role("button", name="Right", exact=True).click()
    person.tab.wait_for_selector("#check >> text=You said: Early blight")
    say(person, "Healthy")
    assert "You said: Healthy" in rows(person)[0]
    person.tab.reload()  # as after a phone that went to sleep, or a page that was closed
    person.wait()
    assert "You said: Healthy" in rows(person)[0]
    person.tab.click("#history .look")
    person.tab.wait_for_selector("#one[open]")
    assert person.tab.locator("#one-photo").evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    person.tab.click('#one-check [data-label="cannot tell"]')
    person.until("document.querySelector('#history .said').textContent === 'You said: Cannot tell'")
    person.tab.click('#one-check [data-label="cannot tell"]')
    person.until("!document.querySelector('#history .said')")
    assert person.problems == []


def test_a_finger_that_leaves_the_note_for_another_label_finds_it(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "mixed.png")
    say(person, "Healthy")
    for note in ("brown edge", "", "brown edge"):
        person.tab.fill("#check .line", note)
        button = person.tab.locator('#check [data-label="cannot tell"]').bounding_box()
        person.tab.mouse.move(button["x"] + 9, button["y"] + 9)
        person.tab.mouse.down()
        person.tab.wait_for_timeout(300)  # as long as a finger stays; the note is kept meanwhile
        person.tab.mouse.up()
        person.tab.wait_for_selector("#check >> text=You said: Cannot tell")
        assert person.text("#check .line") == note
        say(person, "Healthy")
    person.tab.click("#history .look")
    assert person.text("#one-check .line") == "brown edge"


def taken_by_phone(path: Path) -> Path:
    """A leaf of 3000 x 2000 pixels whose EXIF holds the place and the camera."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET MAKER"
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 59.0)
    noise = np.random.default_rng(0).integers(0, 60, (2000, 3000, 3), dtype=np.uint8)
    Image.fromarray(noise + np.array([140, 0, 0], np.uint8)).save(path, quality=80, exif=exif)
    return path


def test_a_photo_is_kept_large_enough_to_look_at_and_without_what_the_camera_wrote(
    site: PlainSite, visit: Start, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(taken_by_phone(tmp_path / "leaf.jpg"))
    with zipfile.ZipFile(hand_over(person, tmp_path)) as opened:
        [name] = [one for one in opened.namelist() if one.endswith(".jpg")]
        content = opened.read(name)
    assert name.startswith("unlabelled/")
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (1600, 1067)
        assert not image.getexif()
    assert b"SECRET" not in content
    assert b"Exif" not in content


def test_a_second_tap_keeps_no_photo_twice(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    person.ask(*(photos / name for name in ("red.jpg", "green.png", "mixed.png")))
    person.tab.evaluate("() => { const yes = document.getElementById('keep-yes'); yes.click(); yes.click(); }")
    person.tab.wait_for_selector("#where")
    person.until("document.querySelectorAll('#history li').length >= 3")
    person.tab.wait_for_timeout(500)  # another round would be under way
    assert len(rows(person)) == 3


def test_adapt_reads_the_very_zip(
    site: PlainSite, visit: Start, photos: Path, drawn_leaves: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/", locale="ko-KR", timezone_id="Asia/Seoul").keeps()
    for place, is_home in (("Ho me", True), (" 밭 1/북쪽 ", False)):
        person.tab.fill("#place", place)
        person.tab.press("#place", "Tab")
        assert person.tab.is_visible("#place-home") == is_home
    assert person.text("#place") == "밭 1 북쪽"
    person.tab.click("#settings summary")
    person.tab.fill("#labeller", "민수")
    person.tab.press("#labeller", "Tab")
    for at, photo in enumerate(sorted(drawn_leaves.rglob("*.jpg"))[::3][:16]):
        person.ask(photo)
        say(person, [*CLASSES[::2], "none of these"][at % 3] if at else "Healthy")
    person.tab.fill("#check .line", 'dry, "brown" edge')
    person.tab.press("#check .line", "Tab")
    person.ask(photos / "white.jpg")
    path = hand_over(person, tmp_path)
    assert re.fullmatch(r"밭 1 북쪽-\d{4}-\d\d-\d\d\.zip", path.name)
    assert "다운로드에 저장했습니다" in person.text("#handed")
    assert len(rows(person)) == 17  # nothing is erased by itself
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        labels, picks = table(opened, "labels.csv"), table(opened, "picks.csv")
        beside = json.loads(opened.read("picks.json"))
    assert beside["classes"] == list(CLASSES)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", beside["exported"])
    assert list(labels[0])[:5] == ["path", "label", "labeller", "time", "note"]
    assert "latitude" not in labels[0]
    assert len(labels) == 16
    assert [one["path"].split("/")[0] for one in picks] == ["unlabelled"]
    assert {one["labeller"] for one in labels} == {"민수"}
    assert {one["time"][-6:] for one in labels} == {"+09:00"}
    assert sum(one["note"] == 'dry, "brown" edge' for one in labels) == 1
    given = read_given([path], None, tmp_path / "into")
    assert given.place == "밭 1 북쪽"
    for number, name in enumerate(CLASSES):
        Image.fromarray(draw_leaf("Healthy", 96, np.random.default_rng(number + 90))).save(tmp_path / f"{name}.png")
    ids = {name: photo_id_of((tmp_path / f"{name}.png").read_bytes()) for name in CLASSES}
    home = Manifest(str(tmp_path), tuple(Photo(ids[name], f"{name}.png", name, 96, 96, name) for name in CLASSES))
    read = read_place(given.given, home, Looking(CacheFolder(tmp_path / "cache"), Silent(), 1))
    assert sum(read.counts.values()) == sum(one["label"] in CLASSES for one in labels) >= 10


def test_a_class_with_odd_blanks_is_handed_over_as_it_is_called(
    site: PlainSite, visit: Start, photos: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    say(person, "Healthy")
    change = "label => import('./kept.js').then(async ({ change, list }) => change((await list())[0].id, { label }))"
    person.tab.evaluate(change, "Late  blight\u3000(a)")
    person.tab.reload()
    person.wait()
    with zipfile.ZipFile(hand_over(person, tmp_path)) as opened:
        assert [one["label"] for one in table(opened, "labels.csv")] == ["Late  blight\u3000(a)"]


def test_places_are_handed_over_one_by_one(site: PlainSite, visit: Start, photos: Path, tmp_path: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    for place, name in (("North", "red.jpg"), ("South", "green.png")):
        person.tab.fill("#place", place)
        person.tab.press("#place", "Tab")
        person.ask(photos / name)
    person.tab.reload()
    person.wait()
    assert person.text("#place") == "South"
    assert person.tab.locator("#places button").all_inner_texts() == ["North"]
    assert person.tab.locator("#parcels strong").all_inner_texts() == ["South", "North"]
    person.tab.click("#places button")
    assert person.text("#place") == "North"
    assert person.tab.locator("#places button").all_inner_texts() == ["South"]
    path = hand_over(person, tmp_path, 1)
    assert path.name.startswith("North-")
    with zipfile.ZipFile(path) as opened:
        assert [one["suggested"] for one in table(opened, "picks.csv")] == ["Early_Blight"]


SHARE = """works => {
  window.told = [];
  navigator.canShare = ({ files }) => files[0].type === 'application/zip';
  navigator.share = async ({ files }) => {
    window.told.push(files[0].name);
    if (works !== true) throw new DOMException('no', works);
  };
}"""


def test_the_share_sheet_is_taken_where_there_is_one(
    site: PlainSite, visit: Start, photos: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    for works, words in (
        (True, "was handed over"),
        ("AbortError", ""),
        ("NotAllowedError", "lies among the downloads"),
    ):
        person.tab.evaluate(SHARE, works)
        if works == "NotAllowedError":
            hand_over(person, tmp_path)
        else:
            person.tab.click("#parcels button")
        person.until("told.length === 1 && !document.querySelector('#parcels button').disabled")
        assert words in person.text("#handed") if words else not person.tab.locator("#handed").is_visible()


FULL = """() => {
  const add = IDBObjectStore.prototype.add;
  window.free = () => { IDBObjectStore.prototype.add = add; };
  IDBObjectStore.prototype.add = function (...values) {  // as where the quota is reached on the way to the disk
    const request = add.apply(this, values);
    Object.defineProperty(this.transaction, 'error', { value: new DOMException('full', 'QuotaExceededError') });
    this.transaction.abort();
    return request;
  };
}"""


def test_a_full_phone_is_said_and_the_answer_still_given(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    person.tab.evaluate(FULL)
    assert person.ask(photos / "blue.webp")["answer"] == "Late_Blight"
    assert "This is not kept" in person.text("#problem")
    assert "is full. Hand over what is kept, then erase some." in person.text("#problem")
    assert person.tab.evaluate(
        "problem.getBoundingClientRect().top >= 0 && headline.getBoundingClientRect().bottom < innerHeight"
    )
    assert not person.tab.locator("#check").is_visible()
    assert len(rows(person)) == 1
    person.tab.evaluate("free()")
    person.ask(photos / "green.png")
    assert len(rows(person)) == 2
    assert not person.tab.locator("#problem").is_visible()


def test_a_label_that_cannot_be_kept_is_said(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    person.ask(photos / "red.jpg")
    person.tab.evaluate("() => { IDBObjectStore.prototype.put = () => { throw new DOMException('gone'); }; }")
    person.tab.get_by_role("button", name="Right", exact=True).click()
    person.tab.wait_for_selector("#problem >> text=refuses to store it")
    assert person.tab.locator('#check [aria-pressed="true"]').count() == 0


EARLIER = """() => new Promise(done => {
  const request = indexedDB.open(`leafgraft ${location.pathname}`, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('answers', { keyPath: 'id', autoIncrement: true });
  request.onsuccess = () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 9, height: 9 });
    canvas.toBlob(thumb => {
      const transaction = request.result.transaction('answers', 'readwrite');
      transaction.objectStore('answers').add({ time: 1e12, thumb, answer: 'Healthy', declined: null,
        probabilities: { Healthy: 1 }, set: ['Healthy'], distance: 0, bundle: 'old', study: 'drawn' });
      transaction.oncomplete = () => { request.result.close(); done(); };
    });
  };
})"""


def test_what_an_earlier_page_kept_is_still_listed(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit("about:blank", wait=False)
    person.tab.goto(f"{site.address}leaves/licences.txt")
    path = "() => history.replaceState(null, '', './')"
    person.tab.evaluate(path)
    person.tab.evaluate(EARLIER)
    person.tab.wait_for_load_state("networkidle")  # the browser asks for an icon of the text file, which is none
    person.problems.clear()
    person.open(f"{site.address}leaves/").keeps()
    assert "Healthy" in person.text("#others-list")
    assert person.tab.locator("#parcels li").count() == 0  # small copies are no use to learn from
    person.ask(photos / "red.jpg")
    assert person.tab.locator("#parcels li").count() == 1
    person.tab.click("#others-list .look")
    assert not person.tab.locator("#one-check").is_visible()
    assert person.problems == []


def test_without_a_connection_photos_are_kept_and_handed_over(
    site: PlainSite, visit: Start, photos: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    site.stop()
    person.tab.reload()
    person.wait().ask(photos / "red.jpg")
    with zipfile.ZipFile(hand_over(person, tmp_path)) as opened:
        assert "labels.csv" in opened.namelist()
