"""Each place in turn is tested, and the others train: leave one place out."""

from __future__ import annotations

from dataclasses import replace

from leafgraft.data.dealing import deal, to_fold, units_of
from leafgraft.errors import SplitError
from leafgraft.records.display import counted, in_yaml
from leafgraft.records.photo import Manifest
from leafgraft.records.split import Fold, SplitPlan, Splits

OF_OTHERS = "of its photos of other places"


def leave_places_out(manifest: Manifest, plan: SplitPlan) -> Splits:
    """One fold per place: all its photos test, and the photos of the others train and validate.

    A leaf with photos in two places is in neither's training while the other is tested.

    Raises:
        SplitError: There is one place only, or one has too few classes or holds all photos of one.
    """
    _check_places(manifest)
    folds = []
    for number, place in enumerate(manifest.places):
        test = {photo.photo_id for photo in manifest.photos if photo.place == place}
        tested = {photo.group for photo in manifest.photos if photo.place == place} if plan.keep_groups else set()
        rest = [photo for photo in manifest.photos if photo.place != place and photo.group not in tested]
        shares = (1 - plan.validation, plan.validation)
        train, validation = deal(units_of(rest, plan), shares, plan.seed + 1 + number)
        fold = replace(to_fold(manifest, (train, validation, test)), left_out=place)
        _check_left_out(manifest, fold)
        folds.append(fold)
    return Splits(tuple(folds), plan.seed, plan.keep_groups)


def _check_places(manifest: Manifest) -> None:
    """There are two places or more to leave out in turn, each with classes to tell apart."""
    if len(manifest.places) < 2:
        found = f"All are of '{manifest.places[0]}'." if manifest.places else "No photo has a place."
        raise SplitError(
            "leave_out: place needs photos of two places or more.",
            found,
            "Write photos: {home: FOLDER, field: FOLDER}, give the CSV a column place, or leave leave_out out.",
        )
    for place in manifest.places:
        classes = {photo.label for photo in manifest.photos if photo.place == place}
        if len(classes) < 2:
            raise SplitError(
                f"Place '{place}' must have photos of two classes or more to be left out and tested on.",
                f"It has photos of {', '.join(classes)} alone.",
                "Add photos of other classes, join it with another place, or leave leave_out out.",
            )


def _check_left_out(manifest: Manifest, fold: Fold) -> None:
    """Every class can be learned, and chosen on, without the place that is left out."""
    label_of = {photo.photo_id: photo.label for photo in manifest.photos}
    for part in ("train", "validation"):
        present = {label_of[photo_id] for photo_id in getattr(fold, part)}
        if missing := [label for label in manifest.classes if label not in present]:
            raise SplitError(
                f"Class '{missing[0]}' must have photos in the {part} part while place '{fold.left_out}' is left out.",
                *_why_missing(manifest, fold, missing[0]),
            )


def _why_missing(manifest: Manifest, fold: Fold, label: str) -> tuple[str, str]:
    """Why a part has no photo of a class, and what to do."""
    used = {*fold.train, *fold.validation, *fold.test}
    with_its_leaf = sum(photo.label == label and photo.photo_id not in used for photo in manifest.photos)
    if with_its_leaf:
        shows = counted(with_its_leaf, f"{OF_OTHERS} shows", f"{OF_OTHERS} show")
        return (
            f"It has none there: {shows} a leaf of which '{fold.left_out}' has a photo, too.",
            "Check the groups of these photos, or write keep_groups: false under split, or leave leave_out out.",
        )
    return (
        f"It has none there: too few of its photos are of another place than '{fold.left_out}'.",
        f"Add some of another place, leave the class out with exclude: [{in_yaml(label)}], or leave leave_out out.",
    )
