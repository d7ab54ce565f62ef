"""Why a frozen recipe falls short: every possible cause measured on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from leafgraft.choices.heads.standardisation import Features
from leafgraft.errors import PredictionsError
from leafgraft.evaluation.diagnosis.cka import cka_with_interval
from leafgraft.evaluation.diagnosis.probes import Fitting, Probe, all_probes, linear_probe
from leafgraft.evaluation.gaps import paired_gap, share_of_groups, unpaired_gap
from leafgraft.evaluation.metrics import Ints
from leafgraft.records.diagnosis import OVER_FITTING, Diagnosis, Measurement, StageProbe, StageSimilarity
from leafgraft.records.evaluation import Interval


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of one split: class indices and groups, shape (N,)."""

    label: Ints
    group: NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class PartFeatures:
    """Features of the three splits, each of shape (rows, D), rows in the order of `Part`."""

    train: Features
    validation: Features
    test: Features


@dataclass(frozen=True, slots=True, eq=False)
class TrainedAnswers:
    """Classes that the trained recipe gives, one line per seed: shape (S, rows); train and validation may be absent."""

    test: Ints
    train: Ints | None = None
    validation: Ints | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DiagnosisInputs:
    """All that a diagnosis reads.

    Attributes:
        backbone: Name of the backbone.
        recipe: Name of the trained frozen recipe.
        train: Plain (not augmented) training rows.
        validation: Validation rows.
        test: Test rows.
        features: Plain pooled features of the frozen backbone.
        trained: Answers of the trained recipe.
        stages: Pooled features after each stage, in order; may be empty.
        reestimated: Features with BatchNorm statistics re-estimated on training rows and nothing else changed; of the
            training rows, those that `reestimated_rows` names.
        reestimated_rows: Positions of these among the training rows; None for all.
        tuned: Test features of a fine-tuned network after each stage, by the names in `stages`.
    """

    backbone: str
    recipe: str
    train: Part
    validation: Part
    test: Part
    features: PartFeatures
    trained: TrainedAnswers
    stages: Mapping[str, PartFeatures] = field(default_factory=dict)
    reestimated: PartFeatures | None = None
    reestimated_rows: Ints | None = None
    tuned: Mapping[str, Features] = field(default_factory=dict)


def diagnose(inputs: DiagnosisInputs) -> Diagnosis:
    """Measure every cause; name the largest only if its interval lies above zero.

    Raises:
        PredictionsError: Rows of features or answers do not match the labels.
        ConvergenceError: The optimum of a linear head is not reached.
    """
    _check(inputs)
    linear, of_stages, richer = _probes(inputs)
    stages, filters = _stages(inputs, linear, of_stages)
    found = [_not_fitted(inputs, _right(linear, inputs)), _capacity(inputs, linear, richer), filters]
    found += [_over_fitting(inputs), _shift(inputs, linear)]
    ranked = sorted((one for one in found if one is not None), key=lambda one: (one.cause == OVER_FITTING, -one.value))
    shown = [one for one in ranked if one.interval[0] > 0]
    largest = next((one for one in shown if one.cause != OVER_FITTING), None)
    return Diagnosis(
        backbone=inputs.backbone,
        recipe=inputs.recipe,
        measurements=tuple(ranked),
        largest=largest.cause if largest else "",
        reading=_reading(largest, next((one for one in shown if one.cause == OVER_FITTING), None)),
        stages=stages,
        similarity=_similarity(inputs),
        photos=_photos(inputs),
    )


def _reading(largest: Measurement | None, over_fitting: Measurement | None) -> str:
    """What costs most test accuracy; that of over-fitting is not known, only how far training photos flatter."""
    said = []
    if largest:
        cause = largest.title.rstrip("?").lower()
        said.append(f"Largest cause shown: {cause}: {_points(largest.value, largest.interval)}.")
    if over_fitting:
        said.append(
            "Over-fitting is shown: training photos are more accurate than validation photos by "
            f"{_points(over_fitting.value, over_fitting.interval)}; what that costs on test photos is not measured."
        )
    return " ".join(said) or "No cause is shown: every interval reaches zero."


