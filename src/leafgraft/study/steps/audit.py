"""The step that audits the photos of a study and its second folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.audit.audit import audit as audit_photos
from leafgraft.data.audit.audit import audit_to_json
from leafgraft.data.checks.audit_inputs import AuditInputs, Suspects
from leafgraft.data.checks.classes import lg018_few_photos
from leafgraft.data.decode.thumbnails import open_thumbnails
from leafgraft.data.leaf_mask import leaf_masks
from leafgraft.evaluation.distance import FAR, strangeness
from leafgraft.evaluation.floors import background_features, floor_inputs, measure_floors, not_measured
from leafgraft.evaluation.label_errors import suspect_labels
from leafgraft.records.correction import corrections_words
from leafgraft.records.display import finding_line
from leafgraft.records.finding import FOUND, Audit, Finding, Floor, findings_of, floors_from_json
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Recipe
from leafgraft.records.split import Splits
from leafgraft.study.measured import measured
from leafgraft.study.photo_set import Looking, Photos

if TYPE_CHECKING:
    from leafgraft.study.context import StudyContext  # brings torch, which an audit without weights does not need


def floors_of(photos: Photos, looking: Looking, *, leave_places_out: bool = False) -> dict[str, Floor]:
    """Accuracies that need no leaf; `leave_places_out`: in places that nothing was learned of."""
    thumbnails = open_thumbnails(photos.manifest, looking.cache, looking.progress, looking.jobs)
    labels, groups = _labels_and_groups(photos.manifest)
    seen = floor_inputs(photos.scan.facts)
    places = np.array([photo.place for photo in photos.manifest.photos]) if leave_places_out else None

    def measure() -> dict[str, Floor]:
        with looking.progress.task("Mask leaves", 1) as advance:
            background = background_features(thumbnails.colour_nhwc, leaf_masks)
            advance(1)
        with looking.progress.task("Measure floors", 1) as advance:
            floors = measure_floors(labels, groups, replace(seen, background=background), places)
            advance(1)
        return floors

    inputs = [labels, groups, seen.border, seen.colour, seen.metadata, thumbnails.colour_nhwc]
    inputs += [] if places is None else [places]
    found = measured(looking.cache, looking.progress, "floors", inputs, measure)
    return floors_from_json(found)


def audit_study(context: StudyContext) -> dict[str, Any]:
    """Audit the photos of a study with everything that is known of them, and its second folders; write audit.json.

    What is found is taken down as soon as all that it rests on is known.
    """
    told, noted = context.home.corrections_told(context.splits, context.study.split), set[str]()

    def found_with(floors: Mapping[str, Floor], suspects: Suspects | None) -> Audit:
        inputs = inputs_of_audit(context.home, context.splits, floors, suspects)
        audited = audit_photos(replace(inputs, corrections=told))
        _take_down([one for one in audited.findings if one.code not in noted], context.progress)
        noted.update(one.code for one in audited.findings)
        return audited

    found_with({}, None)
    floors = floors_of(context.home, context.looking)
    audited = found_with(floors, None)
    if context.reference_recipe.weights != "none":  # random weights say nothing of labels
        known = (context.home.manifest, context.features(), context.reference_recipe, context.looking)
        audited = found_with(floors, find_suspects(*known))
    left_out = context.splits.left_out
    if left_out:  # findings are of the photos; floors stand beside recipes, and are tested as they are
        audited = replace(audited, floors=floors_of(context.home, context.looking, leave_places_out=True))
    found = audit_to_json(audited) | ({"floors_left_out": list(left_out)} if left_out else {})
    for words in corrections_words(told):
        context.progress.say(f"Corrections: {words}")
    found["second"] = {
        name: audit_second(photos, context.home, context.looking) for name, photos in context.second.items()
    }
    context.folder.write_json("audit.json", found)
    for finding in findings_of(found):
        context.progress.say(finding_line(finding))
    return found


def _take_down(findings: Sequence[Finding], progress: Progress) -> None:
    """Add findings to the log, with how many photos each is of."""
    for one in findings:
        words = {"title": one.title, "why": one.why, "mend": one.mend}
        progress.note(FOUND, code=one.code, severity=one.severity, photos=len(one.photos), **words)


def audit_second(photos: Photos, home: Photos, looking: Looking) -> dict[str, Any]:
    """Audit a second folder the same way, and look for leaves that are trained on; it is not split."""
    pairs = tuple((pair.a_path, pair.b_path) for pair in looking.shared(home.scan, photos.scan))
    inputs = inputs_of_audit(photos, None, floors_of(photos, looking), None)
    found = audit_to_json(audit_photos(replace(inputs, shared=pairs)))
    found["findings"] = [one for one in found["findings"] if one["code"] != lg018_few_photos.CODE]  # it is not split
    found["root"] = photos.manifest.root  # which paths are relative to
    found["shared"] = [list(pair) for pair in pairs]
    return found


def inputs_of_audit(
    photos: Photos, splits: Splits | None, floors: Mapping[str, Floor], suspects: Suspects | None
) -> AuditInputs:
    """What the checks look at, of one folder of photos."""
    known = (photos.manifest, photos.scan.facts, splits, photos.groups, floors, suspects)
    lacking = not_measured(*_labels_and_groups(photos.manifest))
    return AuditInputs(*known, floors_not_measured=lacking, settled=photos.corrections.settled)


def find_suspects(
    manifest: Manifest, features_nd: NDArray[np.float32], reference_recipe: Recipe, looking: Looking
) -> Suspects:
    """Photos whose label is likely wrong, by what the other photos say, and photos unlike all others."""
    labels, groups = _labels_and_groups(manifest)

    def measure() -> list[tuple[int, str, float, float]]:
        with looking.progress.task("Look for wrong labels", 1) as advance:
            found = suspect_labels(features_nd, labels, groups)
            advance(1)
        rows = np.flatnonzero(found.suspects)
        return [
            (
                int(row),
                str(found.better_label[row]),
                float(found.given_probability[row]),
                float(found.better_probability[row]),
            )
            for row in rows
        ]

    found = measured(looking.cache, looking.progress, "suspected labels", [features_nd, labels, groups], measure)

    def measure_strangers() -> list[tuple[int, float]]:
        far = strangeness(features_nd, labels, groups)
        return [(int(row), float(far[row])) for row in np.argsort(-far, kind="stable") if far[row] > FAR]

    far = measured(looking.cache, looking.progress, "strangers", [features_nd, labels, groups], measure_strangers)
    strangers = tuple((manifest.photos[row].path, how_far) for row, how_far in far)
    photos = tuple((manifest.photos[row].path, better, given, likelier) for row, better, given, likelier in found)
    return Suspects(photos, f"{reference_recipe.backbone.name} at {reference_recipe.image_size} px", strangers)


def _labels_and_groups(manifest: Manifest) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    return np.array([photo.label for photo in manifest.photos]), np.array([photo.group for photo in manifest.photos])
