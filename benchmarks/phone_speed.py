"""The phone page in headless Chromium: milliseconds per photo, and agreement with predict.

    python benchmarks/phone_speed.py BUNDLE PHOTOS [--photos 30] [--chromium chromium]

A photo's time runs from its bytes to its probabilities and heat map (decoding, the network in wasm on one thread).
"""

from __future__ import annotations

import argparse
import functools
import http.server
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from leafgraft.web.phone import write_phone_page
from leafgraft.web.predictor import load_bundle


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line each."""

    def log_message(self, *_parts: object) -> None:
        """Say nothing."""


@contextmanager
def host(bundle: Path) -> Iterator[str]:
    """The page of a bundle on a plain web server."""
    with tempfile.TemporaryDirectory() as folder:
        write_phone_page(bundle, Path(folder) / "page")
        handler = functools.partial(Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/page/"
            server.shutdown()


def ask(tab: Any, photo: Path, number: int) -> tuple[float, dict[str, float], str]:
    """Milliseconds, probabilities, and what was said of one photo."""
    tab.set_input_files("#file", str(photo))
    tab.wait_for_selector(f'#result[data-answered="{number}"]')
    shares = "rows => Object.fromEntries(rows.map(row => [row.dataset.class, Number(row.dataset.probability)]))"
    data = tab.evaluate("({...document.getElementById('result').dataset})")
    said = data["declined"] or data["answer"]
    return float(data["milliseconds"]), tab.eval_on_selector_all("#shares li", shares), said


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, metavar="PHOTOS")
    parser.add_argument("--photos", type=int, default=30)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    paths = sorted(arguments.folder.rglob("*.jpg"))
    paths = paths[:: max(1, len(paths) // arguments.photos)][: arguments.photos]
    predictor = load_bundle(arguments.bundle)
    taken_ms, gaps, same = [], [], 0
    print(f"{os.cpu_count()} threads, {platform.machine()}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    with host(arguments.bundle) as address, sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=arguments.chromium, args=["--no-sandbox"])
        tab = started.new_page()
        tab.set_default_timeout(300_000)
        start_s = time.perf_counter()
        tab.goto(address)
        tab.wait_for_selector("body[data-ready]")
        print(f"{started.version}: first visit, ready after {time.perf_counter() - start_s:.1f} s")
        for number, path in enumerate(paths, start=1):
            duration_ms, shares, said = ask(tab, path, number)
            expected = predictor.predict(path)
            taken_ms.append(duration_ms)
            gaps.append(max(abs(shares[name] - share) for name, share in expected.probabilities.items()))
            same += said == (expected.declined or expected.answer)
        started.close()
    p50, p99 = np.percentile(taken_ms, [50, 99])
    print(
        f"{len(paths)} photos: p50 {p50:.0f} ms, p99 {p99:.0f} ms; same answer on {same}, largest |Δp| {max(gaps):.1e}"
    )


if __name__ == "__main__":
    main()
