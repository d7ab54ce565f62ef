"""Drawn photos with planted faults, scanned once per kind of fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from leafgraft.data.checks.audit_inputs import AuditInputs
from leafgraft.data.drawn.faults import Faults
from leafgraft.data.drawn.sample import Truth, draw_sample
from leafgraft.data.groups.leaf_groups import Groups
from leafgraft.data.read.scan import scan
from leafgraft.data.read.source import open_source
from leafgraft.data.split import split
from leafgraft.records.progress import Silent
from leafgraft.records.split import SplitPlan
from leafgraft.storage.cache.cache_folder import CacheFolder


@dataclass(frozen=True)
class Case:
    """Drawn photos, what an audit sees of them, and the truth."""

    folder: Path
    inputs: AuditInputs
    truth: Truth

    def planted(self, name: str) -> set[str]:
        """Paths of one fault; of sets of paths all of them."""
        found = self.truth.faults[name]
        return {path for of in found for path in ([of] if isinstance(of, str) else of)}


@pytest.fixture(scope="session")
def case_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Case]:
    """Draw, scan and split 60 leaves with some faults; the same faults are drawn once."""
    known: dict[Faults, Case] = {}

    def make(**counts: float) -> Case:
        faults = Faults(**counts)  # type: ignore[arg-type]
        if faults not in known:
            folder = tmp_path_factory.mktemp("case") / "leaves"
            truth = draw_sample(folder, photos_per_class=20, side=96, seed=3, faults=faults)
            cache = CacheFolder(tmp_path_factory.mktemp("cache"))
            scanned = scan(open_source(str(folder)), cache, Silent())
            manifest = scanned.manifest
            inputs = AuditInputs(manifest, scanned.facts, split(manifest, SplitPlan()), Groups(manifest, (), ()))
            known[faults] = Case(folder, inputs, truth)
        return known[faults]

    return make
