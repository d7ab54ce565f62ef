"""Engines that run the frozen first stages of a network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine runs some frozen stages.

    Attributes:
        engine: Its name.
        refused: Why onnxruntime may not run them; empty if it may, or need not.
    """

    engine: str
    refused: str = ""
