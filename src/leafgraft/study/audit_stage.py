"""The audit of a folder of photos, alone or as a stage of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.audit.audit import audit as audit_photos
from leafgraft.data.audit.audit import audit_to_json
from leafgraft.data.checks.audit_inputs import AuditInputs, Suspects
from leafgraft.data.checks.classes import lg018_few_photos
from leafgraft.data.decode.thumbnails import open_thumbnails
from leafgraft.data.groups.leaf_groups import find_shared
from leafgraft.data.leaf_mask import leaf_mask
from leafgraft.data.split import split
from leafgraft.errors import SplitError
from leafgraft.evaluation.floors import background_features, floor_inputs, measure_floors
from leafgraft.evaluation.label_errors import suspect_labels
from leafgraft.records.display import counted, finding_line
from leafgraft.records.finding import Audit, Floor
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.recipe import Recipe
from leafgraft.records.split import SplitPlan, Splits
from leafgraft.storage.atomic import PAGE_BEGINS, check_replaceable, write_text
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path, weights_folder_path
from leafgraft.study.photos import Looking, Photos, look
from leafgraft.study.results import findings_of

if TYPE_CHECKING:
    from leafgraft.study.bench import Bench  # brings torch, which an audit without weights does not need


def floors_of(photos: Photos, looking: Looking) -> dict[str, Floor]:
    """Accuracies that need no leaf."""
    manifest = photos.manifest
    thumbnails = open_thumbnails(manifest, looking.cache, looking.progress, looking.jobs)
    with looking.progress.task("Mask leaves", 1) as advance:
        background = background_features(thumbnails.colour_nhwc, leaf_mask)
        advance(1)
    labels = np.array([photo.label for photo in manifest.photos])
    groups = np.array([photo.group for photo in manifest.photos])
    with looking.progress.task("Measure floors", 1) as advance:
        floors = measure_floors(labels, groups, floor_inputs(photos.scan.facts, background))
        advance(1)
    return floors


def audit_bench(bench: Bench) -> dict[str, Any]:
    """Audit the photos of a study with everything that is known of them, and its second folders; write audit.json."""
    floors = floors_of(bench.home, bench.looking)
    suspects = None
    if bench.yardstick.weights != "none":  # random weights say nothing of labels
        with bench.progress.task("Look for wrong labels", 1) as advance:
            suspects = _suspects(bench.home.manifest, bench.features(), bench.yardstick)
            advance(1)
    found = audit_to_json(audit_photos(_inputs(bench.home, bench.splits, floors, suspects)))
    found["second"] = {
        name: audit_second(name, photos, bench.home, bench.looking) for name, photos in bench.second.items()
    }
    bench.folder.write_json("audit.json", found)
    for finding in findings_of(found):
        bench.progress.say(finding_line(finding))
    return found


def audit_second(name: str, photos: Photos, home: Photos, looking: Looking) -> dict[str, Any]:
    """Audit a second folder the same way, and look for leaves that are trained on; it is not split."""
    found = audit_to_json(audit_photos(_inputs(photos, None, floors_of(photos, looking), None)))
    found["findings"] = [one for one in found["findings"] if one["code"] != lg018_few_photos.CODE]  # it is not split
    shared = find_shared(home.scan, photos.scan, looking.cache, looking.progress, looking.jobs)
    found["shared"] = [[pair.a_path, pair.b_path] for pair in shared]
    if shared:
        looking.progress.say(
            f"Second folder '{name}': {counted(len(shared), 'photo shows', 'photos show')} what a training "
            f"photo shows, first {shared[0].b_path} "
            f"and {shared[0].a_path}. Its figures are too high by them; audit.json lists them. Take them out."
        )
    return found


def _inputs(
    photos: Photos, splits: Splits | None, floors: Mapping[str, Floor], suspects: Suspects | None
) -> AuditInputs:
    return AuditInputs(photos.manifest, photos.scan.facts, splits, photos.groups, floors, suspects)


def _suspects(manifest: Manifest, features_nd: NDArray[np.float32], yardstick: Recipe) -> Suspects:
    """Photos whose label is likely wrong, by what the other photos say."""
    labels = np.array([photo.label for photo in manifest.photos])
    groups = np.array([photo.group for photo in manifest.photos])
    found = suspect_labels(features_nd, labels, groups)
    photos = tuple(
        (manifest.photos[row].path, str(found.better_label[row]), float(found.given_probability[row]))
        for row in np.flatnonzero(found.suspects)
    )
    return Suspects(photos, f"{yardstick.backbone.name} at {yardstick.image_size} px")


def audit(
    photos: str,
    *,
    html: Path | None = None,
    groups: Path | None = None,
    group_name: str = "",
    jobs: int = 0,
    progress: Progress | None = None,
) -> Audit:
    """Say what is wrong with these photos, before any training.

    Args:
        photos: A folder of class folders, a CSV, or ``kaggle:OWNER/NAME``.
        html: Where to write a page, if anywhere.
        groups: CSV of ``path,group``: which photos show one leaf.
        group_name: Regular expression for the part of a photo's name that says it.
        jobs: Threads; 0 takes every core.
        progress: Shows how far it is.

    Raises:
        PhotosError: There are no photos to audit.
        UsageError: `html` names a file that is no page.
    """
    if html:
        check_replaceable(html, PAGE_BEGINS)
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    looked = look(photos, looking, group_file=str(groups) if groups else "", group_name=group_name)
    splits, refusal = None, None
    try:
        splits = split(looked.manifest, SplitPlan())
    except SplitError as error:
        refusal = error  # a finding says so
    inputs = _inputs(looked, splits, floors_of(looked, looking), _suspects_at_hand(looked, looking))
    found = audit_photos(replace(inputs, refusal=refusal))
    if html:
        from leafgraft.study.page import audit_page  # noqa: PLC0415 - plotly takes a second to import

        write_text(html, audit_page(audit_to_json(found), looked))
    return found


def _suspects_at_hand(photos: Photos, looking: Looking) -> Suspects | None:
    """Only features of pretrained weights can say so, and an audit downloads none."""
    if not any(weights_folder_path().glob("*.*")):
        return None
    from leafgraft.study.weights_at_hand import features_at_hand  # noqa: PLC0415 - torch takes seconds to import

    with looking.progress.task("Look for wrong labels", 1) as advance:
        at_hand = features_at_hand(photos, looking)
        suspects = None if at_hand is None else _suspects(photos.manifest, *at_hand)
        advance(1)
    return suspects
