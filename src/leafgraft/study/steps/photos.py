"""The first steps of a run: look at the photos, find the groups, divide them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leafgraft.data.decode.photo import photo_id_at
from leafgraft.data.groups.from_names import name_groups, name_parts
from leafgraft.data.groups.leaf_groups import Groups, correct_groups, given_groups
from leafgraft.data.read.corrections import correct, corrections_of
from leafgraft.data.read.group_file import read_group_file
from leafgraft.data.read.source import Source, open_source
from leafgraft.data.read.spelling import composed
from leafgraft.errors import PhotosError
from leafgraft.records.correction import Corrections
from leafgraft.records.display import counted, first_of, in_yaml
from leafgraft.records.finding import COUNTED
from leafgraft.records.photo import Manifest, Unreadable, class_key, passed_over_in_words
from leafgraft.records.progress import Progress
from leafgraft.records.split import SplitPlan, Splits
from leafgraft.records.study import Study
from leafgraft.storage.files.checksums import Say, silently
from leafgraft.study.photo_set import Looking, Photos
from leafgraft.study.told import NOTHING_TOLD, Told
from leafgraft.web.photos import list_photos, printable

MOST_NAMED = 3
IN_TRAINING = ("it is in the training folder too", "take photos elsewhere that are not trained on")


def look(source: Source, looking: Looking, told: Told = NOTHING_TOLD, second: str = "") -> Photos:
    """Scan photos and find the photos of one leaf; what people say of them goes before what pixels say.

    Args:
        source: The photos.
        looking: Cache, progress, jobs.
        told: What people say of them.
        second: Name of the second folder that they are, or empty: its names need not tell leaves as those at home do.

    Raises:
        LeafgraftError: There is nothing there that can be used, or the groups or corrections cannot be as they are.
    """
    told.check()
    scanned = looking.scan(source)
    manifest = scanned.manifest
    before = manifest.taken
    if told.group_file:
        manifest = read_group_file(Path(told.group_file), manifest)
    if told.group_name:
        manifest = _named_groups(manifest, told.group_name, second, looking.progress)
    for words in manifest.taken.since(before).in_words():
        looking.progress.say(words)
    _say_given(manifest, looking.progress, second)
    scanned = replace(scanned, manifest=manifest)
    corrections = corrections_of(Path(told.corrections), manifest) if told.corrections else None
    if not second:
        classes = Counter(photo.label for photo in manifest.photos)
        looking.progress.note(COUNTED, photos=len(manifest.photos), classes=classes)
    looked = Photos(scanned, looking.groups(scanned))
    return looked if corrections is None else _corrected(looked, corrections, looking.progress)


def _corrected(photos: Photos, corrections: Corrections, progress: Progress) -> Photos:
    """The photos as people corrected them."""
    scanned = correct(photos.scan, corrections)
    groups = correct_groups(photos.groups, photos.scan, scanned, corrections)
    if corrections.idle:
        count, first = counted(len(corrections.idle), "photo"), first_of(corrections.idle, MOST_NAMED)
        progress.say(f"'{corrections.file}' corrects {count} that the study leaves out already: {first}.")
    for a, b in groups.together:
        progress.say(f"{a} and {b} stay in one group, though '{corrections.file}' parts them: another link joins them.")
    return Photos(scanned, groups, photos.manifest, corrections)


def _named_groups(manifest: Manifest, pattern: str, second: str, progress: Progress) -> Manifest:
    """With the groups that names tell; of a second folder as it is, which is said, if they do not tell its leaves."""
    if not second:
        return name_groups(pattern, manifest)
    found = set(name_parts(pattern, manifest))
    if found == {""}:
        progress.say(f"Second folder '{second}': groups: {{name: '{pattern}'}} matches no name of its photos.")
        return manifest
    if len(found) == 1:
        progress.say(f"Second folder '{second}': groups: {{name: '{pattern}'}} does not tell its photos apart.")
        return manifest
    return name_groups(pattern, manifest)


def _say_given(manifest: Manifest, progress: Progress, second: str = "") -> None:
    """Say how many photos have a group of the user's.

    Raises:
        PhotosError: All of them are in one group.
    """
    given = given_groups(manifest.photos)
    groups, named = set(given) - {""}, sum(map(bool, given))
    if len(groups) == 1 and named == len(given):
        raise PhotosError(
            "Groups must tell the leaves apart.",
            f"All {named:,} photos are in one group, '{given[0]}', which can lie in one part of a split only.",
            "Give each leaf a group of its own, or leave groups out.",
        )
    if named:
        alone = f"; {counted(len(given) - named, 'photo')} without one, each alone unless its pixels show a known leaf"
        given_to = f"Groups given: {counted(named, 'photo')} in {counted(len(groups), 'group')}"
        of = f"Second folder '{second}': " if second else ""
        progress.say(f"{of}{given_to}{alone if named < len(given) else ''}.")


def divide(photos: Photos, plan: SplitPlan, progress: Progress) -> Splits:
    """Split; places that test nothing, or keep photos from training, are named."""
    splits, manifest = photos.split(plan), photos.manifest
    place_of = {photo.photo_id: photo.place for photo in manifest.photos}
    tested = {place_of[photo_id] for fold in splits.folds for photo_id in fold.test}
    if untested := [place for place in manifest.places if place not in tested]:
        progress.say(f"No test photo is of {', '.join(untested)}: nothing is measured there.")
    unused = {one.left_out: len(place_of) - len({*one.train, *one.validation, *one.test}) for one in splits.folds}
    if kept := [f"{place} {count:,}" for place, count in unused.items() if place and count]:
        progress.say(
            "Photos of other places that are not trained on while a place is tested, as it has their leaf, too: "
            f"{', '.join(kept)}."
        )
    return splits


def look_at_second_folders(study: Study, home: Manifest, looking: Looking) -> dict[str, Photos]:
    """Scan every second folder; its classes are those of the training folder. Foreign folders are only listed.

    Raises:
        PhotosError: It is the training folder itself, its classes do not match, or it shares photos with the
            training folder.
    """
    list_foreign(study.foreign, home, looking.progress.say)
    found = {}
    for name, source in study.also_test.items():
        if name in home.places:
            raise PhotosError(
                "A second folder must have another name than the places of the photos.",
                f"Both are called '{name}'.",
                "Rename it under also_test.",
            )
        if Path(source).resolve() in {Path(one).resolve() for one in (study.photos, *study.places.values()) if one}:
            raise PhotosError(
                f"Second folder '{name}' must hold photos that are not trained on.",
                f"It is the training folder itself: {source}.",
                "Name another folder under also_test, or leave it out.",
            )
        photos = look(open_source(source), looking, replace(NOTHING_TOLD, group_name=study.group_name), name)
        found[name] = _not_trained_on(name, photos, study.class_names.get(name, {}), home)
        if left_out := len(photos.manifest.photos) - len(found[name].manifest.photos):
            what = counted(left_out, "photo is", "photos are")
            looking.progress.say(f"Second folder '{name}': {what} in the training folder too; left out.")
        if lacking := [one for one in home.classes if one not in found[name].manifest.classes]:
            looking.progress.say(
                f"Second folder '{name}': no photo of {', '.join(lacking)}, so its figures say nothing of that."
            )
    return found


def _not_trained_on(name: str, photos: Photos, given: Mapping[str, str], home: Manifest) -> Photos:
    mapping = {composed(theirs): composed(ours) for theirs, ours in given.items()}
    theirs = set(photos.manifest.classes) | photos.manifest.empty.keys()
    if unknown := sorted(set(mapping) - theirs):
        raise PhotosError(
            f"The class names of second folder '{name}' must be its own.",
            f"It has {', '.join(sorted(theirs))}, not {', '.join(unknown)}.",
            "Mend the mapping under also_test.",
        )
    renamed = [replace(photo, label=mapping.get(photo.label, photo.label)) for photo in photos.manifest.photos]
    if strange := sorted({photo.label for photo in renamed} - set(home.classes)):
        raise PhotosError(
            f"Second folder '{name}' must have the classes {', '.join(home.classes)}.",
            f"It also has {', '.join(strange)}.",
            f"Map them: also_test: {{{in_yaml(name)}: {{folder: ..., classes: {{{_mapping(strange, home)}}}}}}}; or "
            "move their photos elsewhere.",
        )
    known = {photo.photo_id for photo in home.photos}
    rows = [row for row, photo in enumerate(renamed) if photo.photo_id not in known]
    if not rows:
        raise PhotosError(
            f"Second folder '{name}' must hold photos that are not trained on.",
            "Every one of its photos is in the training folder too.",
            "Name another folder under also_test, or leave it out.",
        )
    left_out = tuple(Unreadable(one.path, *IN_TRAINING) for one in renamed if one.photo_id in known)
    unreadable = tuple(sorted((*photos.manifest.unreadable, *left_out), key=lambda one: one.path))
    manifest = replace(photos.manifest, photos=tuple(renamed[row] for row in rows), unreadable=unreadable)
    label_of = {photo.path: photo.label for photo in manifest.photos}
    found = (*photos.groups.pairs, *photos.groups.crossing)
    left = [pair for pair in found if {pair.a_path, pair.b_path} <= label_of.keys()]
    crossing = tuple(pair for pair in left if label_of[pair.a_path] != label_of[pair.b_path])
    pairs = tuple(pair for pair in left if pair not in crossing)
    return Photos(replace(photos.scan.rows(rows), manifest=manifest), Groups(manifest, pairs, crossing))


def _mapping(strange: Sequence[str], home: Manifest) -> str:
    """Classes of other names, and the training class that each may be: the one that is spelled alike, else a blank."""
    ours = {class_key(one): one for one in home.classes}
    return ", ".join(f"{in_yaml(one)}: {in_yaml(ours.get(class_key(one), 'CLASS'))}" for one in strange)


def list_foreign(folders: Mapping[str, str], home: Manifest, say: Say = silently) -> dict[str, list[Path]]:
    """Photos of every foreign folder; those that are trained on are left out, and what is no photo is said.

    Raises:
        PhotosError: A folder does not exist or holds no other photo.
    """
    known = {photo.photo_id for photo in home.photos}
    found = {}
    for name, folder in folders.items():
        listed = list_photos([Path(folder)])
        found[name] = [one.path for one in listed.photos if photo_id_at(one.path) not in known]
        if not found[name]:
            raise none_left(name, "Every one of its photos is in the training folder too.")
        if listed.passed_over:
            say(f"Folder '{name}' under foreign: {printable(passed_over_in_words(listed.passed_over))}.")
        for path, reason in listed.unlisted:
            say(f"Folder '{name}' under foreign lacks the photos of '{printable(path)}': {reason}.")
    return found


def none_left(name: str, found: str) -> PhotosError:
    """A folder under ``foreign`` that gives no photo."""
    return PhotosError(
        f"The folder '{name}' under foreign must hold photos that are not trained on.",
        found,
        "Name another folder, or leave it out.",
    )
