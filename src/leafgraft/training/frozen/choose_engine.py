"""By which engine frozen stages, or a whole network, run: by a rule, never by a clock.

A busy machine computes what an idle one does. On a CPU they run in onnxruntime, where they export and give what torch's
own operations give; else in these, as on a GPU.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from leafgraft.data.drawn.leaf import CLASSES, draw_leaf
from leafgraft.errors import UsageError
from leafgraft.records.digest import short_digest
from leafgraft.records.engine import EngineChoice
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.cache.entry_lock import alone
from leafgraft.storage.files.atomic import write_json
from leafgraft.training.frozen.engines import (
    EAGER,
    ENGINES,
    ONNXRUNTIME,
    Engine,
    EngineError,
    Graph,
    PrefixGraph,
    build_engine,
    engine_errors,
)

TRIED_PHOTOS = 8
EXPORT = 2  # how stages are exported: what was tried of another way says nothing of this one
TOLERANCE = 1e-3  # relative
NAMED = "LEAFGRAFT_FROZEN_ENGINE"


def choose_engine(
    identity: str, graph: PrefixGraph, side: int, cache: CacheFolder
) -> tuple[EngineChoice, Engine | None]:
    """The engine of some frozen stages; whether onnxruntime may run them is found out once, and kept.

    Args:
        identity: Which backbone with which weights at which size.
        graph: The stages; in evaluation mode.
        side: Side of the photos in pixels.
        cache: Where the answer is kept.

    Returns:
        Which engine, and the engine itself if it had to be built to find out.

    Raises:
        UsageError: `$LEAFGRAFT_FROZEN_ENGINE` names no engine.
    """
    if not _is_tried(graph):
        return EngineChoice(EAGER), None
    text = json.dumps([identity, graph.cut, EXPORT, _version("torch"), _version("onnxruntime")])
    path = cache.entry("engines", f"{short_digest(text, 24)}.json")
    engine = None
    with alone(path):
        try:
            refused = str(json.loads(path.read_text(encoding="utf-8"))["refused"])
        except (OSError, ValueError, KeyError, TypeError):  # never asked, or damaged
            engine, refused = try_engine(graph, side)
            write_json(path, {"identity": identity, "stages": graph.cut, "refused": refused})
    return EngineChoice(EAGER, refused) if refused else EngineChoice(ONNXRUNTIME), engine


def try_engine(graph: Graph, side: int) -> tuple[Engine | None, str]:
    """The graph in onnxruntime, or why that may not run it; the other one is empty.

    It is tried on drawn leaves, the same ones everywhere: the answer depends on the graph alone, not on whose photos
    were seen first.
    """
    try:
        return _agreeing_engine(graph, side), ""
    except EngineError as reason:
        return None, str(reason)


def build_by_rule(graph: Graph, side: int) -> tuple[Engine, EngineChoice]:
    """The engine of a graph, and which it is; for a graph that no other run has, of which nothing is kept.

    Args:
        graph: In evaluation mode; its weights must not change any more.
        side: Side of the photos in pixels.

    Raises:
        UsageError: `$LEAFGRAFT_FROZEN_ENGINE` names no engine.
    """
    engine, refused = try_engine(graph, side) if _is_tried(graph) else (None, "")
    if engine:
        return engine, EngineChoice(ONNXRUNTIME)
    return build_engine(EAGER, graph, side, next(graph.parameters()).device), EngineChoice(EAGER, refused)


def _is_tried(graph: Graph) -> bool:
    """Whether onnxruntime is asked at all: on a CPU, unless it is said otherwise."""
    named = os.environ.get(NAMED) or ONNXRUNTIME
    if named not in ENGINES:
        raise UsageError(f"${NAMED} must be {' or '.join(ENGINES)}.", f"It is '{named}'.", "Mend or unset it.")
    return named == ONNXRUNTIME and next(graph.parameters()).device.type == "cpu"


def _agreeing_engine(graph: Graph, side: int) -> Engine:
    """The graph in onnxruntime.

    Raises:
        EngineError: It may not run there; the message says why.
    """
    photos_nhwc = torch.from_numpy(_drawn_leaves(side)).float()
    with torch.no_grad():
        expected = graph(photos_nhwc).float()
    try:
        engine = build_engine(ONNXRUNTIME, graph, side, photos_nhwc.device)
        with engine_errors():  # what was exported for two photos may fail for more
            difference = relative_error(engine(photos_nhwc.permute(0, 3, 1, 2)), expected, graph)
    except EngineError as reason:
        raise EngineError(f"onnxruntime cannot run them ({reason})") from reason
    if difference > TOLERANCE:
        raise EngineError(f"what onnxruntime gives differs by more than {TOLERANCE:g} of its size")
    return engine


@lru_cache(maxsize=1)
def _drawn_leaves(side: int) -> NDArray[np.uint8]:
    generator = np.random.default_rng(0)
    return np.stack([draw_leaf(CLASSES[number % len(CLASSES)], side, generator) for number in range(TRIED_PHOTOS)])


def relative_error(outputs: Tensor, expected: Tensor, graph: Graph) -> float:
    """Largest distance of a photo's outputs from the expected ones, relative to their length; of its features too."""
    pairs = [(outputs.flatten(1), expected.flatten(1))]
    if isinstance(graph, PrefixGraph) and graph.pooled:
        width = graph.network.backbone.feature_width
        pairs.append((outputs[:, -width:], expected[:, -width:]))
    errors = [(given - wanted).norm(dim=1) / wanted.norm(dim=1).clamp_min(1e-12) for given, wanted in pairs]
    return max(float(error.nan_to_num(float("inf")).max()) for error in errors)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"
