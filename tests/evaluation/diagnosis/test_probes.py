"""Probes on features, against scikit-learn's classifiers."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from leafgraft.evaluation.diagnosis.probes import NEIGHBOURS, Fitting, neighbour_probe
from leafgraft.evaluation.diagnosis.probes import linear_probe as linear


def clouds(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return (generator.normal(size=(count, 6)) + np.eye(3, 6)[labels] * 1.5).astype(np.float32), labels


@pytest.mark.parametrize("count", [4, 40, 200])
def test_nearest_neighbours_answer_as_scikit_learn_does(count: int) -> None:
    (train, labels), (validation, own), (asked, _) = clouds(count, 0), clouds(60, 1), clouds(80, 2)
    found = neighbour_probe(Fitting(train, labels, validation, own), asked)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    standard = [(one - mean) / deviation for one in (train, validation, asked)]
    accuracy = {}
    for neighbours in (one for one in NEIGHBOURS if one <= count):
        model = KNeighborsClassifier(neighbours, metric="cosine").fit(standard[0], labels)
        accuracy[neighbours] = float((model.predict(standard[1]) == own).mean())
        if neighbours == found.setting:
            assert (model.predict(standard[2]) == found.predicted).mean() > 0.98
    assert found.validation_accuracy == pytest.approx(max(accuracy.values()), abs=0.02)
    assert accuracy[int(found.setting)] == pytest.approx(max(accuracy.values()), abs=0.02)


def test_both_probes_find_what_a_line_tells_apart() -> None:
    (train, labels), (validation, own), (asked, true) = clouds(300, 0), clouds(150, 1), clouds(150, 2)
    fitting = Fitting(train, labels, validation, own)
    for probe in (linear, neighbour_probe):
        assert (probe(fitting, asked).predicted == true).mean() > 0.7
