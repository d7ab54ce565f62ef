from dataclasses import asdict, replace

import numpy as np
import pytest

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.diagnose import (
    DiagnosisInputs,
    Part,
    PartFeatures,
    TrainedAnswers,
    diagnose,
)
from leafgraft.evaluation.diagnosis.cka import cka_with_interval
from leafgraft.evaluation.diagnosis.probes import linear_probe
from leafgraft.storage.files.atomic import to_json

SIZES = {"train": 300, "validation": 150, "test": 200}


def labels(seed=0):
    generator = np.random.default_rng(seed)
    return {split: generator.integers(0, 3, rows) for split, rows in SIZES.items()}


def features(label, generator, distance=2.0, width=8):
    centres = np.eye(3, width) * distance
    return {split: centres[one] + generator.normal(size=(len(one), width)) for split, one in label.items()}


def made(found, label, generator, right=0.95, **more):
    parts = {split: Part(one, np.array([f"{split}{i // 2}" for i in range(len(one))])) for split, one in label.items()}

    def answers(split, share):
        wrong = generator.random((2, SIZES[split])) > share
        return np.where(wrong, (label[split] + 1) % 3, label[split])

    trained = TrainedAnswers(answers("test", right), answers("train", right), answers("validation", right))
    return DiagnosisInputs("vgg16", "vgg16 frozen", **parts, features=PartFeatures(**found), trained=trained, **more)


def test_a_head_that_was_not_fitted():
    generator, label = np.random.default_rng(1), labels()
    found = diagnose(made(features(label, generator, 4.0), label, generator, right=0.8))
    assert found.largest == "not_fitted"
    measured = found.measurements[0]
    assert measured.value == pytest.approx(0.2, abs=0.05)
    assert measured.interval[0] > 0
    assert "not fitted to its optimum" in found.reading


def test_nothing_to_find():
    generator, label = np.random.default_rng(2), labels()
    found = diagnose(made(features(label, generator, 9.0), label, generator, right=1.0))
    assert found.largest == ""
    assert "No cause is shown" in found.reading


def test_classes_that_no_line_divides():
    generator = np.random.default_rng(3)
    label = {split: generator.integers(0, 2, rows) for split, rows in SIZES.items()}
    found = {}
    for split, one in label.items():
        angle = generator.random(len(one)) * 2 * np.pi
        radius = 1 + 2 * one + generator.normal(size=len(one)) * 0.2
        found[split] = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    inputs = made(found, label, generator, right=0.5)
    inputs = replace(inputs, trained=replace(inputs.trained, train=None, validation=None))
    causes = {one.cause: one for one in diagnose(inputs).measurements}
    assert causes["capacity"].interval[0] > 0.2
    assert "over_fitting" not in causes


def test_filters_that_stop_fitting_and_shift():
    generator, label = np.random.default_rng(4), labels()
    early, late = features(label, generator, 5.0), features(label, generator, 1.0)
    better = features(label, generator, 4.0)
    inputs = made(
        late,
        label,
        generator,
        right=0.55,
        stages={"stem": PartFeatures(**early), "layer4": PartFeatures(**late)},
        reestimated=PartFeatures(**better),
        tuned={"stem": early["test"], "layer4": generator.normal(size=late["test"].shape)},
    )
    found = diagnose(inputs)
    causes = {one.cause: one for one in found.measurements}
    assert causes["filters"].interval[0] > 0
    assert "'stem'" in causes["filters"].reading
    assert causes["shift"].interval[0] > 0
    assert [one.stage for one in found.stages] == ["stem", "layer4"]
    assert found.stages[0].accuracy > found.stages[1].accuracy
    assert found.similarity[0].similarity == pytest.approx(1.0)
    assert found.similarity[1].similarity < 0.3
    to_json(asdict(found))


