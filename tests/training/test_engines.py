"""Engines give what eager gives; the fastest that agrees is chosen, once."""

import importlib.util
import sys
import time

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_trial
from torch import nn

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.errors import UsageError
from leafgraft.storage.cache_folder import CacheFolder
from leafgraft.training import engine_trial, engines
from leafgraft.training.engine_trial import TOLERANCE, relative_error, settle_engine, try_engines
from leafgraft.training.engines import EngineError, PrefixGraph, batch_size, build_engine
from leafgraft.training.network import Network, build_network
from leafgraft.training.stage_cache import Prefix, prefix_identity

CPU = torch.device("cpu")
SIDE = 64


@pytest.fixture
def photos():
    return 255 * torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def by_trial(monkeypatch):
    """Engines are chosen by trial, also for a short pass."""
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")
    monkeypatch.setattr(engine_trial, "WORTH_TRYING_S", 0.0)


def graph_of(backbone="squeezenet1_1", cut="end"):
    network = build_network(draw_trial(backbone).recipe, 3, 0).eval()
    return PrefixGraph(network, len(network.backbone.stage_names) if cut == "end" else cut)


def small_graph():
    torch.manual_seed(0)
    stages = {"stem": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())}
    return PrefixGraph(Network(Backbone(stages, nn.AdaptiveAvgPool2d(1), 4), nn.Linear(4, 2)).eval(), 1)


def planted(factor=1.0, seconds=0.0):
    """An engine that is off by a factor and sleeps."""

    def build(graph, _example):
        def run(photos_nhwc):
            time.sleep(seconds)
            with torch.no_grad():
                return graph(photos_nhwc) * factor

        return run

    return build


@pytest.mark.parametrize(
    ("backbone", "cut"),
    [("squeezenet1_1", 1), ("squeezenet1_1", "end"), ("mobilenet_v2", "end"), ("timm:test_resnet", 3)],
)
def test_onnxruntime_gives_what_eager_gives(photos, backbone, cut):
    graph = graph_of(backbone, cut)
    eager = build_engine("eager", graph, SIDE, CPU)(photos)
    found = build_engine("onnxruntime", graph, SIDE, CPU)(photos)
    assert found.shape == eager.shape
    assert found.dtype == torch.float32
    assert relative_error(found, eager, graph) < TOLERANCE / 10


@pytest.mark.slow
def test_torch_compile_gives_what_eager_gives(photos):
    graph = small_graph()
    try:
        engine = build_engine("torch.compile", graph, SIDE, CPU)
    except EngineError as reason:
        pytest.skip(f"torch.compile: {reason}")
    assert relative_error(engine(photos), build_engine("eager", graph, SIDE, CPU)(photos), graph) < TOLERANCE / 10


def test_openvino_gives_what_eager_gives(photos):
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("openvino is not installed: pip install 'leafgraft[openvino]'")
    graph = graph_of()
    found = build_engine("openvino", graph, SIDE, CPU)(photos)
    assert relative_error(found, build_engine("eager", graph, SIDE, CPU)(photos), graph) < TOLERANCE / 10
    assert sys.modules.get("openvino_telemetry") is None, "openvino would tell its makers of its use"


def test_a_cuda_graph_is_refused_on_a_cpu():
    with pytest.raises(EngineError, match="it runs on a GPU only"):
        build_engine("cuda_graph", small_graph(), SIDE, CPU)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_cuda_graph_gives_what_eager_gives_of_every_batch(photos):
    gpu, graph = torch.device("cuda"), graph_of().to("cuda")
    many = photos.repeat(15, 1, 1, 1).to(gpu)
    recorded, eager = (build_engine(name, graph, SIDE, gpu)(many) for name in ("cuda_graph", "eager"))
    assert relative_error(recorded, eager, graph) < TOLERANCE


@pytest.mark.parametrize("name", ["eager", "onnxruntime"])
def test_what_an_engine_gives_for_a_photo_depends_on_that_photo_alone(photos, name):
    engine = build_engine(name, graph_of(), SIDE, CPU)
    many = photos.repeat(15, 1, 1, 1)
    together = engine(many)
    for position in (0, 4, 31, 32, 74):
        assert torch.equal(engine(many[position : position + 1])[0], together[position])


def test_batches_shrink_with_the_side():
    assert [batch_size(side) for side in (32, 224, 256, 448, 1024, 4096)] == [32, 32, 24, 8, 1, 1]


