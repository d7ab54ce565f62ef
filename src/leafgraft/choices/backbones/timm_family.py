"""Any timm model as a backbone."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leafgraft.choices.backbones.normalisation import Normalisation
from leafgraft.choices.backbones.weights import DOWNLOAD_FAILS, impatient, load_into, named_file
from leafgraft.choices.entry import Entry
from leafgraft.choices.lazy import Tensor, nn, timm, torch
from leafgraft.errors import MenuError, WeightsError, says_full_memory
from leafgraft.storage.cache.cache_folder import weights_folder_path

if TYPE_CHECKING:
    from leafgraft.choices.backbones.backbone import Backbone  # brings torch, which the menus do not need

PREFIX = "timm:"
# Children of timm models that belong to the classifier or pool, not to the stages.
_AFTER = ("global_pool", "head_drop", "head", "fc", "classifier", "fc_norm", "flatten", "head_norm")
_CONTAINERS = ("blocks", "stages", "layers", "features")


@dataclass(frozen=True, slots=True)
class TimmNetwork:
    """A timm model that stands on the menu by a name of its own.

    Attributes:
        name: Name on the menu.
        summary: One line.
        source: Paper and library.
        model: timm's name of the model.
    """

    name: str
    summary: str
    source: str
    model: str

    @property
    def entry(self) -> Entry:
        """Its menu entry."""
        return Entry(self.name, self.summary, self.source, build)


def find_timm(name: str, weights: str) -> Path | None:
    """File of a timm model's weights: FILE, NAME.safetensors in the weights folder, else None.

    Args:
        name: ``timm:NAME``, or timm's name alone.
        weights: ``pretrained``, ``none`` or a file.

    Raises:
        WeightsError: The file that is named is not there.
    """
    if weights != "pretrained":
        return named_file(weights)
    path = weights_folder_path() / f"{name.removeprefix(PREFIX)}.safetensors"
    return path if path.is_file() else None


def build(weights: str, seed: int, name: str, image_size: int) -> Backbone:
    """Build the backbone ``timm:NAME``.

    Networks whose children run one after another become stages that can be cut; of others the stages are known as
    sets of weights only.

    Args:
        weights: ``pretrained``, ``none`` or a file.
        seed: Seed of the random weights where there are no others.
        name: ``timm:NAME``, or timm's name alone.
        image_size: Side of the photos in pixels.

    Raises:
        MenuError: timm knows no such model, or it does not take photos of this size.
        WeightsError: The weights cannot be had or do not fit.
    """
    from leafgraft.choices.backbones.backbone import Backbone, WholeBackbone  # noqa: PLC0415 - see above
    from leafgraft.choices.backbones.timm_neck import Neck  # noqa: PLC0415

    bare = name.removeprefix(PREFIX)
    path = find_timm(name, weights)
    with _taking(bare, image_size), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # timm warns of renamed models; the name is the user's own
        torch.manual_seed(seed)
        network = _create(bare, download=weights == "pretrained" and path is None, image_size=image_size)
    if path is not None:
        load_into(network, path, name, _classifier_prefixes(network))
    settings = network.pretrained_cfg
    normalisation = Normalisation(tuple(settings["mean"]), tuple(settings["std"]))
    network.eval()
    example = torch.rand(2, 3, image_size, image_size, generator=torch.Generator().manual_seed(0))
    stages = _sequential_stages(network)
    neck = [
        child for name, child in network.named_children() if name in _AFTER and any(True for _ in child.parameters())
    ]
    if neck:
        stages["neck"] = Neck(network, neck)
    with torch.inference_mode():
        with _taking(bare, image_size):
            whole: Tensor = network(example)
        if stages:
            pool = nn.Identity() if neck else Neck(network, ())
            backbone = Backbone(stages, pool, whole.shape[1], normalisation)
            if _same(backbone, network, example, whole):
                return backbone
    return WholeBackbone(network, _parts(network), whole.shape[1], normalisation)


@contextmanager
def _taking(bare: str, image_size: int) -> Iterator[None]:
    """Say in words that a network does not take photos of this size.

    Raises:
        MenuError: It does not.
    """
    try:
        yield
    except (RuntimeError, ValueError, AssertionError) as error:
        if says_full_memory(error):
            raise
        input_size: Any = timm.get_pretrained_cfg_value(bare, "input_size")
        own, said = input_size[1], str(error).partition("\n")[0] or type(error).__name__
        raise MenuError(
            f"image_size: {image_size} must be a size that timm's {bare} takes.",
            f"It does not ({said[:200]}). It was made for photos of {own} px.",
            f"Write image_size: {own}, or name another backbone.",
        ) from error


def _create(bare: str, *, download: bool, image_size: int) -> Any:
    if not timm.is_model(bare):
        raise MenuError(
            f"'{PREFIX}{bare}' must name a timm model.",
            "timm knows no such model.",
            f"Near: {', '.join(difflib.get_close_matches(bare, timm.list_models(), n=5)) or 'none'}. "
            "All: timm.list_models().",
        )
    if not download:
        return _made(bare, image_size, pretrained=False)
    from leafgraft.choices.backbones.hub import one_try  # noqa: PLC0415 - brings the Hub's client

    with one_try() as hub, impatient():
        try:
            return _made(bare, image_size, pretrained=True)
        except DOWNLOAD_FAILS as error:
            raise WeightsError(
                f"Pretrained weights of timm's {bare} must be downloaded.",
                f"They cannot be had: {(hub.reason or str(error).splitlines()[0])[:200]}.",
                f"Connect this machine for once, or put {bare}.safetensors into '{weights_folder_path()}'. In a study "
                "file, another network will do, too, or 'weights: none' (random weights).",
            ) from error


def _made(bare: str, image_size: int, *, pretrained: bool) -> Any:
    options: dict[str, Any] = {"pretrained": pretrained, "num_classes": 0}
    try:
        return timm.create_model(bare, **options, img_size=image_size)
    except TypeError:  # most convolutional networks take any size and have no such argument
        return timm.create_model(bare, **options)


def _classifier_prefixes(network: Any) -> tuple[str, ...]:
    names = network.pretrained_cfg.get("classifier") or "classifier"
    return tuple(f"{name}." for name in ([names] if isinstance(names, str) else names))


def _sequential_stages(network: Any) -> dict[str, nn.Module]:
    stem: list[nn.Module] = []
    stages: dict[str, nn.Module] = {}
    for name, child in network.named_children():
        if name in _AFTER:
            break
        if name in _CONTAINERS and isinstance(child, (nn.Sequential, nn.ModuleList)):
            stages.update({f"{name.rstrip('s')}{number + 1}": part for number, part in enumerate(child)})
        elif (name.startswith("layer") and stages is not None and not isinstance(child, nn.ModuleList)) or stages:
            stages[name] = child
        else:
            stem.append(child)
    stages = {name: stage for name, stage in stages.items() if any(True for _ in stage.parameters())}
    return {"stem": nn.Sequential(*stem), **stages} if stages and stem else stages


def _same(backbone: Backbone, network: nn.Module, example: Tensor, whole: Tensor) -> bool:
    """Whether the stages one after another are the network, and hold all its weights."""
    held = sum(p.numel() for p in backbone.stages.parameters())
    if held != sum(p.numel() for p in network.parameters()):
        return False
    try:
        features = backbone(example)
    except (RuntimeError, TypeError, ValueError, AttributeError, NotImplementedError):
        return False  # the children do not run one after another: the caller takes the network whole
    return features.shape == whole.shape and torch.allclose(features, whole, atol=1e-5, rtol=1e-4)


def _parts(network: Any) -> Mapping[str, Sequence[nn.Module]]:
    parts: dict[str, list[nn.Module]] = {"stem": []}
    for name, child in network.named_children():
        if name in _CONTAINERS and isinstance(child, (nn.Sequential, nn.ModuleList)):
            parts.update({f"{name.rstrip('s')}{number + 1}": [part] for number, part in enumerate(child)})
        elif any(True for _ in child.parameters()):
            last = next(reversed(parts))
            parts[last].append(child)
    return parts


ENTRY = Entry(
    "timm:NAME",
    "any model of timm by its name, such as timm:convnext_tiny or timm:vit_small_patch16_224",
    "Wightman 2019, PyTorch Image Models; timm.list_models()",
    build,
)
