"""The loops that leafgraft is measured against: torchvision's reference style and timm's, on the same photos and split.

Both read JPEG files in every epoch with two loader processes, resize to the same side, and end an epoch with a pass
over the validation photos, as leafgraft does. `frozen` lets the head learn alone, with the rest in evaluation mode;
`partial` lets the last stage learn too. fastai's learner is a third peer where fastai is installed: see fastai_peer.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.data import create_loader
from timm.data.dataset import ImageDataset
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms import v2

import fastai_peer
from leafgraft.choices.menu import phases as phases_of
from leafgraft.records.recipe import Recipe
from leafgraft.training.network import build_network
from leafgraft.training.phases import set_phase
from leafgraft.training.photos.inputs import TrialInputs
from measured import WORKERS

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, eq=False)
class Files(Dataset[tuple[Tensor, int]]):
    """JPEG files and classes, decoded, resized and normalised one by one, as torchvision's tutorials do."""

    paths: Sequence[Path]
    labels: Sequence[int]
    side: int

    def __len__(self) -> int:
        """Number of photos."""
        return len(self.paths)

    def __getitem__(self, position: int) -> tuple[Tensor, int]:
        """One photo, shape (3, S, S), and its class."""
        photo = decode_image(str(self.paths[position]), ImageReadMode.RGB)
        photo = v2.functional.resize(photo, [self.side, self.side], antialias=True)
        photo = v2.functional.to_dtype(photo, torch.float32, scale=True)
        return v2.functional.normalize(photo, list(MEAN), list(STD)), self.labels[position]


class _Reader:
    """Files in the form that timm's dataset wants."""

    def __init__(self, files: Files) -> None:
        self.samples = list(zip(files.paths, files.labels, strict=True))

    def __getitem__(self, position: int) -> tuple[Any, int]:
        path, label = self.samples[position]
        return path.open("rb"), label

    def __len__(self) -> int:
        return len(self.samples)


def torchvision_batches(files: Files, batch_size: int, *, training: bool) -> Iterable[Any]:
    """Torch's own loader."""
    return DataLoader(files, batch_size, shuffle=training, num_workers=WORKERS, persistent_workers=True)


def timm_batches(files: Files, batch_size: int, *, training: bool) -> Iterable[Any]:
    """Timm's loader without its augmentation, so that all sides see the same photos."""
    dataset: Any = ImageDataset("", reader=_Reader(files))
    side, options = (3, files.side, files.side), {"use_prefetcher": False, "device": torch.device("cpu")}
    return create_loader(  # type: ignore[no-any-return]
        dataset, side, batch_size, is_training=training, no_aug=True, num_workers=WORKERS, crop_pct=1.0, **options
    )


LOOPS = {"torchvision loop": torchvision_batches, "timm loop": timm_batches}


PEERS = (*LOOPS, "fastai") if fastai_peer.INSTALLED else tuple(LOOPS)


def peer_epochs(loop: str, recipe: Recipe, inputs: TrialInputs, batch_size: int, epochs: int) -> list[float]:
    """Seconds of each epoch of a peer's loop: one pass that learns, one over the validation photos.

    Args:
        loop: Of `PEERS`.
        recipe: Backbone, weights, side, strategy and rate; the first phase of the strategy counts.
        inputs: Photos, and split 0.
        batch_size: Photos per step.
        epochs: To run.
    """
    network = build_network(recipe, len(inputs.classes), 0)
    phase = phases_of(recipe.strategy, network.backbone.stage_names)[0]
    fold = inputs.fold(0)
    model = nn.Sequential(_Features(network.backbone), network.head)
    set_phase(network, phase, recipe.batch_norm)
    if loop == "fastai":
        train, held_out = (files_of(inputs, ids, recipe.image_size) for ids in (fold.train, fold.validation))
        return fastai_peer.epochs(model, (train, held_out), recipe.learning_rate or 1e-3, batch_size, epochs)
    batches = [
        LOOPS[loop](files_of(inputs, ids, recipe.image_size), batch_size, training=ids is fold.train)
        for ids in (fold.train, fold.validation)
    ]
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=recipe.learning_rate or 1e-3)
    seconds = []
    for _ in range(epochs):
        started_s = time.perf_counter()
        set_phase(network, phase, recipe.batch_norm)
        for photos, labels in batches[0]:
            loss = nn.functional.cross_entropy(model(photos), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            for photos, _ in batches[1]:
                model(photos)
        seconds.append(time.perf_counter() - started_s)
    return seconds


class _Features(nn.Module):
    """A backbone from photos to pooled features."""

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, photos_nchw: Tensor) -> Tensor:
        return self.backbone.suffix(photos_nchw, 0)  # type: ignore[no-any-return]


def files_of(inputs: TrialInputs, photo_ids: Sequence[str], side: int) -> Files:
    """Files and classes of some photos."""
    by_id = {photo.photo_id: photo for photo in inputs.manifest.photos}
    photos = [by_id[photo_id] for photo_id in photo_ids]
    root = Path(inputs.manifest.root)
    return Files([root / p.path for p in photos], [inputs.classes.index(p.label) for p in photos], side)
