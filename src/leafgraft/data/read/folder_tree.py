"""A folder of photos as it lies on the disk: what is a photo, what is none, what is not followed."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePath

from leafgraft.data.decode.formats import CLOUD_MEND, PHOTO_SUFFIXES
from leafgraft.data.decode.photo import is_photo_file
from leafgraft.data.read.listing import are_plants
from leafgraft.data.read.spelling import composed
from leafgraft.records.photo import Unreadable, kind_of_file

# Of unpacked archives, network drives, bins and caches. Names that begin with a full stop are hidden everywhere.
SYSTEM_FOLDERS = frozenset(
    {"__macosx", "__pycache__", "lost+found", "system volume information", "recycler", "recycled"}
    | {"#recycle", "#snapshot", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "@sharebin", "@sharesnap"}
    | {"$recycle.bin", "network trash folder", "temporary items", "_gsdata_", "lightroom", "~snapshot"}
    | {"thumbnails", "thumbs", "_thumbs", "__thumbs", "@__thumb"}
)
# Of hidden ones, those in which programs keep copies, thumbnails and what they deleted.
HIDDEN_COPIES = re.compile(
    r"\.(?:thumb.*|@?_*thumb.*|trash.*|ipynb_checkpoints|cache.*|picasaoriginals|xvpics|comments|appledouble|git|dvc|svn"
    r"|hg|datalad|snapshots?|zfs|dropbox.*|st(?:versions|folder)|sync.*|te?mp.*|@upload_cache|spotlight.*|fseventsd"
    r"|recycle.*|dtrash|globaltrash|deleted.*|backups?|bak|previews?|face)"
)
_OF_CHECKS = re.compile(r"found\.\d{3}")  # as Windows' check of a disk leaves them
# Of a file; `v1.2`, `sp. 1` and `Early.blight` are names.
_SUFFIX = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,4}|7z|parquet|safetensors|geojson|markdown|sqlite3|feather|torrent)")
_OF_ANNEX = "annex/objects/"  # of git-annex and DataLad, which keep content there that is fetched later
LEAVING = "a link that leaves the folder is not followed"
NOWHERE = "a link that leads nowhere"
HIDDEN = "a folder whose name begins with a full stop is hidden"
HIDDEN_FILE = "a photo whose name begins with a full stop is hidden"
IN_CLOUD = "a photo that iCloud keeps elsewhere"
NOT_FOLLOWED = "a link to a folder is not followed"
JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT; Path.is_junction is of Python 3.12
DEEPEST = 100  # folders one in another
LONGEST_LINK = 1024  # bytes
MOST_KINDS = 4  # of files, named
MOST_COVERS = 2
PUT_PHOTOS = "put the photos themselves there, or name them in a CSV"


@dataclass
class Folder:
    """A folder and all below it, links not followed.

    Attributes:
        path: Where it is.
        photos: Files in it that should be photos, by name.
        others: Files in it that are none.
        folders: Folders in it, by name, without those of systems.
        unknown: Why nothing of it is known, such as that it is a link; else empty.
        left_out: Why each file in it that is left out is.
    """

    path: Path
    photos: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    unknown: str = ""
    left_out: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.name

    @property
    def label(self) -> str:
        """Its name as that of a class."""
        return composed(os.fsencode(self.name).decode(errors="replace"))

    @cached_property
    def count(self) -> int:
        """Photos in it and below."""
        return len(self.photos) + sum(one.count for one in self.folders)

    @property
    def full(self) -> list[Folder]:
        """Folders in it that hold photos."""
        return [one for one in self.folders if one.count]

    @property
    def is_flat(self) -> bool:
        """Whether it holds photos and no folders."""
        return bool(self.photos) and not self.folders

    @property
    def begin(self) -> Folder:
        """Itself, or the one below in which photos, several folders or none begin."""
        return self.full[0].begin if not self.photos and len(self.full) == 1 else self

    @property
    def inside(self) -> list[str]:
        """Names of the folders in which photos below it lie, where there are several; else of the one, or of none."""
        return [one.name for one in self.begin.full]

    def walk(self) -> Iterator[Folder]:
        """Itself and every folder below."""
        yield self
        for one in self.folders:
            yield from one.walk()

    def without_photos(self) -> str:
        """Why it holds none, in words."""
        if self.unknown:
            return self.unknown
        kinds = Counter(kind_of_file(path.name) for one in self.walk() for path in one.others)
        reasons = Counter(reason for one in self.walk() for reason in (*one.left_out, one.unknown) if reason)
        named = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(MOST_KINDS))
        left_out = ", ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
        if kinds:
            return f"no file in it is a photo: {named}" + (f"; left out: {left_out}" if left_out else "")
        return f"all in it is left out: {left_out}" if left_out else "the folder is empty"


class Tree:
    """All that is below a folder.

    Args:
        root: The folder.

    Raises:
        OSError: It cannot be listed.

    Attributes:
        root: Its folders and files.
        skipped: What is left out, and why.
        passed_over: Folders that systems keep for themselves.
    """

    def __init__(self, root: Path) -> None:
        self.skipped: list[Unreadable] = []
        self.passed_over: list[Path] = []
        self._top = root
        self.root = self._read(root)

    def _read(self, path: Path) -> Folder:
        folder = Folder(path)
        with os.scandir(path) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            below = path / entry.name
            if below.is_dir() or _is_lost_link(below):
                self._add_folder(folder, below, is_link=leads_elsewhere(below) or not below.is_dir())
            elif reason := self._why_not(below, is_link=entry.is_symlink()):
                folder.left_out.append(reason[0])
                self._leave_out(below, *reason)
            else:
                (folder.photos if is_photo_file(below) else folder.others).append(below)
        return folder

    def _add_folder(self, folder: Folder, below: Path, *, is_link: bool) -> None:
        if is_system_folder(below.name):
            if not is_link and _is_hidden_class(below):
                folder.folders.append(self._unknown(below, HIDDEN, "rename it, or move it elsewhere"))
            else:
                self.passed_over.append(below)
        elif is_link:
            folder.folders.append(self._unknown(below, NOT_FOLLOWED, PUT_PHOTOS))
        elif len(below.relative_to(self._top).parts) > DEEPEST:
            reason = f"the folder lies below {DEEPEST} others"
            folder.folders.append(self._unknown(below, reason, "move its photos further up"))
        else:
            try:
                folder.folders.append(self._read(below))
            except OSError as error:
                reason = f"the folder cannot be listed: {error.strerror}"
                folder.folders.append(self._unknown(below, reason, "mend its permissions"))

    def _why_not(self, path: Path, *, is_link: bool) -> tuple[str, str] | None:
        if is_link and not path.exists() and not is_photo_file(path):
            return NOWHERE, "mend the link or delete it"
        if is_link and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._top)):
            return LEAVING, "put the photo itself there, or name it in a CSV"
        if written(path) != os.fspath(path):
            return "its name is not text in UTF-8: rename it", "rename it"
        return _why_hidden(path.name) if path.name.startswith(".") else None

    def _unknown(self, path: Path, reason: str, mend: str) -> Folder:
        self._leave_out(path, reason, mend)
        return Folder(path, unknown=reason)

    def _leave_out(self, path: Path, reason: str, mend: str) -> None:
        self.skipped.append(Unreadable(listed(path), reason, mend))


def holds_folders(folder: Folder) -> bool:
    """Whether what lies in a folder may be classes: several folders of photos whose names are no numbers of plants."""
    if folder.photos and not _is_cover(folder):
        return any(len(one.full) > 1 for below in folder.full for one in below.walk())
    if len(folder.full) < 2:
        return any(holds_folders(one) for one in folder.full)
    if any(len(one.full) > 1 for below in folder.full for one in below.walk()):
        return True
    return len({re.sub(r"\d+", "0", one.name) for one in folder.full}) > 1


def _is_cover(folder: Folder) -> bool:
    """Whether one or two photos lie beside several folders that hold more each, as a picture of the crop does."""
    most = min((one.count for one in folder.full), default=0)
    return len(folder.full) > 1 and len(folder.photos) <= MOST_COVERS and len(folder.photos) < most


def with_same_numbers(folders: Sequence[Folder]) -> Sequence[Folder]:
    """The folders, if they are numbered alike and all hold the same bare numbers, as cameras hold classes: no days."""
    loose = any(one.begin.photos and not _is_cover(one.begin) for one in folders)
    names = {tuple(one.inside) for one in folders}
    alike = {re.sub(r"\d+", "0", one.name) for one in folders}  # camera1, camera2; Healthy and Rust are classes
    if loose or len(folders) < 2 or len(names) > 1 or len(alike) > 1:
        return ()
    (inside,) = names
    return folders if len(inside) > 1 and all(map(str.isdecimal, inside)) and not are_plants(inside) else ()


def leads_elsewhere(folder: Path) -> bool:
    """Whether a folder is a link, or a junction of Windows."""
    return folder.is_symlink() or getattr(folder.lstat(), "st_reparse_tag", 0) == JUNCTION


def is_system_folder(name: str) -> bool:
    """Whether a system keeps things for itself in a folder of this name."""
    plain = name.casefold()
    return plain.startswith(".") or plain in SYSTEM_FOLDERS or bool(_OF_CHECKS.fullmatch(plain))


def _is_hidden_class(folder: Path) -> bool:
    """Whether a hidden folder holds photos itself and has no name under which programs keep theirs: a person's own."""
    if not folder.name.startswith(".") or HIDDEN_COPIES.fullmatch(folder.name.casefold()):
        return False
    try:
        return any(is_photo_file(one) for one in folder.iterdir())
    except OSError:  # it cannot be listed
        return False


