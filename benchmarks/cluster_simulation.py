"""How long a study takes on 10 to 1,000 workers, on paper: trials are simulated, not trained.

    python benchmarks/cluster_simulation.py [--photos 4000 1000000] [--seed 0]

What is simulated: every worker imports torch; every machine fetches the decoded photos, and passes them on, so that the
machines that have them double (as Ray's object store does); trials last as networks and early stopping make them;
workers fail, and their trials go on from the last checkpoint that the driver has; weights go to the driver, one after
the other over its network.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math

import numpy as np

WORKERS = (10, 30, 100, 300, 1_000)
WORKERS_EACH = 8
IMPORT_S = 8.0
NETWORK_BYTES_S = 1.25e9  # 10 Gbit/s
PHOTO_BYTES = 224 * 224 * 3
WEIGHT_BYTES = 45e6  # resnet18; vgg16 has 540e6
TRIAL_S_PER_PHOTO = 0.3  # a fine-tuned network on one GPU, 50 epochs at 170 photos a second
SPREAD = 0.4  # of the logarithm of a trial's length: networks differ, early stopping too
CHECKPOINT_S, FAILURE_S = 30.0, 50 * 3600.0  # between checkpoints; mean time between failures of a worker
TRIALS = 3_000  # 100 recipes, 5 seeds, 6 folds


def simulate(workers: int, photos: int, seed: int) -> dict[str, float]:
    """One study: hours, speed-up, share of the time that workers train, failures, bytes moved."""
    generator = np.random.default_rng(seed)
    machines = math.ceil(workers / WORKERS_EACH)
    fetch_s = photos * PHOTO_BYTES / NETWORK_BYTES_S
    lengths = photos * TRIAL_S_PER_PHOTO * generator.lognormal(-(SPREAD**2) / 2, SPREAD, TRIALS)
    ready = [IMPORT_S + fetch_s * math.ceil(math.log2(2 + worker // WORKERS_EACH)) for worker in range(workers)]
    waiting = [(length, 0) for length in lengths]
    busy: list[tuple[float, float, int]] = []  # end, length that is left after a failure, or 0
    free, driver_s, failures, sending_s = list(ready), 0.0, 0, 0.0
    heapq.heapify(free)
    ended_s = 0.0
    while waiting or busy:
        while waiting and free:
            length, tried = waiting.pop()
            start = heapq.heappop(free)
            failure = generator.exponential(FAILURE_S)
            if failure < length:
                left = length - failure + generator.uniform(0, CHECKPOINT_S)
                heapq.heappush(busy, (start + failure, left, tried))
            else:
                heapq.heappush(busy, (start + length, 0.0, tried))
        end, left, tried = heapq.heappop(busy)
        if left:
            failures += 1
            waiting.append((left, tried + 1))
            heapq.heappush(free, end + 120.0 + IMPORT_S + fetch_s)  # another machine in its place
            continue
        driver_s = max(driver_s, end) + WEIGHT_BYTES / NETWORK_BYTES_S
        sending_s += WEIGHT_BYTES / NETWORK_BYTES_S
        ended_s = max(ended_s, driver_s)
        heapq.heappush(free, end)
    alone_s = IMPORT_S + float(lengths.sum())
    return {
        "workers": workers,
        "photos": photos,
        "hours": ended_s / 3600,
        "speed_up": alone_s / ended_s,
        "share_training": float(lengths.sum()) / (ended_s * workers),
        "failures": failures,
        "driver_network": sending_s / ended_s,
        "moved_gigabytes": machines * photos * PHOTO_BYTES / 1e9,
        "fetch_minutes": (ready[-1] - IMPORT_S) / 60,
    }


def main() -> None:
    """Print one row of a table for every number of workers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, nargs="+", default=[4_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [simulate(workers, photos, given.seed) for photos in given.photos for workers in WORKERS]
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print("| photos | workers | hours | speed-up | training | lost | until the last machine has the photos | moved |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['photos']:,} | {row['workers']:,} | {row['hours']:,.1f} | {row['speed_up']:,.0f} | "
            f"{row['share_training']:.0%} | {row['failures']:,} | {row['fetch_minutes']:.1f} min | "
            f"{row['moved_gigabytes']:,.0f} GB |"
        )


if __name__ == "__main__":
    main()
