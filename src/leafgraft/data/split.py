"""Which photos train, validate and test: stratified by class and place, seeded, groups kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leafgraft.data.dealing import deal, to_fold, units_of
from leafgraft.data.left_out import leave_places_out
from leafgraft.errors import SplitError
from leafgraft.records.display import counted, in_yaml
from leafgraft.records.photo import Manifest, class_key
from leafgraft.records.split import SplitPlan, Splits

PARTS = ("train", "validation", "test")
FEWEST_PHOTOS = 10


def split(manifest: Manifest, plan: SplitPlan) -> Splits:
    """Split the photos of `manifest` as `plan` asks, or keep the split that they came with.

    Whole groups are dealt out class by class, and within a class place by place, the largest first, each to the part
    that lacks most of its share. A photo's class and place decide where its group is counted; a group of several
    counts as its commonest.

    Raises:
        SplitError: A class holds fewer than 10 photos, or cannot be in all three parts; or the shares are no shares;
            or a place cannot be left out.
    """
    _check_plan(plan)
    _check_counts(manifest)
    if plan.leave_out:
        return leave_places_out(manifest, plan)
    if all(photo.split for photo in manifest.photos) and plan.folds is None:
        splits = _given(manifest, plan)
    elif plan.folds is None:
        parts = deal(units_of(manifest.photos, plan), (plan.train, plan.validation, plan.test), plan.seed)
        splits = Splits((to_fold(manifest, parts),), plan.seed, plan.keep_groups)
    else:
        splits = _cross_validation(manifest, plan, plan.folds)
        if plan.folds == 2 and _lacking(manifest, splits):
            splits = _cross_validation(manifest, plan, plan.folds, least=2)
    _check_parts(manifest, splits)
    return _as_kept(manifest, splits, plan)


def split_corrected(given: Manifest, corrected: Manifest, plan: SplitPlan) -> Splits:
    """Split corrected photos as they would be without corrections, as far as that can be.

    Photos stay where they were; those that are left out are missing there. Where photos that were joined to one leaf
    lie in several parts, all of them go to the part that has most of them. Where a class then lacks a part, or the
    photos could not be split as they came, the corrected photos are split anew; so are they where places are left out,
    as places say what is tested.

    Args:
        given: The photos as they came.
        corrected: The same, corrected.
        plan: How to split.

    Raises:
        SplitError: The corrected photos cannot be split.
    """
    if plan.leave_out:
        return split(corrected, plan)
    try:
        splits = _regroup(corrected, split(given, plan))
        _check_counts(corrected)
        _check_parts(corrected, splits)
    except SplitError:
        return split(corrected, plan)
    return _as_kept(corrected, splits, plan)


def _as_kept(manifest: Manifest, splits: Splits, plan: SplitPlan) -> Splits:
    """A split that was given keeps leaves together only where it does, whatever the plan asks."""
    if splits.origin != "given":
        return splits
    return replace(splits, keep_groups=plan.keep_groups and not leaks(manifest, splits))


def _regroup(manifest: Manifest, before: Splits) -> Splits:
    """Each photo in its part of before, and those of one group together; a split that was given stays as it is."""
    tested_in = {one: number for number, fold in enumerate(before.folds) for one in fold.test}
    group_of = {photo.photo_id: photo.group for photo in manifest.photos}
    together = before.keep_groups and before.origin != "given"
    folds = []
    for number, fold in enumerate(before.folds):
        part_of = {one: part for part in PARTS for one in getattr(fold, part) if one in group_of}
        if together:
            test_fold = _commonest({one: tested_in.get(one, -1) for one in group_of}, group_of)
            learning = _commonest({one: part for one, part in part_of.items() if part != "test"}, group_of)
            whole = _commonest(part_of, group_of)
            for one, leaf in group_of.items():
                if len(before.folds) == 1:
                    part_of[one] = whole[leaf]
                else:
                    part_of[one] = "test" if test_fold[leaf] == number else learning.get(leaf, "train")
        folds.append(to_fold(manifest, [{one for one, of in part_of.items() if of == part} for part in PARTS]))
    return replace(before, folds=tuple(folds))


def _commonest(value_of: Mapping[str, Any], group_of: Mapping[str, str]) -> dict[str, Any]:
    """Of each group the value that most of its photos have."""
    counts: dict[str, Counter[Any]] = {}
    for one, value in value_of.items():
        counts.setdefault(group_of[one], Counter())[value] += 1
    return {leaf: of.most_common(1)[0][0] for leaf, of in counts.items()}


def leaks(manifest: Manifest, splits: Splits) -> tuple[tuple[str, ...], ...]:
    """Groups, as photo ids, that lie in more than one part of a fold: only a given split can have any."""
    members: dict[str, list[str]] = {}
    for photo in manifest.photos:
        members.setdefault(photo.group, []).append(photo.photo_id)
    found: dict[tuple[str, ...], None] = {}
    for fold in splits.folds:
        part_of = {photo_id: part for part in PARTS for photo_id in getattr(fold, part)}
        for ids in members.values():
            if len({part_of[one] for one in ids if one in part_of}) > 1:
                found[tuple(ids)] = None
    return tuple(found)


def shared_test_photos(splits: Splits, group_of: Mapping[str, str]) -> list[str]:
    """Ids of test photos whose group has a photo in training, of all folds; a photo without a group shares none."""
    found: dict[str, None] = {}
    for fold in splits.folds:
        trained = {group_of[one] for one in fold.train if one in group_of}
        found |= {one: None for one in fold.test if one in group_of and group_of[one] in trained}
    return list(found)


def _check_plan(plan: SplitPlan) -> None:
    shares = (plan.train, plan.validation, plan.test)
    if plan.leave_out and (plan.leave_out != "place" or plan.folds is not None or not 0 < plan.validation < 1):
        raise SplitError(
            "leave_out must be 'place', without folds, and the validation share between 0 and 1.",
            f"They are '{plan.leave_out}', {plan.folds} and {plan.validation:g}.",
            "Try leave_out: place and validation: 0.1.",
        )
    if plan.folds is not None and (plan.folds < 2 or not 0 < plan.validation < 1):
        raise SplitError(
            "folds must be 2 or more, and the validation share between 0 and 1.",
            f"They are {plan.folds} and {plan.validation:g}.",
            "Try folds: 5 and validation: 0.1.",
        )
    if plan.folds is None and not plan.leave_out and (min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6):
        raise SplitError(
            "The shares of train, validation and test must be above 0 and sum to 1.",
            f"They are {', '.join(f'{share:g}' for share in shares)}.",
            "Try 0.8, 0.1 and 0.1.",
        )


def _check_counts(manifest: Manifest) -> None:
    counts = Counter(photo.label for photo in manifest.photos)
    for label, count in sorted(counts.items(), key=lambda item: item[1]):
        if count < FEWEST_PHOTOS:
            raise SplitError(
                f"Class '{label}' must hold at least {FEWEST_PHOTOS} photos to be split.",
                f"It holds {count}.",
                _mend(manifest, label),
            )


def _given(manifest: Manifest, plan: SplitPlan) -> Splits:
    parts = [{photo.photo_id for photo in manifest.photos if photo.split == part} for part in PARTS]
    if not parts[0] or not parts[2]:
        lacking = "train" if not parts[0] else "test"
        has = " and ".join(part for part, ids in zip(PARTS, parts, strict=True) if ids)
        raise SplitError(
            "The split that the photos came with must have a train part and a test part.",
            f"They have {has}, and no {lacking}.",
            f"Put photos aside in a folder {lacking} of class folders; or put all photos of a class into one folder, "
            "or list them in a CSV without a split, to have them split here.",
        )
    lacks_validation = not parts[1]
    if lacks_validation:
        training = [photo for photo in manifest.photos if photo.split == "train"]
        share = plan.validation / (plan.train + plan.validation)
        train, validation = deal(units_of(training, plan), (1 - share, share), plan.seed)
        parts = [train, validation, parts[2]]
    return Splits((to_fold(manifest, parts),), plan.seed, plan.keep_groups, "given", validation_drawn=lacks_validation)


def _cross_validation(manifest: Manifest, plan: SplitPlan, count: int, least: int = 1) -> Splits:
    """Deal test parts with at least so many groups of a class: two folds train and validate on the other's alone."""
    tests = deal(units_of(manifest.photos, plan), [1 / count] * count, plan.seed, least)
    share = min(0.5, plan.validation / (1 - 1 / count))
    folds = []
    for number, test in enumerate(tests):
        rest = [photo for photo in manifest.photos if photo.photo_id not in test]
        train, validation = deal(units_of(rest, plan), (1 - share, share), plan.seed + 1 + number)
        folds.append(to_fold(manifest, (train, validation, test)))
    return Splits(tuple(folds), plan.seed, plan.keep_groups)


