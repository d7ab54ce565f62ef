"""From the bytes of a photo to an answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bad_photos import UNREADABLE, odd_but_red
from drawn_bundle import CLASSES, SHARPNESS, write_bundle
from drawn_bundle import COLOURS as CENTRES
from PIL import Image

from leafgraft import load_bundle
from leafgraft.errors import BundleError, UsageError
from leafgraft.web.answer import decide, pool
from leafgraft.web.heatmap import draw_heatmap
from leafgraft.web.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> Predictor:
    return load_bundle(bundle)


@pytest.mark.parametrize(
    ("name", "answer", "declined"),
    [
        ("red.jpg", "Early_Blight", None),
        ("green.png", "Healthy", None),
        ("blue.webp", "Late_Blight", None),
        ("mixed.png", None, "not sure"),
        ("white.jpg", None, "not a leaf I know"),
    ],
)
def test_answers_and_declines(predictor: Predictor, photos: Path, name: str, answer: str, declined: str) -> None:
    found = predictor.predict(photos / name)
    assert (found.answer, found.declined) == (answer, declined)
    assert found.path == str(photos / name)
    assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert found == predictor.predict(photos / name)


def test_probabilities_are_those_of_the_graph_by_hand(predictor: Predictor) -> None:
    colour = np.array([150, 110, 60], dtype=np.float32) / 255
    logits = -SHARPNESS * ((CENTRES - colour) ** 2).sum(axis=1)
    expected = np.exp(logits - logits.max())
    pixels = np.broadcast_to(np.array([150, 110, 60], np.uint8), (33, 57, 3)).copy()
    found = predictor.predict(pixels)
    assert list(found.probabilities.values()) == pytest.approx(expected / expected.sum(), abs=1e-5)
    assert found.distance == pytest.approx(np.linalg.norm(CENTRES - colour, axis=1).min(), abs=1e-5)


def test_path_bytes_and_pixels_agree(predictor: Predictor, photos: Path) -> None:
    path = photos / "green.png"
    pixels = np.asarray(Image.open(path))
    found = [predictor.predict(one) for one in (str(path), path.read_bytes(), pixels)]
    assert found[0].probabilities == found[1].probabilities == found[2].probabilities


def test_exif_orientation_is_obeyed(predictor: Predictor, tmp_path: Path) -> None:
    picture = Image.new("RGB", (90, 90), (200, 60, 50))
    picture.paste((60, 180, 70), (0, 0, 90, 45))
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.png", exif=exif)
    turned = np.rot90(np.asarray(picture), -1).copy()
    one = predictor.predict(tmp_path / "turned.png", heatmap=True).activation_map
    other = predictor.predict(turned, heatmap=True).activation_map
    assert one is not None
    assert np.array_equal(one, other)
    assert not np.array_equal(one, predictor.predict(np.asarray(picture), heatmap=True).activation_map)


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_photos_are_declined_with_the_reason(predictor: Predictor, name: str) -> None:
    found = predictor.predict(UNREADABLE[name])
    assert found.declined == "unreadable"
    assert found.answer is None
    assert found.probabilities == {}
    assert len(found.reason) > 10


@pytest.mark.parametrize("name", odd_but_red())
def test_odd_photos_are_answered(predictor: Predictor, name: str) -> None:
    assert predictor.predict(odd_but_red()[name]).likeliest == "Early_Blight"


@pytest.mark.parametrize("pixels", [np.zeros((9, 9)), np.zeros((9, 9, 4), np.uint8), np.zeros((0, 9, 3), np.uint8)])
def test_other_pixels_are_refused(predictor: Predictor, pixels: np.ndarray) -> None:
    with pytest.raises(UsageError, match="uint8 of shape"):
        predictor.predict(pixels)


def test_many_photos_keep_their_order(predictor: Predictor, photos: Path) -> None:
    names = [photos / name for name in ("red.jpg", "gone.jpg", "green.png", "white.jpg")] * 10
    found = list(predictor.predict_many(iter(names), jobs=3))
    assert [one.path for one in found] == [str(name) for name in names]
    assert [one.declined for one in found[:4]] == [None, "unreadable", None, "not a leaf I know"]


def test_many_photos_are_read_as_they_are_asked_for(predictor: Predictor, photos: Path) -> None:
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield photos / "red.jpg"

    answers = predictor.predict_many(endless(), jobs=2)
    for _ in range(5):
        next(answers)
    answers.close()
    assert len(taken) < 12


def test_a_threshold_that_is_met_exactly_is_in_the_set(bundle: Path) -> None:
    index = load_bundle(bundle).index
    assert decide("", [0.3, 0.29, 0.41], 0.0, index).set == (CLASSES[0], CLASSES[2])
    assert decide("", [0.3, 0.29, 0.41], index.known_leaf.threshold, index).declined == "not sure"
    assert decide("", [0.98, 0.01, 0.01], index.known_leaf.threshold + 1e-6, index).declined == "not a leaf I know"
    assert decide("", [0.25, 0.25, 0.25], 0.0, index).declined == "not sure"


def test_pool_means_what_it_knows(predictor: Predictor, photos: Path) -> None:
    names = ["red.jpg", "mixed.png", "white.jpg", "gone.jpg"]
    single = [predictor.predict(photos / name) for name in names]
    pooled = pool("plant", single, predictor.index)
    expected = (single[0].probabilities["Early_Blight"] + single[1].probabilities["Early_Blight"]) / 2
    assert pooled.probabilities["Early_Blight"] == pytest.approx(expected)
    assert pooled.answer == "Early_Blight"
    assert pooled.interval is not None
    assert pooled.interval[0] < expected < pooled.interval[1]
    assert len(pooled.to_json()["photos"]) == 4


def test_pool_declines(predictor: Predictor, photos: Path) -> None:
    white, red, gone = (predictor.predict(photos / name) for name in ("white.jpg", "red.jpg", "gone.jpg"))
    assert pool("", [white, white, red], predictor.index).declined == "not a leaf I know"
    assert pool("", [gone], predictor.index).declined == "unreadable"
    alone = pool("", [red], predictor.index)
    assert (alone.answer, alone.interval) == (red.answer, None)


def test_heat_map_lights_where_the_evidence_is() -> None:
    photo = np.full((60, 100, 3), 120, np.uint8)
    evidence = np.zeros((4, 4), np.float32)
    evidence[0, 3] = 5
    from io import BytesIO

    drawn = np.asarray(Image.open(BytesIO(draw_heatmap(photo, evidence, "a")))).astype(int)
    assert drawn.shape == (512, 512, 3)
    assert abs(drawn[400, 100] - 120).max() == 0
    assert abs(drawn[40, 470] - 120).max() > 60
    flat = np.asarray(Image.open(BytesIO(draw_heatmap(photo, np.full((4, 4), 3.0, np.float32), "a"))))
    assert (flat == 120).all()


def test_another_model_is_refused(tmp_path: Path) -> None:
    import hashlib
    import json

    folder = write_bundle(tmp_path / "bundle")
    index = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    (folder / "model.onnx").write_bytes(b"not a graph")
    index["files"]["model.onnx"] = {"sha256": hashlib.sha256(b"not a graph").hexdigest(), "bytes": 11}
    (folder / "bundle.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(BundleError, match="must be a model that leafgraft exported"):
        load_bundle(folder)


class Full:
    """What onnxruntime says of a full memory."""

    def __init__(self, words: str) -> None:
        self._words = words

    def __call__(self, *_given: object, **_settings: object) -> None:
        raise RuntimeError(self._words)

    run = __call__


@pytest.mark.parametrize("words", ["std::bad_alloc", "[ONNXRuntimeError] : 6 : Failed to allocate memory for 3 bytes"])
def test_a_full_memory_is_no_fault_of_the_bundle(
    bundle: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    found = load_bundle(bundle)
    monkeypatch.setattr(found, "_session", Full(words))
    with pytest.raises(MemoryError):
        list(found.predict_many([photos / "red.jpg"]))
    monkeypatch.setattr("onnxruntime.InferenceSession", Full(words))
    with pytest.raises(MemoryError):
        load_bundle(bundle)


def test_a_photo_is_answered_without_torch(bundle: Path, photos: Path) -> None:
    code = (
        "import sys; from leafgraft.cli.main import app\n"
        f"try: app(['predict', {str(bundle)!r}, {str(photos / 'red.jpg')!r}])\n"
        "finally: print(sorted({'torch', 'torchvision', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "Early_Blight" in done.stdout
