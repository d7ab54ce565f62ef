"""What was measured of the same inputs before, kept in the cache folder: another study on these photos takes it up.

What decides is a digest of everything that a measurement depends on, the program's own code among it; never a time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import leafgraft
from leafgraft.records.digest import short_digest
from leafgraft.records.progress import KEPT, Progress
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.storage.files.atomic import to_json, write_json

LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "onnxruntime")
Input = str | NDArray[Any]


def measured(
    cache: CacheFolder, progress: Progress, what: str, inputs: Sequence[Input], measure: Callable[[], object]
) -> Any:
    """Plain values that `measure` gives, or gave before for the same inputs.

    Args:
        cache: Where they are kept.
        progress: Notes what was kept.
        what: Is measured, in words.
        inputs: All that it depends on: arrays, and the rest as text.
        measure: Gives what JSON can hold.
    """
    path = cache.entry("measured", f"{digest_of([what, *inputs])}.json")
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["digest"] == short_digest(to_json(kept["value"]), 24):
            progress.note(KEPT, what=what)
            return kept["value"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never measured, or damaged
    value = json.loads(to_json(measure()))
    write_json(path, {"what": what, "digest": short_digest(to_json(value), 24), "value": value})
    return value


def digest_of(inputs: Sequence[Input]) -> str:
    """Short hash of arrays and texts, of this program and of the libraries that it measures with."""
    whole = hashlib.sha256(_of_program().encode())
    for one in inputs:
        if isinstance(one, str):
            whole.update(f"text {len(one.encode())} {one}".encode())
        else:
            whole.update(f"array {one.dtype.str} {one.shape} ".encode())
            whole.update(one.tobytes())
    return whole.hexdigest()[:24]


@lru_cache(maxsize=1)
def _of_program() -> str:
    """Digest of the code: what an earlier version measured is measured again."""
    root = Path(leafgraft.__file__).parent
    files = [path.read_bytes() for path in sorted(root.rglob("*.py"))]
    return short_digest(b"\0".join([*files, *(version(name).encode() for name in LIBRARIES)]), 24)
