"""What a page shows of the photos that an audit suspects."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from leafgraft.languages.speaking import Name
from leafgraft.records.photo import Manifest, Photo
from leafgraft.storage.predictions import Predictions
from leafgraft.study.page.contact_sheets import SHOWN, SHOWN_PHOTOS, contact_sheets, wrong_photos

NAMES = ("a/1.png", "a/2.png", "b/3.png")


def manifest_in(folder: Path) -> Manifest:
    for number, name in enumerate(NAMES):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), (0, 80 * number, 0)).save(folder / name)
    photos = tuple(Photo(str(number), name, name[0], 40, 40, "") for number, name in enumerate(NAMES))
    return Manifest(str(folder), photos)


def test_suspected_labels_are_shown_with_the_likelier_class(tmp_path: Path) -> None:
    suspects = [
        {"path": NAMES[0], "likelier": "b", "likelier_probability": 0.987},
        {"path": NAMES[2], "likelier": "a"},  # as an earlier version wrote it
    ]
    audit = {"findings": [{"code": "LG020", "photos": [], "measured": {"suspects": suspects}}]}
    sheets = contact_sheets(audit, manifest_in(tmp_path))
    shown = sheets["Labels that are likely wrong: 2 of 2 photos"]
    assert [caption for caption, _ in shown] == ["a, likelier b (98.7%): a/1.png", "b, likelier a: b/3.png"]
    assert all(isinstance(caption, Name) for caption, _ in sheets["Where the leaf is taken to be"])


def test_pairs_lie_side_by_side_and_many_are_counted(tmp_path: Path) -> None:
    pairs = [[NAMES[0], NAMES[1], 0.9]] * (SHOWN + 1)
    findings = [
        {"code": "LG005", "photos": [], "measured": {"pairs": pairs}},
        {"code": "LG011", "photos": [NAMES[2]], "measured": {}},
        {"code": "LG013", "photos": [NAMES[2]], "measured": {}},
        {"code": "LG006", "photos": [], "measured": {"pairs": [[NAMES[0], "b/gone.png", 0.9]]}},
    ]
    sheets = contact_sheets({"findings": findings}, manifest_in(tmp_path))
    assert list(sheets)[:3] == [
        "The same leaf under two labels: 1 of 1 pair",
        f"The same leaf on two photos: {SHOWN} of {SHOWN + 1} pairs",
        "Blurred photos: 1 of 1 photo",
    ]
    assert len(sheets) == 4
    (caption, jpeg), *_ = sheets["The same leaf under two labels: 1 of 1 pair"]
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.width == 2 * image.height
    assert caption == "a/1.png, b/gone.png"


def answered(answers: dict[int, int], label: int, count: int) -> Predictions:
    """One trial of photos 0 to `count`, all of one class: which are answered otherwise, and how."""
    said = np.array([answers.get(number, label) for number in range(count)])
    return Predictions(
        photo_id=np.array([str(number) for number in range(count)]),
        split=np.array(["test"] * count),
        label=np.full(count, label),
        logits=(4.0 * np.eye(3))[said].astype(np.float32),
        classes=np.array(["a", "b", "c"]),
        group=np.array([str(number) for number in range(count)]),
    )


def test_every_cell_of_a_confusion_matrix_leads_to_a_photo_and_what_is_left_out_is_counted() -> None:
    count = SHOWN_PHOTOS + 12
    photos = tuple(Photo(str(number), f"{number}.png", "a", 8, 8, "") for number in range(count))
    first = answered(dict.fromkeys(range(count - 1), 1), 0, count)  # all but the last taken for b
    second = answered(
        {**dict.fromkeys(range(count - 2), 1), count - 2: 2}, 0, count
    )  # one of them once for b, once for c
    wrong = wrong_photos([first, second], [first, second], Manifest("", photos), {})
    assert (len(wrong.shown), wrong.count) == (SHOWN_PHOTOS, count - 1)
    assert wrong.of_cell == {("a", "b"): count - 1, ("a", "c"): 1}
    assert wrong.shown[-1].path == f"{count - 2}.png"  # the last by its rank, and the only one of its cell
    assert set(wrong.shown[-1].answers) == {"b", "c"}
