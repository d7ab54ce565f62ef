"""How much processor time short commands take, as a ratio to `leafgraft --help`: it varies less than a clock.

    python benchmarks/start_speed.py --runs 15

Each run takes all commands in turn, so that a machine that is busy for a while is busy for all of them.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from measured import write_result

FAULTY = "photos: .\nrecipes: [{backbone: resnet19, strategy: frozen}]\n"
ROWS = "photo_id,label,a,b\n" + "".join(
    f"{row},{'ab'[row % 2]},{'0.8,0.2' if row % 3 == 0 else '0.2,0.8'}\n" for row in range(200)
)
COMMANDS = {
    "--help": ["--help"],
    "menu strategies": ["menu", "strategies"],
    "run of a wrong path": ["run", "nowhere"],
    "audit of a wrong path": ["audit", "nowhere"],
    "report of a wrong path": ["report", "nowhere"],
    "plan of a file that is no YAML": ["plan", "cut.yaml"],
    "plan of a faulty file": ["plan", "faulty.yaml"],
    "compare of a wrong path": ["compare", "first.csv", "nowhere.csv"],
    "compare of a faulty CSV": ["compare", "first.csv", "faulty.csv"],
    "compare of two CSVs": ["compare", "first.csv", "second.csv"],
}


def seconds(command: list[str], folder: Path) -> float:
    """Processor time of one call, with what it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["leafgraft", *command], cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a table of median seconds and ratios, and write JSON beside this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cut.yaml").write_text(FAULTY[:-10])
        (folder / "faulty.yaml").write_text(FAULTY)
        (folder / "first.csv").write_text(ROWS)
        (folder / "second.csv").write_text(ROWS.replace("0.8,0.2", "0.3,0.7"))
        (folder / "faulty.csv").write_text(ROWS.replace("0.8,0.2", "0.8,0.9"))
        taken = np.array([[seconds(command, folder) for command in COMMANDS.values()] for _ in range(runs + 1)])[1:]
    ratios = taken / taken[:, :1]
    found = {}
    for column, command in enumerate(COMMANDS):
        low, middle, high = np.percentile(ratios[:, column], (0, 50, 100))
        found[command] = {
            "seconds": round(float(np.median(taken[:, column])), 3),
            "ratio": round(float(middle), 2),
            "lowest": round(float(low), 2),
            "highest": round(float(high), 2),
        }
        print(f"{command:30} {found[command]['seconds']:6.3f} s  {middle:5.2f} ({low:.2f} to {high:.2f})")
    write_result(Path(__file__).with_suffix(".json"), {"runs": runs, "commands": found})


if __name__ == "__main__":
    main()
