"""Trials in parallel through the command line: the same study, whatever is stopped on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest

PATIENCE_S = 600.0


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "leafgraft", "run", *(str(one) for one in arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, start_new_session=True, preexec_fn=heed_ctrl_c, **pipes)  # noqa: PLW1509


def heed_ctrl_c() -> None:
    """A background job of a shell ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_workers(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """Wait until workers were forked; hand back every process that the run has started."""
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and run.poll() is None:
        children = psutil.Process(run.pid).children(recursive=True)
        if any(child.ppid() != run.pid for child in children):
            return children
        time.sleep(0.02)
    pytest.fail(f"no worker was started: {run.communicate()}")


def logits(study: Path) -> dict[str, bytes]:
    found = {}
    for path in sorted(study.glob("trials/*/predictions.npz")):
        with np.load(path, allow_pickle=False) as arrays:
            found[path.parent.name] = arrays["logits"].tobytes()
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_jobs_killed_stopped_and_finished_are_the_study_of_one_process(
    finished: Path, tmp_path: Path, leafgraft: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    study, out = finished.parent / "small.yaml", tmp_path / "study"
    killed = start(study, "--out", out, "--jobs", 2)
    left = wait_for_workers(killed)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    _, alive = psutil.wait_procs(left, timeout=PATIENCE_S)
    assert not alive, "workers outlive a driver that was killed"

    stopped = start(study, "--out", out, "--jobs", 2)
    left = wait_for_workers(stopped)
    os.killpg(stopped.pid, signal.SIGINT)
    _, said = stopped.communicate(timeout=PATIENCE_S)
    assert stopped.returncode == 130, said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(left, timeout=PATIENCE_S)
    assert not alive, "workers outlive a driver that was stopped"

    done = leafgraft("run", study, "--out", out, "--jobs", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert logits(out) == logits(finished)
    accuracy = {one["name"]: one["accuracy"] for one in json.loads(done.stdout)["evaluation"]["recipes"]}
    wanted = json.loads((finished / "evaluation.json").read_text(encoding="utf-8"))["recipes"]
    assert accuracy == {one["name"]: one["accuracy"] for one in wanted}