def _probes(inputs: DiagnosisInputs) -> tuple[Probe, dict[str, Probe], dict[str, Probe]]:
    """The linear head of the features, that of each stage, and what is richer than a linear head, by name."""
    fitting, asked = _fitting(inputs, inputs.features), inputs.features.test
    last = [name for name, features in inputs.stages.items() if _are_equal(features, inputs.features)]
    earlier = {name: features for name, features in inputs.stages.items() if name not in last}
    (linear, *others), richer = all_probes(
        fitting, asked, [(_fitting(inputs, one), one.test) for one in earlier.values()]
    )
    of_stages = dict(zip(earlier, others, strict=True))
    return linear, {name: linear if name in last else of_stages[name] for name in inputs.stages}, richer


def _are_equal(some: PartFeatures, others: PartFeatures) -> bool:
    pairs = ((some.train, others.train), (some.validation, others.validation), (some.test, others.test))
    return all(np.array_equal(one, other) for one, other in pairs)


def _fitting(inputs: DiagnosisInputs, features: PartFeatures) -> Fitting:
    return Fitting(features.train, inputs.train.label, features.validation, inputs.validation.label)


def _right(probe: Probe, inputs: DiagnosisInputs) -> NDArray[np.bool_]:
    return np.asarray((probe.predicted == inputs.test.label)[None, :])


def _points(value: float, interval: Interval) -> str:
    return f"{100 * value:.1f} points (95% interval {100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _measurement(cause: str, title: str, gap: tuple[float, Interval], readings: tuple[str, str]) -> Measurement:
    """`readings`: what to say of ``{points}`` if the interval lies above zero, and what if it does not."""
    value, interval = gap
    text = readings[0] if interval[0] > 0 else readings[1]
    return Measurement(cause, title, value, interval, text.replace("{points}", _points(value, interval)))


def _not_fitted(inputs: DiagnosisInputs, right: NDArray[np.bool_]) -> Measurement:
    gap = paired_gap(right, inputs.trained.test == inputs.test.label, inputs.test.group)
    return _measurement(
        "not_fitted",
        "Not fitted to its optimum?",
        gap,
        (
            "The trained head stops short of the best linear head on the same features: {points}.",
            "The trained head is not shown to stop short of the best linear head on the same features: {points}.",
        ),
    )


def _capacity(inputs: DiagnosisInputs, linear: Probe, richer: Mapping[str, Probe]) -> Measurement:
    name, best = max(richer.items(), key=lambda item: item[1].validation_accuracy)
    gap = paired_gap(_right(best, inputs), _right(linear, inputs), inputs.test.group)
    return _measurement(
        "capacity",
        "Too little capacity?",
        gap,
        (
            f"On the same features {name} beat the linear head: {{points}}.",
            f"On the same features {name} do not show a gain: {{points}}.",
        )
        if name.endswith("s")
        else (
            f"On the same features {name} beats the linear head: {{points}}.",
            f"On the same features {name} shows no gain: {{points}}.",
        ),
    )


def _stages(
    inputs: DiagnosisInputs, linear: Probe, probes: Mapping[str, Probe]
) -> tuple[tuple[StageProbe, ...], Measurement | None]:
    table = tuple(
        StageProbe(stage, *share_of_groups(_right(probe, inputs), inputs.test.group)) for stage, probe in probes.items()
    )
    earlier = dict(list(probes.items())[:-1])
    if not earlier:
        return table, None
    stage, best = max(earlier.items(), key=lambda item: item[1].validation_accuracy)
    gap = paired_gap(_right(best, inputs), _right(linear, inputs), inputs.test.group)
    measured = _measurement(
        "filters",
        "Filters that do not fit?",
        gap,
        (
            (
                f"The filters stop fitting after '{stage}': a linear probe there beats one on the final features: "
                "{points}."
            ),
            (
                f"The filters are not shown to stop fitting: after '{stage}', the best earlier stage, against the end: "
                "{points}."
            ),
        ),
    )
    return table, measured


