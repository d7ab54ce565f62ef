"""`leafgraft audit`: what is wrong with a folder of photos, before any training."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Unpack

from leafgraft.data.audit.audit import audit as audit_photos
from leafgraft.data.audit.audit import audit_to_json
from leafgraft.data.checks.audit_inputs import Suspects
from leafgraft.data.read.source import open_source
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import SplitError, WeightsError
from leafgraft.records.arguments import check_arguments
from leafgraft.records.finding import Audit
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path, weights_folder_path
from leafgraft.storage.files.pages import check_page, write_editions
from leafgraft.study.photo_set import Looking, Photos
from leafgraft.study.steps.audit import find_suspects, floors_of, inputs_of_audit
from leafgraft.study.steps.photos import look
from leafgraft.study.told import Telling, Told


def audit(
    photos: str | Path,
    *,
    html: str | Path | None = None,
    jobs: int = 0,
    progress: Progress | None = None,
    **telling: Unpack[Telling],
) -> Audit:
    """Say what is wrong with these photos, before any training.

    Args:
        photos: A folder of class folders, a CSV, or ``kaggle:OWNER/NAME``.
        html: File of the page to write; None for none.
        jobs: Threads for reading photos; 0 takes every core.
        progress: Shows how far it is.
        **telling: ``groups``: CSV of ``path,group``: which photos show one leaf; ``group_name``: regular expression for
            the part of a photo's name that says it; ``corrections``: file of what people corrected.

    Raises:
        PhotosError: There are no photos to audit, or `groups` or `corrections` do not fit them.
        LabelsError: A line of `corrections` is malformed.
        UsageError: `html` names a file that is no page, `group_name` is no expression with a group, or
            an argument is not known.
        StudyFolderError: The page cannot be written.
        ConvergenceError: The optimum of the head that judges labels is not reached.
    """
    check_arguments(audit, telling, Telling)
    page = None if html is None else as_meant(html)
    if page:
        check_page(page)
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    looked = look(open_source(os.fspath(photos)), looking, told=Told.of(**telling))
    splits, refusal = None, None
    try:
        splits = looked.split(SplitPlan())
    except SplitError as error:
        refusal = error  # a finding says so
    inputs = inputs_of_audit(looked, splits, floors_of(looked, looking), _suspects_at_hand(looked, looking))
    corrected = looked.corrections_told(splits, SplitPlan())
    found = audit_photos(replace(inputs, refusal=refusal, corrections=corrected))
    if page:
        from leafgraft.report.page import build_audit_page  # noqa: PLC0415 - plotly takes a second to import
        from leafgraft.study.page.contact_sheets import contact_sheets  # noqa: PLC0415

        name, told = Path(looked.manifest.root).name, audit_to_json(found)
        sheets = contact_sheets(told, looked.manifest)
        write_editions(page, lambda edition: build_audit_page(name, told, sheets, edition))
    return found


def _suspects_at_hand(photos: Photos, looking: Looking) -> Suspects | None:
    """Only features of pretrained weights can say so, and an audit downloads none."""
    folder, at_hand = weights_folder_path(), None
    if any(folder.glob("*.*")):
        from leafgraft.study.steps.weights_at_hand import features_at_hand  # noqa: PLC0415 - torch takes seconds

        try:
            at_hand = features_at_hand(photos, looking)
        except WeightsError as error:
            looking.progress.say(f"Labels are not compared with what a network sees: {error}")
            return None
    if at_hand is None:
        looking.progress.say(
            "Wrong labels and photos unlike all others are not looked for: that takes pretrained weights of a network "
            f"of the preset minutes, and '{folder}' holds none. leafgraft run downloads them."
        )
        return None
    return find_suspects(photos.manifest, *at_hand, looking)
