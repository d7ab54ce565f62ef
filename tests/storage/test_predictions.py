"""The predictions file: what comes back, and what is refused."""

from __future__ import annotations

import random
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from leafgraft.errors import PredictionsError
from leafgraft.storage.predictions import Predictions, read_predictions, write_predictions


def made_up(rows: int = 6) -> Predictions:
    logits = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    return Predictions(
        photo_id=np.array([f"photo {row} 잎" for row in range(rows)]),
        split=np.array(["validation", "test"] * (rows // 2)),
        label=np.arange(rows) % 3,
        logits=logits,
        classes=np.array(["Early", "Late", "건강"]),
        group=np.array([f"g{row // 2}" for row in range(rows)]),
        place=np.array([("home", "밭")[row % 3 == 0] for row in range(rows)]),
    )


def arrays(**changed: Any) -> dict[str, Any]:
    whole = {field.name: getattr(made_up(), field.name) for field in fields(Predictions)}
    return {name: value for name, value in (whole | changed).items() if value is not None}


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "trial" / "predictions.npz"
    write_predictions(path, made_up())
    back = read_predictions(path)
    for field in fields(Predictions):
        written, read = getattr(made_up(), field.name), getattr(back, field.name)
        assert read.dtype == written.dtype
        assert (read == written).all()


def test_the_file_holds_plain_arrays_of_the_agreed_names(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.npz", made_up())
    with np.load(tmp_path / "p.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["classes", "group", "label", "logits", "photo_id", "place", "split"]
        assert file["logits"].dtype == np.float32
        assert file["label"].dtype == np.int64


def test_without_places_the_file_is_as_it_was(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.npz", replace(made_up(), place=None))
    with np.load(tmp_path / "p.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["classes", "group", "label", "logits", "photo_id", "split"]
    assert read_predictions(tmp_path / "p.npz").place is None
    assert read_predictions(tmp_path / "p.npz").rows("test").place is None


def test_rows_of_one_split_keep_their_order() -> None:
    test = made_up().rows("test")
    assert test.photo_id.tolist() == ["photo 1 잎", "photo 3 잎", "photo 5 잎"]
    assert test.label.tolist() == [1, 0, 2]
    assert test.group.tolist() == ["g0", "g1", "g2"]
    assert test.place is not None
    assert test.place.tolist() == ["home", "밭", "home"]
    assert (test.logits == made_up().logits[1::2]).all()
    assert len(made_up().rows("train").label) == 0


def test_probabilities_are_softmax_even_of_large_logits() -> None:
    small = made_up()
    assert np.allclose(small.probabilities, softmax(small.logits.astype(np.float64), axis=1), atol=1e-12)
    large = replace(small, logits=np.array([[3e38, 0, -3e38]], dtype=np.float32))
    assert large.probabilities.tolist() == [[1, 0, 0]]


def test_other_tools_may_leave_groups_out_and_use_other_widths(tmp_path: Path) -> None:
    foreign = arrays(group=None, logits=made_up().logits.astype(np.float64), label=made_up().label.astype(np.uint8))
    np.savez(tmp_path / "p.npz", **foreign, note=np.array(["more arrays do no harm"]))
    back = read_predictions(tmp_path / "p.npz")
    assert back.group.tolist() == back.photo_id.tolist()
    assert back.logits.dtype == np.float32
    assert back.label.dtype == np.int64


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"logits": None}, ["must hold photo_id", "lacks logits"], id="no logits"),
        pytest.param({"label": None, "split": None}, ["lacks split, label"], id="two missing"),
        pytest.param({"photo_id": np.arange(6)}, ["'photo_id'", "text", "int64"], id="ids are numbers"),
        pytest.param({"photo_id": np.array([b"a"] * 6)}, ["'photo_id'", "text", "S1"], id="ids are bytes"),
        pytest.param({"label": np.zeros(6)}, ["'label'", "whole numbers", "float64"], id="labels are fractions"),
        pytest.param({"label": np.array(["a"] * 6)}, ["'label'", "whole numbers"], id="labels are names"),
        pytest.param({"logits": np.zeros((6, 3), dtype=int)}, ["'logits'", "floating-point"], id="whole logits"),
        pytest.param({"logits": np.zeros((6, 3), dtype=complex)}, ["'logits'", "complex"], id="complex logits"),
        pytest.param({"label": np.zeros(5, dtype=int)}, ["'label'", "shape (6,)", "(5,)"], id="too few labels"),
        pytest.param({"logits": np.zeros((6, 2))}, ["'logits'", "(6, 3)", "(6, 2)"], id="too few columns"),
        pytest.param({"logits": np.zeros(18)}, ["'logits'", "(6, 3)", "(18,)"], id="flat logits"),
        pytest.param({"group": np.array(["a"])}, ["'group'", "(6,)", "(1,)"], id="too few groups"),
        pytest.param({"photo_id": np.array("a")}, ["'photo_id'", "()"], id="one id without a shape"),
        pytest.param({"classes": np.array("a")}, ["()"], id="one class without a shape"),
        pytest.param({"logits": np.full((6, 3), np.nan)}, ["finite"], id="not a number"),
        pytest.param({"logits": np.full((6, 3), 1e300)}, ["finite"], id="beyond single precision"),
        pytest.param({"label": np.array([0, 1, 2, 3, 0, 1])}, ["between 0 and 2", "0 to 3"], id="label too high"),
        pytest.param({"label": np.array([0, -1, 2, 0, 0, 1])}, ["between 0 and 2", "-1 to 2"], id="label below 0"),
        pytest.param({"classes": np.array(["a", "b", "a"])}, ["different names", "a, b, a"], id="one class twice"),
        pytest.param(
            {"classes": np.array(["a"]), "logits": np.zeros((6, 1)), "label": np.zeros(6, dtype=int)},
            ["two or more classes", "It has a."],
            id="one class",
        ),
        pytest.param({"photo_id": np.array([None] * 6)}, ["left closed"], id="pickled"),
    ],
)
def test_wrong_arrays_are_named(tmp_path: Path, changed: dict[str, Any], words: list[str]) -> None:
    path = tmp_path / "p.npz"
    np.savez(path, **arrays(**changed))
    with pytest.raises(PredictionsError) as caught:
        read_predictions(path)
    for word in (str(path), *words):
        assert word in str(caught.value)


def test_what_is_no_npz_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match="There is none"):
        read_predictions(tmp_path / "none.npz")
    with pytest.raises(PredictionsError, match="Is a directory"):
        read_predictions(tmp_path)
    for name, content in [("empty", b""), ("text", b"photo_id,label\n"), ("zip", b"PK\x03\x04"), ("zero", bytes(500))]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PredictionsError, match="something else, or damaged"):
            read_predictions(tmp_path / name)
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(PredictionsError, match="something else, or damaged"):
        read_predictions(tmp_path / "one.npy")


