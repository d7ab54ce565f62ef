import hashlib
import os
import pickle
import urllib.error
from http.client import BadStatusLine, IncompleteRead, InvalidURL

import pytest
import timm
import torch
from safetensors.torch import save_file
from torchvision.models import googlenet, squeezenet1_1

from leafgraft.choices.backbones import weights as weights_module
from leafgraft.choices.backbones.build import build_backbone, weights_identity
from leafgraft.choices.backbones.weights import find_torchvision, read_weights
from leafgraft.errors import WeightsError
from leafgraft.records.recipe import Choice
from leafgraft.storage.cache.cache_folder import weights_folder_path

SQUEEZENET = Choice("squeezenet1_1")
DOWNLOAD = torch.hub.download_url_to_file


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty weights folder, and no connection."""
    folder = tmp_path / "weights"
    folder.mkdir()
    monkeypatch.setenv("LEAFGRAFT_WEIGHTS", str(folder))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))

    def unreachable(*_args, **_options):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", unreachable)
    return folder


@pytest.fixture
def state():
    torch.manual_seed(1)
    return {key: value.clone() for key, value in squeezenet1_1(weights=None).state_dict().items()}


def first_weights(backbone):
    return next(iter(backbone.parameters())).detach()


def refused(weights, *words, choice=SQUEEZENET):
    with pytest.raises(WeightsError) as caught:
        build_backbone(choice, weights, 64)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.mend


def test_the_weights_folder_is_named_by_the_environment(folder, monkeypatch, tmp_path):
    assert weights_folder_path() == folder
    monkeypatch.delenv("LEAFGRAFT_WEIGHTS")
    monkeypatch.setenv("LEAFGRAFT_CACHE", str(tmp_path / "cache"))
    assert weights_folder_path() == tmp_path / "cache" / "weights"


@pytest.mark.parametrize("saved", [b"<html>404</html>", squeezenet1_1])
def test_a_file_that_torch_refuses_is_not_told_in_torchs_words(folder, saved):
    """They name a way to run the code in it."""
    path = folder / "squeezenet1_1-b8a52dc0.pth"
    if isinstance(saved, bytes):
        path.write_bytes(saved)
    else:
        torch.save(saved(weights=None), path)  # the whole network, and with it code
    refused("pretrained", path.name, "it is no file of torch, or holds more than tensors.")


def test_weights_that_are_no_numbers_are_refused(folder, state):
    state["features.0.bias"][3] = float("nan")
    state["features.3.squeeze.weight"][0] = float("inf")
    save_file(state, folder / "squeezenet1_1.safetensors")
    refused("pretrained", "squeezenet1_1.safetensors", "features.0.bias", "features.3.squeeze.weight")


def test_weights_that_are_not_used_may_be_no_numbers_and_others_may_be_huge(folder, state):
    state["classifier.1.bias"][3] = float("nan")
    state["features.0.bias"][:] = torch.finfo(torch.float32).max  # their sum is infinite
    save_file(state, folder / "squeezenet1_1.safetensors")
    build_backbone(SQUEEZENET, "pretrained", 64)


def test_weights_of_our_own_name_come_before_torchvisions(folder, state, tmp_path):
    theirs = folder / "squeezenet1_1-b8a52dc0.pth"
    torch.save(state, theirs)
    assert find_torchvision("squeezenet1_1", "pretrained") == theirs
    ours = folder / "squeezenet1_1.safetensors"
    save_file(state, ours)
    assert find_torchvision("squeezenet1_1", "pretrained") == ours
    kept = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"")
    assert find_torchvision("resnet18", "pretrained") == kept


def test_the_weights_that_are_loaded_are_those_of_the_file(folder, state):
    save_file(state, folder / "squeezenet1_1.safetensors")
    backbone = build_backbone(SQUEEZENET, "pretrained", 64)
    assert torch.equal(first_weights(backbone), state["features.0.weight"])
    file = folder / "mine.pth"
    torch.save({"state_dict": state, "epoch": 3}, file)
    assert torch.equal(first_weights(build_backbone(SQUEEZENET, str(file), 64)), state["features.0.weight"])


def test_half_precision_files_become_single_precision(folder, state):
    save_file({key: value.half() for key, value in state.items()}, folder / "squeezenet1_1.safetensors")
    weight = first_weights(build_backbone(SQUEEZENET, "pretrained", 64))
    assert weight.dtype == torch.float32
    assert torch.equal(weight, state["features.0.weight"].half().float())


def test_a_classifier_of_other_classes_is_no_hindrance(folder, state):
    state["classifier.1.weight"], state["classifier.1.bias"] = torch.zeros(3, 512, 1, 1), torch.zeros(3)
    save_file(state, folder / "squeezenet1_1.safetensors")
    assert torch.equal(first_weights(build_backbone(SQUEEZENET, "pretrained", 64)), state["features.0.weight"])


def test_without_a_file_and_a_connection_the_error_says_what_to_put_where(folder):
    refused(
        "pretrained",
        "download.pytorch.org",
        "no route to host",
        "squeezenet1_1-b8a52dc0.pth",
        "squeezenet1_1.safetensors",
        str(folder),
        "weights: none",
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (InvalidURL("URL can't contain control characters. 'a b'"), "control characters"),
        (BadStatusLine("<html>"), "<html>"),
        (IncompleteRead(b"half"), "IncompleteRead"),
        (ValueError("unknown url type"), "unknown url type"),
        (ImportError("Using SOCKS proxy, but the 'socksio' package is not installed"), "socksio"),
    ],
)
@pytest.mark.parametrize("name", ["squeezenet1_1", "timm:resnet18"])
def test_whatever_ends_a_download_is_said_with_the_folder(folder, monkeypatch, fault, words, name):
    def fails(*_args, **_options):
        raise fault

    monkeypatch.setattr(torch.hub, "download_url_to_file", fails)
    monkeypatch.setattr(timm, "create_model", fails)
    refused("pretrained", words, str(folder), "weights: none", choice=Choice(name))


def test_a_download_that_breaks_leaves_no_file_behind(folder, monkeypatch):
    def broken(_url, path, **_options):
        raise RuntimeError('invalid hash value (expected "b8a52dc0")')

    monkeypatch.setattr(torch.hub, "download_url_to_file", broken)
    refused("pretrained", "invalid hash")
    assert list(folder.iterdir()) == []


@pytest.fixture
def published(folder, tmp_path, monkeypatch):
    """GoogLeNet as torchvision publishes it, auxiliary heads with it, fetched and checked from a file in its place."""
    torch.manual_seed(2)
    network = googlenet(weights=None, aux_logits=True, init_weights=False)
    served = tmp_path / "served.pth"
    torch.save(network.state_dict(), served)
    digest = hashlib.sha256(served.read_bytes()).hexdigest()[:8]
    url = f"{served.as_uri().rsplit('/', 1)[0]}/googlenet-{digest}.pth"
    served.rename(tmp_path / f"googlenet-{digest}.pth")
    monkeypatch.setattr(torch.hub, "download_url_to_file", DOWNLOAD)
    monkeypatch.setattr(weights_module, "published_url", lambda name: url)
    return tmp_path / f"googlenet-{digest}.pth", network


def test_a_download_with_auxiliary_weights_is_kept_and_used_without_them(folder, published):
    served, network = published
    backbone = build_backbone(Choice("googlenet"), "pretrained", 64)
    assert torch.equal(first_weights(backbone), network.conv1.conv.weight)
    assert [path.name for path in folder.iterdir()] == [served.name]
    served.unlink()  # from now on without a connection
    assert torch.equal(first_weights(build_backbone(Choice("googlenet"), "pretrained", 64)), network.conv1.conv.weight)


def test_a_download_that_was_damaged_on_the_way_is_refused(folder, published):
    served, _ = published
    served.write_bytes(served.read_bytes()[:-1000] + bytes(1000))
    refused("pretrained", "invalid hash", served.name, "weights: none", choice=Choice("googlenet"))
    assert list(folder.iterdir()) == []


def test_a_file_that_is_missing_damaged_or_no_weights_is_refused(folder, state):
    refused("pretraned", "There is no such file", "'pretrained', 'none' or a file")
    damaged = folder / "a.safetensors"
    save_file(state, damaged)
    damaged.write_bytes(damaged.read_bytes()[:1000])
    refused(str(damaged), "cannot be read")
    (folder / "b.pth").write_bytes(b"no weights")
    refused(str(folder / "b.pth"), "cannot be read")
    torch.save([1, 2, 3], folder / "c.pth")
    refused(str(folder / "c.pth"), "weights by name")
    torch.save({}, folder / "d.pth")
    refused(str(folder / "d.pth"), "lacks features.0.weight")


@pytest.mark.parametrize("zipped", [True, False], ids=["as torch saves", "as torch saved before 1.6"])
@pytest.mark.parametrize("part", [0.0, 0.5, 0.999])
def test_a_file_of_torch_that_is_not_whole_is_said_to_be_so(folder, state, zipped, part):
    path = folder / "part.pth"
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    refused(str(path), "It cannot be read: it is damaged, or a part of it is missing. Download it again")


class Trap:
    ran = False

    def __reduce__(self):
        return setattr, (Trap, "ran", True)


def test_code_in_a_weights_file_is_not_run(folder):
    path = folder / "evil.pth"
    for save in (lambda: torch.save({"x": Trap()}, path), lambda: path.write_bytes(pickle.dumps({"x": Trap()}))):
        save()
        refused(str(path), "cannot be read")
        assert not Trap.ran


def test_weights_of_another_network_are_refused_naming_what_does_not_fit(folder, state):
    renamed = {key.replace("features.3", "fire.3"): value for key, value in state.items()}
    save_file(renamed, folder / "renamed.safetensors")
    refused(str(folder / "renamed.safetensors"), "lacks features.3", "has unknown fire.3", "and 3 more")
    state["features.0.weight"] = torch.zeros(64, 1, 3, 3)
    save_file(state, folder / "grey.safetensors")
    refused(str(folder / "grey.safetensors"), "other shapes of features.0.weight (64, 1, 3, 3)")
    refused(str(folder / "grey.safetensors"), "must fit resnet18", choice=Choice("resnet18"))


def test_identity_tells_which_weights_were_used(folder, state):
    path = folder / "squeezenet1_1.safetensors"
    save_file(state, path)
    first = weights_identity(SQUEEZENET, "pretrained")
    assert first == weights_identity(SQUEEZENET, str(path))
    stamp = path.stat().st_mtime_ns
    state["features.0.bias"] += 1
    save_file(state, path)
    os.utime(path, ns=(stamp, stamp))  # written again within one tick of the file system's clock
    assert weights_identity(SQUEEZENET, "pretrained") != first
    assert weights_identity(SQUEEZENET, "none", 3) == "none-seed3"


def test_the_waiting_time_for_a_download_is_put_back(folder):
    before = weights_module.socket.getdefaulttimeout()
    refused("pretrained", "cannot be had")
    assert weights_module.socket.getdefaulttimeout() == before


def test_whole_numbers_stay_whole_numbers(tmp_path):
    save_file({"a": torch.ones(2, dtype=torch.bfloat16), "n": torch.tensor(3)}, tmp_path / "x.safetensors")
    state = read_weights(tmp_path / "x.safetensors")
    assert state["a"].dtype == torch.float32
    assert state["n"].dtype == torch.int64


def test_a_stop_while_weights_are_read_is_no_broken_file(tmp_path, monkeypatch):
    save_file({"weight": torch.ones(3)}, tmp_path / "weights.safetensors")

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "frombuffer", stop)
    with pytest.raises(KeyboardInterrupt):
        read_weights(tmp_path / "weights.safetensors")