def test_a_shift_is_measured_with_heads_that_learned_from_the_same_rows():
    generator, label = np.random.default_rng(8), labels()
    found = features(label, generator, 2.0)
    rows = np.arange(0, len(label["train"]), 3)
    fewer = {**found, "train": found["train"][rows]}
    inputs = made(found, label, generator, right=0.6, reestimated=PartFeatures(**fewer), reestimated_rows=rows)
    (shift,) = (one for one in diagnose(inputs).measurements if one.cause == "shift")
    assert shift.value == 0, "nothing but the number of rows differs"
    assert diagnose(inputs).photos == {"train": 300, "validation": 150, "test": 200, "reestimated": 100}
    with pytest.raises(PredictionsError, match="re-estimated"):
        diagnose(replace(inputs, reestimated_rows=rows[1:]))


@pytest.mark.parametrize(("step", "fits"), [(1, 2), (3, 3)])
def test_the_plain_head_is_fitted_again_only_to_fewer_rows(monkeypatch, step, fits):
    generator, label = np.random.default_rng(9), labels()
    found, rows = features(label, generator, 2.0), np.arange(0, len(label["train"]), step)
    fewer = {**found, "train": found["train"][rows]}
    fitted = []
    for module in ("diagnose", "diagnosis.probes"):
        name = f"leafgraft.evaluation.{module}.linear_probe"
        monkeypatch.setattr(name, lambda *given: fitted.append(1) or linear_probe(*given))
    diagnose(made(found, label, generator, reestimated=PartFeatures(**fewer), reestimated_rows=rows))
    assert len(fitted) == fits


def test_over_fitting():
    generator, label = np.random.default_rng(5), labels()
    inputs = made(features(label, generator, 9.0), label, generator, right=0.7)
    inputs = replace(inputs, trained=replace(inputs.trained, train=np.stack([label["train"]] * 2)))
    causes = {one.cause: one for one in diagnose(inputs).measurements}
    assert causes["over_fitting"].value == pytest.approx(0.3, abs=0.06)


def test_over_fitting_is_in_other_points_and_never_the_largest_cause():
    generator, label = np.random.default_rng(5), labels()
    inputs = made(features(label, generator, 9.0), label, generator, right=0.9)
    inputs = replace(inputs, trained=replace(inputs.trained, train=np.stack([label["train"]] * 2)))
    worse = replace(inputs.trained, validation=(label["validation"][None] + np.array([[1], [1]])) % 3)
    found = diagnose(replace(inputs, trained=worse))
    assert [one.cause for one in found.measurements][-1] == "over_fitting"
    assert found.measurements[-1].value == 1.0
    assert found.largest == "not_fitted"
    assert found.reading.startswith("Largest cause shown: not fitted to its optimum")
    assert (
        "Over-fitting is shown: training photos are more accurate than validation photos by 100.0 points"
        in found.reading
    )
    alone = diagnose(replace(inputs, trained=replace(worse, test=np.stack([label["test"]] * 2))))
    assert alone.largest == ""
    assert alone.reading.startswith("Over-fitting is shown")


def test_rows_that_do_not_match():
    generator, label = np.random.default_rng(6), labels()
    inputs = made(features(label, generator), label, generator)
    short = replace(inputs, trained=replace(inputs.trained, test=inputs.trained.test[:, :-1]))
    with pytest.raises(PredictionsError, match="answers, test"):
        diagnose(short)


def test_linear_cka_against_its_definition():
    generator = np.random.default_rng(7)
    one, other = generator.normal(size=(60, 5)), generator.normal(size=(60, 7))
    other[:, 0] += one[:, 0]
    x, y = one - one.mean(axis=0), other - other.mean(axis=0)
    wanted = np.linalg.norm(y.T @ x) ** 2 / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    value, (low, high) = cka_with_interval(one, other, np.arange(60))
    assert value == pytest.approx(wanted)
    assert low < value < high


def test_constant_features_are_not_alike():
    other = np.random.default_rng(0).normal(size=(9, 2))
    assert cka_with_interval(np.ones((9, 2)), other, np.arange(9))[0] == 0.0