def _over_fitting(inputs: DiagnosisInputs) -> Measurement | None:
    trained = inputs.trained
    if trained.train is None or trained.validation is None:
        return None
    gap = unpaired_gap(
        (trained.train == inputs.train.label, inputs.train.group),
        (trained.validation == inputs.validation.label, inputs.validation.group),
    )
    return _measurement(
        OVER_FITTING,
        "Over-fitting?",
        gap,
        (
            "The trained recipe is more accurate on its training photos than on validation photos: {points}.",
            (
                "The trained recipe is not shown to be more accurate on its training photos than on validation photos: "
                "{points}."
            ),
        ),
    )


def _shift(inputs: DiagnosisInputs, linear: Probe) -> Measurement | None:
    """The same head, fitted to the same rows, with these statistics and with the network's own."""
    if inputs.reestimated is None:
        return None
    every = np.arange(len(inputs.train.label))
    rows = every if inputs.reestimated_rows is None else inputs.reestimated_rows

    def probe(features: PartFeatures) -> Probe:
        fitting = Fitting(features.train, inputs.train.label[rows], features.validation, inputs.validation.label)
        return linear_probe(fitting, features.test)

    if not np.array_equal(rows, every):  # `linear` learned from more
        linear = probe(replace(inputs.features, train=inputs.features.train[rows]))
    gap = paired_gap(_right(probe(inputs.reestimated), inputs), _right(linear, inputs), inputs.test.group)
    return _measurement(
        "shift",
        "BatchNorm statistics that do not fit?",
        gap,
        (
            "Re-estimating the BatchNorm statistics on these photos helps the linear head: {points}.",
            "Re-estimating the BatchNorm statistics on these photos shows no gain: {points}.",
        ),
    )


def _similarity(inputs: DiagnosisInputs) -> tuple[StageSimilarity, ...]:
    return tuple(
        StageSimilarity(stage, *cka_with_interval(features.test, inputs.tuned[stage], inputs.test.group))
        for stage, features in inputs.stages.items()
        if stage in inputs.tuned
    )


def _photos(inputs: DiagnosisInputs) -> dict[str, int]:
    parts = {"train": inputs.train, "validation": inputs.validation, "test": inputs.test}
    counts = {name: len(part.label) for name, part in parts.items()}
    return counts | ({"reestimated": len(inputs.reestimated.train)} if inputs.reestimated else {})


def _check(inputs: DiagnosisInputs) -> None:
    parts = {"train": inputs.train, "validation": inputs.validation, "test": inputs.test}
    named = {"features": inputs.features, **inputs.stages}
    if inputs.reestimated is not None:
        rows = len(inputs.train.label) if inputs.reestimated_rows is None else len(inputs.reestimated_rows)
        _check_rows("re-estimated, train", len(inputs.reestimated.train), rows)
    for split, part in parts.items():
        for name, features in named.items():
            _check_rows(f"{name}, {split}", len(getattr(features, split)), len(part.label))
        answers = getattr(inputs.trained, split)
        if answers is not None:
            _check_rows(f"answers, {split}", answers.shape[1], len(part.label))
    for stage, tuned in inputs.tuned.items():
        _check_rows(f"fine-tuned {stage}", len(tuned), len(inputs.test.label))


def _check_rows(what: str, found: int, wanted: int) -> None:
    if found != wanted or not wanted:
        raise PredictionsError(
            f"A diagnosis must have one row per photo ({what}).",
            f"It has {found} for {wanted} labels.",
            "Give features and answers of the same photos in the same order.",
        )
