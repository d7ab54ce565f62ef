"""What a person is asked to review of a study: the faults that its audit and its evaluation name, the firmest first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leafgraft.data.read.manifest import read_manifest
from leafgraft.records.correction import EXCLUDE, KEEP, NOT_SAME_LEAF, RELABEL, SAME_LEAF, Correction
from leafgraft.records.review import SHARED, Reason, ReviewItem, ReviewPhoto
from leafgraft.records.study import Study
from leafgraft.storage.study_folder import StudyFolder

# What a photo alone is suspected of, and what a pair is, in the order in which they are shown.
OF_PHOTOS = {"LG034": "unlike", "LG011": "blurred", "LG009": "dark", "LG010": "bright"}
ORDER = ("crossing", "leak", "suspect", "missed", SHARED, "apart", *OF_PHOTOS.values(), "same_leaf")
Found = tuple[tuple[str, ...], Reason]


@dataclass(frozen=True, slots=True)
class Known:
    """What a study folder tells of its photos.

    Attributes:
        root: Folder that paths are relative to.
        came: Class of each photo as the photos came, by path; excluded ones are among them.
        labels: Class of each photo as it is corrected, by path; excluded ones are not among them.
        paths: Path of each photo by its id; excluded ones are not among them.
        classes: Classes of the study.
        tested: Paths of the test photos.
        second: Second folders by name, as the study file names them.
        copies: Path of the photo that is kept, by that of each byte-identical copy of it.
        applied: Corrections that the study took, as audit.json holds them.
    """

    root: Path
    came: Mapping[str, str]
    labels: Mapping[str, str]
    paths: Mapping[str, str]
    classes: tuple[str, ...]
    tested: frozenset[str]
    second: Mapping[str, str]
    copies: Mapping[str, str]
    applied: Sequence[Mapping[str, Any]]

    @property
    def said(self) -> frozenset[tuple[frozenset[str], str, str]]:
        """What was said already of photos and pairs, and taken."""
        rows = (Correction(one["path"], one["label"], one["group"], one["action"]) for one in self.applied)
        return frozenset(row.said for row in rows)


def read_known(folder: StudyFolder, study: Study) -> Known:
    """What a study folder tells of its photos.

    Args:
        folder: Folder of a study that was audited.
        study: As its folder has it.

    Raises:
        StudyFolderError: A file is missing or damaged.
    """
    root = folder.read_json("run.json")["root"]
    folder.read_bytes("manifest.csv")  # whole, or refused by its checksum
    photos = read_manifest(folder.file("manifest.csv"), root).photos
    audit = folder.read_json("audit.json")
    applied = audit.get("corrections", {}).get("rows", ())
    copies = next((one["measured"]["sets"] for one in audit["findings"] if one["code"] == "LG003"), ())
    given = {one["path"]: one["given"] for one in applied if one["given"]}
    tested = {one for fold in folder.read_json("splits.json")["folds"] for one in fold["test"]}
    return Known(
        root=Path(root),
        came={**{one.path: one.label for one in photos}, **given},
        labels={one.path: one.label for one in photos},
        paths={one.photo_id: one.path for one in photos},
        classes=tuple(sorted({one.label for one in photos} | set(given.values()))),
        tested=frozenset(one.path for one in photos if one.photo_id in tested),
        second=study.also_test,
        copies={copy: kept for kept, *others in copies for copy in others},
        applied=applied,
    )


def photos_folders(study: Study, known: Known) -> tuple[Path, ...]:
    """The folders that the photos lie in, to which nothing is ever written; none of photos of a cache.

    Of a table it is the folder that holds all photos below its own, or else every folder with a photo.
    """
    found: list[Path] = []
    for named in study.places.values() or (study.photos,):
        source = Path(named)
        if source.is_dir():
            found.append(source.resolve())
        elif not named.startswith("kaggle:"):
            own = _below(source, known)
            folders = [Path(os.path.commonpath(own))] if own else {(known.root / path).parent for path in known.came}
            found += sorted(folder.resolve() for folder in folders)
    return tuple(found)


def photos_or_table(study: Study, known: Known, study_dir: Path) -> Path:
    """What corrections lie beside: the photos' folder, the table of photos that lie elsewhere, or else the study."""
    folders, source = photos_folders(study, known), Path(next(iter(study.places.values()), study.photos))
    if source.is_file() and not _below(source, known):
        return study_dir if any(source.is_relative_to(folder) for folder in folders) else source
    return (*folders, study_dir)[0]


