"""Engines that run the frozen first stages of a network: same outputs, different speed.

Every engine gets batches of one fixed size (the last one filled up), so that what it gives for a photo depends on
nothing but that photo: neither on its neighbours, nor on where an interrupted computation goes on.
"""

from __future__ import annotations

import importlib.util
import io
import logging
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.onnx import TrainingMode

from leafgraft.training.network import Network
from leafgraft.training.stage_means import stage_means

EAGER = "eager"
LARGEST_BATCH = 32
BATCH_PIXELS = LARGEST_BATCH * 224 * 224  # of larger photos fewer go at once: maps must fit into memory
OPSET = 17
WARM_UP_PASSES = 3  # before a CUDA graph is recorded: libraries choose their kernels in them
Engine = Callable[[Tensor], Tensor]
Runner = Callable[[Tensor], Tensor]


class EngineError(Exception):
    """An engine cannot run these stages on this machine; the message says why. Another one is taken, and it is said."""


class PrefixGraph(nn.Module):
    """Photos from 0 to 255, float32, shape (N, S, S, 3), to what is kept of them.

    Up to a cut within the network that is the map there, shape (N, C, h, w); at its end the mean of every stage and the
    features side by side, shape (N, channels of all stages).
    """

    def __init__(self, network: Network, cut: int) -> None:
        super().__init__()
        self.network = network
        self.cut = cut
        self.pooled = cut == len(network.backbone.stage_names)
        self.exported: dict[tuple[int, ...], bytes] = {}  # as ONNX, by the shape of a batch: several engines read it

    def forward(self, photos_nhwc: Tensor) -> Tensor:
        """Run the stages."""
        photos_nchw = photos_nhwc.permute(0, 3, 1, 2)
        if self.pooled:
            return torch.cat(list(stage_means(self.network, photos_nchw).values()), dim=1)
        return self.network.prefix(photos_nchw, self.cut)


def batch_size(side: int) -> int:
    """Photos of one batch."""
    return max(1, min(LARGEST_BATCH, BATCH_PIXELS // side**2))


def build_engine(name: str, graph: PrefixGraph, side: int, device: torch.device) -> Engine:
    """Photos (float32 from 0 to 255, shape (N, 3, S, S), any N) to outputs, float32, on the same device.

    Args:
        name: One of `ENGINES`.
        graph: In evaluation mode; its weights must not change any more.
        side: Of the photos in pixels.
        device: Where the photos are.

    Raises:
        EngineError: It cannot run here.
    """
    size = batch_size(side)
    example = torch.zeros(size, side, side, 3, device=device)
    try:
        run = ENGINES[name](graph, example)
    except EngineError:
        raise
    except Exception as error:  # exporters and compilers fail in every way there is; the reason is kept in plan.json
        lines = str(error).strip().splitlines() or [""]
        raise EngineError(f"{type(error).__name__}: {lines[0][:160]}") from error

    def outputs(photos_nchw: Tensor) -> Tensor:
        parts = []
        for start in range(0, len(photos_nchw), size):
            batch = photos_nchw[start : start + size].permute(0, 2, 3, 1)
            filled = torch.cat([batch, batch[:1].expand(size - len(batch), -1, -1, -1)]) if len(batch) < size else batch
            parts.append(run(filled.contiguous())[: len(batch)])
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    return outputs


def _eager(graph: PrefixGraph, example: Tensor) -> Runner:
    del example

    def run(photos_nhwc: Tensor) -> Tensor:
        with torch.no_grad():
            outputs: Tensor = graph(photos_nhwc)
        return outputs.float()

    return run


def _compiled(graph: PrefixGraph, example: Tensor) -> Runner:
    """torch.compile with constant weights; needs a C++ compiler on a CPU, triton on a GPU."""
    if example.device.type == "cpu" and not (shutil.which("c++") or shutil.which("g++") or shutil.which("cl")):
        raise EngineError("there is no C++ compiler")
    if example.device.type == "cuda" and importlib.util.find_spec("triton") is None:
        raise EngineError("triton is not installed")
    compiled: Any = torch.compile(graph, dynamic=False, options={"freezing": True})

    def run(photos_nhwc: Tensor) -> Tensor:
        with torch.no_grad():
            outputs: Tensor = compiled(photos_nhwc)
        return outputs.float()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the compiler about itself
        run(example)
    return run


def to_onnx(graph: PrefixGraph, example: Tensor) -> bytes:
    """The stages as an ONNX file, for batches of the example's size.

    torch's first exporter is used: it takes a second where the newer one takes half a minute, and every batch has one
    size. What it gives is compared with eager before it is used.
    """
    if exported := graph.exported.get(tuple(example.shape)):
        return exported
    buffer, talk = io.BytesIO(), logging.getLogger("torch.onnx")
    options: dict[str, Any] = {"opset_version": OPSET, "input_names": ["photos"], "training": TrainingMode.PRESERVE}
    export: Any = torch.onnx.export
    level = talk.level
    talk.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # of its age, and of sizes that become constants, as they should
            export(graph, (example,), buffer, dynamo=False, **options)
    finally:
        talk.setLevel(level)
    graph.exported[tuple(example.shape)] = buffer.getvalue()
    return buffer.getvalue()


def _onnxruntime(graph: PrefixGraph, example: Tensor) -> Runner:
    if example.device.type != "cpu":
        raise EngineError("it runs on the CPU only")
    import onnxruntime  # noqa: PLC0415 - a quarter of a second that most commands need not spend

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(to_onnx(graph, example), options, providers=["CPUExecutionProvider"])

    def run(photos_nhwc: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"photos": photos_nhwc.numpy()})[0])

    return run


def _openvino(graph: PrefixGraph, example: Tensor) -> Runner:
    if example.device.type != "cpu":
        raise EngineError("it runs on the CPU only")
    if importlib.util.find_spec("openvino") is None:
        raise EngineError("it is not installed")
    # Importing openvino reports that to its makers; it does without where the package that sends cannot be imported.
    sys.modules.setdefault("openvino_telemetry", cast("ModuleType", None))
    import openvino  # noqa: PLC0415 - optional

    settings = {"INFERENCE_NUM_THREADS": torch.get_num_threads(), "INFERENCE_PRECISION_HINT": "f32"}
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(to_onnx(graph, example)), "CPU", settings)

    def run(photos_nhwc: Tensor) -> Tensor:
        return torch.from_numpy(np.array(compiled([photos_nhwc.numpy()])[0]))

    return run


def _cuda_graph(graph: PrefixGraph, example: Tensor) -> Runner:
    """The launches of one batch recorded and replayed at once: small networks leave a GPU waiting for them."""
    if example.device.type != "cuda":
        raise EngineError("it runs on a GPU only")
    given, aside = example.clone(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside), torch.no_grad():
        for _ in range(WARM_UP_PASSES):
            graph(given)
    torch.cuda.current_stream().wait_stream(aside)
    recorded = torch.cuda.CUDAGraph()
    with torch.no_grad(), torch.cuda.graph(recorded):
        outputs: Tensor = graph(given).float()

    def run(photos_nhwc: Tensor) -> Tensor:
        given.copy_(photos_nhwc)
        recorded.replay()
        return outputs.clone()

    return run


ENGINES: Mapping[str, Callable[[PrefixGraph, Tensor], Runner]] = {
    EAGER: _eager,
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
    "cuda_graph": _cuda_graph,
    "torch.compile": _compiled,
}
