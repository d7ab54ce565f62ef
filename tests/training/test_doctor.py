"""What the doctor says of machines on which something is missing, broken, too old, or of Windows."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training import doctor


@pytest.mark.parametrize(("enabled", "works"), [(1, True), (0, False), (None, False)])
def test_windows_is_asked_whether_it_takes_long_paths(
    enabled: int | None, works: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def query(_opened: object, name: str) -> tuple[int, int]:
        if enabled is None:
            raise FileNotFoundError(name)
        return enabled, 4

    registry = SimpleNamespace(HKEY_LOCAL_MACHINE=0, OpenKey=lambda *_: nullcontext(), QueryValueEx=query)
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "platform", "win32")
    (check,) = doctor._long_paths()
    assert check.works == works
    assert ("LongPathsEnabled 1" in check.mend) != works


def test_other_systems_are_not_asked() -> None:
    assert doctor._long_paths() == []


def versions(monkeypatch: pytest.MonkeyPatch, **other: str | None) -> None:
    """Libraries as they are, but for some: None is not installed."""
    whole: Callable[[str], str] = doctor.version

    def told(package: str) -> str:
        found = other[package] if package in other else whole(package)
        if found is None:
            raise PackageNotFoundError(package)
        return found

    monkeypatch.setattr(doctor, "version", told)


def of_name(name: str) -> doctor.MachineCheck:
    return next(one for one in doctor.check_machine(CacheFolder(Path()), Path()) if one.name == name)


@pytest.mark.parametrize(
    ("name", "extra", "other"),
    [
        ("libraries", "train", {"lightning": None}),
        ("libraries", "train", {"onnx": None, "timm": None}),
        ("libraries", "train", {"torch": "2.9.1+cpu"}),
        ("service", "web", {"uvicorn": None}),
        ("service", "web", {"segno": None, "trustme": None}),
        ("paper kit", "paper", {"python-docx": None}),
    ],
)
def test_what_an_extra_lacks_is_said(
    name: str, extra: str, other: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    versions(monkeypatch, **other)
    check = of_name(name)
    assert re.fullmatch("missing or too old: " + ", ".join(rf"{one}>=[\d.]+" for one in other), check.found)
    assert not check.works
    assert check.mend == f'pip install "leafgraft[{extra}]"'


def test_of_a_checkout_that_was_not_installed_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "requires", unknown)
    assert of_name("libraries").works


def test_versions_are_compared_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, torch="2.100.0", uvicorn="0.32")
    assert of_name("libraries").found.startswith("torch 2.100.0, torchvision")
    assert of_name("libraries").works
    assert of_name("service").works


def test_a_checkout_without_what_the_phone_page_needs_is_told(tmp_path: Path) -> None:
    (tmp_path / "there.js").write_text("", encoding="utf-8")
    files = [tmp_path / name for name in ("there.js", "ort.mjs", "ort.wasm")]
    lacking = doctor.check_machine(CacheFolder(tmp_path), tmp_path, files)[-1]
    assert (lacking.name, lacking.works) == ("phone page", False)
    assert "ort.mjs" in lacking.found
    assert "ort.wasm" in lacking.found
    assert "there.js" not in lacking.found
    assert "make web" in lacking.mend
    assert doctor._page(files[:1]) == []


@pytest.mark.parametrize(
    "fault", [OSError("[WinError 126] c10.dll"), ImportError("libcudart.so.12: cannot open\nmore")]
)
def test_a_torch_that_cannot_be_loaded_is_told(fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def broken(name: str, *given: Any, **named: Any) -> Any:
        if name == "torch":
            raise fault
        return whole(name, *given, **named)

    monkeypatch.setattr(builtins, "__import__", broken)
    check = doctor._accelerator()
    assert not check.works
    assert check.found == f"torch cannot be loaded: {str(fault).splitlines()[0]}"
    assert "--force-reinstall torch" in check.mend


def test_a_cache_that_is_a_file_or_below_one_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for path in (tmp_path / "file", tmp_path / "file/cache"):
        check = doctor._disk(path)
        assert not check.works
        assert f"can be at {path}: {tmp_path / 'file'} is a file" in check.found
        assert "LEAFGRAFT_CACHE" in check.mend
    assert doctor._disk(tmp_path / "new/cache").works


def test_a_drive_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    monkeypatch.setattr("os.path.exists", lambda _path: False)
    gone = doctor._disk(Path("Z:/cache"))
    assert not gone.works
    assert "no drive" in gone.found


def test_a_folder_that_nobody_may_look_into_is_not_asked_for_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)
    monkeypatch.setattr("os.access", lambda _path, _how: False)
    check = doctor._disk(tmp_path / "closed/cache")
    assert "(not writable)" in check.found
    assert not check.works
