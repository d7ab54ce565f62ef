"""A disk that is full, or that may not be written, at any write of a run: said in words, and the next run goes on."""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kills import differences, results_of

import leafgraft
from leafgraft.errors import LeafgraftError

STUDY = """
photos: {leaves}
image_size: 32
weights: none
augmentation: []
training: {{epochs: 2, patience: 2, batch_size: 32}}
recipes:
  - {{backbone: squeezenet1_1, strategy: frozen}}
  - {{backbone: "timm:test_resnet", strategy: uniform}}
ensembles: [{{of: all}}]
"""
WRITES = ("fsync", "posix_fallocate")
FAULTS = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO)
OWN_WORDS = {errno.ENOSPC: "The disk is full.", errno.EDQUOT: "Your quota of the disk is used up."}


class Disk:
    """Counts what is written; one of these writes fails."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int = -1, number: int = errno.ENOSPC) -> None:
        self.writes, self.at, self.number = 0, at, number
        for name in WRITES:
            patch.setattr(os, name, self._counted(getattr(os, name)))

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.writes += 1
            if self.writes == self.at:
                raise OSError(self.number, os.strerror(self.number))
            return write(*arguments)

        return counted


@pytest.mark.slow
@pytest.mark.timeout(36_000)
def test_any_write_may_fail(
    drawn_leaves: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nightly: bool,
    tell: Callable[[str], None],
) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(STUDY.format(leaves=drawn_leaves), encoding="utf-8")
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "reference-cache"))
    with monkeypatch.context() as patch:
        whole = Disk(patch)
        leafgraft.run(str(study), out=tmp_path / "reference")
    reference, chance = results_of(tmp_path / "reference"), random.Random(0)
    chosen = sorted(chance.sample(range(1, whole.writes + 1), 40 if nightly else 3))
    out = tmp_path / "study"
    for number, at in enumerate(chosen):
        monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
        fault = FAULTS[number % len(FAULTS)]
        with monkeypatch.context() as patch:
            disk = Disk(patch, at, fault)
            with pytest.raises(LeafgraftError) as caught:
                leafgraft.run(str(study), out=out)
        assert disk.writes >= at
        assert OWN_WORDS.get(fault, os.strerror(fault)) in caught.value.found
        assert caught.value.asked
        assert caught.value.mend
        leafgraft.run(str(study), out=out)
        assert differences(reference, results_of(out)) == []
        assert not list(out.rglob(".*.part"))
        shutil.rmtree(out)
        shutil.rmtree(tmp_path / "cache")
    tell(
        f"writes that failed: {len(chosen)} of {whole.writes} in a run; {len(chosen)} runs went on to the same results"
    )
