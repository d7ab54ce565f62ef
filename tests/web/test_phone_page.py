"""The phone page as a person uses it, in headless Chromium at phone size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_photos import UNREADABLE, odd_but_red
from plain_site import PlainSite, Recorder
from visits import Visit, need_page

from leafgraft.languages.particles import with_particles

need_page()
Start = Callable[..., Visit]


def test_first_visit_then_without_a_server(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert person.text("#offline") == "Works without a connection."
    site.stop()
    person.tab.reload()
    person.wait()
    assert person.ask(photos / "green.png")["answer"] == "Healthy"
    assert person.text("#offline") == "Works without a connection."
    assert person.problems == []


def test_what_is_being_fetched_moves_nothing_and_is_in_sight(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/")
    place = "document.getElementById('keep-yes').getBoundingClientRect().top"
    before = person.tab.evaluate(place)
    person.tab.evaluate("loading.hidden = false")
    assert person.tab.evaluate(place) == before
    person.tab.evaluate("scrollTo(0, 9999)")
    assert person.tab.evaluate("scrollY") > 0
    assert person.tab.evaluate("loading.getBoundingClientRect().bottom <= innerHeight")


def test_the_answer_is_said_in_words(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    assert "Knows: Early blight, Healthy, Late blight." in person.text("main")
    words = person.ask(photos / "red.jpg")["words"]
    assert "This looks like: Early blight" in words
    assert "Probability more than 99%." in words
    assert "For a better photo" not in words


EVIDENCE = {"place": "field", "right_of_ten": 4, "right_of_ten_bound": "", "out_of": 10}
EVIDENCE |= {"interval": [0.4, 0.46], "photos": 1252}


@pytest.fixture
def evidence_page(page_files: Path, tmp_path: Path) -> Callable[[bool | None], Path]:
    """The page of a bundle that knows a place, by whether its answers may be acted on and what else is told of it."""

    def write(act: bool | None, **more: object) -> Path:
        folder = shutil.copytree(page_files, tmp_path / "site")
        page = folder / "leaves" / "phone.json"
        told = json.loads(page.read_text(encoding="utf-8")) | {"evidence": {**EVIDENCE, "act": act, **more}}
        page.write_text(json.dumps(told), encoding="utf-8")
        return folder

    return write


MEASURED = "4 of 10 answers were right (40% to 46%), measured on 1,252 photos of field"
WORDS = {
    ("en-GB", False): ("Do not act on this", MEASURED),
    ("en-GB", True): ("This looks like: Early blight", MEASURED),
    ("en-GB", None): ("Never tested outdoors. This looks like: Early blight", "Never tested outdoors."),
    ("ko-KR", None): ("야외에서 확인한 적 없음. Early blight로 보입니다", "야외에서는 확인한 적이 없습니다."),
    ("ko-KR", False): ("이 답만 믿고 조치하지 마세요", "답 10개 중 4개가 맞았습니다"),
}


@pytest.mark.parametrize("case", WORDS, ids=str)
def test_how_often_such_answers_were_right_stands_below_each(
    case: tuple[str, bool | None], evidence_page: Callable[[bool | None], Path], visit: Start, photos: Path
) -> None:
    (locale, act), (headline, words) = case, WORDS[case]
    with PlainSite(evidence_page(act)) as site:
        person = visit(f"{site.address}leaves/", locale=locale)
        person.ask(photos / "red.jpg")
        assert person.text("#headline") == headline
        assert words in person.text("#evidence")
        assert person.tab.get_attribute("#said", "data-act") == {True: "true", False: "false", None: "null"}[act]
        person.ask(photos / "white.jpg")  # a declined photo carries none
        assert not person.tab.locator("#evidence").is_visible()


NEVER = {
    "en-GB": (
        "Never tested in field. This looks like: Early blight",
        "This answer was never tested in field: no photo of Early blight from there was labelled. On photos of other",
    ),
    "ko-KR": ("field에서 확인한 적 없음. Early blight로 보입니다", "이 답은 field에서 확인한 적이 없습니다. "),
    "es-ES": ("Nunca probado en field. ", "Esta respuesta nunca se probó en field: "),
}


@pytest.mark.parametrize("locale", NEVER)
def test_an_answer_that_was_never_tested_in_the_place_says_so(
    evidence_page: Callable[..., Path], visit: Start, photos: Path, locale: str
) -> None:
    headline, words = NEVER[locale]
    with PlainSite(evidence_page(True, untested=["Early_Blight"], outdoors=True)) as site:
        person = visit(f"{site.address}leaves/", locale=locale)
        person.ask(photos / "red.jpg")
        assert person.text("#headline").startswith(headline)
        assert person.text("#evidence").startswith(words)
        assert person.tab.get_attribute("#said", "data-act") == "null"
        person.tab.click("#keep-yes")
        person.until("document.querySelectorAll('#history li').length === 1")
        assert person.text("#history strong").startswith(headline.split(".")[0])
        person.ask(photos / "green.png")  # of this class there were photos
        assert person.tab.get_attribute("#said", "data-act") == "true"
        assert person.problems == []


def test_an_answer_that_was_never_tested_is_not_to_be_acted_on_where_no_answer_is(
    evidence_page: Callable[..., Path], visit: Start, photos: Path
) -> None:
    with PlainSite(evidence_page(False, untested=["Early_Blight"], outdoors=True)) as site:
        person = visit(f"{site.address}leaves/")
        person.ask(photos / "red.jpg")
        assert person.text("#headline") == "Do not act on this"
        assert person.text("#evidence").startswith("This answer was never tested in field")


@pytest.mark.parametrize(
    ("locale", "bound", "words"),
    [
        ("en-GB", "more than", "On photos like these more than 9 of 10 answers were right"),
        ("ko-KR", "more than", "이런 사진에서는 답 10개 중 9개 넘게 맞았습니다"),
        ("ko-KR", "fewer than", "이런 사진에서는 답 10개 중 9개 미만이 맞았습니다"),
    ],
)
def test_rounding_says_neither_all_nor_none(
    evidence_page: Callable[..., Path], visit: Start, photos: Path, locale: str, bound: str, words: str
) -> None:
    with PlainSite(evidence_page(True, right_of_ten=9, right_of_ten_bound=bound)) as site:
        person = visit(f"{site.address}leaves/", locale=locale)
        person.ask(photos / "red.jpg")
        assert words in person.text("#evidence")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "4 of 9 answers were right"),
        ("ko-KR", "답 9개 중 4개가 맞았습니다"),
        ("es-ES", "4 de cada 9 respuestas fueron correctas"),
    ],
)
def test_fewer_than_ten_photos_are_not_called_ten(
    evidence_page: Callable[..., Path], visit: Start, photos: Path, locale: str, words: str
) -> None:
    with PlainSite(evidence_page(True, out_of=9, photos=9)) as site:
        person = visit(f"{site.address}leaves/", locale=locale)
        person.ask(photos / "red.jpg")
        assert words in person.text("#evidence")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "measured on 1 photo of field."),
        ("ko-KR", "field 사진 1장으로 확인한 결과입니다."),
        ("es-ES", "según 1 foto de field."),
    ],
)
def test_one_photo_is_told_as_one(
    evidence_page: Callable[..., Path], visit: Start, photos: Path, locale: str, words: str
) -> None:
    with PlainSite(evidence_page(True, right_of_ten=1, out_of=1, photos=1)) as site:
        person = visit(f"{site.address}leaves/", locale=locale)
        person.ask(photos / "red.jpg")
        assert words in person.text("#evidence")


def test_the_8_bit_model_is_named_by_its_hash_too(page_files: Path, tmp_path: Path, visit: Start, photos: Path) -> None:
    folder = shutil.copytree(page_files, tmp_path / "site")
    page = folder / "leaves" / "phone.json"
    told = json.loads(page.read_text(encoding="utf-8"))
    identity = f"{told['study']}/{told['trial']}/0123456789ab/int8"
    page.write_text(json.dumps({**told, "bundle": identity}), encoding="utf-8")
    with PlainSite(folder) as site:
        person = visit(f"{site.address}leaves/")
        person.ask(photos / "red.jpg")
        assert person.text("#by") == "Answered by drawn, made on 2026-11-24 (0123456789ab/int8)."


def test_declined_photos_get_advice(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    found = person.ask(photos / "mixed.png")
    assert (found["answer"], found["declined"]) == (None, "not sure")
    assert "It may be: Healthy, Early blight." in found["words"]
    assert "%" not in found["words"]
    assert "let one leaf fill the middle" in found["words"]
    found = person.ask(photos / "white.jpg")
    assert (found["answer"], found["declined"]) == (None, "not a leaf I know")
    assert "unlike the photos that the model learned from" in found["words"]
    assert "Lay the leaf on a plain background." in found["words"]
    assert "%" not in found["words"]


def test_korean_comes_with_the_phone_and_stays_when_chosen(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/", locale="ko-KR")
    words = person.ask(photos / "blue.webp")["words"]
    assert "Late blight로 보입니다" in words
    assert "모르는 잎입니다" in person.ask(photos / "white.jpg")["words"]
    person.tab.select_option("#languages", "en")
    person.until("headline.textContent === 'Not a leaf I know'")
    assert "Not a leaf I know" in person.text("#result")
    person.tab.reload()
    person.wait()
    assert person.text("#offline") == "Works without a connection."
    assert person.tab.evaluate("document.documentElement.lang") == "en"
    assert person.problems == []


def test_several_photos_at_once(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/").keeps()
    assert person.ask(photos / "red.jpg", photos / "green.png", photos / "blue.webp")["answer"] == "Late_Blight"
    assert person.tab.locator("#history li").count() == 3


@pytest.mark.parametrize("kind", ["unreadable", "odd"])
def test_bad_photos_are_declined_in_words_and_the_page_lives_on(
    site: PlainSite, visit: Start, tmp_path: Path, kind: str
) -> None:
    person = visit(f"{site.address}leaves/")
    for name, content in (UNREADABLE if kind == "unreadable" else odd_but_red()).items():
        path = tmp_path / name
        path.write_bytes(content)
        found = person.ask(path)
        if kind == "unreadable":
            assert found["declined"] == "unreadable", name
            assert f"{name}: " in found["words"]
            assert "Take a new photo" in found["words"]
        else:
            assert max(found["probabilities"], key=found["probabilities"].get) == "Early_Blight", name
    assert person.problems == []


def test_a_hostile_name_is_shown_as_text(site: PlainSite, visit: Start, tmp_path: Path) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>.jpg"
    path.write_bytes(b"%PDF")
    person = visit(f"{site.address}leaves/")
    assert path.name in person.ask(path)["words"]
    assert person.tab.locator("#result img").count() == 0


def test_heat_map_is_drawn_over_the_photo(site: PlainSite, visit: Start, tmp_path: Path) -> None:
    from PIL import Image

    photo = Image.new("RGB", (120, 90), (200, 60, 50))
    photo.paste((120, 90, 60), (0, 0, 60, 90))
    photo.save(tmp_path / "half.png")
    person = visit(f"{site.address}leaves/")
    person.ask(tmp_path / "half.png")
    pixel = "place => Array.from(picture.getContext('2d').getImageData(place[0], place[1], 1, 1).data)"
    assert person.tab.evaluate(pixel, [30, 45]) == [120, 90, 60, 255]
    person.tab.check("#heat")
    left, right = (person.tab.evaluate(pixel, place) for place in ([30, 45], [95, 45]))
    assert left == [120, 90, 60, 255]
    assert right != [200, 60, 50, 255]


def test_the_camera_takes_a_photo(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/", permissions=["camera"])
    person.tab.click("#camera")
    person.until("document.getElementById('view').readyState >= 2")
    person.tab.click("#shoot")
    assert person.read()["probabilities"]
    assert not person.tab.locator("#finder").is_visible()
    assert person.tab.evaluate("document.getElementById('view').srcObject") is None
    person.tab.click("#camera")
    person.tab.click("#leave")
    person.tab.wait_for_selector("#finder", state="hidden")
    assert person.problems == []


def test_without_leave_to_use_the_camera_words_say_what_to_do(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    person.tab.click("#camera")
    person.tab.wait_for_selector("#problem")
    assert "permission was refused" in person.text("#problem")
    assert "choose a photo" in person.text("#problem")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert not person.tab.locator("#problem").is_visible()


def test_a_photo_that_the_network_fails_on_does_not_end_it(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/")
    spoil = """() => {
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, transfer) {
        if (message.task === 'predict') { message.width += 1; Worker.prototype.postMessage = post; }
        post.call(this, message, transfer);
      };
    }"""
    person.tab.evaluate(spoil)
    found = person.ask(photos / "red.jpg")
    assert found["declined"] == "unreadable"
    assert "too large for this phone's memory" in found["words"]
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"


FAIL = """() => {
  const { Worker: Real } = window;
  window.mend = () => { window.Worker = Real; };
  window.Worker = class extends Real {
    postMessage(message, transfer) {
      const nowhere = { wasm: { file: 'gone', bytes: 1 } };
      super.postMessage(message.task === 'load' ? { ...message, page: nowhere } : message, transfer);
    }
  };
  const post = Real.prototype.postMessage;
  Real.prototype.postMessage = function (message, transfer) {
    if (message.task === 'predict') { message.width += 1; Real.prototype.postMessage = post; }
    post.call(this, message, transfer);
  };
}"""


def test_a_network_that_cannot_begin_anew_is_said_and_tried_again(site: PlainSite, visit: Start, photos: Path) -> None:
    person = visit(f"{site.address}leaves/", permissions=["camera"])
    person.tab.evaluate(FAIL)
    person.tab.click("#camera")
    person.until("document.getElementById('view').readyState >= 2")
    person.tab.click("#shoot")
    assert person.read()["declined"] == "unreadable"
    assert "The model cannot be fetched (404)" in person.text("#problem")  # it is not the camera that failed
    assert person.tab.locator("#mend button").is_visible()
    assert person.ask(photos / "red.jpg")["declined"] == "unreadable"  # and the page lives on
    assert "The model cannot be fetched (404)" in person.text("#problem")
    person.tab.evaluate("mend()")
    assert person.ask(photos / "red.jpg")["answer"] == "Early_Blight"
    assert not person.tab.locator("#problem").is_visible()
    assert not person.tab.locator("#mend").is_visible()


def test_without_a_connection_to_fetch_the_page_again_does_not_forget_it(
    site: PlainSite, visit: Start, photos: Path
) -> None:
    person = visit(f"{site.address}leaves/")
    person.tab.evaluate(FAIL)
    assert person.ask(photos / "red.jpg")["declined"] == "unreadable"
    site.stop()
    with person.tab.expect_navigation():
        person.tab.click("#mend button")
    assert person.wait().ask(photos / "red.jpg")["answer"] == "Early_Blight"


CAMERA = """() => {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await ask(wanted);
    window.streams.push(stream);
    return window.streams.length > 1 || window.real ? stream : new MediaStream();
  };
}"""


def test_take_it_waits_for_the_first_picture(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/", permissions=["camera"])
    person.tab.evaluate(CAMERA)
    person.tab.click("#camera")
    person.tab.wait_for_selector("#finder[open]")
    person.tab.click("#shoot")
    person.tab.wait_for_timeout(300)
    assert person.tab.locator("#finder").is_visible()
    person.tab.evaluate("() => { view.srcObject = streams[0]; }")
    person.until("document.getElementById('view').readyState >= 2")
    person.tab.click("#shoot")
    assert person.read()["probabilities"]


def test_two_taps_open_one_camera(site: PlainSite, visit: Start) -> None:
    person = visit(f"{site.address}leaves/", permissions=["camera"])
    person.tab.evaluate(CAMERA)
    person.tab.evaluate("() => { window.real = true; camera.click(); camera.click(); }")
    person.tab.wait_for_selector("#finder[open]")
    person.tab.wait_for_timeout(300)
    assert person.tab.evaluate("streams.length") == 1
    assert not person.tab.locator("#problem").is_visible()
    person.tab.click("#leave")
    person.until("streams.every(one => one.getTracks().every(track => track.readyState === 'ended'))")


def test_a_changed_model_answers_nothing(page_files: Path, visit: Start, tmp_path: Path) -> None:
    folder = shutil.copytree(page_files, tmp_path / "site")
    model = folder / "leaves" / "model.onnx"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    with PlainSite(folder) as site:
        person = visit("about:blank", wait=False)
        person.tab.goto(f"{site.address}leaves/")
        person.tab.wait_for_selector("#problem")
        assert "is not the one that was exported" in person.text("#problem")
        assert person.tab.locator("#choose").is_disabled()
        shutil.copy(page_files / "leaves" / "model.onnx", model)
        person.tab.click("#mend button")
        person.wait()


@pytest.mark.parametrize("file", ["phone.json", "languages/ko.json", "copies.js"])
def test_a_page_without_texts_says_so_and_is_fetched_again(
    page_files: Path, visit: Start, tmp_path: Path, file: str
) -> None:
    folder = shutil.copytree(page_files, tmp_path / "site")
    (folder / "leaves" / file).unlink()
    with PlainSite(folder) as site:
        person = visit("about:blank", wait=False, locale="ko-KR")
        person.tab.goto(f"{site.address}leaves/")
        person.tab.wait_for_selector("#unopened")
        assert "Check the connection. / 페이지를 모두 받지 못했습니다." in person.text("#unopened")
        assert person.text("#mend") == "Fetch it again / 다시 받기"
        shutil.copy(page_files / "leaves" / file, folder / "leaves" / file)
        person.tab.click("#mend button")
        person.wait()
        assert not person.tab.locator("#unopened").is_visible()


def test_a_page_of_which_no_script_can_be_fetched_says_so(page_files: Path, visit: Start, tmp_path: Path) -> None:
    folder = shutil.copytree(page_files, tmp_path / "site")
    (folder / "leaves" / "watch.js").unlink()
    with PlainSite(folder) as site:
        person = visit(f"{site.address}leaves/")  # the page does without this one
        assert not person.tab.locator("#unopened").is_visible()
        (folder / "leaves" / "app.js").unlink()
        person = visit("about:blank", wait=False)
        person.tab.goto(f"{site.address}leaves/")
        person.tab.wait_for_selector("#unopened")


SEND = """address => Promise.all([
  fetch(address, {method: 'POST', body: 'photo', mode: 'no-cors'}).then(() => 'sent', () => 'kept'),
  globalThis.Image && new Promise(done => {
    const image = new Image();
    image.onerror = () => done('kept');
    image.src = `${address}?photo`;
  }),
])"""


def test_nothing_leaves_the_site(site: PlainSite, visit: Start, photos: Path) -> None:
    with Recorder() as recorder:
        person = visit(f"{site.address}leaves/", proxy={"server": recorder.address, "bypass": "127.0.0.1"})
        person.keeps().ask(photos / "red.jpg")
        person.tab.fill("#place", "North")
        person.tab.get_by_role("button", name="Right", exact=True).click()
        person.tab.fill("#check .line", "by hand")
        person.tab.press("#check .line", "Enter")
        with person.tab.expect_download():
            person.tab.click("#parcels button")
        assert person.problems == []
        person.tab.evaluate(SEND, "http://192.0.2.1/page")
        [worker] = person.tab.workers
        worker.evaluate(SEND, "http://192.0.2.1/worker")
        assert any("Content Security Policy" in problem for problem in person.problems)
        assert recorder.asked == []
        # The recorder does hear what leaves: the same from a page without the policy.
        person.tab.goto(f"{site.address}control.html")
        person.tab.evaluate(SEND, "http://192.0.2.1/free")
        assert any("/free" in line for line in recorder.asked)


ENDS = (
    *("50% rot #2", "잎 3", "Corn (maize)", "Bacterial spot", "Black rot", "Early blight", "Healthy", "scab", "mildew"),
    *(
        "감자 역병",
        "녹병",
        "잎말이",
        "서울",
        "'역병'",
        "(감자)",
        "95%",
        "사진 1",
        "0",
        "leaf 10",
        "7]",
        "Σ",
        "🍃",
        "",
        " ",
    ),
    *("apple", "frame", "fine", "probe", "linear", "mixing", "flip", "test set", "dot", "R", "mlp", "virus", "Rust”"),
)


def test_korean_particles_are_those_of_the_terminal(site: PlainSite, visit: Start) -> None:
    """One rule in two languages: what a phone shows has no Python."""
    person = visit(f"{site.address}leaves/")
    texts = [f"{end}{form}" for end in ENDS for form in ("(으)로", "을(를)", "은(는)", "이(가)", "과(와)", "(이)라고")]
    said = person.tab.evaluate("texts => import('./languages.js').then(({ particles }) => texts.map(particles))", texts)
    assert said == [with_particles(text) for text in texts]
    assert {"50% rot #2로", "잎 3으로", "Corn (maize)로", "Bacterial spot으로", "Black rot으로"} <= set(said)
