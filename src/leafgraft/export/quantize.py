"""An 8-bit copy of a traced network: static, per channel, as pairs of QuantizeLinear and DequantizeLinear."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from leafgraft.export.graph import FEATURES
from leafgraft.export.preprocessing import SQUARE

CALIBRATION_PHOTOS = 128
KINDS = ["Conv", "Gemm", "MatMul", "Add", "Relu", "Clip", "MaxPool", "Concat"]


def quantize(model: ModelProto, squares_nhwc: NDArray[np.uint8]) -> ModelProto:
    """Quantize the backbone; resize, head, softmax and distance stay as they are.

    Weights have 7 bits: products of 8 by 8 bits overflow the 16-bit sums of processors without VNNI, and then the
    same file would answer differently from one machine to the next.

    Args:
        model: As `leafgraft.export.graph.trace` writes it.
        squares_nhwc: Resized training photos, to find the range of every map.

    Source:
        onnxruntime's documentation, Quantize ONNX Models; Krishnamoorthi 2018.
    """
    with TemporaryDirectory(prefix="leafgraft-") as scratch, _hushed():
        source, target = Path(scratch) / "float.onnx", Path(scratch) / "int8.onnx"
        onnx.save(model, source)
        quantize_static(
            source,
            target,
            _Photos(squares_nhwc),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=KINDS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept_as_they_are(model),
            calibrate_method=CalibrationMethod.MinMax,
        )
        made: ModelProto = onnx.load(target)
    return made


def kept_as_they_are(model: ModelProto) -> list[str]:
    """Names of the nodes that come after the pooled features, or that belong to the head."""
    features = next(node.input[0] for node in model.graph.node if FEATURES in node.output)
    after, found = {features}, []
    for node in model.graph.node:  # in the order in which they run
        of_head = any(name.startswith("head.") for name in node.input)
        if of_head or after & set(node.input):
            after.update(node.output)
            found.append(node.name)
    return found


class _Photos(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    def __init__(self, squares_nhwc: NDArray[np.uint8]) -> None:
        self._photos = iter(squares_nhwc)

    def get_next(self) -> dict[str, Any] | None:
        """The next photo as the traced network takes it."""
        photo = next(self._photos, None)
        return None if photo is None else {SQUARE: photo.transpose(2, 0, 1)[None].astype(np.float32)}


@contextmanager
def _hushed() -> Iterator[None]:
    """Its advice to run its own preprocessing is for graphs that torch has not folded yet."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