def test_damage_of_any_kind_is_said_in_words(tmp_path: Path) -> None:
    """Flipped bits, cut ends and blank stretches: refused in words, or without effect; never another error."""
    path = tmp_path / "p.npz"
    write_predictions(path, made_up())
    whole, chance = path.read_bytes(), random.Random(0)
    refused = 0
    for _ in range(400):
        damaged = bytearray(whole)
        place = chance.randrange(len(damaged))
        if chance.random() < 0.5:
            damaged[place] ^= 1 << chance.randrange(8)
        elif chance.random() < 0.5:
            damaged = damaged[:place]
        else:
            damaged[place : place + 40] = bytes(len(damaged[place : place + 40]))
        path.write_bytes(damaged)
        try:
            read_predictions(path)
        except PredictionsError:
            refused += 1
    assert refused > 300


def test_a_file_that_unpacks_to_more_than_memory_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_predictions(tmp_path / "p.npz", made_up())
    np.savez_compressed(tmp_path / "bomb.npz", **arrays(more=np.zeros(10_000_000)))
    assert (tmp_path / "bomb.npz").stat().st_size < 100_000
    monkeypatch.setattr("leafgraft.storage.predictions.LARGEST_BYTES", 50_000_000)
    read_predictions(tmp_path / "p.npz")
    with pytest.raises(PredictionsError, match="at most 50,000,000 bytes"):
        read_predictions(tmp_path / "bomb.npz")


def test_a_member_that_is_no_array_counts_as_missing(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", **arrays(logits=None))
    with zipfile.ZipFile(tmp_path / "p.npz", "a") as file:
        file.writestr("logits.npy", b"no array")
    with pytest.raises(PredictionsError, match="lacks logits"):
        read_predictions(tmp_path / "p.npz")
