"""Every backbone as a graph: from the pixels of a photo of any size to what the network itself says."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
import torch

from leafgraft.choices.menu import MENUS
from leafgraft.choices.resolve import resolve
from leafgraft.data.decode.resize import resize
from leafgraft.evaluation.distance import KnownLeaf
from leafgraft.export.graph import OUTPUTS, trace, with_preprocessing
from leafgraft.export.parity import answer_all, check_parity, open_session
from leafgraft.export.served import EXACT, NO_MAP, OCCLUSION, Served
from leafgraft.records.recipe import Choice, Recipe
from leafgraft.training.network import Network, build_network

CLASSES, SIDE, TEMPERATURE = ("a", "b", "c"), 64, 1.7
SIZES = [(64, 64), (100, 37), (48, 201), (7, 5)]
NAMES = [*(name for name in MENUS["backbones"] if name != "timm:NAME"), "timm:resnet10t", "timm:vit_tiny_patch16_224"]
EVIDENCE = {"vgg16": OCCLUSION, "timm:vit_tiny_patch16_224": NO_MAP}


def photos() -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (height, width, 3), dtype=np.uint8) for height, width in SIZES]


def recipe(backbone: str) -> Recipe:
    auxiliary = backbone == "googlenet"
    given = Recipe(Choice(backbone), weights="none", auxiliary=auxiliary, image_size=SIDE)
    return resolve(given)


def said_by(network: Network, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features and probabilities of the network itself."""
    with torch.inference_mode():
        maps = torch.from_numpy(squares).permute(0, 3, 1, 2).float()
        features = network.features(maps, 0)
        logits = network.head(features).double()
    return features.numpy(), torch.softmax(logits / TEMPERATURE, dim=1).numpy()


def wake(network: Network, squares: np.ndarray) -> np.ndarray:
    """Random weights say the same of every photo: fit statistics and head to these; their features."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)  # stochastic depth and dropout draw: the same network every time
        network.train().features(torch.from_numpy(squares).permute(0, 3, 1, 2).float(), 0)
    network.eval()
    features, _ = said_by(network, squares)
    weight = np.random.default_rng(1).normal(size=(len(CLASSES), features.shape[1]))
    weight *= 2 / (np.maximum(features.std(axis=0), 1e-3 * np.abs(features).max()) * features.shape[1] ** 0.5)
    network.head.weight.data = torch.tensor(weight, dtype=torch.float32)
    network.head.bias.data = torch.tensor(-weight @ features.mean(axis=0), dtype=torch.float32)
    return features


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_says_what_the_network_says(name: str) -> None:
    network = build_network(recipe(name), len(CLASSES), seed=0)
    given = photos()
    squares = np.stack([resize(one, SIDE) for one in given])
    features = wake(network, squares)
    wanted = said_by(network, squares)[1]
    axes = np.random.default_rng(2).normal(size=(features.shape[1], 4)).astype(np.float32)
    known = KnownLeaf(axes, features[:2] @ axes, "made up")
    served = Served(network, 0, TEMPERATURE, known, SIDE)
    model = with_preprocessing(trace(served, SIDE), SIDE)
    session = open_session(model)
    got, distances = answer_all(session, given, lambda _: None)
    assert np.ptp(wanted, axis=0).max() > 0.1
    check_parity(got, wanted, [str(size) for size in SIZES], CLASSES, "the network")
    np.testing.assert_allclose(distances, known.distances(features), rtol=1e-3, atol=1e-3 * distances.max())
    names = [one.name for one in session.get_outputs()]
    assert names == list(OUTPUTS)
    outputs = dict(zip(names, session.run(None, {"photo": given[1]}), strict=True))
    np.testing.assert_allclose(outputs["features"], features[1], rtol=1e-3, atol=1e-3 * np.abs(features).max())
    assert len(outputs["activation_map"]) == len(CLASSES)
    assert np.isfinite(outputs["activation_map"]).all()
    assert served.evidence_kind == EVIDENCE.get(name, EXACT)
    assert len(network.auxiliary_heads) == (2 if name == "googlenet" else 0)
    assert not any("aux" in one.name for one in onnx.load_model_from_string(model).graph.initializer)
