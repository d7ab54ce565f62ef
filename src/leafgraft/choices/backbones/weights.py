"""Where weights come from, and loading them: never a silent fall-back to random ones."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

from leafgraft.choices.lazy import Tensor, models, nn, torch
from leafgraft.errors import WeightsError
from leafgraft.records.display import first_of
from leafgraft.storage.cache.cache_folder import weights_folder_path

DOWNLOAD_TIMEOUT_S = 20
# What comes out of a download: also of an answer that is none, of a proxy's address that is none, or that needs more.
DOWNLOAD_FAILS = (OSError, RuntimeError, HTTPException, ValueError, ImportError)

CUT_OFF = ("PytorchStreamReader", "unexpected EOF")  # in what torch says of a file that is not whole


def find_torchvision(name: str, weights: str) -> Path | None:
    """File that holds the weights of a torchvision network; None for ``none``.

    ``pretrained`` is what is `at_hand`, else torchvision's file, downloaded into the weights folder.

    Args:
        name: torchvision's name of the network.
        weights: ``pretrained``, ``none`` or a file.

    Raises:
        WeightsError: They cannot be had.
    """
    if weights != "pretrained":
        return named_file(weights)
    return at_hand(name) or _download(published_url(name), name)


def at_hand(name: str) -> Path | None:
    """File of a torchvision network's weights that is on this machine.

    NAME.safetensors, then torchvision's file name, in the weights folder and in torch's own cache.

    Args:
        name: torchvision's name of the network.
    """
    file_name, folder = _file_name(published_url(name)), weights_folder_path()
    places = (folder / f"{name}.safetensors", folder / file_name)
    torchs = Path(torch.hub.get_dir()) / "checkpoints" / file_name
    return next((path for path in (*places, torchs) if path.is_file()), None)


def _file_name(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def published_url(name: str) -> str:
    """Where torchvision's weights of a network lie.

    Args:
        name: torchvision's name of the network.
    """
    of_network = models.get_model_weights(name)
    # the notes and most papers used the first release of ResNet50
    return str((of_network.IMAGENET1K_V1 if name == "resnet50" else of_network.DEFAULT).url)


def named_file(weights: str) -> Path | None:
    """The file that a study names; None for ``none``.

    Args:
        weights: ``none`` or a file.

    Raises:
        WeightsError: There is no such file.
    """
    if weights == "none":
        return None
    path = Path(weights)
    if not path.is_file():
        raise WeightsError(
            f"weights must be 'pretrained', 'none' or a file, not '{weights}'.",
            "There is no such file.",
            "Name a .safetensors or .pth file, relative to the study file.",
        )
    return path


def _download(url: str, name: str) -> Path:
    path = weights_folder_path() / _file_name(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = path.stem.rsplit("-", 1)[-1]
    try:
        with impatient():
            torch.hub.download_url_to_file(url, str(path), hash_prefix=digest, progress=False)
    except DOWNLOAD_FAILS as error:
        raise WeightsError(
            f"Pretrained weights of {name} must be downloaded from {url}.",
            f"They cannot be had: {error}.",
            f"Connect this machine for once, or put {path.name} (or {name}.safetensors) into '{path.parent}'. In a "
            "study file, another network will do, too, or 'weights: none' (random weights).",
        ) from error
    return path


@contextmanager
def impatient() -> Iterator[None]:
    """Wait for a server no longer than `DOWNLOAD_TIMEOUT_S`."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read .safetensors, or .pth without running any code in it; everything becomes float32.

    Args:
        path: File of weights, .safetensors or .pth.

    Raises:
        WeightsError: It is not a file of weights.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load  # noqa: PLC0415 - brings torch

            state: Any = load(path.read_bytes())  # load_file swallows a Ctrl-C and calls the file broken
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        if type(error).__name__ == "UnpicklingError":  # torch's words name a way to run the code in the file
            reason = "it is no file of torch, or holds more than tensors"
        elif isinstance(error, EOFError) or any(words in reason for words in CUT_OFF):
            reason = "it is damaged, or a part of it is missing"
        raise WeightsError(
            f"'{path}' must be a file of weights (.safetensors or .pth).",
            f"It cannot be read: {reason}.",
            "Download it again; a .pth that holds more than tensors must be saved anew as .safetensors.",
        ) from error
    if isinstance(state, Mapping) and isinstance(state.get("state_dict"), Mapping):
        state = state["state_dict"]
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise WeightsError(
            f"'{path}' must hold weights by name.", "It holds something else.", "Save model.state_dict()."
        )
    return {key: value.float() if value.is_floating_point() else value for key, value in state.items()}


def load_into(network: nn.Module, path: Path, name: str, classifier: Sequence[str]) -> None:
    """Load all weights but those of the classifier.

    Args:
        network: Network whose weights are overwritten.
        path: File of weights, .safetensors or .pth.
        name: Name of the network, for errors.
        classifier: Beginnings of the names of weights that are left out on both sides, such as ``fc.``.

    Raises:
        WeightsError: The file cannot be read, its names or shapes do not fit, or some weights are no numbers.
    """
    wanted = {k: v for k, v in network.state_dict().items() if not k.startswith(tuple(classifier))}
    state = {k: v for k, v in read_weights(path).items() if not k.startswith(tuple(classifier))}
    missing = [key for key in wanted if key not in state and not key.endswith("num_batches_tracked")]
    unknown = [key for key in state if key not in wanted]
    shapes = [key for key in wanted if key in state and wanted[key].shape != state[key].shape]
    if missing or unknown or shapes:
        raise WeightsError(
            f"The weights in '{path}' must fit {name}.",
            _misfit(missing, unknown, [f"{key} {tuple(state[key].shape)}" for key in shapes]),
            f"Name a file that was saved from torchvision's or timm's {name}, or write 'weights: pretrained'.",
        )
    # a sum is found ten times sooner; that of finite numbers is not finite only where they are huge
    if broken := [key for key, value in state.items() if not (value.sum().isfinite() or torch.isfinite(value).all())]:
        raise WeightsError(
            f"'{path}' must hold finite numbers.",
            f"There are infinities, or not-a-number, in {first_of(broken, 3)}.",
            "Download it again; of a training of your own, take weights from before its loss was no number.",
        )
    network.load_state_dict(state, strict=False)


def _misfit(missing: Sequence[str], unknown: Sequence[str], shapes: Sequence[str]) -> str:
    parts = []
    for words, names in (("lacks", missing), ("has unknown", unknown), ("has other shapes of", shapes)):
        if names:
            parts.append(f"{words} {first_of(names, 3)}")
    return f"It {'; it '.join(parts)}."


# A file system stamps a change to some milliseconds (FAT: to 2 s), so a younger file may change again unseen.
SETTLED_NS = 2_000_000_000


def file_identity(path: Path) -> str:
    """Short hash of a file's bytes, read once; anew at each call while the file was changed less than 2 s ago."""
    status = path.stat()
    if time.time_ns() - status.st_mtime_ns < SETTLED_NS:
        return _digest(path)
    return _kept_digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _kept_digest(path: Path, _size: int, _modified_ns: int) -> str:
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
