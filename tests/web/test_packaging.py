"""What leaves the checkout: the wheel with the phone page's parts, and the image without torch and without root."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from visits import need_page

need_page(in_browser=False)
ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_holds_the_page_and_its_parts(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = {name.removeprefix("leafgraft/web/static/") for name in wheel.namelist()}
    static = ROOT / "src/leafgraft/web/static"
    wanted = {path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()}
    assert "vendor/onnxruntime/ort-wasm-simd-threaded.wasm" in wanted
    assert wanted - held == set()


def of_the_image(dockerfile: str) -> set[str]:
    """Packages that the image installs, with all that they need."""
    listed = re.search(r"constraints\.txt \\\n +([a-z -]+) \\\n", dockerfile)
    assert listed
    waiting, found = [Requirement(name) for name in listed.group(1).split()], {"leafgraft"}
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found.add(name)
            needed = map(Requirement, requires(name) or [])
            waiting += [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


GUARD = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is not in the image")
sys.meta_path.insert(0, Absent())
import leafgraft.web.app, uvicorn
from leafgraft.cli.main import app
app(sys.argv[1:], standalone_mode=False)
"""


def run_with(packages: set[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as if only these packages were installed."""
    absent = {
        module
        for module, names in packages_distributions().items()
        if not {canonicalize_name(name) for name in names} & packages
    }
    command = [sys.executable, "-c", f"ABSENT = {sorted(absent)!r}{GUARD}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_image_holds_what_the_service_and_predict_need(bundle: Path, photos: Path) -> None:
    packages = of_the_image((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert not {"torch", "scipy"} & packages
    done = run_with(packages, "predict", str(bundle), str(photos / "red.jpg"))
    assert "Early_Blight" in done.stdout, done.stderr
    lacking = run_with(packages - {"pillow"}, "predict", str(bundle), str(photos / "red.jpg"))
    assert "PIL is not in the image" in lacking.stderr


def test_the_image_runs_without_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001"]
    assert lines.index("USER 10001") > max(place for place, line in enumerate(lines) if line.startswith("RUN "))


@pytest.mark.parametrize("name", ["scripts/web", "src", "pyproject.toml", "README.md", "LICENSE", "constraints.txt"])
def test_what_the_image_copies_is_not_ignored(name: str) -> None:
    assert f"!{name}" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / name).exists()
