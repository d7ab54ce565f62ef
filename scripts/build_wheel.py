"""Build the wheel in a copy of the project, and refuse it if it lacks what the phone page and the service show.

`python scripts/build_wheel.py [FOLDER]`: it lies in FOLDER, by default in dist. `make wheel` fetches those parts first.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("pyproject.toml", "README.md", "LICENSE")
STATIC = "leafgraft/web/static"
PARTS = (  # what scripts/web fetches
    *("versions.txt", "client-zip/client-zip.js"),
    *("onnxruntime/ort-wasm-simd-threaded.wasm", "onnxruntime/ort.wasm.bundle.min.mjs"),
    *("swagger/swagger-ui-bundle.js", "swagger/swagger-ui.css", "swagger/LICENSE", "swagger/NOTICE"),
)


def build(source: Path, folder: Path) -> Path:
    """Build the wheel of `source` into `folder`: in a copy, so that nothing of an earlier build gets into it."""
    from setuptools import build_meta

    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        shutil.copytree(source / "src", "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for name in COPIED:
            shutil.copy(source / name, ".")
        with contextlib.redirect_stdout(io.StringIO()):  # a line for each file
            return folder / build_meta.build_wheel(str(folder))


def missing(wheel: Path, source: Path) -> list[str]:
    """Files that the wheel should hold and does not: those of the page, and those that scripts/web fetches."""
    static = source / "src" / STATIC
    wanted = {path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as opened:
        held = {one.filename.removeprefix(f"{STATIC}/") for one in opened.infolist() if one.file_size}
    return sorted((wanted | {f"vendor/{name}" for name in PARTS}) - held)


def main() -> None:
    """Build, check, and say where the wheel is."""
    parser = argparse.ArgumentParser(description="Build the wheel with all that the phone page needs.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    parser.add_argument("--source", type=Path, default=ROOT, help="copy of the project; default: this one")
    given = parser.parse_args()
    wheel = build(given.source, given.folder)
    if lacking := missing(wheel, given.source):
        wheel.unlink()
        sys.exit(f"The wheel must hold what the phone page needs; it lacks {', '.join(lacking)}. Run `make web` first.")
    print(wheel)


if __name__ == "__main__":
    main()
