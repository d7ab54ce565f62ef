"""The commands that the page starts, word by word as a terminal takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leafgraft.records.command import typed
from leafgraft.records.study import PRESETS
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening.asked import CORRECTIONS, OPENED, Asked, changed_s

ANSWERS = ("--port", "0", "--json")  # any free port; the address is read from the JSON
PICKS, LABELS = "picks.csv", "labels.csv"


@dataclass(frozen=True, slots=True)
class Step:
    """One command.

    Attributes:
        name: Of what it says, in the study folder.
        words: After ``leafgraft``.
        writes: Whether it holds the study folder.
        kept: File that takes what it prints on stdout, below the study folder; empty: beside what it says.
        found_again: Whether a page that it opened is found by a later process: it holds a file of answers.
        shows: When the file was written that such a page shows: a page that shows an older one is opened anew.
    """

    name: str
    words: tuple[str, ...]
    writes: bool = False
    kept: str = ""
    found_again: bool = False
    shows: float = 0.0

    @property
    def shown(self) -> str:
        """As a person would type it."""
        return typed(*self.words)


def audit(folder: StudyFolder, asked: Asked) -> Step:
    """Look at the photos, and say what is wrong with them."""
    words = ("run", asked.photos, "--out", str(folder.path), *_corrections(asked), "--until", "audit")
    return Step("audit", words, writes=True)


def run(folder: StudyFolder, asked: Asked) -> Step:
    """Everything that is not done yet."""
    words = ("run", asked.photos, *_preset(asked), "--out", str(folder.path), *_corrections(asked))
    return Step("run", words, writes=True)


def plan(asked: Asked) -> Step:
    """What a run would take on this machine."""
    name = f"plan-{asked.preset or 'study'}"
    words = ("plan", asked.photos, *_preset(asked), *_corrections(asked), "--json")
    return Step(name, words, kept=f"{OPENED}/{name}.json")


def review(folder: StudyFolder, asked: Asked) -> Step:
    """A page on which people correct what the audit suspects."""
    own = () if asked.corrections else ("--out", str(folder.file(CORRECTIONS)))
    words = ("label", str(folder.path), *own, *ANSWERS)
    return Step("review", words, found_again=True, shows=changed_s(folder.file("audit.json")))


def pick(folder: StudyFolder, photos: Path) -> Step:
    """The photos of a folder that are most worth a label."""
    return Step("pick", ("pick", str(folder.path), str(photos), "--out", str(folder.file(PICKS))), writes=True)


def label(folder: StudyFolder) -> Step:
    """A page on which people label them."""
    picks = folder.file(PICKS)
    return Step("label", ("label", str(picks), *ANSWERS), found_again=True, shows=changed_s(picks))


def adapt(folder: StudyFolder, place: str) -> Step:
    """Fit the head again with these labels."""
    named = ("--place", place) if place else ()
    return Step("adapt", ("adapt", str(folder.path), str(folder.file(LABELS)), *named), writes=True)


def phone(folder: StudyFolder, place: str) -> Step:
    """Bring the phone page onto a phone."""
    return Step("phone", ("serve", str(bundle_of(folder, place)), "--phone", *ANSWERS))


def try_out(folder: StudyFolder, place: str) -> Step:
    """Try the phone page on this machine."""
    return Step("try", ("serve", str(bundle_of(folder, place)), *ANSWERS))


def bundle_of(folder: StudyFolder, place: str) -> Path:
    """The bundle of the study, or of its adaptation to a place."""
    return folder.file(f"adaptation/{place}/bundle") if place else folder.bundle


def presets_of(asked: Asked) -> tuple[str, ...]:
    """Those that may be chosen; the one of a study file has no name."""
    return ("",) if asked.is_file else PRESETS


def _preset(asked: Asked) -> tuple[str, ...]:
    return ("--preset", asked.preset) if asked.preset and not asked.is_file else ()


def _corrections(asked: Asked) -> tuple[str, ...]:
    return ("--corrections", asked.corrections) if asked.corrections and not asked.is_file else ()
