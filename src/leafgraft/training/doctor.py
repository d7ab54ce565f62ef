"""What this machine can do, what is missing, and the one command that mends it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

import psutil

from leafgraft.records.display import first_of
from leafgraft.storage.cache.cache_folder import GIGABYTE, CacheFolder

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)>=(?P<least>[\d.]+)[^;]*; extra == .(?P<extra>\w+).$")
MISSING = "missing"
MEND_TORCH = "pip install --force-reinstall torch torchvision"


@dataclass(frozen=True, slots=True)
class MachineCheck:
    """One line of `leafgraft doctor`.

    Attributes:
        name: What was looked at.
        found: What is there, in words.
        works: Whether leafgraft can use it.
        mend: The one command or step that mends it; empty if it works.
    """

    name: str
    found: str
    works: bool
    mend: str = ""


def check_machine(cache: CacheFolder, weights: Path, page_files: Sequence[Path] = ()) -> list[MachineCheck]:
    """Look at processor, memory, disk, accelerator, libraries, weights and optional parts.

    Args:
        cache: The cache folder.
        weights: The weights folder.
        page_files: What the phone page needs of other projects: a checkout lacks them at first.
    """
    return [
        MachineCheck("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}", works=True),
        _training(),
        _cores(),
        _memory(),
        _disk(cache.path),
        *_long_paths(),
        *([_accelerator()] if find_spec("torch") else []),
        _weights(weights),
        *(_extra(*extra) for extra in _EXTRAS),
        *_page(page_files),
    ]


_EXTRAS = (
    ("tuning", "optuna", "tune"),
    ("cluster", "ray", "ray"),
    ("service", "fastapi", "web"),
    ("loggers", "tensorboard", "loggers"),
    ("paper kit", "matplotlib", "paper"),
)


def _training() -> MachineCheck:
    if find_spec("torch"):
        return _whole("libraries", f"torch {_version('torch')}, torchvision {_version('torchvision')}", "train")
    found = "torch is not installed: predict, serve, label and compare do without it, training does not"
    return MachineCheck("libraries", found, works=False, mend=_install("train"))


def _install(extra: str) -> str:
    return f'pip install "leafgraft[{extra}]"'


def _whole(name: str, found: str, extra: str) -> MachineCheck:
    """What was found of an extra, or what it lacks."""
    if lacking := _lacking(extra):
        return MachineCheck(name, f"missing or too old: {', '.join(lacking)}", works=False, mend=_install(extra))
    return MachineCheck(name, found, works=True)


def _lacking(extra: str) -> list[str]:
    """Libraries that an extra needs, and that are not there or older than it needs, as pip names them."""
    found = []
    for line in _required():
        if (needed := REQUIREMENT.match(line)) and needed["extra"] == extra:
            there = _version(needed["name"])
            if there == MISSING or _numbers(there) < _numbers(needed["least"]):
                found.append(f"{needed['name']}>={needed['least']}")
    return found


def _required() -> list[str]:
    """What leafgraft needs, as it was installed; of a checkout that was not, nothing is known."""
    try:
        return requires("leafgraft") or []
    except PackageNotFoundError:
        return []


def _numbers(of_version: str) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", of_version.partition("+")[0])]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING


def _cores() -> MachineCheck:
    physical, logical = psutil.cpu_count(logical=False) or 1, os.cpu_count() or 1
    return MachineCheck("processor", f"{physical} cores, {logical} threads", works=True)


def _memory() -> MachineCheck:
    free_gb, total_gb = (size / GIGABYTE for size in (psutil.virtual_memory().available, psutil.virtual_memory().total))
    enough = free_gb >= 4
    mend = "" if enough else "Close other programs: a study needs up to 4 GB."
    return MachineCheck("memory", f"{free_gb:.1f} GB free of {total_gb:.1f} GB", works=enough, mend=mend)


def _disk(path: Path) -> MachineCheck:
    mend = "Point LEAFGRAFT_CACHE at a writable folder with at least 2 GB free."
    # a folder that nobody may look into is none, and a drive may be gone
    existing = next((one for one in (path, *path.parents) if os.path.exists(one)), None)  # noqa: PTH110 - never raises
    if existing is None:
        return MachineCheck("disk", f"no drive for the cache at {path}", works=False, mend=mend)
    if not existing.is_dir():
        found = f"no folder for the cache can be at {path}: {existing} is a file"
        return MachineCheck("disk", found, works=False, mend=mend)
    free_gb = shutil.disk_usage(existing).free / GIGABYTE
    writable = os.access(existing, os.W_OK | os.X_OK)
    works = writable and free_gb >= 2
    mend = "" if works else mend
    found = f"{free_gb:.1f} GB free for the cache at {path}" + ("" if writable else " (not writable)")
    return MachineCheck("disk", found, works=works, mend=mend)


def _long_paths() -> list[MachineCheck]:
    """Whether Windows takes paths of more than 260 letters; nothing on other systems."""
    if sys.platform != "win32":
        return []
    import winreg  # noqa: PLC0415 - of Windows alone

    key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            taken = bool(winreg.QueryValueEx(opened, "LongPathsEnabled")[0])
    except OSError:
        taken = False
    found = "taken" if taken else "refused above 260 letters"
    mend = (
        "" if taken else f"As administrator: Set-ItemProperty 'HKLM:\\{key}' LongPathsEnabled 1; or use short folders."
    )
    return [MachineCheck("long paths", found, works=taken, mend=mend)]


def _accelerator() -> MachineCheck:
    try:
        import torch  # noqa: PLC0415 - without it there is still something to say
    except (ImportError, OSError) as error:
        found = f"torch cannot be loaded: {str(error).partition(chr(10))[0]}"
        return MachineCheck("accelerator", found, works=False, mend=MEND_TORCH)
    if torch.cuda.is_available():
        return MachineCheck("accelerator", torch.cuda.get_device_name(0), works=True)
    if torch.backends.mps.is_available():
        return MachineCheck("accelerator", "Apple GPU (mps)", works=True)
    return MachineCheck("accelerator", "none: frozen recipes take minutes, fine-tuning takes hours", works=True)


def _weights(folder: Path) -> MachineCheck:
    files = sorted(file.stem for pattern in ("*.safetensors", "*.pth") for file in folder.glob(pattern))
    found = f"kept in {folder}: {', '.join(files)}" if files else f"none kept in {folder}: downloaded when first needed"
    return MachineCheck("pretrained weights", found, works=True)


def _extra(name: str, package: str, extra: str) -> MachineCheck:
    if find_spec(package):
        return _whole(name, f"{package} {_version(package)}", extra)
    return MachineCheck(name, f"{package} is not installed (optional)", works=False, mend=_install(extra))


def _page(files: Sequence[Path]) -> list[MachineCheck]:
    """What is lacking of the phone page; nothing where it is whole."""
    lacking = [file.name for file in files if not file.is_file()]
    if not lacking:
        return []
    mend = "Run `make web` in the checkout (it needs npm)."
    return [MachineCheck("phone page", f"this checkout lacks {first_of(lacking, 3)}", works=False, mend=mend)]
