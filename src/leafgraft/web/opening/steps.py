"""The commands that the page starts, word by word as a terminal takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from leafgraft.records.command import typed
from leafgraft.records.field_labels import UNNAMED_PLACE
from leafgraft.records.study import PRESETS
from leafgraft.storage.corrections import OWN
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.web.opening.asked import OPENED, Asked, changed_s
from leafgraft.web.opening.field import labels_of, parcels_of, picks_of

ANSWERS = ("--port", "0", "--json")  # any free port; the address is read from the JSON


@dataclass(frozen=True, slots=True)
class Step:
    """One command.

    Attributes:
        name: Name of what it says, in the study folder.
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
    words = ("run", asked.photos, "--out", str(folder.path), *_corrections(folder, asked), "--until", "audit")
    return Step("audit", words, writes=True)


def run(folder: StudyFolder, asked: Asked) -> Step:
    """Everything that is not done yet."""
    words = ("run", asked.photos, *_preset(asked), "--out", str(folder.path), *_corrections(folder, asked))
    return Step("run", words, writes=True)


def plan(folder: StudyFolder, asked: Asked) -> Step:
    """What a run would take on this machine."""
    name = f"plan-{asked.preset or 'study'}"
    words = ("plan", asked.photos, *_preset(asked), *_corrections(folder, asked), "--json")
    return Step(name, words, kept=f"{OPENED}/{name}.json")


def review(folder: StudyFolder, asked: Asked) -> Step:
    """A page on which people correct what the audit suspects."""
    words = ("label", str(folder.path), "--out", asked.corrections or str(folder.file(OWN)), *ANSWERS)
    return Step("review", words, found_again=True, shows=changed_s(folder.file("audit.json")))


def pick(folder: StudyFolder, place: str, photos: Path) -> Step:
    """The photos of a folder that are most worth a label."""
    words = ("pick", str(folder.path), str(photos), "--out", str(picks_of(folder, place)))
    return Step("pick", words, writes=True)


def label(folder: StudyFolder, place: str) -> Step:
    """A page on which people label them."""
    picks = picks_of(folder, place)
    words = ("label", str(picks), "--out", str(labels_of(folder, place)), *_place(place), *ANSWERS)
    return Step("label", words, found_again=True, shows=changed_s(picks))


def adapt(folder: StudyFolder, place: str) -> Step:
    """Fit the head again with the labels of this place: those of the label page, and those of the phone.

    One without a name that was adapted to before is called as it was then, whatever a zip says that came later.
    """
    parcels, own = parcels_of(folder, place), labels_of(folder, place)
    again = own.is_file() and folder.file(f"adaptation/{UNNAMED_PLACE}").is_dir()
    name = place or (UNNAMED_PLACE if again else "")
    labels = parcels if parcels and not own.is_file() else (own, *parcels)
    return Step("adapt", ("adapt", str(folder.path), *map(str, labels), *_place(name)), writes=True)


def phone(folder: StudyFolder, place: str) -> Step:
    """Bring the phone page onto a phone."""
    return _serve("phone", bundle_of(folder, place), "--phone")


def try_out(folder: StudyFolder, place: str) -> Step:
    """Try the phone page on this machine."""
    return _serve("try", bundle_of(folder, place))


def bundle_of(folder: StudyFolder, place: str) -> Path:
    """The bundle of the study, or of its adaptation to a place."""
    return folder.file(f"adaptation/{place}/bundle") if place else folder.bundle


def presets_of(asked: Asked) -> tuple[str, ...]:
    """Those that may be chosen; the one of a study file has no name."""
    return ("",) if asked.is_file else PRESETS


def _serve(name: str, bundle: Path, *more: str) -> Step:
    return Step(name, ("serve", str(bundle), *more, *ANSWERS), shows=changed_s(bundle / "bundle.json"))


def _place(name: str) -> tuple[str, ...]:
    return ("--place", name) if name else ()


def _preset(asked: Asked) -> tuple[str, ...]:
    return ("--preset", asked.preset) if asked.preset and not asked.is_file else ()


def _corrections(folder: StudyFolder, asked: Asked) -> tuple[str, ...]:
    """Those that the study file does not name itself: of bare photos all, else those of the page."""
    named = asked.is_file and Path(asked.corrections).resolve() != folder.file(OWN).resolve()
    return ("--corrections", asked.corrections) if asked.corrections and not named else ()
