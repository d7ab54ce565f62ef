"""Photos of an unlabelled folder that are worth a label."""

from __future__ import annotations

from dataclasses import dataclass, fields

TYPICAL, UNCERTAIN, RANDOM = "typical", "uncertain", "random"


@dataclass(frozen=True, slots=True)
class Pick:
    """One photo to label.

    Attributes:
        path: Path of the photo.
        order: From 1, the most useful first.
        reason: `TYPICAL` of many photos; `UNCERTAIN`, where the network wavers; or `RANDOM`, drawn to test with: its
            label is never fitted to.
        suggested: The network's answer.
        probability: That the network gives it.
    """

    path: str
    order: int
    reason: str
    suggested: str
    probability: float


PICKS_BEGIN = ",".join(one.name for one in fields(Pick))  # the first line of picks.csv
