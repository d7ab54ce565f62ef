"""Writes ONNX nodes as if they were numpy expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Constant = int | float | list[int] | NDArray[np.generic]


@dataclass(slots=True)
class Writer:
    """Nodes and constants of a graph under way.

    Example:
        >>> writer = Writer()
        >>> photo = writer.value("photo")
        >>> halved = writer.apply("Cast", photo, to=TensorProto.FLOAT) * np.array(0.5, np.float32)
        >>> [node.op_type for node in writer.nodes]
        ['Cast', 'Mul']
    """

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def value(self, name: str) -> Value:
        """An input of the graph."""
        return Value(name, self)

    def constant(self, given: Constant) -> Value:
        """A constant; whole numbers become int64, others float32."""
        array = given if isinstance(given, np.ndarray) else np.array(given)
        if not isinstance(given, np.ndarray):
            array = array.astype(np.int64 if array.dtype.kind == "i" else np.float32)
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return Value(name, self)

    def apply(self, operator: str, *inputs: Value | Constant, **attributes: int | list[int]) -> Value:
        """Add one node; its only output."""
        names = [(one if isinstance(one, Value) else self.constant(one)).name for one in inputs]
        output = f"{operator.lower()}_{len(self.nodes)}"
        node = helper.make_node(operator, names, [output], name=output)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return Value(output, self)

    def name_output(self, value: Value, name: str) -> None:
        """Give a value the name of an output of the graph."""
        self.nodes.append(helper.make_node("Identity", [value.name], [name], name=name))


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of a graph under way; ``//`` is the division of whole numbers that are not negative."""

    name: str
    writer: Writer

    def __add__(self, other: Value | Constant) -> Value:
        return self.writer.apply("Add", self, other)

    def __sub__(self, other: Value | Constant) -> Value:
        return self.writer.apply("Sub", self, other)

    def __mul__(self, other: Value | Constant) -> Value:
        return self.writer.apply("Mul", self, other)

    def __floordiv__(self, other: Value | Constant) -> Value:
        return self.writer.apply("Div", self, other)

    def __mod__(self, other: Value | Constant) -> Value:
        return self.writer.apply("Mod", self, other)

    def __matmul__(self, other: Value | Constant) -> Value:
        return self.writer.apply("MatMul", self, other)
