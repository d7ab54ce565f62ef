"""What leafgraft says about a photo: a class, or why it declines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leafgraft.languages.speaking import Name, said
from leafgraft.records.display import counted, html_note, html_table, percent
from leafgraft.web.bundle import BundleIndex
from leafgraft.web.evidence import Evidence, evidence_of

NOT_SURE, NOT_KNOWN, UNREADABLE = "not sure", "not a leaf I know", "unreadable"
ROUNDING = 1e-12  # a class whose probability equals the threshold is in the set
DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one photo, or to several photos of one plant.

    Attributes:
        path: The photo, as it was named.
        answer: Name of the class; None if declined.
        declined: "not sure", "not a leaf I know", "unreadable"; None if answered.
        probabilities: Probability of each class by its name; empty if unreadable.
        set: Classes that hold the true one with the coverage of the bundle.
        distance: Distance of the features from the training photos; none if unreadable.
        reason: Why the photo is unreadable; else empty.
        activation_map: Evidence for the likeliest class, float32, shape (rows, columns), over the square centre of the
            photo; none unless asked for.
        pooled: The single answers behind a pooled one.
        interval: 95% interval of the pooled probability of the likeliest class; none for fewer than two photos.
        bundle: Identity of the bundle that answered; see `BundleIndex`.
        heatmap: File with the activation map over the photo; empty if none was drawn.
        evidence: How often such answers were right; None for a declined one, and of a bundle that does not say.
    """

    path: str
    answer: str | None
    declined: str | None
    probabilities: dict[str, float] = field(default_factory=dict)
    set: tuple[str, ...] = ()
    distance: float | None = None
    reason: str = ""
    activation_map: NDArray[np.float32] | None = None
    pooled: tuple[Answer, ...] = ()
    interval: tuple[float, float] | None = None
    bundle: str = ""
    heatmap: str = ""
    evidence: Evidence | None = None

    def __repr__(self) -> str:
        return f"Answer({self.path!r}: {self._said()})"

    def _repr_html_(self) -> str:
        """What was answered, and every class with its probability; of a declined photo, no probability."""
        answered = self._said() if self.answer is None else Name(self._said())
        title = Name(f"{self.path or said('Photo')}: {said(answered)}")
        if self.declined:
            return html_note(title)
        shares = sorted(self.probabilities.items(), key=lambda item: -item[1])
        rows = [(Name(name), percent(share), "yes" if name in self.set else "") for name, share in shares]
        return html_table(title, ("class", "probability", "may be"), rows)

    def _said(self) -> str:
        if self.answer is not None:
            warning = f"{self.evidence.warning}: " if self.evidence and self.evidence.warning else ""
            return f"{warning}{self.answer} {percent(self.probabilities[self.answer])}"
        if self.reason:
            return f"{self.declined}, {self.reason}"
        return f"{self.declined}, likeliest {self.likeliest}" if self.declined == NOT_SURE else str(self.declined)

    @property
    def may_be(self) -> tuple[str, ...]:
        """Classes to name where the answer is "not sure": the likeliest first, and it alone if none is likely enough.

        A declined answer names no probability: it would be read as that of an answer.
        """
        if self.declined != NOT_SURE:
            return ()
        return tuple(sorted(self.set, key=lambda name: -self.probabilities[name])) or (self.likeliest,)

    @property
    def likeliest(self) -> str:
        """Class of the largest probability; empty if there is none."""
        return max(self.probabilities, key=self.probabilities.__getitem__, default="")

    def to_json(self) -> dict[str, Any]:
        """The keys that programs read."""
        found: dict[str, Any] = {
            "path": self.path,
            "answer": self.answer,
            "declined": self.declined,
            "probabilities": self.probabilities,
            "set": list(self.set),
            "distance": self.distance,
            "bundle": self.bundle,
            "evidence": self.evidence.to_json() if self.evidence else None,
        }
        if self.heatmap:
            found["heatmap"] = self.heatmap
        if self.reason:
            found["reason"] = self.reason
        if self.pooled:
            found["interval"] = self.interval
            found["photos"] = [one.to_json() for one in self.pooled]
        return found