def _check_parts(manifest: Manifest, splits: Splits) -> None:
    if lacking := _lacking(manifest, splits):
        raise _missing(manifest, splits, *lacking)


def _lacking(manifest: Manifest, splits: Splits) -> tuple[str, str] | None:
    """The first class that a part of a fold has no photo of, and that part."""
    label_of = {photo.photo_id: photo.label for photo in manifest.photos}
    for fold in splits.folds:
        for part in PARTS:
            present = {label_of[photo_id] for photo_id in getattr(fold, part)}
            if missing := [label for label in manifest.classes if label not in present]:
                return missing[0], part
    return None


def _missing(manifest: Manifest, splits: Splits, label: str, part: str) -> SplitError:
    asked = f"Class '{label}' must have photos in the {part} part."
    if splits.origin == "given":
        add = "Add some, or put all photos of a class into one folder to have them split here."
        return SplitError(
            asked, "It has none in the split that the photos came with.", _spelling(manifest, label) or add
        )
    photos = [photo for photo in manifest.photos if photo.label == label]
    groups = len({photo.group for photo in photos}) if splits.keep_groups else len(photos)
    needed = 4 if len(splits.folds) == 2 else max(len(splits.folds), len(PARTS))
    return SplitError(
        asked,
        f"It has {counted(len(photos), 'photo')} in {counted(groups, 'group')}, whose photos stay together: "
        f"{needed} are needed.",
        _mend(manifest, label),
    )


def _mend(manifest: Manifest, label: str) -> str:
    return _spelling(manifest, label) or f"Add photos, or leave the class out with exclude: [{in_yaml(label)}]."


def _spelling(manifest: Manifest, label: str) -> str:
    """What to do if another class differs in spelling only; empty if none does."""
    alike = [one for one in manifest.classes if one != label and class_key(one) == class_key(label)]
    return f"Class '{alike[0]}' differs from it in spelling only: choose one, and rename the other." if alike else ""
