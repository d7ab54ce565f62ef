"""One name in several spellings: composed and decomposed letters, back slashes, the case of letters."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from leafgraft.records.display import nearest
from leafgraft.records.look_alikes import as_seen
from leafgraft.storage.files.table_file import LOST_MEND, lost_by_spreadsheet

TWO_LEAVES = "Write both in one way; if they are two leaves, call them otherwise."
ONE_FOR_BOTH = "Such a photo shows both leaves: give all photos of both one group."
LONGEST_NAME = 200  # bytes; file systems take 255
OF_WINDOWS = re.compile("con|prn|aux|nul|(com|lpt)[0-9]")  # names of devices there, whatever suffix they have
_SEVERAL = re.compile(r"\s*[;|,&+]\s*")  # between names of groups
_ABSOLUTE = re.compile(r"([A-Za-z]:|//[^/]*)?/")  # on whatever machine, with forward slashes


def composed(name: str) -> str:
    """Unicode's composed form (NFC): file systems and keyboards differ in how they write Hangul and accents."""
    return unicodedata.normalize("NFC", name)


def place_key(name: str) -> str:
    """What is left of the name of a place without what cannot be seen, case and blanks.

    Blanks between digits stay: plot 1 12 is not plot 11 2.
    """
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", " ".join(as_seen(name).split()))


def spelled_twice(names: Iterable[str]) -> tuple[int, int] | None:
    """Where the first two names stand that differ in their letters as they are written alone, not as they are seen."""
    first: dict[str, tuple[int, str]] = {}
    for at, name in enumerate(names):
        before, spelling = first.setdefault(place_key(name), (at, name))
        if spelling != name:
            return before, at
    return None


def of_several(groups: Sequence[str]) -> tuple[int, str] | None:
    """Where a name stands that holds that of another group beside more, as `leaf1;leaf2` does, and that other."""
    known = {place_key(one) for one in groups}
    for at, one in enumerate(groups):
        parts = [part for part in _SEVERAL.split(one) if part]
        if len(parts) > 1 and (other := next((part for part in parts if place_key(part) in known), "")):
            return at, other
    return None