def decide(path: str, probabilities_c: Sequence[float], distance: float, index: BundleIndex) -> Answer:
    """Answer or decline by the thresholds of a bundle.

    Args:
        path: The photo, as it was named.
        probabilities_c: Probability of each class, in the bundle's order.
        distance: Distance of the features from the training photos.
        index: Thresholds and classes of the bundle.
    """
    named = dict(zip(index.classes, map(float, probabilities_c), strict=True))
    chosen = tuple(name for name, share in named.items() if share >= index.conformal.threshold - ROUNDING)
    if distance > index.known_leaf.threshold:
        answer, declined = None, NOT_KNOWN
    elif len(chosen) != 1:
        answer, declined = None, NOT_SURE
    else:
        answer, declined = chosen[0], None
    evidence = evidence_of(index)
    beside = evidence.beside(answer) if evidence and answer else None
    return Answer(path, answer, declined, named, chosen, distance, bundle=index.identity, evidence=beside)


def decline_unreadable(path: str, reason: str, bundle: str = "") -> Answer:
    """Decline a photo that could not be read.

    Args:
        path: The photo, as it was named.
        reason: Why it could not be read, in words.
        bundle: Identity of the bundle that was asked; empty for none.
    """
    return Answer(path, None, UNREADABLE, reason=reason, bundle=bundle)


def pool(path: str, answers: Sequence[Answer], index: BundleIndex) -> Answer:
    """Pool several photos of one plant into one answer.

    The probabilities are the mean over the photos that show a leaf it knows; a product would count photos of one plant
    as independent evidence, which they are not. The conformal threshold was set for single photos: its coverage is not
    promised for a mean. The interval is a percentile bootstrap over photos (Efron 1979), with a fixed seed.

    Args:
        path: Name of the pool.
        answers: Answers to its photos; unreadable ones and unknown leaves are kept in the record and left out of the
            mean.
        index: Thresholds and classes of the bundle that answered.
    """
    seen = [one for one in answers if one.declined != UNREADABLE]
    known = [one for one in seen if one.declined != NOT_KNOWN]
    if not seen:
        return replace(
            decline_unreadable(path, "none of its photos can be read", index.identity), pooled=tuple(answers)
        )
    used = known if 2 * len(known) >= len(seen) else seen
    shares_nc = np.array([[one.probabilities[name] for name in index.classes] for one in used])
    distances = [one.distance for one in used if one.distance is not None]
    found = decide(path, list(shares_nc.mean(axis=0)), float(np.median(distances)), index)
    declined = NOT_KNOWN if used is not known else found.declined
    return Answer(
        path,
        found.answer if declined is None else None,
        declined,
        found.probabilities,
        found.set,
        found.distance,
        pooled=tuple(answers),
        interval=_bootstrap(shares_nc[:, index.classes.index(found.likeliest)]),
        bundle=found.bundle,
        evidence=found.evidence if declined is None else None,
    )


def pool_readable(answers: Sequence[Answer], index: BundleIndex) -> Answer:
    """Pool all that was photographed of one plant, named by how many of the photos can be read.

    Args:
        answers: Answers to its photos, unreadable ones among them.
        index: Thresholds and classes of the bundle that answered.
    """
    readable = sum(one.declined != UNREADABLE for one in answers)
    return pool(counted(readable, "photo"), answers, index)


def _bootstrap(shares_n: NDArray[np.float64]) -> tuple[float, float] | None:
    if len(shares_n) < 2:
        return None
    draws = np.random.default_rng(0).integers(0, len(shares_n), size=(DRAWS, len(shares_n)))
    low, high = np.quantile(shares_n[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
