"""Is the 8-bit copy as good as the graph it was made from? A paired test on held-out photos decides."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, helper, numpy_helper
from onnxruntime import InferenceSession

from leafgraft.evaluation.distance import acceptance_threshold
from leafgraft.evaluation.evaluate import evaluate
from leafgraft.evaluation.field_answers import BundleAnswers, describe_answers
from leafgraft.evaluation.metrics import Floats
from leafgraft.evaluation.predictions.aligned_rows import RecipePredictions, TrialPredictions
from leafgraft.export.calibrate import Calibration
from leafgraft.export.graph import DISTANCE, with_preprocessing
from leafgraft.export.parity import answer_all, open_session
from leafgraft.export.quantize import CALIBRATION_PHOTOS, quantize
from leafgraft.export.trained import Trained
from leafgraft.records.evaluation import Pair
from leafgraft.records.progress import Progress
from leafgraft.storage.predictions import Predictions, logits_of

MOST_LOST = 0.005
TIMED_PASSES = 15


@dataclass(frozen=True, slots=True, eq=False)
class _HeldOut:
    """Validation photos, then test photos, resized."""

    ids: tuple[str, ...]
    validation: int
    squares: NDArray[np.uint8]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]
    classes: tuple[str, ...]

    def test(self, probabilities: Floats, distances: Floats) -> BundleAnswers:
        """What is said of the test photos."""
        rows = slice(self.validation, None)
        return BundleAnswers(probabilities[rows], distances[rows], self.groups[rows], self.labels[rows])

    def trial(self, probabilities: Floats) -> tuple[TrialPredictions, ...]:
        """All of them as rows to compare."""
        logits = logits_of(probabilities)
        rows = Predictions(
            np.array(self.ids), np.full(len(self.ids), "test"), self.labels, logits, np.array(self.classes), self.groups
        )
        return (TrialPredictions(0, 0, rows),)


def make_int8(
    traced: ModelProto, model: bytes, trained: Trained, calibration: Calibration, progress: Progress
) -> tuple[bytes | None, dict[str, Any]]:
    """Quantize, compare on all held-out photos, and keep it only if it cannot have lost more than half a point.

    Validation photos count too: no choice that is compared here was made on them.

    Args:
        traced: What follows the resize, as `leafgraft.export.graph.trace` writes it.
        model: The whole float graph.
        trained: The trial.
        calibration: Its thresholds.
        progress: Shows how far it is.

    Returns:
        The bytes of the 8-bit graph, none if it is refused, and what bundle.json says of it.
    """
    side, held_out = trained.trial.recipe.image_size, _held_out(trained)
    with progress.task("8-bit copy", len(held_out.ids)) as advance:
        quantized = quantize(traced, _training_squares(trained))
        content = with_preprocessing(quantized, side)
        sessions = open_session(model), open_session(content)
        exact = answer_all(sessions[0], held_out.squares, lambda _: None)
        rough = answer_all(sessions[1], held_out.squares, advance)
    # Rounding lengthens distances: they are scaled so that the one threshold accepts as many validation photos.
    at_validation = (acceptance_threshold(distances[: held_out.validation]) for distances in (exact[1], rough[1]))
    scale = next(at_validation) / next(at_validation)
    found = _verdict(_compare(held_out, exact[0], rough[0]), held_out) | {
        "bytes": len(content),
        "float_bytes": len(model),
        "milliseconds": _milliseconds(sessions[1], held_out.squares[0]),
        "float_milliseconds": _milliseconds(sessions[0], held_out.squares[0]),
        "test": describe_answers(held_out.test(rough[0], rough[1] * scale), calibration.thresholds),
    }
    return (with_preprocessing(_scale_distance(quantized, scale), side) if found["kept"] else None), found


def _held_out(trained: Trained) -> _HeldOut:
    inputs = trained.inputs
    fold = inputs.fold(trained.trial.fold)
    ids = (*fold.validation, *fold.test)
    photos = inputs.photos(ids)
    squares = np.asarray(inputs.pixels.array[photos.rows])
    return _HeldOut(ids, len(fold.validation), squares, photos.labels, inputs.groups(ids), inputs.classes)


def _training_squares(trained: Trained) -> NDArray[np.uint8]:
    """Training photos evenly taken from all classes: they stand in the manifest's order, by class folder."""
    inputs = trained.inputs
    ids = inputs.fold(trained.trial.fold).train
    chosen = np.unique(np.linspace(0, len(ids) - 1, CALIBRATION_PHOTOS).round().astype(int))
    return np.asarray(inputs.pixels.array[inputs.pixels.indices([ids[one] for one in chosen])])


def _compare(held_out: _HeldOut, exact: Floats, rough: Floats) -> Pair:
    recipes = [RecipePredictions("float", held_out.trial(exact)), RecipePredictions("int8", held_out.trial(rough))]
    return evaluate(recipes).pairs[0]


def _verdict(pair: Pair, held_out: _HeldOut) -> dict[str, Any]:
    """Kept or refused, with the figures in words."""
    low, high = pair.interval
    kept = high <= MOST_LOST
    figures = (
        f"on {len(held_out.ids):,} held-out photos it loses {100 * pair.difference:.2f} points of accuracy "
        f"(95% interval {100 * low:+.2f} to {100 * high:+.2f})"
    )
    limit = f"{100 * MOST_LOST:g} points"
    reason = f"{figures}: no more than {limit}" if kept else f"{figures}, so a loss above {limit} is not ruled out"
    return {
        "kept": kept,
        "reason": reason,
        "photos": len(held_out.ids),
        "loss": pair.difference,
        "interval": pair.interval,
        "disagreement": pair.disagreement,
    }


def _milliseconds(session: InferenceSession, photo: NDArray[np.uint8]) -> float:
    """Median time of one photo of the network's own size."""
    times = []
    for _ in range(TIMED_PASSES):
        started_s = time.perf_counter()
        session.run(None, {"photo": photo})
        times.append(1000 * (time.perf_counter() - started_s))
    return round(float(np.median(times)), 2)


def _scale_distance(model: ModelProto, scale: float) -> ModelProto:
    """Multiply the distance, under its old name."""
    scaled = ModelProto()
    scaled.CopyFrom(model)
    for node in scaled.graph.node:
        node.output[:] = ["unscaled_distance" if name == DISTANCE else name for name in node.output]
    scaled.graph.initializer.append(numpy_helper.from_array(np.array([scale], np.float32), "distance_scale"))
    scaled.graph.node.append(helper.make_node("Mul", ["unscaled_distance", "distance_scale"], [DISTANCE]))
    return scaled
