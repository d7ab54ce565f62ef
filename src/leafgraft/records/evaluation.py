"""What the evaluation says of recipes and of pairs of recipes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leafgraft.records.display import counted, extent, html_table, percent, recipe_rows, span

Interval = tuple[float, float]
Making = Literal["trained", "solved", "elsewhere"]  # by a study, or its head solved for; what is not known of a file


@dataclass(frozen=True, slots=True)
class Flag:
    """A warning about one recipe: stands beside its name in every table, and whole in every text that recommends it.

    Attributes:
        name: A few words for tables, such as ``may not look at the leaf``.
        english: What was found, and what to do: whole sentences that name no recipe.
        korean: The same in Korean.
    """

    name: str
    english: str
    korean: str


@dataclass(frozen=True, slots=True)
class DidNotLearn:
    """Why a recipe counts as one that did not learn.

    Attributes:
        trials: How many of its trials it holds for.
        of: How many it has.
        one_class: What these answer for every test photo, if that is why.
        train_accuracy: Accuracy of the worst of them on its own training photos, if that is why.
        optimum: Accuracy of the best linear head on features of the untouched backbone, on the same photos.
        advice: What to try.
    """

    trials: int
    of: int
    one_class: str | None
    train_accuracy: float | None
    optimum: float | None
    advice: str


@dataclass(frozen=True, slots=True)
class RecipeResult:
    """Test figures of one recipe, over all its seeds and folds. Shares are between 0 and 1, intervals at 95%.

    Where only answers are known, no probabilities, the figures that need these are None.

    Attributes:
        name: Display name.
        accuracy: Accuracy on the test photos, mean over seeds.
        interval: Interval of the accuracy: bootstrap over groups and seeds together.
        tier: 1 for the set that holds the best recipe with 95%; 2 for the same among the rest, and so on.
        macro_f1: Unweighted mean of the classes' F1.
        balanced_accuracy: Unweighted mean of the classes' recall.
        log_loss: Mean negative log-likelihood in nats.
        calibration_error: Expected calibration error, 15 equal-width bins.
        mean_confidence: Mean probability of the predicted class.
        intervals: Intervals of the other figures, by name; none of the log loss where all test photos are of one group.
        per_class: Precision, recall, F1 and support by class name.
        per_class_intervals: Intervals of precision, recall and F1 by class name.
        confusion: Rows are true classes, columns predicted, summed over seeds.
        validation: The same figures on validation rows, by name.
        also_test: The same figures on each second folder, by its name, and ``per_class``.
        places: Figures on the test photos of each place, by its name: ``accuracy`` with ``interval``,
            ``balanced_accuracy`` with ``balanced_interval``, ``mean_confidence`` with ``mean_confidence_interval``,
            ``photos``, ``groups``, and ``largest_class``, the accuracy of answering the class that most of them have,
            with ``largest_class_interval``.
        cost: ``gigaflops`` of one photo and ``megabytes``, by name, as far as known: counted, never measured.
        flags: Warnings about it.
        did_not_learn: Why it counts as one that did not; None for all others.
        seeds: How many were trained; with one, the figures speak of that trained model alone.
        folds: How many were tested, with a trained model each.
        equal_seeds: Whether several seeds gave the same answers, as those of a probe do.
        derived_from: Names of what it is made of (test-time views, ensembles, averages); empty for a trained recipe.
    """

    name: str
    accuracy: float
    interval: Interval
    tier: int
    macro_f1: float
    balanced_accuracy: float
    log_loss: float | None
    calibration_error: float | None
    mean_confidence: float | None
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    per_class: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    per_class_intervals: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    validation: Mapping[str, Any] = field(default_factory=dict)
    also_test: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    did_not_learn: DidNotLearn | None = None
    seeds: int = 1
    folds: int = 1
    equal_seeds: bool = False
    derived_from: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"RecipeResult({self.name!r}, tier {self.tier}, {percent(self.accuracy)} ({span(self.interval)}))"


@dataclass(frozen=True, slots=True)
class Pair:
    """The difference between two recipes on the same rows: a minus b.

    Attributes:
        a: Name of the one.
        b: Name of the other.
        difference: Difference of the two accuracies.
        interval: 95% interval of it, paired bootstrap over groups and seeds.
        p: Two-sided: exact mid-p by flipping whole groups (McNemar's where each group is one photo); with several
            seeds the larger of that and the t test of the interval.
        p_holm: The same after Holm over all pairs of its family.
        p_adjusted: The same after the joint test of all pairs of its family, which knows their correlation: the one to
            read. The families are all pairs of trained recipes, and each derived one with what it is made of.
        photos_needed: Test photos that would separate the two at the observed disagreement with 80% power;
            None where they do not differ at all.
        other: Differences of ``macro_f1`` and ``log_loss`` with their intervals, as far as both are known; of the log
            loss not where all test photos are of one group.
        disagreement: Share of rows where exactly one of the two is right.
    """

    a: str
    b: str
    difference: float
    interval: Interval
    p: float
    p_holm: float
    p_adjusted: float
    photos_needed: int | None
    other: Mapping[str, Any] = field(default_factory=dict)
    disagreement: float = 0.0

    def __repr__(self) -> str:
        low, high = (100 * end for end in self.interval)
        figure = f"{100 * self.difference:+.1f} points ({low:+.1f} to {high:+.1f})"
        return f"Pair({self.a!r} - {self.b!r}: {figure}, p {self.p_adjusted:.3f} corrected)"


@dataclass(frozen=True, slots=True)
class MissedPhoto:
    """A photo that many different trials all miss: a candidate for a wrong label.

    Attributes:
        photo_id: The photo.
        label: Class it is labelled with.
        predicted: Class that most trials say.
        agreement: Share of trials that say it.
        confidence: Mean confidence of all trials in their answers; None where only answers are known.
    """

    photo_id: str
    label: str
    predicted: str
    agreement: float
    confidence: float | None


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """How often one class is taken for another: mean rows per trial, and as a share of the class's rows.

    The interval of the share is at 95%, over groups and trials: as if these trials were drawn from others like them.
    """

    true: str
    predicted: str
    rows: float
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All recipes and all pairs on the same test rows.

    Attributes:
        recipes: In the order of the plan.
        pairs: Every trained recipe against every later one, and each derived one against what it is made of.
        rows: Number of test photos.
        groups: Number of their groups.
        seeds: Most seeds that a recipe was trained with.
        classes: Names of the classes in alphabetical order.
        missed_by_all: Photos that no trained trial has right, those with the firmest other answer first; none where
            recipes and seeds are too few to say anything of labels.
        confused: Pairs of classes over all trials, the most frequent confusion first.
        left_out: Places that were left out of training in turn.
        untrained: Places that were tested and not trained on, those among them; None where nobody knows.
    """

    recipes: tuple[RecipeResult, ...]
    pairs: tuple[Pair, ...]
    rows: int
    groups: int
    seeds: int
    classes: tuple[str, ...] = ()
    missed_by_all: tuple[MissedPhoto, ...] = ()
    confused: tuple[ConfusedPair, ...] = ()
    left_out: tuple[str, ...] = ()
    untrained: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"Evaluation({extent(asdict(self))})"

    def _repr_html_(self) -> str:
        """All recipes, the first tier first."""
        plain = asdict(self)
        return html_table(f"Evaluation of {extent(plain)}", *recipe_rows(plain["recipes"], intervals=True))


def families_of_pairs(evaluation: Mapping[str, Any]) -> tuple[int, int]:
    """How many pairs of evaluation.json are of trained recipes, and how many have what is made of them.

    p is corrected within each of the two; where all recipes are made of others, they are one.
    """
    made_of = {one["name"]: bool(one.get("derived_from")) for one in evaluation["recipes"]}
    made = sum(made_of.get(pair["a"]) or made_of.get(pair["b"]) or False for pair in evaluation["pairs"])
    return len(evaluation["pairs"]) - made, made


def pairs_words(evaluation: Mapping[str, Any]) -> str:
    """What intervals and p values of pairs speak of, from evaluation.json; empty where there are not several."""
    trained, made = families_of_pairs(evaluation)
    if trained + made < 2:
        return ""
    if trained and made:
        of_trained, of_made = counted(trained, "pair"), counted(made, "pair")
        return (
            f"An interval speaks of its own pair; p is corrected for {of_trained} of trained recipes together, and for "
            f"{of_made} with what is made of them, so an interval may leave out zero where p shows nothing: go by p."
        )
    return (
        f"An interval speaks of its own pair; p is corrected for all {trained + made:,} pairs together, so an interval "
        "may leave out zero where p shows nothing: go by p."
    )
