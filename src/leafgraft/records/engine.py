"""Engines that run the frozen first stages of a network, and which of them a study has settled on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """What a short trial of one engine gave.

    Attributes:
        engine: Its name.
        milliseconds_per_photo: Least of a few passes; None if it was not measured.
        relative_error: Largest distance of a photo's outputs from eager's, relative to their length; None as above.
        note: Why it was not measured, or not taken; empty otherwise.
    """

    engine: str
    milliseconds_per_photo: float | None = None
    relative_error: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine runs one prefix.

    Attributes:
        prefix: Which backbone at which side, up to which stage.
        engine: The fastest that agrees.
        photos: How many it was measured on.
        figures: Of every engine that was looked at.
    """

    prefix: str
    engine: str
    photos: int
    figures: tuple[EngineFigures, ...]

    @property
    def milliseconds_per_photo(self) -> float:
        """Of the chosen engine; 0 if nothing was measured."""
        return next((one.milliseconds_per_photo or 0.0 for one in self.figures if one.engine == self.engine), 0.0)
