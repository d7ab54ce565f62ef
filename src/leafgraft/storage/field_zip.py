"""Zips that the phone page gives back: ``labels.csv`` and photos, unpacked into a folder that stays."""

from __future__ import annotations

import lzma
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from leafgraft.errors import LabelsError
from leafgraft.records.display import counted
from leafgraft.storage.files.atomic import cannot_write, replace_folder
from leafgraft.storage.files.checksums import checksum_of_file

ZIPS = "field/zips"  # of a study folder: what they held
LABELS, PICKS, PICKS_BESIDE = "labels.csv", "picks.csv", "picks.json"
PHOTOS, UNLABELLED = "photos", "unlabelled"  # with a label, and without
MOST_FILES, MOST_BYTES = 50_000, 32 << 30
MOST_GROWTH, SPARE_BYTES = 100, 10 << 20  # photos hardly shrink in a zip; tables shrink tenfold
DIGITS = 8  # of the sum of a zip, in the name of its folder
ENCRYPTED = 0x1


def is_zip(path: Path) -> bool:
    """Whether a person named a zip, by its suffix; a folder that is called so is a folder."""
    return path.suffix.casefold() == ".zip" and not path.is_dir()


def unpack(path: Path, into: Path) -> Path:
    """Unpack a zip of the phone page; one that was unpacked before is left as it is.

    Args:
        path: The zip.
        into: Folder in which a folder of its own is made, named after the zip and its content.

    Returns:
        The folder, with ``labels.csv`` at its top.

    Raises:
        LabelsError: It is no whole zip, is encrypted, holds no ``labels.csv``, or cannot be unpacked safely.
        StudyFolderError: The disk is full, or the folder cannot be written.
    """
    digest = checksum_of_file(path)[:DIGITS]
    before = [one for one in into.glob(f"*-{digest}") if one.is_dir()] if digest else []
    if before:
        return before[0]
    try:
        with zipfile.ZipFile(path) as opened:
            return _write(opened, _members(path, opened), into / f"{path.stem}-{digest}")
    except FileNotFoundError:
        raise LabelsError(
            f"'{path}' must be a zip of the phone page.", "There is no such file.", "Check the path."
        ) from None
    except (zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _refused(path, f"It is damaged, cut or no zip: {error}", "Copy it from the phone again.") from error
    except PermissionError as error:
        raise _refused(path, f"The system said: {error.strerror}.", "Mend its permissions, or copy it anew.") from error
    except NotImplementedError as error:
        raise _refused(path, f"It is packed in a way that is not read here: {error}.", "Export it anew.") from error


def unlabelled_of(path: Path, into: Path) -> Path:
    """The folder of a zip's photos that nobody labelled on the phone; any other path is that folder itself.

    Raises:
        LabelsError: As `unpack` does, and where every photo has a label.
        StudyFolderError: As `unpack` does.
    """
    if not is_zip(path):
        return path
    folder = unpack(path, into) / UNLABELLED
    if not folder.is_dir():
        asked = f"'{path}' must hold photos without a label."
        raise LabelsError(asked, "All were labelled on the phone.", f"Go on: `leafgraft adapt STUDY_DIR {path}`.")
    return folder


def _members(path: Path, opened: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """What there is to unpack, by its path in the folder."""
    _check_size(path, opened)
    named = [(_place_in_folder(path, one), one) for one in opened.infolist() if not one.is_dir()]
    named = [(place, one) for place, one in named if not _is_of_a_system(place)]
    tops = [place.parent for place, _ in named if place.name == LABELS and len(place.parts) < 3]
    if not tops:
        kinds = f"It holds {counted(len(named), 'file')}" + (f", the first is '{named[0][0]}'." if named else ".")
        mend = (
            "Name a zip that the phone page exported. Of other photos, unpack them: `leafgraft pick STUDY_DIR FOLDER`."
        )
        raise _refused(path, f"There is no {LABELS} in it. {kinds}", mend)
    top = min(tops, key=lambda one: len(one.parts))  # packed again, all may lie in one folder
    found = [(place.relative_to(top), one) for place, one in named if place.is_relative_to(top)]
    _check_twice(path, [place for place, _ in found])
    return dict(found)


def _check_size(path: Path, opened: zipfile.ZipFile) -> None:
    infos = opened.infolist()
    total, packed = sum(one.file_size for one in infos), path.stat().st_size
    if locked := next((one.filename for one in infos if one.flag_bits & ENCRYPTED), ""):
        raise _refused(path, f"'{locked}' is encrypted.", "Export it anew, or pack it without a password.")
    if len(infos) > MOST_FILES or total > min(MOST_BYTES, MOST_GROWTH * packed + SPARE_BYTES):
        found = f"{counted(len(infos), 'file')} of {total / 1e9:,.1f} GB would come out of {packed / 1e6:,.1f} MB."
        raise _refused(path, found, f"Export one place at a time: at most {MOST_FILES:,} files.")


def _place_in_folder(path: Path, one: zipfile.ZipInfo) -> PurePosixPath:
    name = one.filename.replace("\\", "/")
    place = PurePosixPath(name)
    unsafe = place.is_absolute() or PureWindowsPath(name).drive or ".." in place.parts
    if unsafe or stat.S_ISLNK(one.external_attr >> 16) or any(letter < " " for letter in name):
        found = f"It holds '{name}', which leads out of its folder or is a link."
        raise _refused(path, found, "It is not of the phone page: do not trust it.")
    return place


def _is_of_a_system(place: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in place.parts)


def _check_twice(path: Path, places: Sequence[PurePosixPath]) -> None:
    first: dict[str, PurePosixPath] = {}
    for place in places:
        key = unicodedata.normalize("NFC", str(place)).casefold()
        if key in first:
            raise _refused(path, f"It holds '{first[key]}' and '{place}': two files of one name.", "Export it anew.")
        first[key] = place


def _write(opened: zipfile.ZipFile, found: Mapping[PurePosixPath, zipfile.ZipInfo], folder: Path) -> Path:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".zip.", suffix=".part") as scratch:
            made = Path(scratch) / "whole"
            for place, one in found.items():
                file = made / place
                file.parent.mkdir(parents=True, exist_ok=True)
                with opened.open(one) as source, file.open("wb") as target:
                    shutil.copyfileobj(source, target)
            replace_folder(made, folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def _refused(path: Path, found: str, mend: str) -> LabelsError:
    return LabelsError(f"'{path}' must be a whole zip of the phone page, with {LABELS} and photos.", found, mend)
