"""Probes on features: the convex optimum of a linear head, a small network, nearest neighbours.

Settings are chosen by the loss or accuracy on validation rows; test rows have no part in it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from sklearn.neural_network import MLPClassifier

from leafgraft.choices.heads.optimum import best_head
from leafgraft.choices.heads.side_by_side import side_by_side
from leafgraft.choices.heads.standardisation import Features, standardisation_of
from leafgraft.evaluation.metrics import Ints, negative_log_likelihood

NEIGHBOURS = (1, 3, 5, 11, 21)
DECAYS = (1e-4, 1e-2, 1.0)
HIDDEN_UNITS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """Answers of a fitted probe.

    Attributes:
        predicted: Class of each row asked for, shape (N,).
        validation_accuracy: Accuracy of the chosen setting on validation rows, from 0 to 1.
        setting: The setting chosen on validation.
        validation_loss: Mean negative log-likelihood, of a network; others are not asked for it.
    """

    predicted: Ints
    validation_accuracy: float
    setting: float
    validation_loss: float = np.nan


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """Rows to fit on and to choose on: features of shape (N, D) and class indices of shape (N,)."""

    train: Features
    train_label: Ints
    validation: Features
    validation_label: Ints


def all_probes(
    fitting: Fitting, asked: Features, others: Sequence[tuple[Fitting, Features]]
) -> tuple[list[Probe], dict[str, Probe]]:
    """Every probe of some features, and a linear one of others, fitted beside each other.

    Args:
        fitting: Rows to fit the probes on, and to choose their settings on.
        asked: Features of the rows to answer, shape (M, D).
        others: Other features that get a linear probe alone: rows to fit and to choose on, and rows to answer.

    Returns:
        The linear ones, that of `fitting` first; and what is richer than a linear head, by name.

    Raises:
        ConvergenceError: The optimum of a linear head is not reached.
    """
    fits: list[Callable[[], Probe]] = [
        *(partial(network_probe, fitting, asked, decay) for decay in DECAYS),  # the longest first
        *(partial(linear_probe, *one) for one in ((fitting, asked), *others)),
        partial(neighbour_probe, fitting, asked),
    ]
    with warnings.catch_warnings():  # around all of them: threads share what is ignored
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = side_by_side(lambda fit: fit(), fits)
    network = min(found[: len(DECAYS)], key=lambda probe: probe.validation_loss)  # of equals the first
    return found[len(DECAYS) : -1], {"a small network": network, "nearest neighbours": found[-1]}


def linear_probe(fitting: Fitting, asked: Features) -> Probe:
    """The best linear head; the penalty of the lowest validation loss.

    Args:
        fitting: Rows to fit the head on, and to choose the penalty on.
        asked: Features of the rows to answer, shape (M, D).

    Raises:
        ConvergenceError: Its optimum is not reached.
    """
    classes = int(max(fitting.train_label.max(), fitting.validation_label.max())) + 1
    train, validation = (fitting.train, fitting.train_label), (fitting.validation, fitting.validation_label)
    head = best_head(train, validation, classes)
    accuracy = float((head.predict(fitting.validation) == fitting.validation_label).mean())
    return Probe(head.predict(asked), accuracy, head.inverse_penalty)


def network_probe(fitting: Fitting, asked: Features, decay: float, seed: int = 0) -> Probe:
    """One hidden layer of 128 units with ReLU.

    It learns for sixty passes at most, of which scikit-learn warns; validation judges.

    Args:
        fitting: Rows to fit the network on, and to measure it on.
        asked: Features of the rows to answer, shape (M, D).
        decay: Weight decay, one of `DECAYS`; scikit-learn's ``alpha``.
        seed: Seed of the first weights and of the order of rows.
    """
    if len(np.unique(fitting.train_label)) < 2:
        return _constant(fitting, len(asked))
    train, validation, rows = _standard(fitting, asked)
    model = MLPClassifier((HIDDEN_UNITS,), alpha=decay, max_iter=60, random_state=seed)
    model.fit(train, fitting.train_label)
    accuracy = float((model.predict(validation) == fitting.validation_label).mean())
    loss = _loss(model, validation, fitting.validation_label)
    return Probe(np.asarray(model.predict(rows), dtype=np.int64), accuracy, decay, loss)


def neighbour_probe(fitting: Fitting, asked: Features) -> Probe:
    """Nearest neighbours by cosine; the number of neighbours of the highest validation accuracy.

    Args:
        fitting: Rows to find neighbours among, and to choose their number on.
        asked: Features of the rows to answer, shape (M, D).
    """
    train, validation, rows = _standard(fitting, asked)
    counts = [count for count in NEIGHBOURS if count <= len(train)]
    model = NearestNeighbors(n_neighbors=max(counts), metric="cosine").fit(train)
    near = [fitting.train_label[model.kneighbors(one, return_distance=False)] for one in (validation, rows)]
    probes = []
    for neighbours in counts:
        answers, predicted = (_commonest(labels[:, :neighbours]) for labels in near)
        accuracy = float((answers == fitting.validation_label).mean())
        probes.append(Probe(predicted, accuracy, float(neighbours)))
    return max(probes, key=lambda probe: probe.validation_accuracy)  # of equals the first, with fewest neighbours


def _commonest(labels_nk: Ints) -> Ints:
    """The most frequent of each row, shape (N,); of those as frequent, the smallest."""
    classes = int(labels_nk.max(initial=0)) + 1
    votes = (labels_nk[:, :, None] == np.arange(classes)).sum(axis=1)
    return np.asarray(votes.argmax(axis=1), dtype=np.int64)


def _standard(fitting: Fitting, asked: Features) -> tuple[Features, Features, Features]:
    scale = standardisation_of(fitting.train)
    return scale.apply(fitting.train), scale.apply(fitting.validation), scale.apply(asked)


def _loss(model: MLPClassifier, rows: Features, label: Ints) -> float:
    known = {int(one): index for index, one in enumerate(model.classes_)}
    probabilities = np.asarray(model.predict_proba(rows), dtype=np.float64)
    padded = np.concatenate([probabilities, np.zeros((len(rows), 1))], axis=1)
    own = np.array([known.get(int(one), len(known)) for one in label], dtype=np.int64)
    return float(negative_log_likelihood(padded, own).mean())


def _constant(fitting: Fitting, rows: int) -> Probe:
    only = int(fitting.train_label[0])
    return Probe(np.full(rows, only), float((fitting.validation_label == only).mean()), 0.0)