def _below(table: Path, known: Known) -> list[Path]:
    """Folders of photos below that of a table, or of the file that it is a link to."""
    photos, own = {(known.root / path).parent for path in known.came}, (table.parent, table.resolve().parent)
    return [folder for folder in photos if any(folder.is_relative_to(one) for one in own)]


def list_items(folder: StudyFolder, known: Known) -> tuple[ReviewItem, ...]:
    """One item for each photo or pair of which something is suspected, with all that is.

    Raises:
        StudyFolderError: audit.json or evaluation.json is missing or damaged.
    """
    audit = folder.read_json("audit.json")
    found = [*_of_audit(audit, known)]
    if folder.has("evaluation.json"):
        found += _missed(folder.read_json("evaluation.json"), known)
    settled = {target for target, _, _ in known.said}
    by_photos: dict[tuple[str, ...], list[Reason]] = {}
    for paths, reason in sorted(found, key=lambda one: (ORDER.index(one[1].code), _firmness(one[1]))):
        if frozenset(paths) not in settled:
            by_photos.setdefault(paths, []).append(reason)
    return tuple(_item(paths, tuple(reasons), known) for paths, reasons in by_photos.items())


def _firmness(reason: Reason) -> float:
    """The surest fault first: a probable class, and photos that are the least alike and said to show one leaf."""
    share = reason.share or 0.0
    return share if reason.code == "same_leaf" else -share


def _of_audit(audit: Mapping[str, Any], known: Known) -> Iterator[Found]:
    findings = {one["code"]: one for one in audit["findings"]}
    measured = {code: one["measured"] for code, one in findings.items()}
    leaking = [set(of) for of in measured.get("LG007", {}).get("sets", ())]
    for code, reason in (("LG006", "crossing"), ("LG032", "apart"), ("LG005", "same_leaf")):
        for a, b, similarity in measured.get(code, {}).get("pairs", ()):
            if any({a, b} <= of for of in leaking):
                yield (a, b), Reason("leak")
            yield (a, b), Reason(reason, share=similarity)
    for one in measured.get("LG020", {}).get("suspects", ()):
        yield (one["path"],), Reason("suspect", one["likelier"], one.get("likelier_probability"))
    for code, reason in OF_PHOTOS.items():
        for path in findings.get(code, {}).get("photos", ()):
            yield (path,), Reason(reason)
    for name, second in audit.get("second", {}).items():
        root = str(second.get("root", known.second.get(name, "")))
        for home, away in second.get("shared", ()) if root else ():
            yield (home, str(Path(root) / away)), Reason(SHARED, name)


def _missed(evaluation: Mapping[str, Any], known: Known) -> Iterator[Found]:
    """Test photos that no trial has right."""
    for one in evaluation.get("missed_by_all", ()):
        if one["photo_id"] in known.paths:
            yield (known.paths[one["photo_id"]],), Reason("missed", one["predicted"], one["confidence"])


def _item(paths: tuple[str, ...], reasons: tuple[Reason, ...], known: Known) -> ReviewItem:
    photos = tuple(_photo(path, known) for path in paths)
    if len(photos) == 1:
        return ReviewItem(photos, reasons, (*_labels(paths[0], known), Correction(paths[0], action=EXCLUDE)))
    one, other = paths
    if reasons[0].code == SHARED:
        return ReviewItem(photos, reasons, (Correction(one, action=KEEP), Correction(one, action=EXCLUDE)))
    pair, excluded = Correction(one, "", other, SAME_LEAF), tuple(Correction(path, action=EXCLUDE) for path in paths)
    either: tuple[Correction, ...] = ()
    if any(reason.code == "crossing" for reason in reasons):  # one leaf has one class: the other photo takes it
        labels = [photo.label for photo in photos]
        either = (_labelled(other, labels[0], known), _labelled(one, labels[1], known))
    return ReviewItem(photos, reasons, (*either, replace(pair, action=NOT_SAME_LEAF), pair, *excluded))


def _photo(path: str, known: Known) -> ReviewPhoto:
    return ReviewPhoto(known.root / path, path, known.labels.get(path, ""), path in known.tested)


def _labels(path: str, known: Known) -> tuple[Correction, ...]:
    return tuple(_labelled(path, name, known) for name in known.classes)


def _labelled(path: str, name: str, known: Known) -> Correction:
    """That a photo shows this class: it is relabelled, or kept if it came with that label."""
    return Correction(path, name, action=KEEP if known.came.get(path) == name else RELABEL)
