"""Labels as a person names them: CSV files, and zips of the phone page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from leafgraft.data.decode.photo import photo_id_at
from leafgraft.data.read.spelling import Disk, as_on_disk, composed, is_file, place_key, taken_for
from leafgraft.errors import UsageError
from leafgraft.records.display import counted, first_of
from leafgraft.records.field_labels import UNNAMED_PLACE, FieldLabel, Taken
from leafgraft.storage.field_labels import place_of, read_labels, read_taken
from leafgraft.storage.field_zip import LABELS, PICKS, PICKS_BESIDE, UNLABELLED, is_zip, unpack
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.study.steps.field.known import Labelled


@dataclass(frozen=True, slots=True)
class GivenLabels:
    """Labels of one file.

    Attributes:
        path: As a person named it.
        folder: What paths in it are relative to.
        labels: What it says.
        taken: What the phone tells of the photos of a zip that nobody labelled there, by file name.
        said: Which paths of another machine were found here, in words.
    """

    path: Path
    folder: Path
    labels: tuple[FieldLabel, ...]
    taken: Mapping[str, Taken] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def answers(self) -> dict[str, str]:
        """The answer to every photo, by its place on the disk; of several labellers the last one's."""
        return {place_of(one.path, self.folder): composed(one.label) for one in self.labels}

    @property
    def places(self) -> tuple[str, ...]:
        """What labels call the place of each photo, also "", and what the phone calls those of photos without one."""
        return (*(one.place for one in self.labels), *(one.place for one in self.taken.values() if one.place))


@dataclass(frozen=True, slots=True)
class LabelsOfPlace:
    """All that was named, of one place.

    Attributes:
        place: What to call it.
        given: By file.
        said: What was left out, in words.
        named: The answer to every photo that a label names, of whatever place, by its place on the disk.
        unlabelled: Folders of photos that lie in zips without a label.
    """

    place: str
    given: tuple[GivenLabels, ...]
    said: tuple[str, ...]
    named: Mapping[str, str] = field(default_factory=dict)
    unlabelled: tuple[Path, ...] = ()


def read_given(files: Sequence[Path], named: str | None, unpack_into: Path) -> LabelsOfPlace:
    """Read what was named.

    Of a photo that lies in two zips the later answer of a labeller counts, and none that was taken back since: a phone
    exports all that it keeps.

    Args:
        files: ``labels.csv``, zips, or folders that zips were unpacked into, one or more.
        named: What the person calls the place; of labels from several places, those of this one are taken, or all if
            it is none of them.
        unpack_into: Folder for what zips hold.

    Raises:
        LabelsError: A file cannot be read.
        StudyFolderError: A zip cannot be unpacked.
        UsageError: The labels are of several places, and none is named.
    """
    given = [_read(path, unpack_into) for path in dict.fromkeys(files)]
    taken = {name: one for of in given for name, one in of.taken.items()}
    later, taken_back = _later_alone([_as_taken(of, taken) for of in given])
    found = _of_one_place(later, named)
    answers = {place: label for of in given for place, label in of.answers.items()}
    said = [line for of in given for line in of.said]
    if taken_back:
        said.append(f"Left out: {counted(taken_back, 'answer')} taken back on the phone later.")
    return replace(found, said=(*found.said, *said), named=answers)


def _read(path: Path, unpack_into: Path) -> GivenLabels:
    folder, of_phone = _folder_of(path, unpack_into), _is_of_phone(path)
    labels, said = found_here(read_labels(folder / LABELS if of_phone else path), folder)
    taken = read_taken(folder / PICKS) if of_phone and (folder / PICKS).is_file() else {}
    return GivenLabels(path, folder, labels, taken, said)


def _as_taken(given: GivenLabels, taken: Mapping[str, Taken]) -> GivenLabels:
    """Labels of photos that a phone took, with their group and place, whoever labelled them."""
    known = [(one, taken.get(_name(one), Taken())) for one in given.labels]
    labels = (replace(one, group=one.group or by.group, place=one.place or by.place) for one, by in known)
    return replace(given, labels=tuple(labels))


def _is_of_phone(path: Path) -> bool:
    """Whether it is a zip of the phone page, or the folder that one was unpacked into."""
    return is_zip(path) or path.is_dir()


def _folder_of(path: Path, unpack_into: Path) -> Path:
    """What paths in the labels are relative to."""
    if path.is_dir():
        return path
    return unpack(path, unpack_into) if is_zip(path) else path.parent


def as_adapted_before(given: LabelsOfPlace, known: Sequence[Labelled]) -> LabelsOfPlace:
    """Labels that name no place, of the one place that photos among theirs were adapted to before, if there is one.

    Args:
        given: The labels, whose place the command does not name.
        known: Photos that were labelled before.
    """
    if not known or any(one for of in given.given for one in of.places):
        return given
    found = _places_before(given, known)
    places = sorted({place for place in found if place})
    if len({place_key(place) for place in places}) != 1 or given.place in places:
        return given
    place, count = places[0], sum(place != "" for place in found)
    said = (
        f"{count:,} of {counted(len(found), 'label')} are of photos that were adapted to as '{place}' before: all are "
        "taken to be of it. --place names another."
    )
    return replace(given, place=place, said=(*given.said, said))


