"""Engines that run a network, or its frozen first stages: same outputs, different speed.

Every engine gets batches of one fixed size (the last one filled up), so that what it gives for a photo depends on
nothing but that photo: neither on its neighbours, nor on where an interrupted computation goes on.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.onnx import TrainingMode

from leafgraft.errors import says_full_memory
from leafgraft.training.frozen.stage_means import stage_means
from leafgraft.training.network import Network

EAGER, ONNXRUNTIME = "eager", "onnxruntime"
LARGEST_BATCH = 32
BATCH_PIXELS = LARGEST_BATCH * 224 * 224  # of larger photos fewer go at once: maps must fit into memory
OPSET, BATCH = 17, "batch"
Engine = Callable[[Tensor], Tensor]
Runner = Callable[[Tensor], Tensor]


class EngineError(Exception):
    """An engine cannot run these stages; the message says why."""


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

    def forward(self, photos_nhwc: Tensor) -> Tensor:
        """Run the stages."""
        photos_nchw = photos_nhwc.permute(0, 3, 1, 2)
        if self.pooled:
            return torch.cat(list(stage_means(self.network, photos_nchw).values()), dim=1)
        return self.network.prefix(photos_nchw, self.cut)


class NetworkGraph(nn.Module):
    """Photos, as `PrefixGraph` takes them, to the logits of the whole network, shape (N, C).

    Maps are rounded at the cut, as those were that its later stages learned from.
    """

    def __init__(self, network: Network, cut: int) -> None:
        super().__init__()
        self.network = network
        self.cut = cut
        self.rounded = 0 < cut < len(network.backbone.stage_names)

    def forward(self, photos_nhwc: Tensor) -> Tensor:
        """Run the network."""
        maps = self.network.prefix(photos_nhwc.permute(0, 3, 1, 2), self.cut)
        logits: Tensor = self.network(maps.half().float() if self.rounded else maps, self.cut)[0]
        return logits


Graph = PrefixGraph | NetworkGraph


def batch_size(side: int) -> int:
    """Photos of one batch."""
    return max(1, min(LARGEST_BATCH, BATCH_PIXELS // side**2))


@contextmanager
def engine_errors() -> Iterator[None]:
    """Tell what an engine cannot do from a full memory: exporters and sessions fail in every way there is.

    Raises:
        EngineError: It cannot.
        MemoryError: The memory is full: that says nothing of the engine.
    """
    try:
        yield
    except Exception as error:
        if says_full_memory(error):
            raise MemoryError(str(error)) from error
        lines = str(error).strip().splitlines() or [""]
        raise EngineError(f"{type(error).__name__}: {lines[0][:160]}") from error


def build_engine(name: str, graph: Graph, side: int, device: torch.device) -> Engine:
    """Photos (float32 from 0 to 255, shape (N, 3, S, S), any N) to outputs, float32, on the same device.

    Args:
        name: One of `ENGINES`.
        graph: In evaluation mode; its weights must not change any more.
        side: Side of the photos in pixels.
        device: Where the photos are.

    Raises:
        EngineError: It cannot run them.
        MemoryError: The memory is full: that says nothing of the engine.
    """
    size = batch_size(side)
    example = torch.zeros(size, side, side, 3, device=device)
    with engine_errors():
        run = ENGINES[name](graph, example)

    def outputs(photos_nchw: Tensor) -> Tensor:
        parts = []
        for start in range(0, len(photos_nchw), size):
            batch = photos_nchw[start : start + size].permute(0, 2, 3, 1)
            filled = torch.cat([batch, batch[:1].expand(size - len(batch), -1, -1, -1)]) if len(batch) < size else batch
            parts.append(run(filled.contiguous())[: len(batch)])
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    return outputs


def _eager(graph: Graph, example: Tensor) -> Runner:
    del example

    def run(photos_nhwc: Tensor) -> Tensor:
        with torch.no_grad():
            outputs: Tensor = graph(photos_nhwc)
        return outputs.float()

    return run


def to_onnx(graph: Graph, example: Tensor) -> bytes:
    """A network, or stages of it, as an ONNX file for photos of the example's size.

    The session says how many of them a batch has. torch's first exporter is used: it takes a second where the newer one
    takes half a minute. It runs the stages, so two photos are enough. What it gives is compared with eager before it is
    used.
    """
    buffer, export = io.BytesIO(), cast("Any", torch.onnx.export)
    options: dict[str, Any] = {"opset_version": OPSET, "training": TrainingMode.PRESERVE}
    options |= {"input_names": ["photos"], "dynamic_axes": {"photos": {0: BATCH}}}
    with _quiet_exporter(), torch.no_grad():
        export(graph, (example[:2],), buffer, dynamo=False, **options)
    return buffer.getvalue()


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep torch's exporter from warning of its age, and of sizes that become constants, as those of photos should.

    Where it fails it would also print the whole graph on stdout: it switches that on itself, so the switch is held.
    """
    talk, c, switch = logging.getLogger("torch.onnx"), cast("Any", torch)._C, "_jit_set_onnx_log_enabled"  # noqa: SLF001
    level, held = talk.level, getattr(c, switch)
    talk.setLevel(logging.ERROR)
    setattr(c, switch, lambda _enabled: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        talk.setLevel(level)
        setattr(c, switch, held)


def _onnxruntime(graph: Graph, example: Tensor) -> Runner:
    import onnxruntime  # noqa: PLC0415 - a quarter of a second that most commands need not spend

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    options.add_free_dimension_override_by_name(BATCH, len(example))
    session = onnxruntime.InferenceSession(to_onnx(graph, example), options, providers=["CPUExecutionProvider"])

    def run(photos_nhwc: Tensor) -> Tensor:
        return torch.from_numpy(session.run(None, {"photos": photos_nhwc.numpy()})[0])

    return run


ENGINES: Mapping[str, Callable[[Graph, Tensor], Runner]] = {EAGER: _eager, ONNXRUNTIME: _onnxruntime}
