"""A short trial of engines on a few photos: the fastest that agrees runs the frozen stages."""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

import torch
from torch import Tensor

from leafgraft.errors import UsageError
from leafgraft.records.engine import EngineChoice, EngineFigures
from leafgraft.storage.atomic import write_json
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.storage.entry_lock import alone
from leafgraft.training.engines import EAGER, ENGINES, Engine, EngineError, PrefixGraph, build_engine

TRIAL_PHOTOS = 64
TRIAL_S = 0.5  # an engine is measured again only within this time
MOST_PASSES = 5
TOLERANCE = 1e-3  # relative
WORTH_TRYING_S = 5.0  # a shorter pass ends before another engine is set up
WORTH_COMPILING_S = 120.0  # torch.compile takes half a minute and more
LEAST_GAIN = 0.95  # of eager's time
NAMED = "LEAFGRAFT_FROZEN_ENGINE"


def settle_engine(prefix: str, graph: PrefixGraph, photos_nchw: Tensor, rows: int, cache: CacheFolder) -> EngineChoice:
    """Choose the engine of a prefix, or take what was chosen before on this machine.

    Args:
        prefix: Which backbone at which side, up to which stage.
        graph: In evaluation mode.
        photos_nchw: Some to measure on, float32 from 0 to 255.
        rows: Photos and views that will pass through it.
        cache: Where choices are kept.

    Raises:
        UsageError: `$LEAFGRAFT_FROZEN_ENGINE` names none.
    """
    if named := os.environ.get(NAMED):
        if named not in ENGINES:
            raise UsageError(f"${NAMED} must be {', '.join(ENGINES)}.", f"It is '{named}'.", "Mend or unset it.")
        return EngineChoice(prefix, named, 0, (EngineFigures(named, note=f"named by ${NAMED}"),))
    text = json.dumps([prefix, str(photos_nchw.device), torch.get_num_threads(), _versions(), *ENGINES])
    path = cache.entry("engines", f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json")
    with alone(path):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if rows <= kept["good_for_rows"]:
                figures = tuple(EngineFigures(**one) for one in kept["figures"])
                return EngineChoice(prefix, kept["engine"], kept["photos"], figures)
        except (OSError, ValueError, KeyError, TypeError):
            pass  # never chosen, or damaged: chosen anew
        choice = try_engines(prefix, graph, photos_nchw, rows)
        whole = len(choice.figures) == len(ENGINES) and not any("not tried" in one.note for one in choice.figures)
        write_json(path, {**asdict(choice), "good_for_rows": 2**62 if whole else 2 * rows})
    return choice


def try_engines(prefix: str, graph: PrefixGraph, photos_nchw: Tensor, rows: int) -> EngineChoice:
    """Measure engines on `photos_nchw` and choose for a pass of `rows` photos.

    An engine whose set-up takes longer than it can save is not tried.
    """
    if rows <= TRIAL_PHOTOS:
        return EngineChoice(prefix, EAGER, 0, (EngineFigures(EAGER, note=f"nothing measured for {rows} photos"),))
    photos, side = photos_nchw[:TRIAL_PHOTOS], photos_nchw.shape[-1]
    expected, milliseconds = _run(build_engine(EAGER, graph, side, photos.device), photos)
    figures = [EngineFigures(EAGER, milliseconds, 0.0)]
    best = figures[0]
    for name in ENGINES:
        pass_s = rows * (best.milliseconds_per_photo or 0.0) / 1000
        if name == EAGER:
            continue
        if pass_s < (WORTH_COMPILING_S if name == "torch.compile" else WORTH_TRYING_S):
            figures.append(EngineFigures(name, note=f"not tried: the whole pass takes {pass_s:.0f} s"))
            continue
        found = _try(name, graph, photos, expected)
        figures.append(found)
        if not found.note and (found.milliseconds_per_photo or 0.0) < LEAST_GAIN * (best.milliseconds_per_photo or 0.0):
            best = found
    return EngineChoice(prefix, best.engine, len(photos), tuple(figures))


def _try(name: str, graph: PrefixGraph, photos: Tensor, expected: Tensor) -> EngineFigures:
    try:
        outputs, milliseconds = _run(build_engine(name, graph, photos.shape[-1], photos.device), photos)
    except EngineError as reason:
        return EngineFigures(name, note=f"cannot run here: {reason}")
    error = relative_error(outputs, expected, graph)
    note = "" if error <= TOLERANCE else f"not taken: it differs by more than {TOLERANCE:g}"
    return EngineFigures(name, milliseconds, error, note)


def relative_error(outputs: Tensor, expected: Tensor, graph: PrefixGraph) -> float:
    """Largest distance of a photo's outputs from the expected ones, relative to their length; of its features too."""
    pairs = [(outputs.flatten(1), expected.flatten(1))]
    if graph.pooled:
        width = graph.network.backbone.feature_width
        pairs.append((outputs[:, -width:], expected[:, -width:]))
    errors = [(given - wanted).norm(dim=1) / wanted.norm(dim=1).clamp_min(1e-12) for given, wanted in pairs]
    return max(float(error.nan_to_num(float("inf")).max()) for error in errors)


def _run(engine: Engine, photos: Tensor) -> tuple[Tensor, float]:
    """Outputs, and the least milliseconds per photo; the first half warms up, what is quick is measured again."""
    half = max(1, len(photos) // 2)
    first, least_s, started_s = engine(photos[:half]), float("inf"), time.perf_counter()
    for _ in range(MOST_PASSES):
        before_s = time.perf_counter()
        second = engine(photos[half:])
        second.sum().item()  # waits for a GPU
        least_s = min(least_s, time.perf_counter() - before_s)
        if time.perf_counter() - started_s > TRIAL_S:
            break
    return torch.cat([first, second]), round(1000 * least_s / (len(photos) - half), 4)


def _versions() -> list[str]:
    found = []
    for package in ("torch", "onnxruntime", "openvino"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    return found
