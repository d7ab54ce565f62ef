"""The presets of bare photos from plan to bundle, with files of weights as torchvision and timm publish them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from torchvision import models

import leafgraft
from leafgraft.choices.backbones.weights import published_url
from leafgraft.records.study import PRESETS, Study
from leafgraft.storage import study_file
from leafgraft.study.commands.plan import plan

IN_TORCHVISION = ("mobilenet_v2", "squeezenet1_1", "resnet18", "resnet50", "efficientnet_b0")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder that holds what the presets need, by torchvision's names; the numbers are random."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    networks = {name: getattr(models, name)(weights=None) for name in IN_TORCHVISION}
    networks["googlenet"] = models.googlenet(weights=None, aux_logits=True, init_weights=False)  # as it is published
    for name, network in networks.items():
        torch.save(network.state_dict(), folder / published_url(name).rsplit("/", 1)[-1])
    lite = timm.create_model("tf_efficientnet_lite0")
    save_file(lite.state_dict(), folder / "tf_efficientnet_lite0.safetensors")
    return folder


@pytest.fixture
def at_32_px(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every preset with all of its recipes, on small photos, for one epoch of one seed."""
    load = study_file.load_study

    def reduced(path: Path) -> Study:
        study = load(path)
        recipes = tuple(replace(one, image_size=32) for one in study.recipes)
        return replace(study, recipes=recipes, training=replace(study.training, epochs=1, seeds=(0,), views=1))

    monkeypatch.setattr(study_file, "load_study", reduced)


@pytest.mark.slow
@pytest.mark.usefixtures("at_32_px")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_goes_from_photos_to_a_bundle(
    preset: str, published: Path, drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(published))
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)  # nothing is fetched
    planned = plan(str(drawn_leaves), preset=preset)
    done = leafgraft.run(str(drawn_leaves), preset=preset, out=tmp_path / "out")
    assert not done.failed
    assert done.exported
    files = (tmp_path / "out" / "trials").glob("*/trial.json")
    trials = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    assert {one["key"] for one in trials} == {one["key"] for one in planned["trials"]}
    assert {one["weights"] for one in trials} == {"pretrained"}
    digests = {hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in published.iterdir()}
    assert {one["identity"] for one in trials} <= digests


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_without_weights_names_the_file_that_lacks(
    preset: str, drawn_leaves: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_given: object, **_settings: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", unreachable)
    with pytest.raises(leafgraft.errors.WeightsError, match=r"put mobilenet_v2-\w+\.pth .* into"):
        leafgraft.run(str(drawn_leaves), preset=preset, out=tmp_path / "out")