def test_the_fastest_that_agrees_is_chosen(photos, monkeypatch, by_trial):
    monkeypatch.setattr(
        engine_trial,
        "ENGINES",
        {"eager": None, "slow": planted(seconds=0.05), "wrong": planted(1.002), "right": planted(1.0001)},
    )
    monkeypatch.setattr(engines, "ENGINES", {**engine_trial.ENGINES, "eager": planted(seconds=0.02), "broken": None})
    engine_trial.ENGINES["broken"] = None
    choice = try_engines("net", small_graph(), photos, 1000)
    assert choice.engine == "right"
    found = {one.engine: one for one in choice.figures}
    assert set(found) == {"eager", "slow", "wrong", "right", "broken"}
    assert "differs by more than 0.001" in found["wrong"].note
    assert found["wrong"].relative_error == pytest.approx(0.002, rel=0.1)
    assert found["slow"].milliseconds_per_photo > found["eager"].milliseconds_per_photo
    assert "cannot run here" in found["broken"].note
    assert choice.milliseconds_per_photo == found["right"].milliseconds_per_photo


def test_an_engine_that_cannot_pay_for_itself_is_not_tried(photos, monkeypatch):
    monkeypatch.setattr(engine_trial, "WORTH_TRYING_S", 1e9)
    monkeypatch.setattr(engine_trial, "WORTH_COMPILING_S", 1e9)
    choice = try_engines("net", small_graph(), photos, 100)
    assert choice.engine == "eager"
    assert all(one.note.startswith("not tried: the whole pass takes") for one in choice.figures[1:])
    assert try_engines("net", small_graph(), photos, 10).figures[0].milliseconds_per_photo is None


def test_an_output_that_is_no_number_never_agrees(photos):
    graph = small_graph()
    expected = build_engine("eager", graph, SIDE, CPU)(photos)
    assert relative_error(expected, expected, graph) == 0
    assert relative_error(expected * float("nan"), expected, graph) == float("inf")


def test_a_choice_is_made_once(photos, tmp_path, monkeypatch, by_trial):
    cache, graph, tried = CacheFolder(tmp_path), small_graph(), []
    original = engine_trial.try_engines
    monkeypatch.setattr(engine_trial, "try_engines", lambda *given: tried.append(given) or original(*given))
    first = settle_engine("net", graph, photos, 1000, cache)
    assert settle_engine("net", graph, photos, 1000, cache) == first
    assert len(tried) == 1
    settle_engine("net", graph, photos, 3000, cache)  # torch.compile may pay now
    settle_engine("other net", graph, photos, 1000, cache)
    assert len(tried) == 3
    for path in (tmp_path / "engines").glob("*.json"):
        path.write_text("{")
    assert settle_engine("net", graph, photos, 1000, cache).prefix == "net"
    assert len(tried) == 4


def test_an_engine_can_be_named(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", "onnxruntime")
    assert settle_engine("net", small_graph(), photos, 10, CacheFolder(tmp_path)).engine == "onnxruntime"
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", "abacus")
    with pytest.raises(UsageError, match="It is 'abacus'"):
        settle_engine("net", small_graph(), photos, 10, CacheFolder(tmp_path))


def test_a_study_keeps_the_engine_it_settled_on(inputs, monkeypatch):
    """Whatever a new trial would choose, and whatever the cache remembers."""
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")
    recipe = draw_trial().recipe
    network = build_network(recipe, 3, 0).eval()
    identity, photos = prefix_identity(recipe.backbone, "none-seed0", 32), inputs.photos(inputs.pixels.photo_ids)
    given = {}
    for name in ("eager", "onnxruntime"):
        settled = CacheFolder(inputs.cache.path, engines={"squeezenet1_1/{}@32 after 5 stages": name})
        given[name] = Prefix(network, identity, 5, settled, Talk()).plain(photos).whole()
    assert len(list(inputs.cache.path.rglob("*.npy"))) == 2
    np.testing.assert_allclose(given["eager"], given["onnxruntime"], rtol=1e-3, atol=1e-5)


def test_an_engine_that_is_gone_is_said(inputs, monkeypatch):
    recipe, talk = draw_trial().recipe, Talk()
    network = build_network(recipe, 3, 0).eval()

    def gone(_graph, _example):
        raise EngineError("it is not installed")

    monkeypatch.setattr(engines, "ENGINES", {**engines.ENGINES, "openvino": gone})
    cache = CacheFolder(inputs.cache.path, engines={"squeezenet1_1/{}@32 after 5 stages": "openvino"})
    prefix = Prefix(network, prefix_identity(recipe.backbone, "none-seed0", 32), 5, cache, talk)
    assert prefix.plain(inputs.photos(inputs.pixels.photo_ids)).whole().shape == (48, 512)
    assert len(talk.lines) == 1
    assert "openvino cannot run here (it is not installed)" in talk.lines[0]
