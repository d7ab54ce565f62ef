"""`leafgraft pick`: the photos of an unlabelled folder that are most worth a label."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from pathlib import Path

from leafgraft.data.decode.photo import photo_id_at
from leafgraft.data.read.spelling import as_meant
from leafgraft.errors import UsageError
from leafgraft.records.photo import Manifest
from leafgraft.records.pick import PICKS_BEGIN, Pick
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.field_zip import LABELS, PHOTOS, UNLABELLED, ZIPS, unlabelled_of
from leafgraft.storage.files.atomic import check_replaceable, write_bytes, write_json
from leafgraft.storage.study_folder import StudyFolder, write_csv
from leafgraft.study.page.picks_sheet import picks_sheet
from leafgraft.study.photo_set import Looking
from leafgraft.study.steps.export.chosen_trial import choose_trial, find_trial
from leafgraft.study.steps.field.known import head_for, note_folder, note_picked, read_adapted, read_labelled
from leafgraft.study.steps.field.network import open_network
from leafgraft.study.steps.field.picking import Picked, look_at_unlabelled, pick_photos
from leafgraft.study.steps.finished_study import open_finished
from leafgraft.training.launch import choose_device

BESIDE = (".jpg", ".json")  # of the contact sheet, and of the classes


def pick(
    study_dir: str | Path,
    folder: str | Path,
    *,
    count: int = 60,
    out: str | Path = "picks.csv",
    jobs: int = 0,
    progress: Progress | None = None,
) -> Picked:
    """Write the photos of `folder` that are most worth a label: a CSV, its classes as JSON, and a contact sheet.

    Before any label, the photos that are typical of as many kinds as there are labels to give; after `leafgraft
    adapt` with photos of the folder, those that its head is unsure of. A tenth is drawn at random, to test with. The
    study folder keeps which.

    Args:
        study_dir: Folder of a finished study.
        folder: Unlabelled photos, in whatever folders; or a zip of the phone page: those without a label.
        count: Number of photos to pick.
        out: CSV to write, ``path,order,reason,suggested,probability``; ``.json`` and ``.jpg`` of its name lie beside
            it.
        jobs: Threads for reading photos; 0 takes every core.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    if count < 1:
        raise UsageError("--count must be 1 or more.", f"It is {count}.", "Try 60.")
    out = as_meant(out)
    _check_out(out)
    looking = Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    kept = StudyFolder(as_meant(study_dir))
    kept.read_json("verdict.json")
    unlabelled = unlabelled_of(as_meant(folder), kept.file(ZIPS))
    with kept.lock():
        finished = open_finished(kept, looking, choose_device("auto"), second=False)
        # The study may have changed since a head was fitted.
        heads = [one for one in read_adapted(kept) if find_trial(finished.planned, kept, one.trial)]
        likely = choose_trial(finished.planned, kept, heads[0].trial if heads else "").trial
        scanned = look_at_unlabelled(unlabelled, replace(looking, side=likely.recipe.image_size))
        labelled = read_labelled(kept)
        adapted = head_for(heads, labelled, _photo_ids(unlabelled, scanned.manifest))
        chosen = choose_trial(finished.planned, kept, adapted.trial if adapted else "")
        found = pick_photos(open_network(finished, chosen.trial), scanned, labelled, adapted, count)
        note_folder(kept, Path(scanned.manifest.root))
        kept_as = note_picked(kept, {one: pick.reason for one, pick in zip(found.photo_ids, found.picks, strict=True)})
        why = [kept_as[one] for one in found.photo_ids]
        found = replace(found, picks=tuple(replace(one, reason=of) for one, of in zip(found.picks, why, strict=True)))
    sheet = picks_sheet([(Path(one.path), one.order) for one in found.picks])
    # first: where it lies, what is beside it may be replaced
    write_csv(out, [one.name for one in fields(Pick)], [astuple(one) for one in found.picks])
    write_json(out.with_suffix(".json"), {"classes": finished.manifest.classes, "study": str(kept.path.resolve())})
    write_bytes(out.with_suffix(".jpg"), sheet)
    return found


def _photo_ids(unlabelled: Path, manifest: Manifest) -> set[str]:
    """The photos of a folder, and those that came with them in a zip of the phone page, which have a label."""
    of_phone = unlabelled.name == UNLABELLED and (unlabelled.parent / LABELS).is_file()
    labelled = unlabelled.parent.glob(f"{PHOTOS}/*") if of_phone else ()
    return {photo.photo_id for photo in manifest.photos} | {photo_id_at(one) for one in labelled}


def _check_out(out: Path) -> None:
    """Leave files alone that are not those of earlier picks.

    Raises:
        UsageError: One would be replaced.
    """
    beside = [out.with_suffix(suffix) for suffix in BESIDE]
    if out in beside:
        raise UsageError(
            "--out must name a CSV.",
            f"'{out}' is the name of what lies beside it: its contact sheet, or its classes.",
            f"Try '{out.with_suffix('.csv')}'.",
        )
    check_replaceable(out, PICKS_BEGIN)
    if not out.exists() and (there := [one for one in beside if one.exists()]):
        raise UsageError(
            f"'{out}' must have a name of its own: {' and '.join(BESIDE)} of it are written, too.",
            f"'{there[0]}' is there already, and would be replaced.",
            "Name another file with --out.",
        )
