"""A Ray cluster: connecting to it, what its machines have, and what a trial takes of them."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from leafgraft.errors import UsageError
from leafgraft.records.launch import Launch
from leafgraft.training.workers.node_check import look_around, versions

REACH_S, ANSWER_S = 5.0, 300.0
QUIET = {  # Ray tells its makers nothing, and leaves the variables of GPUs alone
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a trial takes of a machine.

    Attributes:
        cpus: CPUs.
        gpus: GPUs.
        memory: Bytes.
    """

    cpus: float
    gpus: float
    memory: int

    @classmethod
    def of(cls, launch: Launch, device: str, memory: int) -> Needs:
        """As the command line says.

        Raises:
            UsageError: GPUs are asked for, but trials run on the CPU.
        """
        gpus = float(launch.devices if device == "cuda" else 0) if launch.gpus is None else launch.gpus
        if gpus and device != "cuda":
            raise UsageError(
                f"--gpus {gpus:g} needs trials that run on a GPU.",
                f"The device is {device}: this machine, where the driver runs, has no GPU or was told not to use it.",
                "Run leafgraft on a machine of the cluster with a GPU, or leave --gpus out.",
            )
        return cls(launch.cpus * (launch.devices if device == "cpu" else 1), gpus, memory)

    def options(self) -> dict[str, float]:
        """As Ray wants them."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "memory": self.memory}

    def fit(self, resources: dict[str, float]) -> int:
        """How many trials a machine has room for."""
        wanted = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory}
        return min(math.floor(resources.get(name, 0.0) / much + 1e-9) for name, much in wanted.items() if much)


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be connected to a Ray cluster; one that this process is connected to already is used.

    Raises:
        UsageError: It cannot be reached.
    """
    if ray.is_initialized():
        yield
        return
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    wanted = check_address(address)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address=address or None, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise _unreachable(wanted, " ".join(str(error).split())[:300]) from error
    with suppress(ValueError):  # not the main thread, which alone may set it
        signal.signal(signal.SIGTERM, handler)
    try:
        yield
    finally:
        ray.shutdown()


def check_address(address: str) -> str:
    """See whether somebody listens, sooner than Ray would give up; the address, if need be from `$RAY_ADDRESS`.

    Raises:
        UsageError: Nobody does.
    """
    address = address or os.environ.get("RAY_ADDRESS", "")
    if address.startswith("ray://"):
        raise UsageError(
            "--address must be HOST:PORT of a Ray cluster, or auto on one of its machines.",
            f"'{address}' is for Ray Client, which does not see the machines' object stores.",
            "Run leafgraft on a machine of the cluster, for instance by 'ray job submit'.",
        )
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return address
    try:
        with socket.create_connection((host.strip("[]"), int(port)), REACH_S):
            return address
    except (OSError, OverflowError) as error:
        raise _unreachable(address, str(error)) from error


def _unreachable(address: str, found: str) -> UsageError:
    return UsageError(
        f"A Ray cluster must answer at '{address}'." if address else "Ray must start on this machine.",
        f"{found.rstrip('.')}.",
        "Start it with 'ray start --head' and take the address that it prints; see docs/cluster.md. "
        "Or leave --engine out.",
    )


def _alive() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]


def room(needs: Needs) -> int:
    """How many trials the cluster has room for."""
    return sum(needs.fit(node["Resources"]) for node in _alive())


def on_every_node(function: Callable[[Any], Any], given: Any) -> dict[str, Any]:
    """Call a function once on every machine; what it gives, by the machine's name. Machines that are lost are left out.

    Raises:
        UsageError: A machine does not answer, or lacks leafgraft.
    """
    called = {}
    for node in _alive():
        there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        task = ray.remote(function).options(num_cpus=0, scheduling_strategy=there, max_retries=0)
        called[f"{node['NodeManagerHostname']} ({node['NodeID'][:8]})"] = task.remote(given)
    found = {}
    for name, reference in called.items():
        try:
            found[name] = ray.get(reference, timeout=ANSWER_S)
        except (ray.exceptions.RayTaskError, ray.exceptions.GetTimeoutError) as error:
            raise UsageError(
                "leafgraft must be installed on every machine of the cluster.",
                f"{name}: {str(error).strip().splitlines()[-1]}",
                'Install it there, in the Python that runs Ray: pip install "leafgraft[train,ray]".',
            ) from error
        except ray.exceptions.RayError:
            continue
    return found


def check_nodes(needs: Needs, scratch: Path) -> bool:
    """Check that all machines are alike, and that some has room; say whether all see the driver's cache.

    Raises:
        UsageError: They differ, or none has room for a trial.
    """
    if not room(needs):
        largest = max((node["Resources"] for node in _alive()), key=lambda one: one.get("CPU", 0.0))
        has = f"{largest.get('CPU', 0):g} CPUs, {largest.get('GPU', 0):g} GPUs, {largest.get('memory', 0) / 1e9:.1f} GB"
        raise UsageError(
            f"A trial takes {needs.cpus:g} CPUs, {needs.gpus:g} GPUs and {needs.memory / 1e9:.1f} GB of memory.",
            f"No machine of the cluster has that; the largest has {has}.",
            "Lower --cpus or --gpus, or add a machine.",
        )
    found = on_every_node(look_around, scratch)
    own = versions()
    for name, (_, theirs) in found.items():
        if theirs != own:
            differ = ", ".join(f"{key} {theirs[key]} (here {own[key]})" for key in own if theirs[key] != own[key])
            raise UsageError(
                "All machines of the cluster must have the same versions, or results would not be equal.",
                f"{name} has {differ}.",
                "Install the same versions there.",
            )
    return all(sees for sees, _ in found.values())
