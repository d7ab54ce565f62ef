"""The resize of `leafgraft.data.decode.resize` as an ONNX graph: the same whole numbers, so the same bytes."""

from __future__ import annotations

import onnx
from onnx import ModelProto, TensorProto, helper

from leafgraft.data.decode.resize import GREY, KEPT_BITS, WEIGHT_BITS
from leafgraft.export.onnx_writer import Value, Writer

OPSET, IR_VERSION = 20, 10
LAST = 2**62  # a slice up to here takes all
PHOTO, SQUARE = "photo", "square"


def build_preprocessing(side: int) -> ModelProto:
    """Write the resize of a photo of any size.

    Args:
        side: Pixels of the network's input.

    Returns:
        A model from ``photo`` (uint8, RGB, shape (H, W, 3)) to ``square`` (float32, whole grey levels from 0 to 255,
        shape (1, 3, side, side)).
    """
    writer = Writer()
    apply = writer.apply
    photo = writer.value(PHOTO)
    shape = apply("Shape", photo)
    sizes = [apply("Slice", shape, [axis], [axis + 1], [0]) for axis in (0, 1)]
    shorter = apply("Min", *sizes)
    (top, bottom, rows), (left, right, columns) = (_weights(size, size * side // shorter, side) for size in sizes)
    starts, ends = apply("Concat", top, left, axis=0), apply("Concat", bottom, right, axis=0)
    square = apply("Slice", photo, starts, ends, [0, 1])
    levels = apply("Cast", square, to=TensorProto.FLOAT) - float(GREY)
    shrunk = rows @ apply("Flatten", levels, axis=1)
    kept = apply("Round", shrunk * 2.0 ** (KEPT_BITS - WEIGHT_BITS))
    planes = apply("Transpose", apply("Reshape", kept, [side, -1, 3]), perm=[2, 0, 1])
    upper = apply("Round", planes * 2.0**-KEPT_BITS)
    lower = planes - upper * 2.0**KEPT_BITS
    across = apply("Transpose", columns, perm=[1, 0])
    both = upper @ across + (lower @ across) * 2.0**-KEPT_BITS
    exact = both * 2.0**-WEIGHT_BITS + float(GREY)
    writer.name_output(apply("Unsqueeze", apply("Round", exact), [0]), SQUARE)
    return _as_model(writer, side)


def _weights(size_in: Value, size_out: Value, side: int) -> tuple[Value, Value, Value]:
    """First pixel needed, the one after the last, and the weights of the central `side` output pixels.

    The steps of `leafgraft.data.decode.resize._weights`; sizes have shape (1,).
    """
    apply = size_in.writer.apply
    spare = size_out - side
    first = (spare + (spare // 2) % 2) // 2  # half to even
    reach = apply("Max", size_in, size_out) * 2
    start = apply("Max", (first * 2 + 1) * size_in - reach, [0]) // (size_out * 2)
    beyond = (first * 2 + (2 * side - 1)) * size_in + reach
    stop = apply("Min", (beyond + size_out * 2 - 1) // (size_out * 2), size_in)
    centres = (_range(first, first + side) * 2 + 1) * size_in
    pixels = (_range(start, stop) * 2 + 1) * size_out
    far = apply("Abs", apply("Unsqueeze", pixels, [0]) - apply("Unsqueeze", centres, [1]))
    sums = apply("CumSum", apply("Max", reach - far, [0]), 1)
    total = apply("Slice", sums, [-1], [LAST], [1])
    rounded = (sums * 2 ** (WEIGHT_BITS + 1) + total) // (total * 2)
    before = apply("Pad", rounded, [0, 1, 0, -1])
    return start, stop, apply("Cast", rounded - before, to=TensorProto.FLOAT)


def _range(start: Value, stop: Value) -> Value:
    apply = start.writer.apply
    return apply("Range", apply("Squeeze", start), apply("Squeeze", stop), 1)


def _as_model(writer: Writer, side: int) -> ModelProto:
    graph = helper.make_graph(
        writer.nodes,
        "resize",
        [helper.make_tensor_value_info(PHOTO, TensorProto.UINT8, ["height", "width", 3])],
        [helper.make_tensor_value_info(SQUARE, TensorProto.FLOAT, [1, 3, side, side])],
        writer.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model
