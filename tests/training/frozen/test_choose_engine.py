"""Which engine runs frozen stages is a rule, asked once per network; no clock and no photo changes the answer."""

import time

import numpy as np
import pytest
import torch
from drawn_trials import Talk, draw_trial
from torch import nn

from leafgraft.choices.backbones.backbone import Backbone
from leafgraft.errors import UsageError
from leafgraft.records.engine import EngineChoice
from leafgraft.storage.cache.cache_folder import CacheFolder
from leafgraft.training.frozen import choose_engine as engine_rule
from leafgraft.training.frozen import engines
from leafgraft.training.frozen.choose_engine import build_by_rule, choose_engine, relative_error, try_engine
from leafgraft.training.frozen.engines import NetworkGraph, PrefixGraph
from leafgraft.training.frozen.prefix import Prefix, prefix_identity
from leafgraft.training.network import Network, build_network

SIDE = 32


@pytest.fixture(autouse=True)
def _by_rule(monkeypatch):
    monkeypatch.delenv("LEAFGRAFT_FROZEN_ENGINE")


def small_graph():
    torch.manual_seed(0)
    stages = {"stem": nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())}
    return PrefixGraph(Network(Backbone(stages, nn.AdaptiveAvgPool2d(1), 4), nn.Linear(4, 2)).eval(), 1)


def planted(monkeypatch, factor=1.0, seconds=0.0):
    """onnxruntime that is off by a factor and sleeps; the list of its set-ups."""
    built = []

    def build(graph, _example):
        built.append(graph)

        def run(photos_nhwc):
            time.sleep(seconds)
            with torch.no_grad():
                return graph(photos_nhwc) * factor

        return run

    monkeypatch.setattr(engines, "ENGINES", {**engines.ENGINES, "onnxruntime": build})
    return built


def test_stages_that_export_and_agree_run_in_onnxruntime(tmp_path):
    assert choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))[0] == EngineChoice("onnxruntime")


def test_a_slow_engine_is_chosen_all_the_same(monkeypatch):
    planted(monkeypatch, seconds=0.2)
    assert try_engine(small_graph(), SIDE)[1] == ""


@pytest.mark.parametrize(("factor", "agrees"), [(1.0005, True), (1.002, False), (float("nan"), False)])
def test_an_engine_must_agree_to_a_thousandth(tmp_path, monkeypatch, factor, agrees):
    planted(monkeypatch, factor)
    choice = choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))[0]
    assert choice.engine == ("onnxruntime" if agrees else "eager")
    assert ("differs by more than 0.001" in choice.refused) != agrees


def test_stages_that_do_not_export_run_in_eager_and_the_reason_is_kept(tmp_path, monkeypatch):
    def refuse(*_given):
        raise ValueError("no such operator")

    monkeypatch.setattr(engines, "to_onnx", refuse)
    for _ in range(2):
        choice = choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))[0]
        assert choice == EngineChoice("eager", "onnxruntime cannot run them (ValueError: no such operator)")


def test_a_full_memory_is_not_kept_as_an_answer(tmp_path, monkeypatch):
    def fail(*_given):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(engines, "to_onnx", fail)
        with pytest.raises(MemoryError):
            choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))
    assert choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))[0].engine == "onnxruntime"


def test_a_network_is_asked_once(tmp_path, monkeypatch):
    cache, graph, built = CacheFolder(tmp_path), small_graph(), planted(monkeypatch)
    for _ in range(2):
        choose_engine("net@32", graph, SIDE, cache)
    assert len(built) == 1
    choose_engine("other net@32", graph, SIDE, cache)
    assert len(built) == 2
    for path in (tmp_path / "engines").glob("*.json"):
        path.write_text("{")
    assert choose_engine("net@32", graph, SIDE, cache)[0] == EngineChoice("onnxruntime")
    assert len(built) == 3


def test_eager_can_be_named(tmp_path, monkeypatch):
    for name in ("eager", "onnxruntime"):
        monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", name)
        assert choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))[0] == EngineChoice(name)
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", "abacus")
    with pytest.raises(UsageError, match="must be eager or onnxruntime"):
        choose_engine("net@32", small_graph(), SIDE, CacheFolder(tmp_path))


