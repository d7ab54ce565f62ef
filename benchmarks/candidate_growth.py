"""Cost per photo of the search for photos of one leaf, from 1,000 to 100,000 photos.

    python benchmarks/candidate_growth.py [--runs 3] [--out benchmarks/candidate_growth.json]

Descriptions and hashes are simulated: photos scatter widely, and 2 of 100 are second photos of another one. Nothing of
N by N is ever made. Measured are the two searches that `leafgraft.data.groups.candidates.propose` rests on.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

import numpy as np

from leafgraft.data.groups.descriptors import DIMENSIONS
from leafgraft.data.groups.hashes import close_pairs
from leafgraft.data.groups.neighbours import near_pairs
from leafgraft.report.svg import Line, line_chart

COUNTS = (1_000, 3_000, 10_000, 30_000, 100_000)
REACH = 2 * np.sqrt(DIMENSIONS)  # two photos of one leaf lie about half as far apart
SCATTER = 8.0  # of photos, against 1 of two photos of one leaf


def measure(count: int, seed: int) -> dict[str, float]:
    """Seconds of each search and the share of planted pairs found."""
    generator = np.random.default_rng(seed)
    planted = count // 50
    points = SCATTER * generator.standard_normal((count, DIMENSIONS), dtype=np.float32)
    points[-planted:] = points[:planted] + generator.standard_normal((planted, DIMENSIONS), dtype=np.float32)
    hashes = generator.integers(0, 2**63, (count, 8), dtype=np.uint64)
    flipped = np.uint64(1) << generator.integers(0, 64, (planted, 8), dtype=np.uint64)
    hashes[-planted:] = hashes[:planted] ^ flipped
    wanted = {(row, count - planted + row) for row in range(planted)}
    start = time.perf_counter()
    by_description = near_pairs(points, float(REACH))
    middle = time.perf_counter()
    by_hash = close_pairs(hashes)
    end = time.perf_counter()
    return {
        "photos": count,
        "description_seconds": middle - start,
        "hash_seconds": end - middle,
        "description_found": len(wanted & set(map(tuple, by_description.tolist()))) / planted,
        "hash_found": len(wanted & set(map(tuple, by_hash.tolist()))) / planted,
        "peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
    }


def draw(medians: dict[str, list[float]]) -> str:
    """Both curves as a picture that stands alone."""
    lines = [
        Line(f"by {kind}", tuple(np.log10(COUNTS)), tuple(values), colour)
        for colour, (kind, values) in enumerate(medians.items())
    ]
    title = "Cost per photo of the candidate search: by description (blue), by hash (orange)"
    figure = line_chart(lines, [], title, (f"{title}; photos, log10", "ms a photo"))
    style = (
        ".line{fill:none;stroke:#0072b2;stroke-width:2}.l1{stroke:#d55e00}.grid{stroke:#ddd}text{font:11px sans-serif}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="250"><style>{style}</style>'
    return str(figure).replace("<svg", head + "<svg", 1) + "</svg>\n"


def main() -> None:
    """Print the table, write figures and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/candidate_growth.json"))
    asked = parser.parse_args()
    rows = [[measure(count, seed) for seed in range(asked.runs)] for count in COUNTS]
    asked.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print("| photos | by description, ms a photo | by hash, ms a photo | planted pairs found | peak memory |")
    print("|---|---|---|---|---|")
    each: dict[str, list[float]] = {"description": [], "hash": []}
    for runs in rows:
        count = int(runs[0]["photos"])
        cells = []
        for kind, medians in each.items():
            costs = sorted(1000 * run[f"{kind}_seconds"] / count for run in runs)
            medians.append(statistics.median(costs))
            cells.append(f"{medians[-1]:.3f} ({costs[0]:.3f} to {costs[-1]:.3f})")
        found = min(max(run["description_found"], run["hash_found"]) for run in runs)
        peak = max(run["peak_gigabytes"] for run in runs)
        print(f"| {count:,} | {cells[0]} | {cells[1]} | {100 * found:.1f}% | {peak:.2f} GB |")
    asked.out.with_suffix(".svg").write_text(draw(each), encoding="utf-8")


if __name__ == "__main__":
    main()
