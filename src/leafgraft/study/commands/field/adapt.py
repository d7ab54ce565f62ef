"""`leafgraft adapt`: fit the head again for a place, behind two gates."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict, Unpack

from leafgraft.data.decode.photo import photo_id_at
from leafgraft.data.read.spelling import as_meant, as_on_disk, composed, is_folder_name, one_of, place_key
from leafgraft.errors import UsageError
from leafgraft.records.arguments import check_arguments
from leafgraft.records.field_labels import UNNAMED_PLACE
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.field_zip import ZIPS, unlabelled_of
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.page.adaptation_page import BUNDLE, check_adaptation_folder, write_adaptation
from leafgraft.study.photo_set import Looking
from leafgraft.study.results import Exported
from leafgraft.study.steps.export.chosen_trial import Chosen, choose_trial
from leafgraft.study.steps.export.export import Leaving, export_network
from leafgraft.study.steps.field.adapting import Adaptation, adapt_head
from leafgraft.study.steps.field.candidates import PlacePhotos, open_others, try_networks
from leafgraft.study.steps.field.foreseeing import Foreseen, foresee_scaling
from leafgraft.study.steps.field.given_labels import LabelsOfPlace, as_adapted_before, check_one_place, read_given
from leafgraft.study.steps.field.known import (
    Adapted,
    Labelled,
    folders_looked_at,
    note_adapted,
    note_labelled,
    read_labelled,
    testing_ids,
)
from leafgraft.study.steps.field.labels import PlaceLabels, may_be_fitted, read_place
from leafgraft.study.steps.field.network import FieldNetwork, open_network
from leafgraft.study.steps.field.picking import look_at_unlabelled
from leafgraft.study.steps.field.verdict import AdaptedPlace, adaptation_to_json, judge_adaptation
from leafgraft.study.steps.finished_study import FinishedStudy, open_finished
from leafgraft.training.launch import choose_device
from leafgraft.web.evidence import HOME

MOST_LETTERS = 60  # of a name that is shown
ANOTHER_NAME = "Give it another name: --place field"


class Further(TypedDict, total=False):
    """What else may be used.

    Attributes:
        unlabelled: More photos of the place, without labels: they set when the bundle declines, and their surest
            answers are learned from where cross-validation says that this helps; by default the folder of the picks.
        full: Tune the last stage of the chosen network, too, where cross-validation says that this helps: minutes.
    """

    unlabelled: str | Path | None
    full: bool


def adapt(
    study_dir: str | Path,
    labels: str | Path | Sequence[str | Path],
    *,
    place: str | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    **further: Unpack[Further],
) -> AdaptedPlace:
    """Fit the head of the verdict, and of every other network whose features are kept, to home and place.

    The new bundle is written only if the place is shown better, and home is not shown worse by more than a point.

    Args:
        study_dir: Folder of a finished study.
        labels: CSV files ``path,label[,labeller,time,note,group,place]`` of photos of the place, or zips of the phone
            page, which are unpacked into the study folder, or the folder that one was unpacked into; or one of them.
        place: Name of the place; by default what the labels call it, else "field".
        out: Folder of adaptation.json, the page and the bundle; ``STUDY_DIR/adaptation/PLACE`` by default.
        progress: Shows how far it is.
        **further: ``unlabelled`` and ``full``, see `Further`.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    check_arguments(adapt, further, Further)
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent())
    unlabelled, full = further.get("unlabelled"), further.get("full", False)
    kept = StudyFolder(as_meant(study_dir))
    kept.read_json("verdict.json")
    if target := as_meant(out) if out else None:
        check_adaptation_folder(target)
    with kept.lock():
        named, zips = [labels] if isinstance(labels, str | Path) else labels, kept.file(ZIPS)
        given, before = read_given([as_meant(one) for one in named], place, zips), read_labelled(kept)
        given = as_adapted_before(given, before) if place is None else given
        place = _check_name(given, named=place is not None)
        check_one_place(given, before)
        finished = open_finished(kept, looking, choose_device("auto"), second=False)
        chosen = choose_trial(finished.planned, kept)
        place, taken = _as_in_study(place, finished)
        looking = replace(looking, side=chosen.trial.recipe.image_size)
        read = read_place(given.given, finished.manifest, looking)
        said = (*taken, *_told(finished, chosen, place), *_of_folders(kept, given, read), *given.said, *read.said)
        read = replace(read, said=said)
        photos = _divide(read, testing_ids(kept), looking)
        more = (unlabelled_of(as_meant(unlabelled), zips),) if unlabelled else _more_photos(kept, given, read, looking)
        own = {one: label for of in given.given for one, label in of.answers.items()}
        answered = _answered(own, read)
        others = _answered({one: label for one, label in given.named.items() if one not in own}, read)
        of_no_class = [one.photo_id for one in before if one.label not in finished.manifest.classes]
        known = {*answered, *others, *of_no_class, *(one.photo_id for one in finished.manifest.photos)}
        verdict = open_network(finished, chosen.trial)
        photos = replace(photos, unlabelled=_leaves(verdict, _unlabelled(more, known, finished.manifest, looking)))
        found = _fit(verdict, photos, full=full)
        folder = target or kept.path / "adaptation" / place
        done = judge_adaptation(found, read, photos, place, folder)
        if done.kept:
            done = replace(done, exported=_export(finished, found, done))
        missed = [(str(Path(done.root) / path), true, answer) for path, true, answer in found.missed]
        write_adaptation(folder, adaptation_to_json(done), done.headline, missed)
        _note(kept, found, answered, place)
    return done


