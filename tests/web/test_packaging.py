"""What leaves the checkout: the wheel with the phone page's parts, what it installs, and the image without root."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from visits import need_page

need_page(in_browser=False)
ROOT = Path(__file__).resolve().parents[2]


BUILD = ROOT / "scripts/build_wheel.py"
LARGEST_FIELD_MB = 400
NOT_IN_THE_FIELD = {"torch", "torchvision", "timm", "lightning", "onnx", "scikit-learn", "plotly", "triton"}


def build(folder: Path, source: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", str(BUILD), str(folder), "--source", str(source)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = build(tmp_path_factory.mktemp("wheel"))
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


def test_a_wheel_without_the_parts_of_the_page_is_refused(wheel: Path, tmp_path: Path) -> None:
    assert wheel.is_file()
    source = tmp_path / "project"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("vendor", "__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    refused = build(tmp_path / "dist", source)
    assert refused.returncode == 1
    assert "vendor/onnxruntime/ort-wasm-simd-threaded.wasm" in refused.stderr
    assert "make web" in refused.stderr
    assert list((tmp_path / "dist").iterdir()) == []


def in_an_empty_environment(folder: Path, wheel: Path) -> Path:
    """Install the wheel with its extra `field`, and give the folder of its commands; skips without a registry."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if uv is None:
        pytest.skip("uv is not installed")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True, capture_output=True)
    command = [uv, "pip", "install", "--quiet", "--python", str(folder), f"{wheel}[field]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=540)
    if done.returncode and os.environ.get("CI") != "true":
        pytest.skip(f"the registry cannot be reached: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return folder / ("Scripts" if os.name == "nt" else "bin")


@pytest.mark.slow
def test_the_extra_field_installs_what_it_needs_without_torch(
    wheel: Path, tmp_path: Path, bundle: Path, photos: Path
) -> None:
    commands = in_an_empty_environment(tmp_path / "env", wheel)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(commands / "leafgraft"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)

    installed = {path.name.partition("-")[0].replace("_", "-") for path in tmp_path.rglob("*.dist-info")}
    assert {"leafgraft", "onnxruntime", "scipy", "fastapi"} <= installed
    assert not NOT_IN_THE_FIELD & installed
    megabytes = sum(path.lstat().st_size for path in (tmp_path / "env").rglob("*") if path.is_file()) / 1e6
    assert megabytes < LARGEST_FIELD_MB
    (answered,) = json.loads(ask("predict", str(bundle), str(photos / "red.jpg"), "--json").stdout)
    assert answered["path"].endswith("red.jpg")
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("filename,y_true,y_pred\n1.jpg,x,x\n2.jpg,y,x\n", encoding="utf-8")
    compared = ask("compare", "a.csv", "b.csv", "--html", "page.html")
    assert compared.returncode == 0, compared.stderr
    assert (tmp_path / "page.html").is_file()
    for name in ("x", "y"):
        shutil.copytree(photos, tmp_path / "leaves" / name)
    refused = ask("run", "leaves")
    assert refused.returncode == 2
    assert 'pip install "leafgraft[train]"' in refused.stderr
    assert "leafgraft[train]" in ask("doctor").stdout


def of_the_image(dockerfile: str) -> set[str]:
    """Packages that the image installs, with all that they need."""
    listed = re.search(r"\.whl\)\[(\w+)\]", dockerfile)
    assert listed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"][listed.group(1)]
    waiting, found = [Requirement(name) for name in wanted], {"leafgraft"}
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