def group_fault(groups: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """What is wrong and what to do where a group is written in two ways, each a group of its own, or lost its name.

    So it is where a cell names several groups, of which another photo shows one.

    Args:
        groups: Groups, each with where it stands.
    """
    for group, here in groups:
        if why := lost_by_spreadsheet(group):
            return f"It has '{group}' ({here}): {why}.", LOST_MEND
    if several := of_several([group for group, _ in groups]):
        group, here = groups[several[0]]
        return f"It has '{group}' ({here}) and '{several[1]}', which is a group of its own.", ONE_FOR_BOTH
    if not (twice := spelled_twice([group for group, _ in groups])):
        return None
    (group, here), (other, there) = (groups[at] for at in twice)
    found = (
        f"It has '{group}' ({here}) and '{other}' ({there}), the same but for case, blanks, leading zeros, or letters "
        "that look alike or are invisible."
    )
    return found, TWO_LEAVES


def is_folder_name(name: str) -> bool:
    """Whether folders and files can be called so on every system, with a few letters more around it."""
    letters, seen = name.encode(errors="surrogatepass"), place_key(name)
    if not seen or len(letters) > LONGEST_NAME or re.search(r'[/\\:*?"<>|\x00-\x1f]', name):
        return False
    return not name.endswith(".") and not OF_WINDOWS.fullmatch(seen.split(".")[0])


def one_of(places: Iterable[str], name: str) -> str:
    """The place that is meant, as it is spelled there; empty if there is none."""
    found = [one for one in places if place_key(one) == place_key(name)]
    return name if name in found else next(iter(found), "")


def from_home(path: Path) -> Path:
    """The same path with the folder of a person for `~`; a file whose name only begins so (`~leaf.jpg`) is itself."""
    if os.name == "nt" and path.parts[:1] != ("~",):  # there every name is taken to be that of somebody
        return path
    try:
        return path.expanduser()
    except RuntimeError:  # nobody has this name
        return path


def as_on_disk(path: Path) -> Path:
    """The same path in the spelling of the disk, if only the Unicode form differs."""
    if os.path.lexists(path) or not path.name:
        return path
    parent = as_on_disk(path.parent)
    for name in _names(parent):
        if composed(name) == composed(path.name):
            return parent / name
    return parent / path.name


def as_meant(path: str | Path) -> Path:
    """What a person means by a path: `~` is a folder, and of names that are composed otherwise that of the disk."""
    return as_on_disk(from_home(Path(path)))


class Disk:
    """Finds the files below a folder by names that are written otherwise there; each folder is listed once.

    Args:
        root: Where relative paths begin.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._called = Path(os.path.abspath(root)).name  # noqa: PTH100 - without `..`, links as they are
        self._listed: dict[Path, dict[tuple[int, str], list[str]]] = {}
        self._followed: dict[str, str] = {}

    def find(self, written: str) -> str:
        """The path of the file that is meant, with forward slashes; what was written if there is none."""
        try:
            if os.path.lexists(self._root / written):
                return Path(written).as_posix()
        except ValueError:
            return written  # no file can have this name: it is listed when it is read
        plain = written.replace("\\", "/")
        found = self._below(plain)
        if not found and (absolute := _ABSOLUTE.match(plain)):
            parts = [part for part in plain[absolute.end() :].split("/") if part]
            # of another machine: the longest end of it that is here
            ends = len(parts) if self._is_own_name(parts[-2:-1]) else len(parts) - 1
            found = next((one for start in range(ends) if (one := self._below("/".join(parts[start:])))), "")
        return found or Path(written).as_posix()

    def find_each(self, written: Iterable[str]) -> dict[str, str]:
        """The path of the file that each means, as `find` tells it.

        A file that two may mean, or that one names as it lies here, is left to no other: what was written is returned.
        """
        found = {path: self.find(path) for path in written}
        lies = {path: self.place(path) for path in {*found, *found.values()}}
        named = Counter(lies[file] for file in found.values())
        return {
            path: file if named[lies[file]] == 1 or lies[file] == lies[path] else path for path, file in found.items()
        }

    def place(self, path: str) -> str:
        """Where a file lies, in one spelling: links to folders are followed, a link to a file is itself a file."""
        folder, name = os.path.split(os.path.join(self._root, path))  # noqa: PTH118 - for each photo: Path is slow
        if folder not in self._followed:
            try:
                self._followed[folder] = os.path.realpath(folder)
            except ValueError:  # no folder can have this name
                self._followed[folder] = folder
        return composed(f"{self._followed[folder]}/{name}")

    def _is_own_name(self, folder: list[str]) -> bool:
        """Whether a photo of another machine lay in a folder of this one's name: alone, the photo's tells nothing."""
        return not folder or composed(folder[0]).casefold() == composed(self._called).casefold()

    def _below(self, path: str) -> str:
        place, found = self._root, Path("/" if path.startswith("/") else "")
        for part in (part for part in path.split("/") if part not in {"", "."}):
            name = part if part == ".." else self._name(place / found, part)
            if not name:
                return ""
            found /= name
        return found.as_posix()

    def _name(self, folder: Path, name: str) -> str:
        """The entry of this name; of its Unicode form; of its letters whatever case and blanks around, if only one."""
        if folder not in self._listed:
            self._listed[folder] = {}
            for one in _names(folder):
                for key in _keys(one):
                    self._listed[folder].setdefault(key, []).append(one)
        for key in _keys(name):
            if len(found := self._listed[folder].get(key, [])) == 1:
                return found[0]
        return ""


def taken_for(found: Mapping[str, str]) -> tuple[str, ...]:
    """Which paths of another machine are taken for photos here, in words.

    Args:
        found: By what was written, what `Disk.find` found.
    """
    pairs = [(path, file) for path, file in found.items() if _is_absolute(path) and not _is_absolute(file)]
    if not pairs:
        return ()
    path, file = pairs[0]
    return (f"Paths of another machine, taken for photos here: {len(pairs):,}; the first is '{path}', here '{file}'.",)


class PhotoNames:
    """Finds photos by what people write: their path, with the photos folder or without, or the end of it.

    Args:
        root: The photos folder.
        paths: Paths of all photos, relative to it.
    """

    def __init__(self, root: str, paths: Iterable[str]) -> None:
        self._root = root
        self._by_name: dict[str, list[str]] = {}
        for path in dict.fromkeys(paths):
            self._by_name.setdefault(_name_key(_tidy(path)), []).append(path)

    def find(self, written: str) -> list[str]:
        """The photo of this path, or all that end in it.

        Only if there is none, blanks around names do not count, and then the case of letters.
        """
        wanted = self._relative(written)
        same_name = self._by_name.get(_name_key(wanted), [])
        for spelled in (str, _bare, _caseless):
            found = [one for one in same_name if spelled(_tidy(one)) == spelled(wanted)]
            found = found or [one for one in same_name if spelled(_tidy(one)).endswith(f"/{spelled(wanted)}")]
            if found:
                return found
        return []

    def is_file(self, written: str) -> bool:
        """Whether a file is there though it is no photo of the study, such as one of a class that is left out."""
        path = PurePosixPath(self._relative(written))
        return not path.is_absolute() and ".." not in path.parts and is_file(Path(self._root) / path)

    def near(self, written: str) -> str:
        """The photo that may have been meant; empty if none is spelled alike."""
        alike = nearest(_name_key(self._relative(written)), self._by_name, cutoff=0.75)
        return self._by_name[alike][0] if alike else ""

    def _relative(self, written: str) -> str:
        return _tidy(written).removeprefix(_tidy(self._root).rstrip("/") + "/")


def _keys(name: str) -> list[tuple[int, str]]:
    """A name as it may be written otherwise, the likest first; tables lose the blanks around it."""
    plain = composed(name)
    return list(enumerate((name, plain, plain.casefold(), plain.strip(), plain.strip().casefold())))


def _is_absolute(path: str) -> bool:
    return _ABSOLUTE.match(path.replace("\\", "/")) is not None


def _bare(name: str) -> str:
    """A path without the blanks around its parts."""
    return "/".join(part.strip() for part in name.split("/"))


def _caseless(name: str) -> str:
    """The same in small letters."""
    return _bare(name).casefold()


def _name_key(path: str) -> str:
    """What the names of files that may be meant have in common."""
    return _caseless(PurePosixPath(path).name)


def _tidy(path: str) -> str:
    """One spelling of a path, without parts that lead nowhere: Rust//0.jpg and Rust/./0.jpg are Rust/0.jpg."""
    plain = composed(path).replace("\\", "/")
    return "/" * plain.startswith("/") + "/".join(part for part in plain.split("/") if part not in {"", "."})


def plain_path(name: str) -> str:
    """One spelling of a path: composed letters, forward slashes."""
    return composed(name).replace("\\", "/").removeprefix("./")


def is_file(path: Path) -> bool:
    """Whether it is a file that can be seen; nothing can be below a folder that may not be entered."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file fails there


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names, not paths
    except OSError:
        return []
