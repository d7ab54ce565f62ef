"""Which folders are classes, and which are splits of them; what is neither is refused with the folder to name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from leafgraft.data.read.folder_tree import Folder, holds_folders, with_same_numbers
from leafgraft.data.read.listing import are_plants, is_of_masks, is_of_photos, part_in, split_of
from leafgraft.errors import PhotosError
from leafgraft.records.display import counted, first_of, in_yaml
from leafgraft.records.photo import class_key

MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """A folder of photos of one class."""

    folder: Folder
    label: str
    split: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the photos of a folder are arranged.

    Attributes:
        root: What the paths of photos are relative to.
        classes: Folders of one class each; of a class that is split, several.
        beside: Folders whose own photos are of no class.
    """

    root: Folder
    classes: tuple[ClassFolder, ...]
    beside: tuple[Folder, ...]


def find_layout(root: Folder, exclude: Collection[str] = ()) -> Layout:
    """Find the class folders.

    Args:
        root: All that is below the folder that the user named.
        exclude: Classes that are left out; their folders may be anything.

    Raises:
        PhotosError: The folders hold splits or classes in a way that can be read in two ways.
    """
    root = _unwrapped(root)
    _check_masks(root, exclude)
    _check_parts(root, exclude)
    splits = {id(one): split for one in root.folders if (split := split_of(one.name))}
    if len(set(splits.values())) > 1:
        return _split_layout(root, [(one, splits[id(one)]) for one in root.folders if id(one) in splits], exclude)
    if inner := _classes_with_splits(root, exclude):
        return Layout(root, inner, (root, *root.folders))
    _check_no_split_is_lost(root, exclude)
    _check_no_parts(root, exclude)
    _check_classes(root, root.folders, exclude)
    named = (one for one in root.full if split_of(one.name) and one.label not in exclude)
    if part := next((one for one in named if not holds_folders(one)), None):
        raise _part_alone(root, part)
    return Layout(root, tuple(ClassFolder(one, one.label) for one in root.folders), (root,))


def _unwrapped(folder: Folder) -> Folder:
    """Step into folders that hold one folder of folders and nothing else, as unpacked archives do.

    A class alone, with a folder of photos for each plant or day, is a class.
    """
    while len(folder.folders) == 1 and not folder.photos and folder.folders[0].folders:
        inner = folder.folders[0]
        if (
            are_plants([one.name for one in inner.full])
            and not any(one.full for one in inner.full)
            and not split_of(inner.name)
        ):
            break
        folder = inner
    return folder


def _check_masks(root: Folder, exclude: Collection[str]) -> None:
    """No folder of masks lies beside the photos that they belong to: it would be a class, or part of one.

    Raises:
        PhotosError: One does.
    """

    def walk(folder: Folder) -> Iterator[tuple[Folder, list[Folder]]]:
        inner = [one for one in folder.full if one.label not in exclude]
        yield folder, inner
        for one in inner:
            yield from walk(one)

    for folder, inner in walk(root):
        masks = next((one for one in inner if is_of_masks(one.name)), None)
        photos = next((one for one in inner if is_of_photos(one.name)), None)
        photos = photos or (folder if folder.photos and folder is not root else None)
        if masks and photos:
            mend = (
                f"Move '{masks.path}' elsewhere."
                if photos is folder
                else f"Name '{photos.path}' alone, if it holds one folder per class, or list its photos in a CSV with "
                "the columns path,label."
            )
            raise PhotosError(
                f"'{root.path}' must hold one folder of photos per class, and no masks.",
                f"In '{folder.path}', '{masks.name}' holds masks of '{photos.name}', by the names of the folders.",
                mend,
            )


def _check_parts(root: Folder, exclude: Collection[str]) -> None:
    """No part of a split is left out whole, as a link to a folder is: its photos would be dealt out of the others.

    Raises:
        PhotosError: One is.
    """
    for place in (root, *(one for one in root.folders if one.label not in exclude)):
        parts = [one for one in place.folders if split_of(one.name)]
        lost = [one for one in parts if not one.count and any(below.unknown or below.left_out for below in one.walk())]
        if lost and len({split_of(one.name) for one in parts}) > 1:
            raise PhotosError(
                f"The parts {', '.join(one.name for one in parts)} of the split in '{place.path}' must hold photos.",
                f"'{lost[0].name}' does not: {lost[0].without_photos()}.",
                f"Put the photos themselves there, or list all in a CSV with the columns path,label,split. To do "
                f"without them, move '{lost[0].name}' elsewhere.",
            )


