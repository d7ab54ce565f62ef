"""What a study folder holds, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leafgraft.errors import LeafgraftError
from leafgraft.languages.speaking import said
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening import steps
from leafgraft.web.opening.asked import Asked, changed_s, read_asked
from leafgraft.web.opening.field import look_at_place, places_of

OTHER_SHAPE = (KeyError, TypeError, AttributeError, ValueError)  # of a file that another version wrote, or a person
WORDS_OF_A_FINDING = ("title", "why", "mend")


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a study as this version knows them.

    Attributes:
        folder: The study.
        unread: Names of those that have another shape: another version wrote them.
    """

    folder: StudyFolder
    unread: list[str] = field(default_factory=list)

    def show(self, name: str, part: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any] | None:
        """What the page shows of a file, if it can be read."""
        found = _read(self.folder, name)
        try:
            return None if found is None else part(found)
        except OTHER_SHAPE:
            self.unread.append(name)
            return None


def overview(folder: StudyFolder) -> dict[str, Any]:
    """All that is there so far, in the language that is spoken; what is not there yet is null."""
    asked, places, files = read_asked(folder), places_of(folder), _Files(folder)
    told = {
        "path": str(folder.path),
        "name": folder.path.name,
        "photos": asked.photos,
        "preset": asked.preset,
        "until": asked.until,
        "started": folder.has("plan.json"),
        "corrected": bool(asked.corrections) and _is_younger(asked.corrections, folder.file("audit.json")),
        "audit": files.show("audit.json", _audit),
        "presets": [_preset(files, asked, one) for one in steps.presets_of(asked)] if asked.photos else [],
        "verdict": files.show("verdict.json", _verdict),
        "report": folder.report.is_file(),
        "bundle": folder.file("bundle/bundle.json").is_file(),
        "place": places[0],
        "field": {place: _field(folder, place) for place in places},
        "places": [_place(folder, one.name) for one in sorted(folder.file("adaptation").glob("*")) if one.is_dir()],
        "commands": _commands(folder, asked),
    }
    return {**told, "unread": files.unread}


def _audit(found: Mapping[str, Any]) -> dict[str, Any]:
    findings = [finding_in_words({**one, "photos": len(one["photos"])}) for one in found["findings"]]
    counts = found["counts"]
    return {"classes": dict(counts["classes"]), "photos": int(counts["photos"]), "findings": findings}


def finding_in_words(one: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as the page shows it, in the language that is spoken; ``photos`` says how many it is of."""
    words = {name: said(one.get(name) or "") for name in WORDS_OF_A_FINDING}
    return {**{name: one.get(name) for name in ("code", "severity", "photos")}, **words}


def _preset(files: _Files, asked: Asked, name: str) -> dict[str, Any]:
    """A preset with what its plan says, if there is one."""
    chosen = replace(asked, preset=name)
    plan = files.show(steps.plan(files.folder, chosen).kept, _plan)
    return {"name": name, "plan": plan, "command": steps.run(files.folder, chosen).shown}


def _plan(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"seconds": found["seconds"], "memory": found["memory_bytes"], "trials": len(found["trials"])}


def _is_younger(corrections: str, audit: Path) -> bool:
    """Whether something was corrected after the photos were looked at."""
    return changed_s(Path(corrections)) > changed_s(audit)


def _verdict(found: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("why", "why_ko", "claims", "claims_ko", "refused", "refused_ko", "tied_with")
    low, high = map(float, found["test"]["interval"])
    test = {"accuracy": float(found["test"]["accuracy"]), "interval": [low, high]}
    return {"recipe": found["recipe"], "test": test, **{name: found.get(name) for name in wanted}}


def _place(folder: StudyFolder, name: str) -> dict[str, Any]:
    found = _read(folder, f"adaptation/{name}/adaptation.json") or {}
    at = f"adaptation/{name}"
    page, bundle = (folder.file(f"{at}/{one}").is_file() for one in ("index.html", "bundle/bundle.json"))
    return {"name": name, "kept": bool(found.get("kept")), "field": found.get("field"), "page": page, "bundle": bundle}


def _field(folder: StudyFolder, place: str) -> dict[str, Any]:
    """What there is of a place that has a name or none, with its commands."""
    made = steps.pick(folder, place, Path("FOLDER")), steps.label(folder, place), steps.adapt(folder, place)
    return {**look_at_place(folder, place), "commands": {one.name: one.shown for one in made}}


def _commands(folder: StudyFolder, asked: Asked) -> dict[str, str]:
    """Every one, as a terminal takes it."""
    found = (
        *(steps.audit(folder, asked), steps.review(folder, asked)),
        *(steps.phone(folder, ""), steps.try_out(folder, "")),
    )
    return {one.name: one.shown for one in found}


def _read(folder: StudyFolder, name: str) -> dict[str, Any] | None:
    """A file that is there and whole; what is written just now, or damaged, counts as not there."""
    with suppress(LeafgraftError):
        return read_json_file(folder.file(name))
    return None
