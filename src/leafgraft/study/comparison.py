"""Compare predictions from anywhere, or the recipes of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leafgraft.errors import UsageError
from leafgraft.evaluation.claims import comparison_sentences
from leafgraft.evaluation.evaluate import evaluate, evaluation_to_json
from leafgraft.evaluation.foreign import read_comparison
from leafgraft.records.display import extent, html_claims, html_table, recipe_rows
from leafgraft.storage.atomic import write_text
from leafgraft.storage.study_folder import StudyFolder


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison says.

    Attributes:
        evaluation: As in evaluation.json.
        claims: Sentences that a person may write.
        refused: Sentences that a person may not write.
        claims_ko: The claims in Korean.
        refused_ko: The refused sentences in Korean.
    """

    evaluation: dict[str, Any]
    claims: tuple[str, ...]
    refused: tuple[str, ...]
    claims_ko: tuple[str, ...]
    refused_ko: tuple[str, ...]

    @property
    def sentences(self) -> dict[str, tuple[str, ...]]:
        """All of them, by name."""
        return {name: getattr(self, name) for name in ("claims", "refused", "claims_ko", "refused_ko")}

    def __repr__(self) -> str:
        return f"Comparison({extent(self.evaluation)})"

    def _repr_html_(self) -> str:
        """Recipes and what may be said of them."""
        columns, rows = recipe_rows(self.evaluation["recipes"])
        return html_table(f"Comparison of {extent(self.evaluation)}", columns, rows) + html_claims(self.sentences)


def compare(files: Sequence[str], *, html: Path | None = None) -> Comparison:
    """Say which of several recipes are really better.

    Args:
        files: Predictions files (npz or CSV), or one study folder.
        html: Where to write a page, if anywhere.

    Raises:
        PredictionsError: A file is malformed, or does not match the others.
        StudyFolderError: A trial of the study folder was damaged since it was written.
    """
    paths = [path for name in files for path in _expand(Path(name))]
    evaluation = evaluate(read_comparison(paths))
    found = comparison_sentences(evaluation)
    compared = Comparison(
        evaluation_to_json(evaluation),
        claims=tuple(one.english for one in found.claims),
        refused=tuple(one.english for one in found.refused),
        claims_ko=tuple(one.korean for one in found.claims),
        refused_ko=tuple(one.korean for one in found.refused),
    )
    if html:
        from leafgraft.report.page import build_comparison_page  # noqa: PLC0415 - plotly takes a second

        write_text(html, build_comparison_page(compared.evaluation, compared.sentences))
    return compared


def _expand(path: Path) -> list[Path]:
    """A file is itself; a study folder is the predictions of its plan's finished trials."""
    if not path.is_dir():
        return [path]
    folder = StudyFolder(path)
    found = [folder.trial(trial["key"]) for trial in folder.read_json("plan.json")["trials"]]
    found = [trial for trial in found if trial.has_mark()]
    if not found:
        raise UsageError(f"'{path}' must hold finished trials.", "It holds none.", "Run the study first.")
    for trial in found:
        trial.check()
    return [trial.predictions for trial in found]
