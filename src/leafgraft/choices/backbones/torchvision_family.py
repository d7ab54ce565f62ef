"""How a torchvision network becomes a backbone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leafgraft.choices.backbones.auxiliary_tap import AuxiliaryTap
from leafgraft.choices.backbones.normalisation import Normalisation
from leafgraft.choices.backbones.weights import find_torchvision, load_into
from leafgraft.choices.entry import Entry
from leafgraft.choices.lazy import nn, torch

if TYPE_CHECKING:
    from leafgraft.choices.backbones.backbone import Backbone  # brings torch, which the menus do not need


def _average() -> nn.Module:
    return nn.AdaptiveAvgPool2d(1)


@dataclass(frozen=True, slots=True)
class TorchvisionNetwork:
    """One torchvision network.

    Attributes:
        name: torchvision's name of its builder.
        summary: One line.
        source: Paper and library.
        make: Builds the whole network; told whether weights will be loaded.
        classifier: Prefixes of weights that are not part of the backbone.
        stages: Cuts the network into named stages.
        feature_width: Width of the pooled features.
        pool: Makes the pooling.
        normalisation: Mean and deviation that its input is normalised by.
        auxiliary_taps: Where auxiliary heads may tap.
    """

    name: str
    summary: str
    source: str
    make: Callable[[bool], nn.Module]
    classifier: tuple[str, ...]
    stages: Callable[[Any], dict[str, nn.Module]]
    feature_width: int
    pool: Callable[[], nn.Module] = _average
    normalisation: Normalisation = field(default_factory=Normalisation)
    auxiliary_taps: tuple[AuxiliaryTap, ...] = ()

    def build(self, weights: str, seed: int) -> Backbone:
        """Build the backbone.

        Args:
            weights: ``pretrained``, ``none`` or a file.
            seed: Seed of the random weights where there are no others.

        Raises:
            WeightsError: The weights cannot be had or do not fit.
        """
        from leafgraft.choices.backbones.backbone import Backbone  # noqa: PLC0415 - see above

        path = find_torchvision(self.name, weights)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self.make(path is not None)
        if path is not None:
            load_into(network, path, self.name, self.classifier)
        return Backbone(self.stages(network), self.pool(), self.feature_width, self.normalisation, self.auxiliary_taps)

    @property
    def entry(self) -> Entry:
        """Its menu entry."""
        return Entry(self.name, self.summary, self.source, self.build)


def slices(features: Sequence[nn.Module], names: Sequence[str], ends: Sequence[int]) -> dict[str, nn.Module]:
    """Cut a sequence of modules into named stages.

    Args:
        features: Modules that run one after another.
        names: Names of the stages, in order.
        ends: Position of the first module after each stage, ascending, one for each name.
    """
    modules = list(features)
    starts = (0, *ends[:-1])
    stages: Mapping[str, nn.Module] = {
        name: nn.Sequential(*modules[start:end]) for name, start, end in zip(names, starts, ends, strict=True)
    }
    return dict(stages)
