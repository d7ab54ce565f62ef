import os
import subprocess
import sys

import psutil
import pytest
import torch

from leafgraft.training.processor import physical_cores, prepare_processor

FAULTS = """
import resource, sys
import torch
from leafgraft.training.processor import prepare_processor
if sys.argv[1] == "kept":
    prepare_processor()
for _ in range(20):
    if _ == 3:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.zeros(16_000_000).add_(1)  # 64 MB
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

HELD = """
import psutil, torch
from leafgraft.training.processor import give_back_memory, prepare_processor
prepare_processor()
maps = [torch.zeros(250_000).add_(1) for _ in range(400)]  # 400 MB
last = maps[-1].clone()  # lies behind them, so that they are not at the end of what the process holds
del maps
held = psutil.Process().memory_info().rss
give_back_memory()
print(held - psutil.Process().memory_info().rss)
"""


def test_threads_are_physical_cores_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: 1 if not logical else 2)
    assert physical_cores() == 1
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: None)
    assert physical_cores() == len(os.sched_getaffinity(0))
    set_to = []
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    prepare_processor()
    assert set_to == []
    monkeypatch.delenv("OMP_NUM_THREADS")
    prepare_processor()
    assert set_to == [physical_cores()]


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told to keep memory")
def test_large_maps_are_not_fetched_anew_in_every_step():
    faults = {
        how: int(subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True).stdout)
        for how in ("fresh", "kept")
    }
    assert faults["kept"] < 0.2 * faults["fresh"]


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc is told to keep memory")
def test_freed_memory_is_handed_back_when_that_is_asked():
    asked = subprocess.run([sys.executable, "-c", HELD], check=True, capture_output=True, text=True)
    assert int(asked.stdout) > 300_000_000