def _check_name(given: LabelsOfPlace, *, named: bool) -> str:
    """The name of the place, in one Unicode form.

    Raises:
        UsageError: No folder can have it, or it is that of the study's own photos.
    """
    place = composed(given.place).strip()
    by = "--place" if named else next((f"'{of.path}'" for of in given.given if given.place in of.places), "")
    letters = len(place)
    found = f"{by} calls it '{place}'." if letters <= MOST_LETTERS else f"{by} gives it {letters:,} letters."
    if not is_folder_name(place):
        raise UsageError("The name of a place must be one that a folder can have.", found, ANOTHER_NAME)
    if place_key(place) == HOME:
        asked = "The name of a place must tell it from the photos of the study, which are called 'home'."
        raise UsageError(asked, found, ANOTHER_NAME)
    return place


def _as_in_study(place: str, finished: FinishedStudy) -> tuple[str, tuple[str, ...]]:
    """The place as the study spells it, where it is one of its own or a second folder; and that, in words."""
    found = one_of([*finished.manifest.places, *finished.study.also_test], place) or place
    return found, () if found == place else (f"'{place}' is taken for '{found}', as the study spells it.",)


def _told(finished: FinishedStudy, chosen: Chosen, place: str) -> tuple[str, ...]:
    """What the study has and the new bundle has not, in words."""
    own = finished.folder.read_json("verdict.json")["trial"] in {chosen.trial.key, chosen.trial.averaged}
    others = [name for name in finished.study.also_test if place_key(name) != place_key(place)]
    return (
        *(() if own else (chosen.why,)),
        *((f"Second folders of which the new bundle has no figures: {', '.join(others)}.",) if others else ()),
    )