def _why_hidden(name: str) -> tuple[str, str] | None:
    """Why a hidden file is left out: it is called a photo, and not what systems keep of one (`._1.jpg`)."""
    if name.endswith(".icloud") and PurePath(name.removesuffix(".icloud")).suffix.lower() in PHOTO_SUFFIXES:
        return IN_CLOUD, CLOUD_MEND
    is_photo = PurePath(name).suffix.lower() in PHOTO_SUFFIXES and not name.startswith("._")
    return (HIDDEN_FILE, "rename it") if is_photo and not HIDDEN_COPIES.fullmatch(name.casefold()) else None


def _is_lost_link(path: Path) -> bool:
    """Whether it was a link to a folder, by all appearances: it leads nowhere now, or a copy made it a file of text."""
    if _SUFFIX.fullmatch(path.suffix):
        return False
    if path.is_symlink():
        return not path.exists() and _OF_ANNEX not in path.readlink().as_posix()
    try:
        if not path.is_file() or path.stat().st_size > LONGEST_LINK:
            return False
        content = path.read_bytes()
        return b"/" in content and b"\0" not in content and (path.parent / os.fsdecode(content.strip())).is_dir()
    except OSError:  # it cannot be read, or its text is too long for a path: it is another file
        return False


def listed(path: PurePath) -> str:
    """The same with forward slashes, as photos are listed on every system."""
    return written(path.as_posix())


def written(path: Path | str) -> str:
    """A path as text that can be printed and written, whatever its bytes."""
    return os.fsencode(path).decode(errors="backslashreplace")