def _check_no_split_is_lost(root: Folder, exclude: Collection[str]) -> None:
    """Class folders that hold train and test folders hold nothing else: their split would be lost.

    Raises:
        PhotosError: One holds photos beside them.
    """
    for one in root.full:
        parts = [inner for inner in one.full if split_of(inner.name)]
        if one.photos and len({split_of(part.name) for part in parts}) > 1 and one.label not in exclude:
            raise PhotosError(
                f"Class '{one.name}' must hold its photos either in folders of a split, or directly.",
                f"Beside {', '.join(part.name for part in parts)} it holds {counted(len(one.photos), 'photo')}, such "
                f"as {one.photos[0].name}.",
                "Move photos that lie beside these folders into one of them, or out of the class.",
            )


def _split_layout(root: Folder, given: Sequence[tuple[Folder, str]], exclude: Collection[str]) -> Layout:
    parts = [(_unwrapped(folder), folder, split) for folder, split in given]
    for part, folder, _ in parts:
        if part.is_flat or (len(part.full) == 1 and split_of(part.full[0].name) and not part.photos):
            raise _splits_alone(root, given, folder, "holds photos directly")
    for other in root.folders:
        if other.count and all(other is not folder for folder, _ in given):
            raise _splits_alone(root, given, other, f"lies beside {', '.join(folder.name for folder, _ in given)}")
    _check_each_once(root, given)
    for part, _, _ in parts:
        _check_classes(part, part.folders, exclude)
    _check_unlabelled(root, parts, exclude)
    classes = tuple(ClassFolder(one, one.label, split) for part, _, split in parts for one in part.folders)
    return Layout(root, classes, (root, *(part for part, _, _ in parts)))


def _check_each_once(place: Folder, given: Sequence[tuple[Folder, str]]) -> None:
    """No part of a split has two folders: one may be another choice of its photos.

    Raises:
        PhotosError: One has.
    """
    first: dict[str, Folder] = {}
    for folder, part in given:
        if folder.count and (before := first.setdefault(part, folder)) is not folder:
            raise PhotosError(
                f"Each part of the split in '{place.path}' must be one folder.",
                f"'{folder.name}' is of the same part as '{before.name}'.",
                "Put the photos of both into one of them, or move one of them elsewhere.",
            )


def _check_unlabelled(root: Folder, parts: Sequence[tuple[Folder, Folder, str]], exclude: Collection[str]) -> None:
    """No part has all its photos in one folder that is none of the other parts' classes, as photos without labels lie.

    Raises:
        PhotosError: One has.
    """
    given = [(folder, split) for _, folder, split in parts]
    for part, folder, split in parts:
        others = {class_key(one.name) for other, _, _ in parts if other is not part for one in other.full}
        alone = part.full[0] if len(part.full) == 1 else None
        if split == "train" or alone is None or len(others) < 2 or alone.label in exclude:
            continue
        if class_key(alone.name) not in others:
            raise _splits_alone(root, given, folder, f"holds '{alone.name}' alone, which is no class of another part")


def _check_no_parts(root: Folder, exclude: Collection[str]) -> None:
    """The folders are not all called by parts of a split, as ``tomato_train`` and ``tomato_test`` are.

    Raises:
        PhotosError: They are, by several parts.
    """
    parts = {one.name: part_in(one.name) for one in root.full if one.label not in exclude}
    if all(parts.values()) and len(set(parts.values())) > 1:
        raise PhotosError(
            f"'{root.path}' must hold one folder of photos per class, or train and test folders of class folders.",
            f"{first_of(list(parts), MOST_NAMED)} have names of parts of a split.",
            "Call them train, validation and test, with one folder per class in each. If they are classes, give them "
            "other names.",
        )


