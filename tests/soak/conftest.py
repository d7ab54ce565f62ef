"""A study that passes through every stage, and what the soaks of this run say in the end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

STUDY = """
photos: {leaves}
also_test: {{field: {field}}}
image_size: 48
weights: {weights}
augmentation: [flip]
training: {{epochs: 6, patience: 6, batch_size: 16, views: 2, seeds: [0, 1]}}
recipes:
  - backbone: squeezenet1_1
    strategy: [frozen, {{gradual: {{unfreeze_at: 2}}}}]
    head: {{mlp: {{hidden: [16], dropout: 0.5}}}}
  - backbone: squeezenet1_1
    strategy: {{partial: {{last: 1}}}}
    augmentation: []
  - backbone: timm:test_resnet
    weights: none
    strategy: uniform
    augmentation: [flip, mixup]
    optimizer: sgd
tta: {{views: 2}}
ensembles: [{{of: best, members: 2}}]
"""
LINES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def nightly(request: pytest.FixtureRequest) -> bool:
    """Whether the long soaks were asked for."""
    return bool(request.config.getoption("--nightly"))


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Take down a figure that is shown at the end."""
    return request.config.stash.setdefault(LINES, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show what the soaks told."""
    if lines := config.stash.get(LINES, []):
        terminalreporter.section("soak")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def whole_study(drawn_leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study file with a second folder, kept features and maps, learning backbones, views and an ensemble."""
    from safetensors.torch import save_file
    from torchvision.models import squeezenet1_1

    from leafgraft.data.drawn.sample import draw_sample

    folder = tmp_path_factory.mktemp("whole")
    draw_sample(folder / "field", photos_per_class=5, side=64, seed=9)
    save_file(squeezenet1_1().state_dict(), folder / "drawn.safetensors")
    text = STUDY.format(leaves=drawn_leaves, field=folder / "field", weights=folder / "drawn.safetensors")
    (folder / "whole.yaml").write_text(text, encoding="utf-8")
    return folder / "whole.yaml"
