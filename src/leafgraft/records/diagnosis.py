"""Why a recipe falls short, in measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leafgraft.records.display import html_note, html_table
from leafgraft.records.evaluation import Interval

OVER_FITTING = "over_fitting"  # the cause that is not in points of test accuracy: no other compares with it


@dataclass(frozen=True, slots=True)
class Measurement:
    """One possible cause, measured.

    Attributes:
        cause: ``not_fitted``, ``capacity``, ``filters``, ``over_fitting`` or ``shift``.
        title: The question it answers.
        value: Test accuracy that the cause costs, as a share: 0.02 is two points; of over-fitting, accuracy on training
            photos less that on validation photos.
        interval: 95%, bootstrap over groups (and seeds).
        reading: One line that says what to read from it.
    """

    cause: str
    title: str
    value: float
    interval: Interval
    reading: str


@dataclass(frozen=True, slots=True)
class StageProbe:
    """Test accuracy of a linear probe after one stage, with its 95% interval."""

    stage: str
    accuracy: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class StageSimilarity:
    """Linear CKA of one stage before and after fine-tuning (1: nothing changed), with its 95% interval."""

    stage: str
    similarity: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All measurements of one recipe.

    Attributes:
        backbone: Name of the backbone.
        recipe: Name of the trained frozen recipe.
        measurements: One per cause that could be measured, the largest in test accuracy first; over-fitting, which is
            measured otherwise, last.
        largest: Cause of the largest value in test accuracy whose interval lies above zero; empty if there is none.
        reading: A line that names it, or says that none is shown, and whether over-fitting is.
        stages: Probe after each stage, in order.
        similarity: Before against after fine-tuning, in order of stages.
        photos: How many the figures rest on: ``train``, ``validation``, ``test``, and ``reestimated``, the training
            photos on which heads were fitted to compare BatchNorm statistics, if these were compared.
    """

    backbone: str
    recipe: str
    measurements: tuple[Measurement, ...]
    largest: str
    reading: str
    stages: tuple[StageProbe, ...] = ()
    similarity: tuple[StageSimilarity, ...] = ()
    photos: Mapping[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Diagnosis({self.recipe!r}: {self.reading})"

    def _repr_html_(self) -> str:
        """What each cause costs."""
        rows = [
            (one.title, f"{100 * one.value:+.1f}", f"{100 * one.interval[0]:+.1f} to {100 * one.interval[1]:+.1f}")
            for one in self.measurements
        ]
        table = html_table(f"Why {self.recipe} falls short", ("cause", "points", "95% interval"), rows)
        return table + html_note(self.reading)