def _classes_with_splits(root: Folder, exclude: Collection[str]) -> tuple[ClassFolder, ...]:
    """Class folders that each hold train, validation or test folders of photos; none if they do not.

    Raises:
        PhotosError: One holds two folders of one part.
    """
    found = [(one, inner) for one in root.full for inner in one.full]
    if not found or any(one.photos for one in root.full) or any(inner.full for _, inner in found):
        return ()
    splits = [split_of(inner.name) for _, inner in found]
    if not all(splits) or len(set(splits)) < 2:
        return ()
    for one in (one for one in root.full if one.label not in exclude):
        _check_each_once(one, [(inner, split_of(inner.name)) for inner in one.full])
    classes = [ClassFolder(inner, one.label, split) for (one, inner), split in zip(found, splits, strict=True)]
    return (*classes, *(ClassFolder(one, one.label) for one in root.folders if not one.count))


def _check_classes(place: Folder, folders: Sequence[Folder], exclude: Collection[str]) -> None:
    """Class folders hold photos, or one folder per plant, and no other class.

    Raises:
        PhotosError: One holds folders that may be classes themselves.
    """
    folders = [one for one in folders if one.label not in exclude]
    nested = [one for one in folders if holds_folders(one)] or with_same_numbers([one for one in folders if one.count])
    if nested:
        raise _no_classes(place, nested, [one for one in folders if one.count and one not in nested])
    names = {class_key(one.name): one for one in folders}
    for one in folders:
        for inner in (below for below in one.walk() if below is not one and below.count):
            other = names.get(class_key(inner.name), one)
            if other is not one:
                raise PhotosError(
                    f"A class folder of '{place.path}' must hold photos of its own class.",
                    f"'{inner.path.relative_to(place.path)}' lies in class '{one.name}' and has the name of class "
                    f"'{other.name}'.",
                    f"Move it out of '{one.name}', or rename it.",
                )


def _splits_alone(root: Folder, given: Sequence[tuple[Folder, str]], wrong: Folder, found: str) -> PhotosError:
    names = ", ".join(folder.name for folder, _ in given)
    others = [(folder, split) for folder, split in given if folder is not wrong and not _unwrapped(folder).is_flat]
    train = next((folder for folder, split in others if split == "train"), None)
    instead = f", name '{train.path}' alone" if train else ""
    return PhotosError(
        f"The folders {names} in '{root.path}' must be its only ones, each with one folder per class.",
        f"'{wrong.name}' {found}.",
        f"Move '{wrong.name}' elsewhere{instead}, or give a CSV with the columns path,label,split."
        if others
        else "Give a CSV with the columns path,label,split, or put the photos of each class into a folder of its own.",
    )


def _part_alone(root: Folder, part: Folder) -> PhotosError:
    others = first_of([one.name for one in root.full if one is not part], MOST_NAMED) or "no other folder of photos"
    return PhotosError(
        f"'{root.path}' must hold one folder of photos per class, or train and test folders of class folders.",
        f"'{part.name}' has the name of a part of a split; beside it: {others}.",
        f"Move '{part.name}' elsewhere, or leave it out of a study with exclude: [{in_yaml(part.label)}]. "
        "If it is a class, give it another name.",
    )


def _no_classes(place: Folder, nested: Sequence[Folder], classes: Sequence[Folder]) -> PhotosError:
    shown = "; ".join(f"'{one.name}' holds {first_of(one.inside, MOST_NAMED)}" for one in nested[:MOST_NAMED])
    more = f"; and {len(nested) - MOST_NAMED} more" if len(nested) > MOST_NAMED else ""
    best = max(nested, key=lambda one: one.count).begin.path
    first = in_yaml(nested[0].label)
    exclude = f", or leave it out of a study with exclude: [{first}]" if len(classes) > 1 else ""
    mend = (
        f"Name one of them: '{best}'{exclude}. Or put the photos of each class into one folder, or list them in a CSV "
        "with the columns path,label."
    )
    if len(nested) > 1 and len({tuple(one.inside) for one in nested}) == 1:
        inner, outer = first_of(nested[0].inside, MOST_NAMED), first_of([one.name for one in nested], MOST_NAMED)
        mend = (
            f"If {inner} are the classes, name one folder that holds them: '{best}'. If {outer} are, put the photos of "
            "each into one folder, or list them in a CSV with the columns path,label,group."
        )
    return PhotosError(
        f"'{place.path}' must hold one folder of photos per class.",
        f"It holds folders of folders: {shown}{more}.",
        mend,
    )
