"""What a trained trial leaves in its folder."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

import torch

from leafgraft.records.recipe import Trial, plain
from leafgraft.records.strategy import Phase
from leafgraft.storage.predictions import write_predictions
from leafgraft.storage.study_folder import TrialFolder, write_csv
from leafgraft.training.fit.checkpoint import write_checkpoint
from leafgraft.training.fit.early_stopping import TrainingState
from leafgraft.training.fit.predict import (
    gigaflops_per_photo,
    logits_of,
    milliseconds_per_photo,
    predictions_of,
    second_predictions,
)
from leafgraft.training.frozen.engines import EAGER
from leafgraft.training.frozen.prefix import Prefix, weights_of
from leafgraft.training.phases import frozen_prefix, learned_state
from leafgraft.training.photos.inputs import TrialInputs

MOST_TRAIN_PHOTOS = 500  # that are looked at once more after training


@dataclass(frozen=True, slots=True)
class Costs:
    """What one photo costs in use.

    Attributes:
        milliseconds_per_photo: Least time of a photo through the whole network, measured.
        gigaflops: Floating-point operations of a photo in billions, counted.
    """

    milliseconds_per_photo: float
    gigaflops: float


def measure_costs(prefix: Prefix, device: str) -> Costs:
    """Costs of a whole network; equal for all heads of one shape.

    Args:
        prefix: Frozen stages and the network that they are of; it is in evaluation mode afterwards.
        device: ``cpu``, ``cuda`` or ``mps``, where the network lies.
    """
    network = prefix.network.eval()
    return Costs(
        milliseconds_per_photo(network, prefix.side, device), gigaflops_per_photo(network, prefix.side, device)
    )


def finish_trial(
    trial: Trial,
    inputs: TrialInputs,
    folder: TrialFolder,
    trained: tuple[Prefix, TrainingState, Sequence[Phase]],
    costs: Costs,
    solved: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write weights, history, predictions and trial.json; the done mark last. Returns what trial.json holds.

    Args:
        trial: Trial that was trained, with a resolved recipe.
        inputs: Photos and splits that it was trained on.
        folder: Folder of the trial.
        trained: The network, holding its best weights, as frozen stages and the rest; its fit; its phases.
        costs: Costs of one photo in use.
        solved: What else trial.json tells of a head that was solved for; None for one that was trained.

    Raises:
        StudyFolderError: The folder cannot be written.
    """
    prefix, fit, phases = trained
    prefix.network.eval()
    write_checkpoint(folder.weights, {"best": learned_state(prefix.network, phases)}, {"key": trial.key})
    columns = list(fit.history[0])
    write_csv(folder.history, columns, [[row[column] for column in columns] for row in fit.history])
    for name in inputs.also_test:
        write_predictions(folder.also_test(name), second_predictions(inputs, name, lambda p: logits_of(prefix, p)))
    reached = {"train_accuracy": _train_accuracy(trial, inputs, prefix)}
    info = _describe(trial, inputs, trained) | asdict(costs) | reached | dict(solved or {})
    folder.write_info(info)
    folder.finish(predictions_of(trial, inputs, lambda p: logits_of(prefix, p)), inputs.fingerprint)
    folder.checkpoint.unlink(missing_ok=True)
    return info


def _train_accuracy(trial: Trial, inputs: TrialInputs, prefix: Prefix) -> float:
    """Share of the plain training photos that are right at the end; of some of them, where each takes a pass."""
    ids = inputs.fold(trial.fold).train
    photos = inputs.photos(ids if prefix.pooled else ids[:: -(-len(ids) // MOST_TRAIN_PHOTOS)])
    return float((logits_of(prefix, photos).argmax(axis=1) == photos.labels).mean())


def _engine(prefix: Prefix, phases: Sequence[Phase]) -> str:
    """What ran the frozen stages; torch's own operations where there are none."""
    cuts = {frozen_prefix(prefix.network, phase) for phase in phases}
    return "+".join(sorted({replace(prefix, cut=cut).choice.engine for cut in cuts - {0}})) or EAGER


def _describe(
    trial: Trial, inputs: TrialInputs, trained: tuple[Prefix, TrainingState, Sequence[Phase]]
) -> dict[str, Any]:
    prefix, fit, phases = trained
    network = prefix.network
    stages = network.backbone.stage_names
    served = sum(tensor.numel() for name, tensor in network.state_dict().items() if "auxiliary" not in name)
    return {
        "key": trial.key,
        "recipe": plain(trial.recipe),
        "training": {name: value for name, value in asdict(trial.training).items() if name != "seeds"},
        "seed": trial.seed,
        "fold": trial.fold,
        "stages": list(stages),
        "auxiliary_taps": [tap.stage for tap in network.backbone.auxiliary_taps] if trial.recipe.auxiliary else [],
        "phases": [asdict(phase) for phase in phases if phase.from_epoch < max(1, fit.epoch)],  # that were reached
        "epochs": fit.epoch,
        "best_epoch": fit.best_epoch,
        "best_validation_loss": fit.best_loss,
        "stopped": fit.stopped,
        "train_seconds": round(fit.seconds, 2),
        "megabytes": round(served * 4 / 1e6, 2),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "weights": trial.recipe.weights,
        "identity": weights_of(prefix.identity),
        "device": inputs.device,
        "engine": _engine(prefix, phases),
        "versions": {
            "leafgraft": version("leafgraft"),
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
        "photos": {part: len(getattr(inputs.fold(trial.fold), part)) for part in ("train", "validation", "test")},
    }
