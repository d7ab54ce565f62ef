"""The rules of the house, each proven by a planted violation that it finds."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leafgraft"
TORCH = {"torch", "torchvision", "lightning", "timm", "safetensors"}
MAY_USE_TORCH = ("choices", "training", "export")
UNWANTED_NAMES = {"utils", "common", "helpers", "base", "manager", "misc"}
MOST_MODULES = 14  # of a folder at one level
LARGE_ROOMS = {"choices/backbones", "records"}
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 40, 6


def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def torch_outside(root: Path) -> list[str]:
    return [
        f"{name} imports {', '.join(sorted(found))}"
        for name, tree in modules(root)
        if not name.startswith(tuple(f"{folder}/" for folder in MAY_USE_TORCH))
        and (found := TORCH & set(imported(tree)))
    ]


def options_of(root: Path) -> set[str]:
    """Types of options that several commands of the command line share."""
    assigned = [node for _, tree in modules(root / "cli") for node in tree.body if isinstance(node, ast.Assign)]
    return {ast.unparse(node.targets[0]) for node in assigned if "typer.Option(" in ast.unparse(node.value)}


def is_option(parameter: ast.arg, options: set[str]) -> bool:
    """Whether a parameter is an option of a command: there may be more of those than a reader of calls could bear."""
    words = ast.unparse(parameter.annotation) if parameter.annotation else ""
    return bool(options) and (words in options or "typer.Option(" in words)


def too_large(root: Path) -> list[str]:
    found = []
    for path in sorted(root.rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            found.append(f"{path.name} has {lines} lines")
    for name, tree in modules(root):
        options = options_of(root) if name.startswith("cli/") else set()
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.lineno
                lines = (node.end_lineno or start) - start + 1
                if lines > LONGEST_FUNCTION:
                    found.append(f"{name}: {node.name} has {lines} lines")
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                parameters = [one for one in given if one.arg not in {"self", "cls"} and not is_option(one, options)]
                if len(parameters) > MOST_PARAMETERS:
                    found.append(f"{name}: {node.name} has {len(parameters)} parameters")
    return found


def unwanted_names(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.stem in UNWANTED_NAMES]


def pickles(root: Path) -> list[str]:
    found = []
    for name, tree in modules(root):
        if {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"} & set(imported(tree)):
            found.append(f"{name} imports a pickler")
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "load":
                words = {word.arg: word.value for word in node.keywords}
                owner = ast.unparse(node.func.value)
                if owner == "torch" and not _is(words.get("weights_only"), wanted=True):
                    found.append(f"{name}:{node.lineno} torch.load without weights_only=True")
                if owner == "np" and "allow_pickle" in words and not _is(words["allow_pickle"], wanted=False):
                    found.append(f"{name}:{node.lineno} np.load with pickles")
    return found


def _is(node: ast.expr | None, *, wanted: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is wanted


def addresses(texts: dict[str, str]) -> list[str]:
    registry = re.compile(
        r"(pypi\.org/simple|files\.pythonhosted|registry\.npmjs|index-url|extra-index|deb\.debian\.org)"
    )
    machine = re.compile(r"(?<![\w.])/(work|root|opt|home/\w+)/")
    return [name for name, text in texts.items() if registry.search(text) or machine.search(text)]


def tracked_texts() -> dict[str, str]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    texts = {}
    for name in names:
        path = ROOT / name
        if (
            name
            and path.is_file()
            and path.suffix in {".py", ".md", ".toml", ".yaml", ".txt", ".html", ".js", ".json", ""}
        ):
            texts[name] = path.read_text(encoding="utf-8", errors="replace")
    return {name: text for name, text in texts.items() if name != "tests/house/test_guards.py"}


def crowded(root: Path) -> list[str]:
    """Folders that hold too many modules at one level."""
    folders = Counter(
        path.parent.relative_to(root).as_posix() for path in root.rglob("*.py") if path.name != "__init__.py"
    )
    return sorted(folder for folder, count in folders.items() if count > MOST_MODULES)


def plant(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_torch_stays_left_of_the_predictions_file() -> None:
    assert torch_outside(SOURCE) == []


def test_planted_torch_is_found(tmp_path: Path) -> None:
    assert torch_outside(plant(tmp_path, "evaluation/metrics.py", "from torch import nn\n"))
    assert not torch_outside(plant(tmp_path / "fine", "training/loop.py", "import torch\n"))


def test_rooms_are_small() -> None:
    assert set(crowded(SOURCE)) == LARGE_ROOMS


def test_a_planted_crowd_is_found(tmp_path: Path) -> None:
    for number in range(MOST_MODULES + 1):
        folder = plant(tmp_path, f"data/read/part_{number}.py", "")
    assert crowded(folder) == ["data/read"]


def test_files_and_functions_are_small() -> None:
    assert too_large(SOURCE) == []


def test_planted_sizes_are_found(tmp_path: Path) -> None:
    assert too_large(plant(tmp_path / "a", "long.py", "x = 1\n" * (LONGEST_FILE + 1)))
    body = "    x = 1\n" * (LONGEST_FUNCTION + 1)
    assert too_large(plant(tmp_path / "b", "function.py", f"def f():\n{body}"))
    assert too_large(plant(tmp_path / "c", "parameters.py", "def f(a, b, c, *, d, e, f, g): ...\n"))
    seven = "def f(a, b, c, d, e, f, g: AsJson): ...\n"
    assert too_large(plant(tmp_path / "d", "study/commands/run.py", seven))
    assert too_large(plant(tmp_path / "e", "cli/main.py", seven.replace("AsJson", "int")))
    command = plant(tmp_path / "command", "cli/options.py", 'AsJson = Annotated[bool, typer.Option("--json")]\n')
    assert not too_large(plant(command, "cli/main.py", seven))
    assert not too_large(plant(tmp_path / "fine", "method.py", "class A:\n    def f(self, a, b, c, *, d, e, f): ...\n"))


def test_names_say_something() -> None:
    assert unwanted_names(SOURCE) == []


def test_planted_name_is_found(tmp_path: Path) -> None:
    assert unwanted_names(plant(tmp_path, "data/utils.py", ""))


def test_nothing_is_pickled() -> None:
    assert pickles(SOURCE) == []


@pytest.mark.parametrize(
    "text",
    [
        "import pickle\n",
        "torch.load(path)\n",
        "np.load(path, allow_pickle=True)\n",
        "torch.load(p, weights_only=False)\n",
    ],
)
def test_planted_pickles_are_found(tmp_path: Path, text: str) -> None:
    assert pickles(plant(tmp_path, "storage/file.py", text))


def test_no_registry_address_and_no_path_of_a_machine() -> None:
    assert addresses(tracked_texts()) == []


@pytest.mark.parametrize(
    "text", ["pip install --index-url x", "see /" + "work/main/README", "https://registry.npmjs" + ".org/x"]
)
def test_planted_addresses_are_found(text: str) -> None:
    assert addresses({"README.md": text}) == ["README.md"]


def test_layers_hold() -> None:
    assert _lint_imports(ROOT).returncode == 0


def test_planted_import_against_the_flow_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "src/leafgraft/records/photo.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom leafgraft.storage.files.atomic import write_json\n")
    broken = _lint_imports(tmp_path)
    assert broken.returncode != 0
    assert "leafgraft.records is not allowed to import leafgraft.storage" in broken.stdout


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(folder / 'src')!r})"
    code = f"{start}; from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", code, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_public_surface() -> None:
    import leafgraft

    assert sorted(leafgraft.__all__) == sorted(PUBLIC)
    assert sorted(dir(leafgraft)) == sorted(PUBLIC), "what a notebook offers after a tab"
    for name in PUBLIC:
        assert getattr(leafgraft, name) is not None


PUBLIC = ["__version__", "audit", "compare", "errors", "load_bundle", "run"]


def test_right_of_the_predictions_file_starts_without_torch() -> None:
    parts = "cli.main, evaluation.evaluate, evaluation.predictions.predictions_files, report.page, storage.study_file"
    parts += ", data.read.scan, data.audit.audit"
    code = "; ".join(f"import leafgraft.{part.strip()}" for part in parts.split(","))
    code += "; import sys; print([name for name in ('torch', 'torchvision', 'timm') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_needs_no_heavy_library() -> None:
    heavy = "('torch', 'sklearn', 'scipy', 'plotly', 'pandas', 'numpy')"
    code = f"import leafgraft.cli.main, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_finding_has_its_own_test() -> None:
    checks = {path.name[:5] for path in (SOURCE / "data/checks").rglob("lg*.py")}
    tests = {path.name[5:10] for path in (ROOT / "tests/data/checks").rglob("test_lg*.py")}
    assert checks == tests
