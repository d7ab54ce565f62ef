"""A study whose weights are downloaded, from the command line: torchvision's file, auxiliary heads with it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from torchvision.models import googlenet
from typer.testing import CliRunner, Result

from leafgraft.choices.backbones import weights
from leafgraft.cli.main import app

STUDY = """
photos: {photos}
image_size: 64
training: {{epochs: 1, batch_size: 16, views: 1, seeds: [0]}}
recipes: [{{backbone: googlenet, auxiliary: true, strategy: full}}]
"""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands in for the address that torchvision names; nothing is at hand."""
    torch.manual_seed(0)
    network = googlenet(weights=None, aux_logits=True, init_weights=False)
    torch.save(network.state_dict(), tmp_path / "saved.pth")
    digest = hashlib.sha256((tmp_path / "saved.pth").read_bytes()).hexdigest()
    served = (tmp_path / "saved.pth").rename(tmp_path / f"googlenet-{digest[:8]}.pth")
    monkeypatch.setattr(weights, "published_url", lambda _name: served.as_uri())
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path / "weights"))
    return served


def run(photos: Path, folder: Path) -> Result:
    (folder / "study.yaml").write_text(STUDY.format(photos=photos), encoding="utf-8")
    command = ["run", str(folder / "study.yaml"), "--out", str(folder / "out"), "--until", "training", "--lang", "en"]
    return CliRunner().invoke(app, command)


def test_a_run_downloads_says_how_long_it_takes_and_trains(served: Path, drawn_leaves: Path, tmp_path: Path) -> None:
    done = run(drawn_leaves, tmp_path)
    assert done.exit_code == 0, done.output
    assert 0 <= done.output.find("In all: about ") < done.output.find("validation ")
    (trial,) = (json.loads(file.read_text()) for file in (tmp_path / "out" / "trials").glob("*/trial.json"))
    assert trial["weights"] == "pretrained"
    assert trial["identity"] == hashlib.sha256(served.read_bytes()).hexdigest()[:16]
    assert trial["auxiliary_taps"]


@pytest.mark.parametrize("at_hand", [False, True], ids=["downloaded", "copied by hand"])
def test_a_run_refuses_a_file_that_is_not_whole(
    at_hand: bool, served: Path, drawn_leaves: Path, tmp_path: Path
) -> None:
    served.write_bytes(served.read_bytes()[:-1000])
    if at_hand:
        (tmp_path / "weights").mkdir()
        served.rename(tmp_path / "weights" / served.name)
    done = run(drawn_leaves, tmp_path)
    assert done.exit_code == 1
    why = "it is damaged, or a part of it is missing" if at_hand else "invalid hash value"
    assert why in " ".join(done.output.split())
    assert not (tmp_path / "out" / "trials").exists()
