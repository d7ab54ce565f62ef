"""Putting the resize before a network."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper

from leafgraft.data.decode.resize import resize
from leafgraft.export.graph import with_preprocessing
from leafgraft.export.preprocessing import IR_VERSION, OPSET, build_preprocessing

SIDE = 8


def passing_on(names: list[str]) -> ModelProto:
    """A network that only passes its input on, through values of these names."""
    chain = ["square", *names, "pixels"]
    nodes = [helper.make_node("Identity", [one], [other]) for one, other in pairwise(chain)]
    inside, outside = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, SIDE, SIDE]) for name in ("square", "pixels")
    )
    graph = helper.make_graph(nodes, "network", [inside], [outside])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def test_a_network_may_name_its_values_as_the_resize_does() -> None:
    own = build_preprocessing(SIDE).graph
    names = [*(name for node in own.node for name in node.output), *(one.name for one in own.initializer)]
    session = onnxruntime.InferenceSession(with_preprocessing(passing_on([n for n in names if n != "square"]), SIDE))
    photo = np.random.default_rng(0).integers(0, 256, (31, 47, 3), dtype=np.uint8)
    [pixels] = session.run(None, {"photo": photo})
    assert np.array_equal(pixels[0].transpose(1, 2, 0), resize(photo, SIDE))
