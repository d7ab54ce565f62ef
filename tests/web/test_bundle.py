"""A bundle is taken only as it was exported."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from leafgraft.errors import BundleError
from leafgraft.web.bundle import read_bundle


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle, tmp_path / "bundle"))


def change(folder: Path, **keys: Any) -> Path:
    path = folder / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **keys}), encoding="utf-8")
    return folder


def test_bundle_and_study_folder_are_read(copy: Path) -> None:
    read = read_bundle(copy)
    assert read.index.classes == ["Early_Blight", "Healthy", "Late_Blight"]
    assert read.model == (copy / "model.onnx").read_bytes()
    assert read_bundle(copy.parent).path == copy


@pytest.mark.parametrize("name", ["model.onnx", "MODEL_CARD.md"])
def test_a_changed_byte_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{name}.* must have the SHA-256"):
        read_bundle(copy)


def test_a_cut_and_a_missing_file_are_refused(copy: Path) -> None:
    (copy / "model.onnx").write_bytes((copy / "model.onnx").read_bytes()[:100])
    with pytest.raises(BundleError, match="100 bytes"):
        read_bundle(copy)
    (copy / "model.onnx").unlink()
    with pytest.raises(BundleError, match="It is missing"):
        read_bundle(copy)


def test_a_newer_format_names_the_mend(copy: Path) -> None:
    with pytest.raises(BundleError, match=r"format 2, written by leafgraft 9\.0.*pip install --upgrade"):
        read_bundle(change(copy, format=2, leafgraft="9.0"))


@pytest.mark.parametrize("value", ["1", None, True, 0])
def test_an_odd_format_is_refused(copy: Path, value: object) -> None:
    with pytest.raises(BundleError, match="must name its format"):
        read_bundle(change(copy, format=value))


@pytest.mark.parametrize(
    "keys",
    [{"classes": ["one"]}, {"conformal": {"coverage": 0.9}}, {"known_leaf": 3}, {"files": {"model.onnx": {}}}],
)
def test_a_wrong_key_is_named(copy: Path, keys: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=f"Its key '{next(iter(keys))}"):
        read_bundle(change(copy, **keys))


def test_without_int8_the_float_model_serves(copy: Path) -> None:
    assert read_bundle(copy).model_name == "model.onnx"
    assert read_bundle(copy / "model.onnx").model_name == "model.onnx"
    for asked in ({"path": copy, "int8": True}, {"path": copy / "model.int8.onnx"}):
        with pytest.raises(BundleError, match=r"holds none: it loses 3\.2 points\. Name the folder alone"):
            read_bundle(**asked)


def test_with_int8_its_file_is_named(copy: Path) -> None:
    shutil.copy(copy / "model.onnx", copy / "model.int8.onnx")
    files = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))["files"]
    change(copy, files={**files, "model.int8.onnx": files["model.onnx"]}, int8={"kept": True})
    read = read_bundle(copy / "model.int8.onnx")
    assert read.model_name == "model.int8.onnx"
    assert read.index.identity == f"{read_bundle(copy).index.identity}/int8"
    assert read_bundle(copy).model_name == "model.onnx"


def test_another_model_file_is_named(copy: Path) -> None:
    with pytest.raises(BundleError, match=r"must list other\.onnx"):
        read_bundle(copy / "other.onnx")


def test_names_that_leave_the_folder_are_refused(copy: Path) -> None:
    files = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))["files"]
    with pytest.raises(BundleError, match="plain file names"):
        read_bundle(change(copy, files={**files, "../model.onnx": files["model.onnx"]}))


@pytest.mark.parametrize(("content", "words"), [(b"{", "must be JSON"), (b"\xff\xfe", "UTF-8"), (b"[1]", "format")])
def test_other_contents_are_refused(copy: Path, content: bytes, words: str) -> None:
    (copy / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=words):
        read_bundle(copy)


def test_no_bundle_names_export(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no bundle\.json in it.*leafgraft export"):
        read_bundle(tmp_path)
    with pytest.raises(BundleError, match="no such folder"):
        read_bundle(tmp_path / "gone")


def test_what_is_no_file_or_has_no_possible_name_is_refused(copy: Path) -> None:
    (copy / "MODEL_CARD.md").unlink()
    os.mkfifo(copy / "MODEL_CARD.md")
    with pytest.raises(BundleError, match="It is no file"):
        read_bundle(copy)
    index = json.loads((copy / "bundle.json").read_text(encoding="utf-8"))
    files = {"model.onnx": index["files"]["model.onnx"]}
    with pytest.raises(BundleError, match="No file can have this name"):
        read_bundle(change(copy, files={**files, "a\0b": files["model.onnx"]}))


@pytest.mark.parametrize(
    ("keys", "word"),
    [({"classes": ["a", "a"]}, "two classes have one name"), ({"temperature": float("inf")}, "temperature")],
)
def test_odd_values_are_refused(copy: Path, keys: dict[str, Any], word: str) -> None:
    with pytest.raises(BundleError, match=word):
        read_bundle(change(copy, **keys))
