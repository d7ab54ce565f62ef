"""How far a run goes."""

from __future__ import annotations

from dataclasses import dataclass

from leafgraft.errors import UsageError

UNTIL = ("audit", "plan", "training", "evaluation", "report", "export")
EXPLAINED = ("diagnosis", "learning curves", "disturbed photos")  # made after the page, before the bundle
# Stages in the order in which a run does them, and the part that each belongs to. The plan comes before the audit, as
# the time that is left is known from it; a run until the audit does without.
PART_OF = {
    "photos": "audit",
    "tuning": "training",
    "plan": "plan",
    "audit": "audit",
    "training": "training",
    "evaluation": "evaluation",
    "report": "report",
    "diagnosis": "export",
    "export": "export",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a run goes.

    Attributes:
        until: The last part that it does; every part before it is done, too.
    """

    until: str = UNTIL[-1]

    def __post_init__(self) -> None:
        """Refuse what is no part of a run.

        Raises:
            UsageError: Naming those that there are.
        """
        if self.until not in UNTIL:
            raise UsageError(
                f"--until must be {', '.join(UNTIL[:-1])} or {UNTIL[-1]}.",
                f"It is '{self.until}'.",
                "Name the last part that the run should do, or leave it out: then it does everything.",
            )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Parts that are not done; what the last of them explains before it exports is named, too."""
        parts = UNTIL[UNTIL.index(self.until) + 1 :]
        return (*parts[:-1], *EXPLAINED, parts[-1]) if parts else ()

    def takes(self, stage: str) -> bool:
        """Whether this stage of a run is done."""
        return PART_OF[stage] not in self.left_out
