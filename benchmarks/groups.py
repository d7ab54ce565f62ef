"""Recall and precision of same-leaf groups: on drawn leaves, and on real photos with planted second photos.

    python benchmarks/groups.py [--seeds 3] [--photos FOLDER]

Second photos are planted by `leafgraft.data.drawn.faults.same_leaf`: shift to 10%, rotation to 15 degrees or quarter
turns, flip, crop to 10%, brightness by 20%, JPEG quality 60 to 95.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from leafgraft.data.drawn.faults import Faults, same_leaf
from leafgraft.data.drawn.sample import draw_sample
from leafgraft.data.groups.leaf_groups import Groups, find_pairs, group
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.records.progress import Silent
from leafgraft.storage.cache.cache_folder import CacheFolder


def find(folder: Path, cache: Path) -> tuple[Groups, float, float]:
    """Groups of a folder, seconds to scan and seconds to group."""
    start = time.perf_counter()
    scanned = scan(open_source(str(folder)), CacheFolder(cache), Silent())
    middle = time.perf_counter()
    groups = group(scanned.manifest, find_pairs(scanned, CacheFolder(cache), Silent()))
    return groups, middle - start, time.perf_counter() - middle


def drawn(seed: int, side: int) -> None:
    """900 drawn leaves, 200 of them photographed twice."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        truth = draw_sample(photos, 300, side, seed, Faults(same_leaf=200))
        planted = {tuple(sorted(pair)) for pair in truth.faults["same_leaf"]}
        groups, *_ = find(photos, Path(folder) / "cache")
        found = {tuple(sorted((pair.a_path, pair.b_path))) for pair in groups.pairs + groups.crossing}
        say(f"drawn {side} px, seed {seed}", planted, found)


def real(source: Path, seed: int, count: int) -> None:
    """`count` photos of a folder photographed twice; pairs that were there before do not count as wrong here."""
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        shutil.copytree(source, photos)
        before, *_ = find(photos, Path(folder) / "cache")
        known = {tuple(sorted((pair.a_path, pair.b_path))) for pair in before.pairs + before.crossing}
        files = [photo.path for photo in before.manifest.photos]
        planted = set()
        for row in generator.permutation(len(files))[:count]:
            path = photos / files[row]
            with Image.open(path) as image:
                (path.parent / f"second_{row}x.jpg").write_bytes(same_leaf(np.asarray(image.convert("RGB")), generator))
            planted.add(tuple(sorted((files[row], f"{path.parent.name}/second_{row}x.jpg"))))
        groups, *_ = find(photos, Path(folder) / "cache")
        found = {tuple(sorted((pair.a_path, pair.b_path))) for pair in groups.pairs + groups.crossing} - known
        partners = {path for pair in known for path in pair}
        echoes = {pair for pair in found - planted if set(pair) & partners}  # a second photo of a leaf known twice
        say(f"{source.name} with {count} second photos, seed {seed}", planted, found - echoes)


def say(name: str, planted: set[tuple[str, ...]], found: set[tuple[str, ...]]) -> None:
    """Print recall and precision."""
    right = len(planted & found)
    print(f"{name}: recall {right / len(planted):.4f}, precision {right / max(1, len(found)):.4f}, wrong:", end=" ")
    print(sorted(found - planted)[:5])


def main() -> None:
    """Run all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--photos", type=Path, default=None)
    options = parser.parse_args()
    for seed in range(options.seeds):
        if options.photos:
            real(options.photos, seed, 300)
        else:
            drawn(seed, 128)
            drawn(seed, 256)
    if options.photos:
        with tempfile.TemporaryDirectory() as cache:
            groups, scan_s, group_s = find(options.photos, Path(cache))
        print(f"{len(groups.manifest.photos)} photos: scan {scan_s:.1f} s, groups {group_s:.1f} s,", end=" ")
        print(f"{len(groups.pairs)} pairs, {len(groups.crossing)} across classes,", end=" ")
        print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main()
