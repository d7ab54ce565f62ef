"""Engines give what eager gives, the same bits whatever the machine is busy with."""

import pytest
import torch
from drawn_trials import draw_trial

from leafgraft.training.frozen import engines
from leafgraft.training.frozen.choose_engine import TOLERANCE, relative_error
from leafgraft.training.frozen.engines import EngineError, NetworkGraph, PrefixGraph, batch_size, build_engine
from leafgraft.training.network import build_network

CPU = torch.device("cpu")
SIDE = 64


@pytest.fixture
def photos():
    return 255 * torch.rand(5, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def graph_of(backbone="squeezenet1_1", cut="end"):
    network = build_network(draw_trial(backbone).recipe, 3, 0).eval()
    return PrefixGraph(network, len(network.backbone.stage_names) if cut == "end" else cut)


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


@pytest.mark.parametrize("backbone", ["squeezenet1_1", "mobilenet_v2", "googlenet"])
@pytest.mark.parametrize("cut", [0, 2, "end"])
def test_a_whole_network_gives_its_logits_after_stages_rounded_as_they_are_kept(photos, backbone, cut):
    network = graph_of(backbone).network
    cut = len(network.backbone.stage_names) if cut == "end" else cut
    maps = network.prefix(photos, cut)
    rounded = maps.half().float() if cut == 2 else maps
    with torch.no_grad():
        expected = network(rounded, cut)[0]
    graph = NetworkGraph(network, cut)
    assert torch.allclose(build_engine("eager", graph, SIDE, CPU)(photos), expected, rtol=1e-4, atol=1e-5)
    assert relative_error(build_engine("onnxruntime", graph, SIDE, CPU)(photos), expected, graph) < TOLERANCE


@pytest.mark.parametrize("name", ["eager", "onnxruntime"])
def test_what_an_engine_gives_for_a_photo_depends_on_that_photo_alone(photos, name):
    engine = build_engine(name, graph_of(), SIDE, CPU)
    many = photos.repeat(15, 1, 1, 1)
    together = engine(many)
    for position in (0, 4, 31, 32, 74):
        assert torch.equal(engine(many[position : position + 1])[0], together[position])


def test_batches_shrink_with_the_side():
    assert [batch_size(side) for side in (32, 224, 256, 448, 1024, 4096)] == [32, 32, 24, 8, 1, 1]


@pytest.mark.parametrize("backbone", ["squeezenet1_1", "mobilenet_v2", "resnet18"])
def test_onnxruntime_gives_the_same_bits_with_any_number_of_threads(photos, backbone):
    """So workers, other machines and `--jobs` give what one process gives."""
    graph, given = graph_of(backbone), []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        given.append(build_engine("onnxruntime", graph, SIDE, CPU)(photos))
    assert torch.equal(given[0], given[1])
    assert torch.equal(given[0], given[2])


def test_stages_that_do_not_export_are_an_engine_error(monkeypatch):
    def refuse(*_given):
        raise ValueError("no such operator\nand much more")

    monkeypatch.setattr(engines, "to_onnx", refuse)
    with pytest.raises(EngineError, match=r"^ValueError: no such operator$"):
        build_engine("onnxruntime", graph_of(), SIDE, CPU)


def test_an_exporter_that_fails_prints_nothing(capfd):
    with pytest.raises(EngineError, match="to ONNX opset version"):
        build_engine("onnxruntime", graph_of("timm:test_vit4"), SIDE, CPU)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc"), RuntimeError("Failed to allocate 3")])
def test_a_full_memory_says_nothing_of_the_engine(monkeypatch, error):
    def fail(*_given):
        raise error

    monkeypatch.setattr(engines, "to_onnx", fail)
    with pytest.raises(MemoryError):
        build_engine("onnxruntime", graph_of(), SIDE, CPU)
