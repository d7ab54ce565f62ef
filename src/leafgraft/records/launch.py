"""Where trials run: in this process, in several, or on a cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypedDict

from leafgraft.errors import UsageError

ENGINES = ("local", "ray")


@dataclass(frozen=True, slots=True)
class Launch:
    """Where trials run.

    Attributes:
        jobs: Trials at a time; 0 and 1 train one by one in this process, or as many as fit on a Ray cluster.
        engine: ``local`` or ``ray``.
        address: Of the Ray cluster; empty for that of $RAY_ADDRESS, else one on this machine.
        cpus: CPUs that a trial takes on a Ray cluster.
        gpus: GPUs that a trial takes there, such as 0.25; None takes one for each of `devices` with a GPU, else none.
        devices: Devices (GPUs, or processes on a CPU) that one trial is spread over.
    """

    jobs: int = 0
    engine: str = "local"
    address: str = ""
    cpus: float = 1.0
    gpus: float | None = None
    devices: int = 1

    @property
    def apart(self) -> bool:
        """Whether trials run outside this process."""
        return self.jobs > 1 or self.engine != "local" or self.devices > 1

    @classmethod
    def of(cls, engine: str | Launch = "local", jobs: int = 0) -> Launch:
        """From an engine's name or from all that is known, and the number of trials at a time."""
        return replace(engine, jobs=jobs or engine.jobs) if isinstance(engine, Launch) else cls(jobs, engine)

    def __post_init__(self) -> None:
        """Refuse what does not go together.

        Raises:
            UsageError: Saying what.
        """
        if self.engine not in ENGINES:
            raise UsageError(
                f"--engine must be {' or '.join(ENGINES)}.", f"It is '{self.engine}'.", "Choose one of the two."
            )
        if self.engine != "ray" and (self.address or self.gpus is not None or self.cpus != 1.0):
            raise UsageError(
                "--address, --cpus and --gpus say how to use a Ray cluster.",
                "The engine is local.",
                "Add --engine ray, or leave them out.",
            )
        if self.jobs < 0 or self.devices < 1 or not self.cpus > 0 or (self.gpus is not None and self.gpus < 0):
            raise UsageError(
                "--jobs and --gpus must be at least 0, --devices at least 1, --cpus more than 0.",
                f"They are {self.jobs}, {self.gpus}, {self.devices} and {self.cpus:g}.",
                "Mend them.",
            )


class Launching(TypedDict, total=False):
    """What `Launch.of` takes: ``engine`` and ``jobs``."""

    engine: str | Launch
    jobs: int
