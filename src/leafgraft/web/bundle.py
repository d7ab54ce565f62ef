"""Reads a bundle and proves that every byte of it is the one that was exported."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import BundleError
from leafgraft.languages.speaking import Name
from leafgraft.records.digest import short_digest
from leafgraft.records.display import html_table, percent
from leafgraft.records.study import ACT_ABOVE
from leafgraft.storage.files.checksums import checksum_of

NEWEST_FORMAT = 1
MODEL, MODEL_INT8, INDEX = "model.onnx", "model.int8.onnx", "bundle.json"


class _Part(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)


def _check_classes(names: list[str]) -> list[str]:
    """Refuse a name given twice.

    Raises:
        ValueError: Two classes have one name.
    """
    if len(set(names)) < len(names):
        raise ValueError("two classes have one name")
    return names


class _Conformal(_Part):
    coverage: Annotated[float, Field(gt=0, lt=1)]
    threshold: Annotated[float, Field(ge=0, le=1)]


class _KnownLeaf(_Part):
    method: str
    acceptance: Annotated[float, Field(gt=0, le=1)]
    threshold: float


class _Int8(_Part):
    kept: bool
    reason: str = ""


class _Place(_Part):
    name: str
    photos: Annotated[int, Field(ge=0)]
    share: Annotated[float, Field(ge=0, le=1)]
    interval: tuple[float, float]
    floor: float
    declined_too: bool = False
    untested: list[str] = []
    own: bool = False  # the test photos of the study itself, which has no places


class _File(_Part):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


class BundleIndex(_Part):
    """What leafgraft reads of bundle.json; other keys may be there.

    Attributes:
        identity: Study, trial and the first 12 hexadecimal digits of the SHA-256 of bundle.json: what answers carry to
            say which bundle gave them. The 8-bit model says so after them.
    """

    identity: str = ""
    format: int
    study: str
    recipe: str
    trial: str
    created: str
    leafgraft: str
    classes: Annotated[list[str], Field(min_length=2), AfterValidator(_check_classes)]
    image_size: Annotated[int, Field(gt=0)]
    temperature: Annotated[float, Field(gt=0)]
    conformal: _Conformal
    known_leaf: _KnownLeaf
    int8: _Int8
    files: dict[str, _File]
    places: list[_Place] = []
    place: str = ""
    act_above: float = ACT_ABOVE


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose hashes hold.

    Attributes:
        path: Its folder.
        index: Its bundle.json.
        model: Bytes of the model that was asked for.
        model_name: Its file name.
    """

    path: Path
    index: BundleIndex
    model: bytes
    model_name: str

    def __repr__(self) -> str:
        return f"Bundle({self.index.recipe!r} of study {self.index.study!r}, {self.model_name} in '{self.path}')"

    def _repr_html_(self) -> str:
        """What it holds and when it declines."""
        index = self.index
        rows = [
            ("classes", Name(", ".join(index.classes))),
            ("trial", Name(index.trial)),
            ("input", f"{index.image_size} x {index.image_size} pixels"),
            ("model", f"{self.model_name}, {len(self.model) / 1e6:.1f} MB"),
            ("sets of classes hold the true one in", percent(index.conformal.coverage)),
            ("leaves like the training photos accepted", percent(index.known_leaf.acceptance)),
            ("made", f"{index.created} by leafgraft {index.leafgraft}"),
        ]
        return html_table(f"{index.recipe} of study {index.study}", (), rows)


def read_bundle(path: str | Path, *, int8: bool = False) -> Bundle:
    """Read a bundle, or the bundle of a study folder.

    Args:
        path: Folder with bundle.json, a study folder that `leafgraft export` filled, or a model file in one of them.
        int8: Take the 8-bit model, as if `path` named it.

    Raises:
        BundleError: No bundle there, a newer format, a byte that differs from its hash, or no 8-bit model.
    """
    folder, wanted = as_meant(path), MODEL_INT8 if int8 else MODEL
    if folder.suffix == ".onnx" and not folder.is_dir():
        folder, wanted = folder.parent, folder.name
    if not (folder / INDEX).is_file() and (folder / "bundle" / INDEX).is_file():
        folder = folder / "bundle"
    index = _read_index(folder)
    if wanted == MODEL_INT8:
        index = index.model_copy(update={"identity": f"{index.identity}/int8"})
    if wanted not in index.files:
        raise _lacks_model(folder, index, wanted)
    model = b""
    for name, file in index.files.items():
        content = _read_file(folder, name, file)
        if name == wanted:
            model = content
    return Bundle(folder, index, model, wanted)


