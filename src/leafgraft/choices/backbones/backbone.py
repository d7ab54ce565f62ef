"""A pretrained network without its classifier: named stages in order, ending in pooled features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from leafgraft.choices.backbones.auxiliary_tap import AuxiliaryTap
from leafgraft.choices.backbones.normalisation import Normalisation


class Backbone(nn.Module):
    """Stages in order, each the input of the next, then a pooling without weights.

    Args:
        stages: Modules by name of the stage, in order.
        pool: Turns the last stage's output into features of shape (N, D).
        feature_width: Width of the features, D.
        normalisation: Mean and deviation that its input is normalised by; those of ImageNet by default.
        auxiliary_taps: Where auxiliary heads may tap, in the order of the stages.
    """

    def __init__(
        self,
        stages: Mapping[str, nn.Module],
        pool: nn.Module,
        feature_width: int,
        normalisation: Normalisation | None = None,
        auxiliary_taps: Sequence[AuxiliaryTap] = (),
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(stages)
        self.pool = pool
        self.feature_width = feature_width
        self.normalisation = normalisation or Normalisation()
        self.auxiliary_taps = tuple(auxiliary_taps)

    @property
    def stage_names(self) -> tuple[str, ...]:
        """In order."""
        return tuple(self.stages)

    @property
    def cuts(self) -> tuple[int, ...]:
        """Numbers of leading stages after which the network can be cut and its output kept."""
        return tuple(range(len(self.stages) + 1))

    def stage_parameters(self, stage: str) -> list[nn.Parameter]:
        """Weights that belong to `stage`."""
        return list(self.stages[stage].parameters())

    def stage_modules(self, stage: str) -> list[nn.Module]:
        """Modules that belong to `stage`."""
        return list(self.stages[stage].modules())

    def has_batch_norm(self, stages: Iterable[str]) -> bool:
        """Whether any of these stages holds batch normalisation."""
        return any(isinstance(module, _BatchNorm) for stage in stages for module in self.stage_modules(stage))

    def prefix(self, photos_nchw: Tensor, stages: int) -> Tensor:
        """Normalised photos through the first stages; through all of them and the pooling for all.

        Args:
            photos_nchw: Normalised photos, shape (N, 3, H, W).
            stages: Number of leading stages, one of `cuts`; 0 gives the photos themselves.
        """
        return self._run(photos_nchw, 0, stages)

    def suffix(self, maps: Tensor, stages: int) -> Tensor:
        """The rest of the network: features of shape (N, D).

        Args:
            maps: What `prefix` gave for as many stages.
            stages: Number of leading stages that these come from, one of `cuts`.
        """
        return maps if stages == len(self.stages) else self._run(maps, stages, len(self.stages))

    def _run(self, maps: Tensor, start: int, stop: int) -> Tensor:
        for stage in list(self.stages.values())[start:stop]:
            maps = stage(maps)
        return self._pooled(maps) if stop == len(self.stages) else maps

    def _pooled(self, maps: Tensor) -> Tensor:
        return torch.flatten(self.pool(maps), 1)

    def forward(self, photos_nchw: Tensor) -> Tensor:
        """Normalised photos of shape (N, 3, H, W) to features of shape (N, D)."""
        return self.prefix(photos_nchw, len(self.stages))

    def takes(self, side_px: int) -> bool:
        """Whether photos of this side pass through; leaves the network in evaluation mode.

        Args:
            side_px: Side of the photos in pixels.
        """
        self.eval()
        try:
            with torch.inference_mode():
                self(torch.zeros(1, 3, side_px, side_px))
        except (RuntimeError, ValueError, AssertionError):
            return False
        return True

    def forward_with_taps(self, maps: Tensor, stages: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Like `suffix`, and the maps at each auxiliary tap, in the order of the stages.

        Args:
            maps: What `prefix` gave for as many stages.
            stages: Number of leading stages that these come from; the taps lie after them.
        """
        tapped = {tap.stage for tap in self.auxiliary_taps}
        taps = []
        for name in self.stage_names[stages:]:
            maps = self.stages[name](maps)
            if name in tapped:
                taps.append(maps)
        return self._pooled(maps), tuple(taps)


class WholeBackbone(Backbone):
    """A network whose stages are only known as sets of weights: it cannot be cut between them.

    Args:
        network: Photos to features of shape (N, D).
        parts: Modules of each stage, by name, in order; weights outside them belong to the first.
        feature_width: Width of the features, D.
        normalisation: Mean and deviation that its input is normalised by.
    """

    def __init__(
        self,
        network: nn.Module,
        parts: Mapping[str, Sequence[nn.Module]],
        feature_width: int,
        normalisation: Normalisation,
    ) -> None:
        super().__init__({}, nn.Identity(), feature_width, normalisation)
        self.network = network
        self._part_names = tuple(parts)
        self._module_ids = {name: {id(m) for part in of for m in part.modules()} for name, of in parts.items()}
        inside = {id(p) for of in parts.values() for part in of for p in part.parameters()}
        self._loose = [parameter for parameter in network.parameters() if id(parameter) not in inside]

    @property
    def stage_names(self) -> tuple[str, ...]:
        """In order."""
        return self._part_names

    @property
    def cuts(self) -> tuple[int, ...]:
        """Only before and after the whole network."""
        return (0, len(self._part_names))

    def stage_parameters(self, stage: str) -> list[nn.Parameter]:
        """Weights that belong to `stage`."""
        own = [p for m in self.stage_modules(stage) for p in m.parameters(recurse=False)]
        return [*self._loose, *own] if stage == self._part_names[0] else own

    def stage_modules(self, stage: str) -> list[nn.Module]:
        """Modules that belong to `stage`."""
        return [module for module in self.network.modules() if id(module) in self._module_ids[stage]]

    def prefix(self, photos_nchw: Tensor, stages: int) -> Tensor:
        """The photos themselves for 0 stages, the features for all.

        Args:
            photos_nchw: Normalised photos, shape (N, 3, H, W).
            stages: Number of leading stages, one of `cuts`.

        Raises:
            ValueError: Any other number: see `cuts`.
        """
        if stages not in self.cuts:
            raise ValueError(f"this network can be cut after {self.cuts} stages, not {stages}")
        return photos_nchw if stages == 0 else self.network(photos_nchw)

    def suffix(self, maps: Tensor, stages: int) -> Tensor:
        """The rest of the network: features of shape (N, D).

        Args:
            maps: What `prefix` gave for as many stages.
            stages: Number of leading stages that these come from, one of `cuts`.
        """
        return self.network(maps) if stages == 0 else maps

    def forward(self, photos_nchw: Tensor) -> Tensor:
        """Normalised photos of shape (N, 3, H, W) to features of shape (N, D)."""
        features: Tensor = self.network(photos_nchw)
        return features

    def forward_with_taps(self, maps: Tensor, stages: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Like `suffix`: there are no taps.

        Args:
            maps: What `prefix` gave for as many stages.
            stages: Number of leading stages that these come from, one of `cuts`.
        """
        return self.suffix(maps, stages), ()
