"""The browser answers as `leafgraft predict` does, from the same bytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_photos import (
    cut_photos,
    encode,
    odd_but_red,
    odd_pngs,
    short_pngs,
    small_frame,
    small_webp_frame,
    turned_photos,
    turned_tiffs,
    untidy_photos,
)
from PIL import Image
from plain_site import PlainSite
from typer.testing import CliRunner
from visits import Visit, need_page

from leafgraft.cli.main import app
from leafgraft.data.decode.photo import UnreadableError
from leafgraft.web.predictor import to_pixels

need_page()
LARGEST_DIFFERENCE = 2e-3


def write_photos(folder: Path, leaves: Path) -> list[Path]:
    """Thirty leaves as phones and programs write them: sizes, orientations, subsampling, modes, formats."""
    rng = np.random.default_rng(0)
    written = []
    for place, leaf in enumerate(sorted(leaves.rglob("*.jpg"))[::2][:30]):
        width, height = rng.integers(40, 900, 2).tolist()
        image = Image.open(leaf).resize((width, height), Image.Resampling.BICUBIC)
        exif = Image.Exif()
        exif[0x0112] = place % 8 + 1
        settings = {"quality": 70 + place % 26, "subsampling": place % 3, "progressive": place % 5 == 0, "exif": exif}
        path = folder / f"{place:02}.jpg"
        if place % 10 == 7:
            path, settings = folder / f"{place:02}.png", {"exif": exif}
            image.putalpha(Image.linear_gradient("L").resize(image.size))
        elif place % 10 == 8:
            path, settings = folder / f"{place:02}.webp", {"quality": 80, "exif": exif}
        elif place % 10 == 9:
            image = image.convert("L")
        image.save(path, **settings)
        written.append(path)
    return written


def write_odd_photos(folder: Path) -> list[Path]:
    paths = [folder / name for name in odd_but_red()]
    for path in paths:
        path.write_bytes(odd_but_red()[path.name])
    return paths


def predicted(bundle: Path, photos: list[Path]) -> list[dict]:
    done = CliRunner().invoke(app, ["predict", str(bundle), *map(str, photos), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def compare(person: Visit, bundle: Path, photos: list[Path]) -> None:
    for photo, expected in zip(photos, predicted(bundle, photos), strict=True):
        found = person.ask(photo)
        assert (found["answer"], found["declined"]) == (expected["answer"], expected["declined"]), photo.name
        gap = max(abs(found["probabilities"][name] - share) for name, share in expected["probabilities"].items())
        assert gap <= LARGEST_DIFFERENCE, photo.name


def test_thirty_photos(
    site: PlainSite, visit: Callable[..., Visit], bundle: Path, drawn_leaves: Path, tmp_path: Path
) -> None:
    compare(visit(f"{site.address}leaves/"), bundle, write_photos(tmp_path, drawn_leaves))


def test_odd_photos(site: PlainSite, visit: Callable[..., Visit], bundle: Path, tmp_path: Path) -> None:
    compare(visit(f"{site.address}leaves/"), bundle, write_odd_photos(tmp_path))


DECODE = """async ([module, content, type]) => {
  const { decode } = await import(module);
  const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
  const { pixels, width, height } = await decode(new Blob([bytes], { type }), 5e7);
  let text = '';
  const size = 8192;
  for (let from = 0; from < pixels.length; from += size) {
    text += String.fromCharCode(...pixels.subarray(from, from + size));
  }
  return [width, height, btoa(text)];
}"""


def decoded(person: Visit, site: PlainSite, content: bytes) -> np.ndarray:
    """Grey levels that the page reads."""
    arguments = [f"{site.address}leaves/photo.js", base64.b64encode(content).decode(), ""]
    width, height, text = person.tab.evaluate(DECODE, arguments)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 3).astype(int)


def test_pixels(site: PlainSite, visit: Callable[..., Visit], drawn_leaves: Path, tmp_path: Path) -> None:
    """The same grey levels, so that no model can tell the browser from Python."""
    person = visit(f"{site.address}leaves/")
    for photo in [*write_photos(tmp_path, drawn_leaves), *write_odd_photos(tmp_path)]:
        found = decoded(person, site, photo.read_bytes())
        expected = to_pixels(photo)
        assert found.shape == expected.shape, photo.name
        largest = np.abs(found - expected).max()
        assert largest <= (1 if photo.suffix == ".png" else 0), f"{photo.name}: {largest} grey levels"


def leaf(drawn_leaves: Path) -> Image.Image:
    return Image.open(sorted(drawn_leaves.rglob("*.jpg"))[0]).resize((120, 90))


def test_orientation_is_that_of_python(site: PlainSite, visit: Callable[..., Visit], drawn_leaves: Path) -> None:
    """EXIF turns a photo wherever its format allows it to stand, XMP never: `test_exif.py` holds Python to the same."""
    person = visit(f"{site.address}leaves/")
    for name, (content, is_turned) in turned_photos(leaf(drawn_leaves)).items():
        found = decoded(person, site, content)
        assert found.shape == ((120, 90, 3) if is_turned else (90, 120, 3)), name
        assert np.array_equal(found, to_pixels(content)), name


LARGEST_CANVAS = 16_777_216  # pixels, of Safari on iPhones up to iOS 17
CANVASES = """async ([module, content]) => {
  const { decode } = await import(module);
  const bytes = Uint8Array.from(atob(content), one => one.charCodeAt(0));
  const [create, { drawImage }] = [document.createElement, CanvasRenderingContext2D.prototype];
  const made = [];
  let largest = 0;
  document.createElement = function (name) {
    const element = create.call(this, name);
    if (name === 'canvas') made.push(element);
    return element;
  };
  CanvasRenderingContext2D.prototype.drawImage = function (...given) {
    largest = Math.max(largest, this.canvas.width * this.canvas.height);
    drawImage.apply(this, given);
  };
  const { width, height, bitmap } = await decode(new Blob([bytes]), 5e7);
  const left = made.reduce((sum, one) => sum + one.width * one.height, 0);
  return { size: [width, height], shown: [bitmap.width, bitmap.height], largest, left };
}"""


def test_a_large_photo_is_turned_on_small_canvases_that_are_given_back(
    site: PlainSite, visit: Callable[..., Visit]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encode(Image.new("RGB", (5712, 4284), (200, 60, 50)), "JPEG", exif=exif)
    arguments = [f"{site.address}leaves/photo.js", base64.b64encode(content).decode()]
    found = visit(f"{site.address}leaves/").tab.evaluate(CANVASES, arguments)
    assert found.pop("largest") <= LARGEST_CANVAS
    assert found == {"size": [4284, 5712], "shown": [1200, 1600], "left": 0}


def test_untidy_photos_are_read_as_in_python(site: PlainSite, visit: Callable[..., Visit], drawn_leaves: Path) -> None:
    person = visit(f"{site.address}leaves/")
    photos = {
        **untidy_photos(leaf(drawn_leaves)),
        **odd_pngs(leaf(drawn_leaves)),
        "small-frame.gif": small_frame((40, 30)),
        "small-frame.webp": small_webp_frame((40, 30)),
    }
    for name, content in photos.items():
        found, expected = decoded(person, site, content), to_pixels(content)
        assert found.shape == expected.shape, name
        assert np.abs(found - expected).max() <= 1, name


def test_what_one_refuses_both_refuse(
    site: PlainSite, visit: Callable[..., Visit], drawn_leaves: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/")
    for name, content in {**cut_photos(leaf(drawn_leaves)), **short_pngs(leaf(drawn_leaves))}.items():
        with pytest.raises(UnreadableError):
            to_pixels(content)
        (tmp_path / name).write_bytes(content)
        assert person.ask(tmp_path / name)["declined"] == "unreadable", name


def test_formats_that_only_python_reads_are_declined_in_words(
    site: PlainSite, visit: Callable[..., Visit], drawn_leaves: Path, tmp_path: Path
) -> None:
    person = visit(f"{site.address}leaves/")
    files = {name: content for name, (content, _) in turned_tiffs(leaf(drawn_leaves)).items()}
    files["a.jp2"] = encode(leaf(drawn_leaves), "JPEG2000")
    files["phone.heic"] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99)
    files["shared.heic"] = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99)
    files["shared.avif"] = b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif" + bytes(99)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        words = person.ask(tmp_path / name)["words"]
        expected = 'set the phone\'s camera to "most compatible"' if name.endswith(".heic") else "save it as JPEG"
        assert expected in words, name


@pytest.mark.real_photos
def test_real_photos(site: PlainSite, visit: Callable[..., Visit], bundle: Path, shared_data: Path) -> None:
    photos = [path for folder in ("potato", "field") for path in sorted((shared_data / folder).rglob("*.jpg"))[::60]]
    compare(visit(f"{site.address}leaves/"), bundle, photos[:30])