def _read_index(folder: Path) -> BundleIndex:
    path = folder / INDEX
    mend = "Name the folder that `leafgraft export STUDY_DIR` wrote."
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        missing = "It is a file." if folder.exists() else "There is no such folder."
        found = "There is no bundle.json in it." if folder.is_dir() else missing
        raise BundleError(f"'{folder}' must be a bundle.", found, mend) from None
    except UnicodeDecodeError:
        raise BundleError(f"'{path}' must be text in UTF-8.", "It holds other bytes.", mend) from None
    except OSError as error:
        raise BundleError(
            f"'{path}' must be readable.", f"The system said: {error.strerror or error}.", mend
        ) from error
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise BundleError(f"'{path}' must be JSON.", "It cannot be parsed.", _AGAIN) from None
    _check_format(path, raw)
    hashed = short_digest(text, 12)
    try:
        index = BundleIndex.model_validate(raw)
        return index.model_copy(update={"identity": f"{index.study}/{index.trial}/{hashed}"})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        found = f"Its key '{key}' is wrong: {first['msg'].lower()}."
        raise BundleError(f"'{path}' must describe a bundle.", found, _AGAIN) from None


_AGAIN = "Copy the bundle again, or run `leafgraft export` again."


def _check_format(path: Path, raw: Any) -> None:
    found = raw.get("format") if isinstance(raw, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise BundleError(f"'{path}' must name its format.", f"It says {found!r}.", _AGAIN)
    if found > NEWEST_FORMAT:
        raise BundleError(
            f"The bundle '{path.parent}' must be of format {NEWEST_FORMAT} or older.",
            f"It is of format {found}, written by leafgraft {raw.get('leafgraft', 'of unknown version')}.",
            "Install a newer leafgraft: pip install --upgrade leafgraft",
        )


def _lacks_model(folder: Path, index: BundleIndex, wanted: str) -> BundleError:
    if wanted != MODEL_INT8:
        return BundleError(f"The bundle '{folder}' must list {wanted}.", "It does not.", _AGAIN)
    reason = index.int8.reason.rstrip(".") or "no reason was written down"
    return BundleError(
        f"The bundle '{folder}' was asked for its 8-bit model.",
        f"It holds none: {reason}.",
        "Name the folder alone: its float model then answers.",
    )


def _read_file(folder: Path, name: str, file: _File) -> bytes:
    if PurePosixPath(name).name != name or "\\" in name or name == "..":
        raise BundleError(f"The bundle '{folder}' must list plain file names.", f"It lists {name!r}.", _AGAIN)
    path = folder / name
    asked = f"'{path}' belongs to the bundle."
    try:
        if not path.is_file() and path.exists():  # a pipe or a device would never end
            raise BundleError(asked, "It is no file.", _AGAIN)
        content = path.read_bytes()
    except FileNotFoundError:
        raise BundleError(asked, "It is missing.", _AGAIN) from None
    except OSError as error:
        raise BundleError(asked, f"The system said: {error.strerror or error}.", _AGAIN) from None
    except ValueError as error:
        raise BundleError(asked, f"No file can have this name: {error}.", _AGAIN) from None
    hashed = checksum_of(content)
    if hashed != file.sha256:
        raise BundleError(
            f"'{path}' must have the SHA-256 that bundle.json names, {file.sha256[:16]}...",
            f"It has {hashed[:16]}... ({len(content):,} bytes, {file.bytes:,} expected): it was changed or cut.",
            _AGAIN,
        )
    return content
