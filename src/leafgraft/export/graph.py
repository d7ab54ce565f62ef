"""From a trained network to one ONNX graph: a photo of any size in, answers out."""

from __future__ import annotations

import warnings

import onnx
import torch
from onnx import ModelProto, compose

from leafgraft.errors import BundleError
from leafgraft.export.preprocessing import IR_VERSION, OPSET, SQUARE, build_preprocessing
from leafgraft.export.served import Served

PROBABILITIES, FEATURES, ACTIVATION_MAP, DISTANCE = "probabilities", "features", "activation_map", "distance"
OUTPUTS = (PROBABILITIES, FEATURES, ACTIVATION_MAP, DISTANCE)


def trace(served: Served, side: int) -> ModelProto:
    """Write what follows the resize: from ``square`` (1, 3, side, side) to the four outputs.

    Args:
        served: In evaluation mode, on the CPU.
        side: Pixels.

    Raises:
        BundleError: torch cannot write this network as a graph.
    """
    square = torch.zeros(1, 3, side, side)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of its own insides
        try:
            program = torch.export.export(served, (square,), strict=False)
            exported = torch.onnx.export(
                program, (), input_names=[SQUARE], output_names=list(OUTPUTS), opset_version=OPSET, verbose=False
            )
        except Exception as error:  # whatever a network of any library may hold
            raise _not_written(str(error)) from error
    if exported is None:
        raise _not_written("it gave nothing")
    model = exported.model_proto
    model.ir_version = IR_VERSION
    _strip_notes(model)
    return model


def with_preprocessing(model: ModelProto, side: int) -> bytes:
    """Put the resize before what `trace` wrote; the bytes of the whole graph."""
    # torch names its own values add_9 and the like too.
    resize = compose.add_prefix(build_preprocessing(side), "resize/", rename_inputs=False, rename_outputs=False)
    whole = compose.merge_models(resize, model, io_map=[(SQUARE, SQUARE)])
    whole.producer_name = "leafgraft"
    onnx.checker.check_model(whole, full_check=True)
    content: bytes = whole.SerializeToString()
    return content


def _strip_notes(model: ModelProto) -> None:
    """Drop what the exporter notes beside each node, paths of this machine among it."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""


def _not_written(reason: str) -> BundleError:
    first = next((line for line in reason.splitlines() if line.strip()), "no reason was given")
    return BundleError(
        "The network must be written as an ONNX graph.",
        f"torch cannot do so: {first[:200].rstrip('.')}.",
        "Export another trial of the study with --trial KEY.",
    )
