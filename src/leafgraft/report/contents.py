"""What the page is made of: plain values, as the study folder's files hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WrongPhoto:
    """A test photo that some trial gets wrong.

    Attributes:
        path: Relative to the photos folder.
        true: Its label.
        answers: What the trials that miss it say, the commonest first.
        probability: Mean probability of the commonest.
        missed_by: Trials that miss it.
        of: Trials in all.
        thumbnail: JPEG.
        heat: The same with the heat of the chosen network, JPEG; None where it has none.
        heat_outside: Share of the heat outside the leaf mask.
    """

    path: str
    true: str
    answers: tuple[str, ...]
    probability: float
    missed_by: int
    of: int
    thumbnail: bytes
    heat: bytes | None = None
    heat_outside: float | None = None


@dataclass(frozen=True, slots=True)
class WrongPhotos:
    """Test photos that the recommended recipe misses.

    Attributes:
        shown: Those of the page: missed by most of its seeds first, of these the surest errors.
        count: How many there are.
        of_cell: How many by label and answer; one that its seeds answer differently counts for each answer.
    """

    shown: Sequence[WrongPhoto] = ()
    count: int = 0
    of_cell: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialHistory:
    """The epochs of one trial.

    Attributes:
        recipe: Display name.
        seed: Seed of the trial.
        fold: Fold of the trial.
        rows: As history.csv holds them, numbers as numbers.
        phases: As trial.json holds them.
        best_epoch: Epoch whose weights were kept.
        harder_by: What makes training photos harder than others: augmentation, dropout.
    """

    recipe: str
    seed: int
    fold: int
    rows: Sequence[Plain]
    phases: Sequence[Plain]
    best_epoch: int
    harder_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Architecture:
    """How one recipe's network is built and learns.

    Attributes:
        recipe: Display name.
        stages: Names of the stages, in order.
        auxiliary_taps: Stages after which an auxiliary head taps.
        phases: As trial.json holds them.
        head: In words.
        parameters: Number of weights.
        weights: ``pretrained``, ``none`` or a file, and its identity.
    """

    recipe: str
    stages: Sequence[str]
    auxiliary_taps: Sequence[str]
    phases: Sequence[Plain]
    head: str
    parameters: int
    weights: str


@dataclass(frozen=True, slots=True)
class PageContents:
    """Everything that the page shows; what is empty leaves no section, unless it is among what is missing.

    Attributes:
        name: Name of the study.
        evaluation: As in evaluation.json.
        verdict: As in verdict.json.
        audit: As in audit.json.
        plan: As in plan.json.
        histories: Histories of all trained trials.
        architectures: One per recipe.
        wrong: Test photos that the recommended recipe misses.
        facts: What was run, as pairs of words and values.
        from_scratch: Whether every trial started from random weights.
        failed: Reason by key.
        diagnosis: As in diagnosis.json.
        learning_curves: One per frozen recipe of the first tier, as in learning_curve.json.
        robustness: As in robustness.json.
        bundle: As in bundle.json.
        searches: As in tuning.json.
        rates: As in rates.json.
        missing: Parts that a run adds later and that are not there yet: the diagnosis, learning curves, disturbed
            photos, the bundle.
        export_failure: Why the bundle could not be written, where it could not.
        sheets: By title: captions and JPEGs of photos to look at.
        paths: Path of each photo by its id.
    """

    name: str
    evaluation: Plain
    verdict: Plain = field(default_factory=dict)
    audit: Plain = field(default_factory=dict)
    plan: Plain = field(default_factory=dict)
    histories: Sequence[TrialHistory] = ()
    architectures: Sequence[Architecture] = ()
    wrong: WrongPhotos = field(default_factory=WrongPhotos)
    facts: Sequence[tuple[str, str]] = ()
    from_scratch: bool = False
    failed: Plain = field(default_factory=dict)
    diagnosis: Plain = field(default_factory=dict)
    learning_curves: Sequence[Plain] = ()
    robustness: Plain = field(default_factory=dict)
    bundle: Plain = field(default_factory=dict)
    searches: Sequence[Plain] = ()
    rates: Sequence[Plain] = ()
    missing: Sequence[str] = ()
    export_failure: str = ""
    sheets: Mapping[str, Sequence[tuple[str, bytes]]] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)


def versions_of(infos: Iterable[Plain], program: str) -> str:
    """Those of a program that trials were trained with, as far as their trial.json says it; empty where none does."""
    return ", ".join(dict.fromkeys(str(info["versions"][program]) for info in infos if program in info["versions"]))