def check_one_place(given: LabelsOfPlace, known: Sequence[Labelled]) -> None:
    """Refuse labels of two places, where no label says so, but an earlier adaptation does.

    All photos of one place may be given another name.

    Args:
        given: The labels; one that names its place itself is of it.
        known: Photos that were labelled before.

    Raises:
        UsageError: Some are of another place, and others are not.
    """
    here = place_key(given.place)
    if all(place_key(one.place) == here for one in known):
        return
    places = _places_before(given, known)
    others = Counter(place for place in places if place and place_key(place) != here)
    is_one = len({place_key(place) for place in places if place}) == 1
    if not others or (is_one and "" not in places):
        return
    other, count = others.most_common(1)[0]
    renamed = f" --place '{other}' takes all of them to be of '{other}'." if is_one else ""
    raise UsageError(
        f"adapt fits to one place at a time; here to '{given.place}'.",
        f"{count:,} of {counted(len(places), 'label')} are of photos that were adapted to as '{other}' before.",
        f"Name a file with the labels of '{given.place}' alone, or say where each photo was taken in a column 'place'."
        + renamed,
    )


def _places_before(given: LabelsOfPlace, known: Sequence[Labelled]) -> list[str]:
    """Place of an earlier adaptation of each label's photo; empty where there is none, or the label names its own."""
    before = {one.photo_id: one.place for one in known}
    labels = [(of, one) for of in given.given for one in of.labels]
    return ["" if one.place else before.get(_photo(of, one), "") for of, one in labels]


def found_here(labels: Sequence[FieldLabel], folder: Path) -> tuple[tuple[FieldLabel, ...], tuple[str, ...]]:
    """Labels with paths of another machine found by their end, as the label page finds them, and that in words.

    A photo that two such paths may mean, or that is named as it lies here, too, is left to none of them.
    """
    each = Disk(folder.absolute()).find_each(one.path for one in labels)
    other = {path: file for path, file in each.items() if place_of(file, folder) != place_of(path, folder)}
    places = {path: as_on_disk(Path(place_of(file, folder))) for path, file in other.items()}
    found = {path: place.as_posix() for path, place in places.items() if is_file(place)}
    said = taken_for({path: other[path] for path in found})
    return tuple(replace(one, path=found.get(one.path, one.path)) for one in labels), said


def _name(label: FieldLabel) -> str:
    """File name of a photo; that of a phone's photo holds a sum over its bytes."""
    return label.path.rsplit("/", 1)[-1]


def _later_alone(given: Sequence[GivenLabels]) -> tuple[list[GivenLabels], int]:
    """Of the answers of one labeller to one photo in several zips the latest; and how many were taken back since."""
    zips = [of for of in given if _is_of_phone(of.path)]
    if len(zips) < 2:
        return list(given), 0
    latest: dict[tuple[str, str], FieldLabel] = {}
    for of in zips:
        for one in of.labels:
            said_by = _photo(of, one), one.labeller
            if time_of(latest.setdefault(said_by, one).time) < time_of(one.time):
                latest[said_by] = one
    without = _exported_without_answer(zips)
    stands = [one for one in latest.values() if not 0 < time_of(one.time) < without.get(_name(one), 0.0)]
    counts = {id(one) for of in given if not _is_of_phone(of.path) for one in of.labels} | {id(one) for one in stands}
    kept = [replace(of, labels=tuple(one for one in of.labels if id(one) in counts)) for of in given]
    return kept, len(latest) - len(stands)


def _exported_without_answer(zips: Sequence[GivenLabels]) -> dict[str, float]:
    """When the phone last exported a photo without an answer, in seconds since 1970, by its name, the same in each zip.

    A photo that was chosen twice on the phone is two, of which one may have an answer.
    """
    found: dict[str, float] = {}
    for of in zips:
        time = _exported_at(of.folder)
        for file in (of.folder / UNLABELLED).glob("*"):
            found[file.name] = max(time, found.get(file.name, 0.0))
    return found


def _photo(of: GivenLabels, label: FieldLabel) -> str:
    """What a photo is known by, whatever it is called: its bytes; a name if they cannot be read."""
    return photo_id_at(as_on_disk(Path(place_of(label.path, of.folder)))) or _name(label)


def _exported_at(folder: Path) -> float:
    """When the phone wrote a zip, in seconds since 1970; 0 if an earlier page wrote it, which does not say."""
    beside = folder / PICKS_BESIDE
    return time_of(str(read_json_file(beside).get("exported", ""))) if beside.is_file() else 0.0


def time_of(text: str) -> float:
    """A time in ISO 8601, in seconds since 1970; 0 if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _of_one_place(given: Sequence[GivenLabels], named: str | None) -> LabelsOfPlace:
    places: dict[str, str] = {}
    for place in (one for of in given for one in of.places if one):
        places.setdefault(place_key(place), place)
    if named is None and len(places) > 1:
        raise UsageError(
            "adapt fits to one place at a time.",
            f"The photos are of {len(places)}: {first_of(list(places.values()), 5)}.",
            f"Name one: --place '{next(iter(places.values()))}'; another name takes all of them together.",
        )
    if named is None or place_key(named) not in places:
        place = named if named is not None else next(iter(places.values()), UNNAMED_PLACE)
        return LabelsOfPlace(place, tuple(given), (), unlabelled=_unlabelled(given))
    here = {"", place_key(named)}
    kept = tuple(replace(of, labels=tuple(one for one in of.labels if place_key(one.place) in here)) for of in given)
    others = sum(len(of.labels) for of in given) - sum(len(of.labels) for of in kept)
    said = (f"Left out: {counted(others, 'label')} of other places than {named}.",) if others else ()
    own = [of for of in given if not of.places or here & set(map(place_key, of.places))]
    return LabelsOfPlace(named, kept, said, unlabelled=_unlabelled(own))


def _unlabelled(given: Sequence[GivenLabels]) -> tuple[Path, ...]:
    folders = (of.folder / UNLABELLED for of in given if _is_of_phone(of.path))
    return tuple(one for one in folders if one.is_dir())
