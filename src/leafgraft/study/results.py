"""What a run hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leafgraft.languages.editions import spoken_edition
from leafgraft.languages.speaking import Name, said
from leafgraft.records.display import (
    counted,
    finding_line,
    floors_words,
    html_claims,
    html_list,
    html_note,
    html_table,
    percent,
    recipe_rows,
    span,
)
from leafgraft.records.extras import of_an_extra
from leafgraft.records.finding import findings_of
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.paper_kit import open_kit

if TYPE_CHECKING:
    from leafgraft.report.paper.figures.gallery import PaperFigure


@dataclass(frozen=True, slots=True)
class Results:
    """What a run has done; what it left out is empty.

    Attributes:
        folder: The study folder.
        page: The report page in it; None if it was left out.
        evaluation: What evaluation.json holds.
        verdict: What verdict.json holds.
        failed: Trials that could not be trained, by key, with the reason.
        exported: What the last stage wrote; None if it failed or was left out.
        export_failure: Why it failed, in words; else empty.
        audit: What audit.json holds.
        left_out: Parts of a run that were left out because `until` named an earlier one.
    """

    folder: Path
    page: Path | None = None
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    verdict: Mapping[str, Any] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    exported: Exported | None = None
    export_failure: str = ""
    audit: Mapping[str, Any] = field(default_factory=lambda: {"findings": [], "floors": {}})
    left_out: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[Mapping[str, Any], ...]:
        """Of the audit, worst first; ``folder`` names the second folder that one is of."""
        return findings_of(self.audit)

    @property
    def floors(self) -> Mapping[str, Any]:
        """Accuracies that need no leaf."""
        floors: Mapping[str, Any] = self.audit["floors"]
        return floors

    @property
    def errors(self) -> tuple[Mapping[str, Any], ...]:
        """Findings that make figures wrong."""
        return tuple(one for one in self.findings if one["severity"] == "error")

    @property
    def where(self) -> str:
        """Where to look, in words."""
        return f"The page: {spoken_edition(self.page)}" if self.page else f"The study folder: {self.folder}"

    def figure(self, name: str) -> PaperFigure:
        """A figure of `leafgraft paper`, such as ``accuracy``, ``pairs``, ``confusion``: shown, saved, or changed.

        Raises:
            StudyFolderError: The study is not evaluated, or a file of it is damaged.
            UsageError: There is none of that name, or the extra ``paper`` is not installed.
        """
        return open_kit(StudyFolder(self.folder)).figure(name)

    def to_frame(self, table: str = "recipes") -> Any:
        """A table of `leafgraft paper`, such as ``recipes``, ``pairs``, ``classes``, as pandas' DataFrame, not rounded.

        Raises:
            StudyFolderError: The study is not evaluated, or a file of it is damaged.
            UsageError: There is none of that name, or the extra ``paper`` is not installed.
        """
        with of_an_extra():
            from pandas import DataFrame  # noqa: PLC0415 - an extra; takes half a second

        return DataFrame(open_kit(StudyFolder(self.folder)).table(table).records())

    def __repr__(self) -> str:
        if not self.verdict:
            return f"Results(without {', '.join(self.left_out)}, in '{self.folder}')"
        test = self.verdict["test"]
        figure = f"{percent(test['accuracy'])} ({span(test['interval'])})"
        count = len(self.evaluation["recipes"])
        return (
            f"Results({counted(count, 'recipe')}, recommended {self.verdict['recipe']!r} {figure}, in '{self.folder}')"
        )

    def _repr_html_(self) -> str:
        """Recipes, what may be said of them, and where everything lies."""
        failed = [Name(f"{key}: {said(reason)}") for key, reason in self.failed.items()]
        return (
            self._html_of_verdict()
            + "".join(map(html_note, floors_words(self.audit)))
            + (html_claims(self.verdict) if self.verdict else "")
            + html_list("The audit found", [finding_line(one) for one in self.errors])
            + html_list("Failed", failed)
            + html_note(self.where)
            + html_note(self._end())
        )

    def _html_of_verdict(self) -> str:
        if not self.verdict:
            return ""
        columns, rows = recipe_rows(self.evaluation["recipes"], intervals=True)
        return html_table(f"Recommended: {self.verdict['recipe']}", columns, rows)

    def _end(self) -> str:
        if self.left_out:
            return f"Left out: {', '.join(self.left_out)}"
        return f"The bundle: {self.exported.bundle}" if self.exported else f"No bundle: {self.export_failure}"


@dataclass(frozen=True, slots=True)
class Exported:
    """A written bundle.

    Attributes:
        bundle: Folder of the bundle.
        index: What bundle.json holds.
        phone: Folder of the phone page; none if it could not be made.
        phone_reason: Why it could not; else empty.
        evidence: How often its answers were right, in words, as it stands beside every answer.
        phone_zip: The phone page as one file, if it was asked for and could be made.
    """

    bundle: Path
    index: Mapping[str, Any]
    phone: Path | None
    phone_reason: str
    evidence: str = ""
    phone_zip: Path | None = None

    def __repr__(self) -> str:
        return f"Exported({self.index['recipe']!r} in '{self.bundle}', {self._phone()})"

    def _repr_html_(self) -> str:
        """What was exported and where to."""
        return html_note(Name(f"{self.index['recipe']}: {self.bundle}")) + html_note(self._phone())

    def _phone(self) -> str:
        return f"phone page in '{self.phone}'" if self.phone else f"no phone page: {self.phone_reason}"
