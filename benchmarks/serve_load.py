"""The service under load: requests per second against the bare model, memory over time.

    python benchmarks/serve_load.py BUNDLE PHOTOS [--clients 8] [--minutes 10]

Rounds of the bare model (as many threads, no HTTP) stand between rounds of the service, in one run.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from predict_speed import answer_bare, open_bare

ROUND_S = 15.0
ROUNDS = 4


def hammer(clients: int, duration_s: float, start: Callable[[], Callable[[int], None]]) -> float:
    """Calls per second of so many threads; `start` gives each its own call, which takes the number of the turn."""
    end_s = time.monotonic() + duration_s
    done = [0] * clients

    def work(client: int) -> None:
        call = start()
        while time.monotonic() < end_s:
            call(client + clients * done[client])
            done[client] += 1

    threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / duration_s


def post(port: int, contents: list[bytes]) -> Callable[[int], None]:
    """A client with one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(turn: int) -> None:
        connection.request("POST", "/v1/predict", contents[turn % len(contents)], {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(said)

    return call


def watch(process: psutil.Process, contents: list[bytes], port: int, clients: int, minutes: float) -> None:
    """Print the memory of the service each minute of load."""
    print("| minute | requests per second | resident MB |\n|---|---|---|")
    resident = []
    for minute in range(round(minutes)):
        rate = hammer(clients, 60.0, lambda: post(port, contents))
        resident.append(process.memory_info().rss / 1e6)
        print(f"| {minute + 1} | {rate:.1f} | {resident[-1]:.0f} |", flush=True)
    slope = np.polyfit(np.arange(len(resident)), resident, 1)[0] if len(resident) > 1 else 0.0
    print(f"\nslope {slope:+.2f} MB a minute")


def main() -> None:
    """Print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("folder", type=Path, metavar="PHOTOS")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=10)
    arguments = parser.parse_args()
    contents = [path.read_bytes() for path in sorted(arguments.folder.rglob("*.jpg"))[::20]]
    session = open_bare(arguments.bundle, threads=1)
    command = [sys.executable, "-m", "leafgraft", "serve", str(arguments.bundle), "--port", "0", "--json"]
    print(f"{os.cpu_count()} threads, {platform.machine()}, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d')}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            port = int(json.loads(serving.stdout.readline())["page"].rsplit(":", 1)[1].rstrip("/"))  # type: ignore[union-attr]
            ways: dict[str, Callable[[], Callable[[int], None]]] = {
                "bare": lambda: lambda turn: answer_bare(session, contents[turn % len(contents)]) and None,
                "service": lambda: post(port, contents),
            }
            rates: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(ROUNDS):
                for way, start in ways.items():
                    rates[way].append(hammer(arguments.clients, ROUND_S, start))
            for way, found in rates.items():
                print(f"{way}: {np.mean(found):.1f} requests per second, rounds {np.round(found, 1).tolist()}")
            ratios = np.array(rates["service"]) / np.array(rates["bare"])
            print(f"ratio: {ratios.mean():.2f}, rounds {np.round(ratios, 2).tolist()}\n")
            watch(psutil.Process(serving.pid), contents, port, arguments.clients, arguments.minutes)
        finally:
            serving.terminate()


if __name__ == "__main__":
    main()
