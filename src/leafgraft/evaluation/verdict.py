"""The verdict: the recommended recipe, its trial with the lowest validation loss, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.comparison.compare import ALPHA
from leafgraft.evaluation.statements.claims import after_test, searched, sentences_of
from leafgraft.evaluation.statements.recommendation import recommend
from leafgraft.evaluation.statements.sentence import Sentences, in_korean
from leafgraft.records.evaluation import Evaluation, RecipeResult
from leafgraft.records.finding import Floor
from leafgraft.records.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else bears on the claims.

    Attributes:
        inflation: ``random``, ``grouped``, ``difference``, ``interval``; None where it was not measured.
        floors: Accuracies that need no leaf, by name.
        seen_after_test: Recipes added, or trained otherwise, after the test rows had been seen; never recommended while
            another is left.
        best_of: Among how many settings a recipe's were chosen on validation photos, by its name; of searches only.
        seen_in_training: How many test photos show a leaf of training: of the study under no name, of second folders
            by theirs.
        left_out_after_test: How many recipes were tested and are not in the study any more.
        corrected_after_test: Number of test photos whose label was changed since the test rows had been seen, and how
            many were excluded.
    """

    inflation: Mapping[str, Any] | None = None
    floors: Mapping[str, Floor] = field(default_factory=dict)
    seen_after_test: tuple[str, ...] = ()
    best_of: Mapping[str, int] = field(default_factory=dict)
    seen_in_training: Mapping[str, int] = field(default_factory=dict)
    left_out_after_test: int = 0
    corrected_after_test: tuple[int, int] = (0, 0)

    def best_of_recipe(self, one: RecipeResult) -> int:
        """Settings that a recipe is the best of, or the most of those that it is made from; 1 without a search.

        Args:
            one: Recipe, trained or made of others.
        """
        return max(self.best_of.get(name, 1) for name in (one.name, *one.derived_from))


def choose(
    evaluation: Evaluation, trials: Mapping[tuple[str, int, int], str], evidence: Evidence | None = None
) -> Verdict:
    """Recommend one recipe, and say what may be claimed of it.

    Args:
        evaluation: Figures of all recipes, those on validation rows among them.
        trials: Key of each trial by recipe name, seed and fold.
        evidence: Inflation, floors, and what else bears on the claims; None for nothing of it.

    Raises:
        PredictionsError: There are no validation figures.
    """
    evidence = evidence or Evidence()
    if not all(result.validation for result in evaluation.recipes):
        raise PredictionsError(
            "A verdict must be chosen on validation rows.",
            "Some recipes have none.",
            "Keep photos for validation, or compare without a verdict.",
        )
    chosen, why = recommend(evaluation, evidence.seen_after_test)
    best = min(chosen.validation["trials"], key=lambda trial: trial["log_loss"])
    of_chosen = {
        (pair.b if pair.a == chosen.name else pair.a): pair
        for pair in evaluation.pairs
        if chosen.name in (pair.a, pair.b)
    }
    tied = {name: pair for name, pair in of_chosen.items() if pair.p_adjusted >= ALPHA}
    seen = (evidence.seen_after_test, evidence.seen_in_training)
    found = sentences_of(evaluation, chosen, evidence.inflation, evidence.floors, *seen)
    of_search = searched(chosen, evidence.best_of_recipe(chosen))
    of_past = after_test(evidence.left_out_after_test, evidence.corrected_after_test)
    refused = (*found.refused, *of_search.refused, *of_past)
    said = Sentences((*found.claims, *of_search.claims), refused)
    korean = said.in_korean()
    return Verdict(
        recipe=chosen.name,
        trial=trials[(chosen.name, best["seed"], best["fold"])],
        tied_with=tuple(tied),
        test={"accuracy": chosen.accuracy, "interval": chosen.interval},
        inflation=evidence.inflation,
        claims=said.claims,
        refused=said.refused,
        claims_ko=korean.claims,
        refused_ko=korean.refused,
        why=why,
        why_ko=in_korean(why),
        photos_needed={name: pair.photos_needed for name, pair in tied.items()},
        seen_after_test=evidence.seen_after_test,
        left_out_after_test=evidence.left_out_after_test,
        corrected_after_test=evidence.corrected_after_test,
    )


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Plain values for verdict.json."""
    return asdict(verdict)
