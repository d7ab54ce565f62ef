"""Where an auxiliary head taps a backbone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuxiliaryTap:
    """Where an auxiliary head taps.

    Attributes:
        stage: The output of this stage is tapped.
        channels: Channels of that output.
    """

    stage: str
    channels: int
