"""predict against onnxruntime alone plus decoding: from the bytes of a JPEG, one photo at a time; and the start.

    python benchmarks/predict_speed.py BUNDLE PHOTOS [--photos 300]

Both ways take every photo in turn within one run, so that other work on the machine burdens them alike.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from leafgraft.web.predictor import Predictor, load_bundle


def open_bare(bundle: Path, threads: int) -> Any:
    """The model as onnxruntime opens it by itself."""
    import onnxruntime  # noqa: PLC0415 - after leafgraft, which switches its telemetry off

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(bundle / "model.onnx", options, providers=["CPUExecutionProvider"])


def answer_bare(session: Any, content: bytes) -> NDArray[np.float32]:
    """Decode with Pillow and run the graph, nothing else."""
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return np.asarray(session.run(["probabilities"], {"photo": pixels})[0])


def measure(predictor: Predictor, session: Any, contents: list[bytes]) -> NDArray[np.float64]:
    """Milliseconds per photo, shape (photos, 2): leafgraft, bare."""
    taken_ms = np.zeros((len(contents), 2))
    for place, content in enumerate(contents):
        ways = [predictor.predict, lambda one: answer_bare(session, one)]
        for column in (0, 1) if place % 2 else (1, 0):
            start_s = time.perf_counter()
            ways[column](content)
            taken_ms[place, column] = 1000 * (time.perf_counter() - start_s)
    return taken_ms


def measure_start(bundle: Path, photo: Path) -> tuple[float, float]:
    """Seconds of the least of seven whole commands: on the clock, and of the processor."""
    clock_s, processor_s = [], []
    for _ in range(7):
        before, start_s = os.times(), time.perf_counter()
        command = [sys.executable, "-m", "leafgraft", "predict", str(bundle), str(photo)]
        subprocess.run(command, check=True, capture_output=True)
        after = os.times()
        clock_s.append(time.perf_counter() - start_s)
        processor_s.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(clock_s), min(processor_s)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, metavar="PHOTOS")
    parser.add_argument("--photos", type=int, default=300)
    arguments = parser.parse_args()
    paths = sorted(arguments.folder.rglob("*.jpg"))
    paths = paths[:: max(1, len(paths) // arguments.photos)][: arguments.photos]
    contents = [path.read_bytes() for path in paths]
    print(f"{os.cpu_count()} threads, {platform.machine()}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    print(f"{len(paths)} photos\n\n| threads | way | p50 ms | p99 ms |\n|---|---|---|---|")
    for threads in (1, os.cpu_count() or 1):
        predictor, session = load_bundle(arguments.bundle, threads=threads), open_bare(arguments.bundle, threads)
        measure(predictor, session, contents[:10])
        taken_ms = measure(predictor, session, contents)
        p50, p99 = np.percentile(taken_ms, [50, 99], axis=0)
        for column, way in enumerate(("leafgraft", "onnxruntime and Pillow")):
            print(f"| {threads} | {way} | {p50[column]:.1f} | {p99[column]:.1f} |")
        print(f"| {threads} | ratio | {p50[0] / p50[1]:.2f} | {p99[0] / p99[1]:.2f} |")
    clock_s, processor_s = measure_start(arguments.bundle, paths[0])
    print(f"\nwhole command, one photo, least of seven: {clock_s:.2f} s, of them {processor_s:.2f} s of processor")


if __name__ == "__main__":
    main()
