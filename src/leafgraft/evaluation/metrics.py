"""Figures of one set of predictions. Each equals scikit-learn's where scikit-learn has it.

Source: scikit-learn, `sklearn.metrics`; calibration error: Guo et al. 2017, "On calibration of modern neural
networks", with 15 bins of equal width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leafgraft.storage.predictions import SMALLEST_PROBABILITY, Predictions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIGURES = ("accuracy", "macro_f1", "balanced_accuracy", "log_loss", "calibration_error", "mean_confidence")
OF_PROBABILITIES = ("log_loss", "calibration_error", "mean_confidence")  # the others need the answers alone
BINS = 15


def confusion_matrix(label: Ints, predicted: Ints, classes: int) -> Ints:
    """Count rows by true class (rows) and predicted class (columns).

    Args:
        label: True class of each row, from 0 to C - 1, shape (N,).
        predicted: Predicted class of each row, from 0 to C - 1, shape (N,).
        classes: Number of classes, C.

    Returns:
        Shape (C, C).

    Example:
        >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    flat = np.bincount(label * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes).astype(np.int64)


def ratio(part: Floats, whole: Floats) -> Floats:
    """Element-wise part / whole, and 0 where the whole is 0.

    Args:
        part: Numerators, of any shape.
        whole: Denominators, of a shape that broadcasts with it.

    Example:
        >>> ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
        [0.25, 0.0]
    """
    out = np.zeros(np.broadcast(part, whole).shape)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def macro_f1(hits: Floats, predicted: Floats, true: Floats) -> Floats:
    """Unweighted mean of F1 over the classes that occur among true or predicted ones.

    Args:
        hits: Rows predicted right, by true class, shape (..., C).
        predicted: Rows predicted as each class, shape (..., C).
        true: Rows of each class, shape (..., C).

    Returns:
        Shape (...); 0 where there are no rows at all.
    """
    f1 = ratio(2.0 * hits, predicted + true)
    occurs = (predicted + true) > 0
    return ratio((f1 * occurs).sum(axis=-1), occurs.sum(axis=-1).astype(np.float64))


def balanced_accuracy(hits: Floats, true: Floats) -> Floats:
    """Unweighted mean of recall over the classes that have rows.

    Args:
        hits: Rows predicted right, by true class, shape (..., C).
        true: Rows of each class, shape (..., C).

    Returns:
        Shape (...); 0 where there are no rows at all.
    """
    occurs = true > 0
    return ratio((ratio(hits, true) * occurs).sum(axis=-1), occurs.sum(axis=-1).astype(np.float64))


def per_class(confusion: Ints, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and support by class name; 0 where a figure is not defined.

    Args:
        confusion: Rows by true class (rows) and predicted class (columns), shape (C, C).
        names: Name of each class, in that order.

    Example:
        >>> per_class(np.array([[3, 1], [0, 4]]), ("healthy", "late"))["healthy"]["recall"]
        0.75
    """
    hits = np.diag(confusion).astype(np.float64)
    predicted, true = confusion.sum(axis=0).astype(np.float64), confusion.sum(axis=1).astype(np.float64)
    precision, recall, f1 = ratio(hits, predicted), ratio(hits, true), ratio(2 * hits, predicted + true)
    return {
        name: {
            "precision": float(precision[index]),
            "recall": float(recall[index]),
            "f1": float(f1[index]),
            "support": float(true[index]),
        }
        for index, name in enumerate(names)
    }


def negative_log_likelihood(probabilities: Floats, label: Ints) -> Floats:
    """Of each row, in nats, shape (N,); probabilities are clipped at the smallest step of a double.

    Args:
        probabilities: Rows sum to 1, shape (N, C).
        label: True class of each row as an index, shape (N,).
    """
    own = probabilities[np.arange(len(label)), label]
    return np.asarray(-np.log(np.clip(own, SMALLEST_PROBABILITY, 1.0)))


def validation_loss(predictions: Predictions) -> float:
    """Mean negative log-likelihood of the validation rows, in nats.

    Args:
        predictions: Predictions of a trial, with validation rows.
    """
    rows = predictions.rows("validation")
    return float(negative_log_likelihood(rows.probabilities, rows.label).mean())


def confidence_bin(confidence: Floats) -> Ints:
    """Bin of each confidence: 15 of equal width, the upper edge included, shape as given.

    Args:
        confidence: Probabilities from 0 to 1, of any shape.

    Example:
        >>> confidence_bin(np.array([0.0, 0.5, 1.0])).tolist()
        [0, 7, 14]
    """
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def calibration_error(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """Mean distance between confidence and accuracy over the bins, weighted by rows; 0 without rows.

    Args:
        confidence: Probability of the answer to each row, from 0 to 1, shape (N,).
        correct: Whether each answer is right, shape (N,).

    Example:
        >>> round(calibration_error(np.array([0.9, 0.9]), np.array([True, False])), 3)
        0.4
    """
    gaps = np.bincount(confidence_bin(confidence), weights=confidence - correct, minlength=BINS)
    return float(np.abs(gaps).sum() / max(len(confidence), 1))


def measure(probabilities: Floats, label: Ints) -> dict[str, float]:
    """All six figures of one set of rows, by name.

    Args:
        probabilities: Probabilities of each row, rows sum to 1, shape (N, C).
        label: True class of each row as an index, shape (N,).
    """
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    table = confusion_matrix(label, predicted, classes)
    hits, true = np.diag(table).astype(np.float64), table.sum(axis=1).astype(np.float64)
    confidence = probabilities.max(axis=1)
    rows = max(len(label), 1)
    return {
        "accuracy": float(hits.sum() / rows),
        "macro_f1": float(macro_f1(hits, table.sum(axis=0).astype(np.float64), true)),
        "balanced_accuracy": float(balanced_accuracy(hits, true)),
        "log_loss": float(negative_log_likelihood(probabilities, label).sum() / rows),
        "calibration_error": calibration_error(confidence, predicted == label),
        "mean_confidence": float(confidence.sum() / rows),
    }
