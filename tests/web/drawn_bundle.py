"""A bundle without training: nearest mean colour, by the contract of real bundles, in a few onnx nodes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = ["Early_Blight", "Healthy", "Late_Blight"]
COLOURS = np.array([[200, 60, 50], [60, 180, 70], [50, 70, 200]], dtype=np.float32) / 255
GRID = 8
SHARPNESS = 20.0


def build_model() -> onnx.ModelProto:
    """Centre crop, shrink to 8x8, linear scores per place, their mean, softmax; distance to the nearest colour."""
    scores = 2 * SHARPNESS * COLOURS
    biases = -SHARPNESS * (COLOURS**2).sum(axis=1)
    constants: dict[str, Any] = {
        "two": np.array(2, np.int64),
        "first": np.array([0], np.int64),
        "one": np.array([1], np.int64),
        "axes": np.array([0, 1], np.int64),
        "level": np.array(255.0, np.float32),
        "sizes": np.array([1, 3, GRID, GRID], np.int64),
        "weight": scores.reshape(3, 3, 1, 1),
        "bias": biases,
        "colours": COLOURS,
        "h": np.array(0, np.int64),
        "w": np.array(1, np.int64),
        "single": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Shape", ["photo"], ["shape"]),
        node("Gather", ["shape", "h"], ["height"], axis=0),
        node("Gather", ["shape", "w"], ["width"], axis=0),
        node("Min", ["height", "width"], ["side"]),
        node("Sub", ["height", "side"], ["spare_h"]),
        node("Sub", ["width", "side"], ["spare_w"]),
        node("Div", ["spare_h", "two"], ["top"]),
        node("Div", ["spare_w", "two"], ["left"]),
        node("Add", ["top", "side"], ["bottom"]),
        node("Add", ["left", "side"], ["right"]),
        *[node("Reshape", [name, "single"], [f"{name}1"]) for name in ("top", "left", "bottom", "right")],
        node("Concat", ["top1", "left1"], ["starts"], axis=0),
        node("Concat", ["bottom1", "right1"], ["ends"], axis=0),
        node("Slice", ["photo", "starts", "ends", "axes"], ["square"]),
        node("Cast", ["square"], ["levels"], to=TensorProto.FLOAT),
        node("Div", ["levels", "level"], ["shares"]),
        node("Transpose", ["shares"], ["chw"], perm=[2, 0, 1]),
        node("Unsqueeze", ["chw", "first"], ["nchw"]),
        node("Resize", ["nchw", "", "", "sizes"], ["small"], mode="linear"),
        node("Conv", ["small", "weight", "bias"], ["places"]),
        node("Squeeze", ["places", "first"], ["activation_map"]),
        node("GlobalAveragePool", ["small"], ["pooled"]),
        node("Flatten", ["pooled"], ["row"], axis=1),
        node("Squeeze", ["row", "first"], ["features"]),
        node("GlobalAveragePool", ["places"], ["logits_map"]),
        node("Flatten", ["logits_map"], ["logits"], axis=1),
        node("Softmax", ["logits"], ["softmax"], axis=1),
        node("Squeeze", ["softmax", "first"], ["probabilities"]),
        node("Sub", ["colours", "features"], ["gaps"]),
        node("ReduceL2", ["gaps", "one"], ["distances"], keepdims=0),
        node("ReduceMin", ["distances", "first"], ["distance"], keepdims=1),
    ]
    graph = helper.make_graph(
        nodes,
        "mean_colour",
        [helper.make_tensor_value_info("photo", TensorProto.UINT8, ["height", "width", 3])],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [3]),
            helper.make_tensor_value_info("features", TensorProto.FLOAT, [3]),
            helper.make_tensor_value_info("activation_map", TensorProto.FLOAT, [3, GRID, GRID]),
            helper.make_tensor_value_info("distance", TensorProto.FLOAT, [1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def write_bundle(folder: Path, **changes: Any) -> Path:
    """Write the bundle; `changes` replace keys of bundle.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(build_model().SerializeToString())
    (folder / "MODEL_CARD.md").write_text("# Mean colour\n", encoding="utf-8")
    index: dict[str, Any] = {
        "format": 1,
        "study": "drawn",
        "recipe": "mean colour",
        "trial": "mean-colour-s0-f0",
        "created": "2026-11-24",
        "leafgraft": "0.1.0",
        "classes": CLASSES,
        "image_size": GRID,
        "temperature": 1.0,
        "conformal": {"coverage": 0.9, "threshold": 0.3},
        "known_leaf": {"method": "nearest colour", "acceptance": 0.95, "threshold": 0.45},
        "training_features": {"photos": 3},
        "parity": {"photos": 3, "same_class": 3, "largest_difference": 0.0, "tolerance": 0.001},
        "int8": {"kept": False, "reason": "it loses 3.2 points"},
        "figures": {},
        "versions": {},
        "files": {
            name: {
                "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
                "bytes": (folder / name).stat().st_size,
            }
            for name in ("model.onnx", "MODEL_CARD.md")
        },
    }
    (folder / "bundle.json").write_text(json.dumps({**index, **changes}), encoding="utf-8")
    return folder