def test_a_whole_network_runs_by_the_same_rule(monkeypatch):
    graph = NetworkGraph(small_graph().network, 0)
    photos = 255 * torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    expected = graph(photos.permute(0, 2, 3, 1))
    engine, choice = build_by_rule(graph, SIDE)
    assert choice == EngineChoice("onnxruntime")
    assert torch.allclose(engine(photos), expected, atol=1e-4)
    planted(monkeypatch, factor=1.002)
    engine, choice = build_by_rule(graph, SIDE)
    assert choice == EngineChoice("eager", "what onnxruntime gives differs by more than 0.001 of its size")
    assert torch.allclose(engine(photos), expected, atol=1e-4)
    monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", "eager")
    assert build_by_rule(graph, SIDE)[1] == EngineChoice("eager")


def test_the_error_is_that_of_the_worst_photo_and_of_its_features_too():
    graph = small_graph()
    expected = torch.tensor([[3.0, 4.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    assert relative_error(expected, expected, graph) == 0
    assert relative_error(expected * torch.tensor([[1.0], [1.5]]), expected, graph) == pytest.approx(0.5)
    graph.network.backbone.feature_width = 1
    assert relative_error(expected + torch.tensor([0.0, 0.0, 0.0, 1e-3]), expected, graph) > 1
    assert relative_error(expected * float("nan"), expected, graph) == float("inf")


def test_what_one_engine_keeps_no_other_reads(inputs, monkeypatch):
    recipe = draw_trial().recipe
    network = build_network(recipe, 3, 0).eval()
    identity, photos = prefix_identity(recipe.backbone, "none-seed0", 32), inputs.photos(inputs.pixels.photo_ids)
    given = {}
    for name in ("eager", "onnxruntime"):
        monkeypatch.setenv("LEAFGRAFT_FROZEN_ENGINE", name)
        given[name] = Prefix(network, identity, 5, inputs.cache, Talk()).plain(photos).whole()
    assert len(list(inputs.cache.path.rglob("*.npy"))) == 2
    np.testing.assert_allclose(given["eager"], given["onnxruntime"], rtol=1e-3, atol=1e-5)


def test_the_answer_is_kept_for_every_process(inputs, monkeypatch):
    recipe = draw_trial().recipe
    network = build_network(recipe, 3, 0).eval()
    identity = prefix_identity(recipe.backbone, "none-seed0", 32)
    first = Prefix(network, identity, 5, inputs.cache, Talk()).choice
    monkeypatch.setattr(engine_rule, "try_engine", None)
    assert Prefix(network, identity, 5, inputs.cache, Talk()).choice == first


def test_photos_pass_the_engine_that_is_built_to_find_out_which_one_it_is(inputs, monkeypatch):
    recipe = draw_trial().recipe
    network = build_network(recipe, 3, 0).eval()
    prefix = Prefix(network, prefix_identity(recipe.backbone, "none-seed0", 32), 5, inputs.cache, Talk())
    monkeypatch.setattr("leafgraft.training.frozen.prefix.build_engine", None)  # none is built a second time
    assert len(prefix(torch.rand(3, 3, 32, 32) * 255)) == 3


def test_the_engine_that_was_tried_is_the_one_that_photos_pass(inputs, monkeypatch):
    recipe = draw_trial().recipe
    network = build_network(recipe, 3, 0).eval()
    prefix = Prefix(network, prefix_identity(recipe.backbone, "none-seed0", 32), 5, inputs.cache, Talk())
    assert prefix.choice.engine == "onnxruntime"
    photos = torch.rand(3, 3, 32, 32) * 255
    with monkeypatch.context() as patch:
        patch.setattr("leafgraft.training.frozen.prefix.build_engine", None)  # none is built a second time
        tried = prefix(photos)
    prefix.drop_engine()
    assert not prefix.engines
    assert torch.equal(prefix(photos), tried)  # built anew, it gives the same bits
