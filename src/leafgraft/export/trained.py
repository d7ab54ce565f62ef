"""A finished trial as the export needs it: its network, and the features of its photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from leafgraft.choices.backbones.build import weights_identity
from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.choices.menu import phases as phases_of
from leafgraft.data.decode.pixel_rows import PixelMap
from leafgraft.errors import StudyFolderError
from leafgraft.records.engine import EngineChoice
from leafgraft.records.progress import Progress
from leafgraft.records.recipe import Trial
from leafgraft.storage.study_folder import TrialFolder
from leafgraft.training.fit.predict import features_of, load_network
from leafgraft.training.frozen.choose_engine import build_by_rule
from leafgraft.training.frozen.engines import Engine, NetworkGraph
from leafgraft.training.frozen.features import crop_features, view_features
from leafgraft.training.frozen.prefix import Prefix, prefix_identity
from leafgraft.training.heads.solved import set_head
from leafgraft.training.network import Network
from leafgraft.training.phases import common_cut
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.training.photos.photo_rows import PhotoRows

BATCH = 32


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A finished trial, opened.

    Attributes:
        trial: The trial that was opened.
        inputs: What it was trained on.
        network: In evaluation mode.
        cut: Leading stages that training left as they were, and whose outputs it kept.
        prefix: These stages, with their kept outputs.
    """

    trial: Trial
    inputs: TrialInputs
    network: Network
    cut: int
    prefix: Prefix

    def features(self, photo_ids: Sequence[str]) -> NDArray[np.float32]:
        """Pooled features of photos, shape (N, D), from what training kept where it did."""
        return features_of(self.prefix, self.inputs.photos(photo_ids))

    def features_of_crops(self, photo_ids: Sequence[str]) -> NDArray[np.float32] | None:
        """The same of one close-up of each photo, in other light; None where training keeps no features."""
        if not self.prefix.pooled:
            return None
        return crop_features(self.prefix, self.inputs.photos(photo_ids))

    def features_elsewhere(self, pixels: PixelMap, photo_ids: Sequence[str]) -> NDArray[np.float32]:
        """The same of photos that are not the study's, decoded at its image size."""
        found = features_of(self.prefix, PhotoRows.of_map(pixels, self.inputs.device))
        return found[pixels.indices(photo_ids)]

    def views_elsewhere(self, pixels: PixelMap, photo_ids: Sequence[str]) -> NDArray[np.float32] | None:
        """The same of other views of these, shape (V, N, D); None where training keeps no features."""
        if not self.prefix.pooled:
            return None
        return view_features(self.prefix, PhotoRows.of_map(pixels, self.inputs.device))[:, pixels.indices(photo_ids)]

    def engine(self) -> tuple[Engine, EngineChoice]:
        """The network as one graph from photos of 0 to 255 to logits, shape (N, C); and by the rule, what runs it."""
        return build_by_rule(NetworkGraph(self.network, self.cut), self.trial.recipe.image_size)

    def features_of_squares(self, squares_nhwc: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The same of pictures that are not kept."""
        found = [self.network.features(maps, self.cut) for maps in _after_prefix(self, squares_nhwc)]
        return torch.cat(found).cpu().numpy()


def open_trained(trial: Trial, inputs: TrialInputs, folder: TrialFolder, progress: Progress) -> Trained:
    """Load the network of a finished trial.

    Raises:
        WeightsError: The pretrained weights of its frozen stages cannot be had.
        StudyFolderError: It was trained with others.
    """
    network = load_network(trial, folder, len(inputs.classes), inputs.device).to(memory_format=torch.channels_last)
    identity = weights_identity(trial.recipe.backbone, trial.recipe.weights, trial.seed)
    cut = common_cut(network, phases_of(trial.recipe.strategy, network.backbone.stage_names))
    before = folder.read_info()["identity"]
    if cut and before not in {identity, f"timm-{trial.recipe.weights}"}:  # of what timm fetched no bytes are known
        raise StudyFolderError(
            f"The frozen stages of trial '{trial.key}' must have the weights that it was trained with.",
            f"{trial.recipe.backbone.name} has others now (weights: {trial.recipe.weights}).",
            "Put the earlier file in its place, or run the study again: the trial is made anew.",
        )
    where = prefix_identity(trial.recipe.backbone, identity, trial.recipe.image_size)
    return Trained(trial, inputs, network, cut, Prefix(network, where, cut, inputs.cache, progress))


def network_probabilities(trained: Trained, squares_nhwc: NDArray[np.uint8], temperature: float) -> NDArray[np.float64]:
    """What the trained network itself says of resized photos, shape (N, C)."""
    parts = [
        torch.softmax(trained.network(maps, trained.cut)[0].cpu().double() / temperature, dim=1).numpy()
        for maps in _after_prefix(trained, squares_nhwc)
    ]
    return np.concatenate(parts)


def _after_prefix(trained: Trained, squares_nhwc: NDArray[np.uint8]) -> Iterator[Tensor]:
    """What the frozen stages give, in batches."""
    with torch.inference_mode():
        for start in range(0, len(squares_nhwc), BATCH):
            batch = torch.from_numpy(squares_nhwc[start : start + BATCH]).permute(0, 3, 1, 2).float()
            yield trained.prefix(batch.to(trained.inputs.device, memory_format=torch.channels_last))


def set_linear_head(network: Network, head: LinearHead) -> None:
    """Give a network a linear head in place of its own, whatever that was."""
    classes, width = head.weight.shape
    linear = nn.Linear(width, classes)
    network.head = linear.to(next(network.backbone.parameters()).device).eval()
    set_head(network, head)