def foresee(study_dir: str | Path, unlabelled: str | Path, *, progress: Progress | None = None) -> Foreseen:
    """What `adapt` would change with unlabelled photos alone; nothing is written.

    Args:
        study_dir: Folder of a finished study.
        unlabelled: Photos of the place; or a zip of the phone page: those without a label.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent())
    kept = StudyFolder(as_meant(study_dir))
    finished = open_finished(kept, looking, choose_device("auto"), second=False)
    chosen = choose_trial(finished.planned, kept).trial
    with TemporaryDirectory() as scratch:
        folder, network = unlabelled_of(as_meant(unlabelled), Path(scratch)), open_network(finished, chosen)
        own = {one.photo_id for one in finished.manifest.photos}
        looking = replace(looking, side=chosen.recipe.image_size)
        shown = _leaves(network, _unlabelled((folder,), own, finished.manifest, looking))
        if shown is None:
            raise UsageError(
                "--unlabelled must hold photos of leaves that are not those of the study.",
                "It holds none.",
                "Name a folder with other photos.",
            )
        return foresee_scaling(network, shown)


def _more_photos(kept: StudyFolder, given: LabelsOfPlace, read: PlaceLabels, looking: Looking) -> tuple[Path, ...]:
    """Folders of unlabelled photos: those of the zips, else the last one that labelled photos were picked from."""
    folders = given.unlabelled or _picked_from(kept, read)[:1]
    for folder in folders:
        why = "which came in the zip" if given.unlabelled else "which photos were picked from"
        looking.progress.say(f"Unlabelled photos of the place: those of '{folder}', {why}.")
    return folders


def _picked_from(kept: StudyFolder, read: PlaceLabels) -> tuple[Path, ...]:
    """Folders that labelled photos were picked from, the last one first."""
    root = Path(read.manifest.root)
    labelled = [root / photo.path for photo in read.manifest.photos]
    return tuple(one for one in folders_looked_at(kept) if any(photo.is_relative_to(one) for photo in labelled))


def _of_folders(kept: StudyFolder, given: LabelsOfPlace, read: PlaceLabels) -> tuple[str, ...]:
    """Where nobody names the place, that its photos were picked from two folders or more, in words."""
    picked = _picked_from(kept, read)
    apart = [one for one in picked if not any(one != other and one.is_relative_to(other) for other in picked)]
    if given.place != UNNAMED_PLACE or len(apart) < 2:
        return ()
    folders = ", ".join(f"'{one}'" for one in apart)
    said = f"Photos that were picked from {len(apart)} folders are taken to be of one place: {folders}."
    return (f"{said} Of two places, name the labels of each alone, with --place.",)


def _answered(named: Mapping[str, str], read: PlaceLabels) -> dict[str, str]:
    """By photo id the answers to photos, also that one is of no class; those that were read among them."""
    known = {str(Path(read.manifest.root) / photo.path): photo for photo in read.manifest.photos}
    others = {photo_id_at(as_on_disk(Path(one))): label for one, label in named.items() if one not in known}
    others.pop("", None)  # one that cannot be read is learned from by nobody
    return others | {photo.photo_id: photo.label for photo in known.values()}


def _unlabelled(folders: Sequence[Path], known: Container[str], home: Manifest, looking: Looking) -> Manifest | None:
    """Photos of folders that nobody gave an answer to, and that show no leaf of the study.

    One that is of no class is not learned from as if it were.
    """
    if not folders:
        return None
    seen = [look_at_unlabelled(folder, looking).manifest for folder in folders]
    root = Path(os.path.commonpath([one.root for one in seen]))
    photos: dict[str, Photo] = {}
    of_home: set[str] = set()
    for manifest in seen:
        below, alike = Path(manifest.root).relative_to(root), looking.shown_in(home, manifest)
        new = [one for one in manifest.photos if one.photo_id not in known]
        of_home |= {one.photo_id for one in new if one.path in alike}
        for one in new:
            photos.setdefault(one.photo_id, replace(one, path=(below / one.path).as_posix()))
    if of_home:
        looking.progress.say(f"Unlabelled photos that show leaves of the study are left out: {len(of_home):,}.")
        photos = {photo_id: one for photo_id, one in photos.items() if photo_id not in of_home}
    by_path = tuple(sorted(photos.values(), key=lambda one: one.path))
    return replace(seen[0], root=str(root), photos=by_path) if by_path else None


def _leaves(network: FieldNetwork, unlabelled: Manifest | None) -> Manifest | None:
    """Those of the photos that show a leaf of whatever kind, as `pick` tells it; None without any."""
    if unlabelled is None:
        return None
    shown = network.shows_leaf(network.features(unlabelled))
    photos = tuple(photo for photo, shows in zip(unlabelled.photos, shown, strict=True) if shows)
    if without := len(shown) - len(photos):
        network.finished.looking.progress.say(f"Unlabelled photos that show no leaf are left out: {without:,}.")
    return replace(unlabelled, photos=photos) if photos else None


def _divide(read: PlaceLabels, testing: frozenset[str], looking: Looking) -> PlacePhotos:
    """Photos that were drawn to test with are never fitted to, unless too few others have a label."""
    photos = read.manifest.photos
    drawn = {photo.group for photo in photos if photo.photo_id in testing}
    others = [photo for photo in photos if photo.group not in drawn]
    if not may_be_fitted(others):
        looking.progress.say("Photos that were drawn to test with are fitted to, too: few others have a label.")
        drawn = set()

    def some(*, tested: bool) -> Manifest:
        return replace(read.manifest, photos=tuple(one for one in photos if (one.group in drawn) == tested))

    return PlacePhotos(some(tested=False), some(tested=True), None)


def _fit(own: FieldNetwork, photos: PlacePhotos, *, full: bool) -> Adaptation:
    networks = [own, *open_others(own)]
    with own.finished.looking.progress.task("Cross-validate networks", 1) as advance:
        candidates = try_networks(networks, photos)
        advance(1)
    return adapt_head(own, candidates, photos, full=full)


def _export(finished: FinishedStudy, found: Adaptation, done: AdaptedPlace) -> Exported:
    trained = found.chosen.network.trained
    trained = replace(trained, inputs=replace(trained.inputs, also_test={}))
    home = adaptation_to_json(done)["home"]
    facts = {"place": done.place, "adaptation": {"labels": done.labels, "said": done.said, "home": home}}
    leaving = Leaving(done.why, trained, found.calibration, found.predictions, {done.place: found.answered}, facts)
    progress = finished.looking.progress
    return export_network(finished.study, finished.folder, leaving, done.folder / BUNDLE, progress)


def _note(kept: StudyFolder, found: Adaptation, answered: Mapping[str, str], place: str) -> None:
    """Keep what the next picks build on; nobody is asked again of a photo that cannot be told."""
    note_labelled(kept, [Labelled(photo_id, label, place) for photo_id, label in answered.items()])
    key = found.chosen.network.trained.trial.key
    note_adapted(kept, Adapted(place, key, found.head.weight, found.head.bias, found.calibration.temperature))
