"""Last stage of the line: the bundle of the verdict, and what it does with photos."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from leafgraft import __version__
from leafgraft.data.decode import open_photo, to_rgb
from leafgraft.data.manifest import read_manifest
from leafgraft.data.pixels import PixelMap, open_pixel_map, read_unchanged
from leafgraft.data.split import splits_from_json
from leafgraft.errors import BundleError, StudyFolderError
from leafgraft.evaluation.field import Said, describe_answers
from leafgraft.evaluation.known_leaf import ACCEPTANCE
from leafgraft.export.bundle import MODEL, versions, write_bundle
from leafgraft.export.calibrate import COVERAGE, Calibration, calibrate, calibrated
from leafgraft.export.graph import trace, with_preprocessing
from leafgraft.export.parity import answer_all, check_parity, open_session
from leafgraft.export.served import Served
from leafgraft.export.trained import Trained, network_probabilities, open_trained
from leafgraft.records.photo import Manifest, Photo
from leafgraft.records.progress import Progress, Silent
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.bench import with_weights
from leafgraft.study.chosen import Chosen, choose_trial
from leafgraft.study.photos import Looking, look_at_second_folders
from leafgraft.study.results import Exported
from leafgraft.study.trials import fingerprint_of
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.launch import choose_device
from leafgraft.web.bundle import read_bundle
from leafgraft.web.phone import write_page as write_phone_page

Pixels = NDArray[np.uint8]


def export(
    study_dir: Path, *, trial: str = "", jobs: int = 0, device: str = "auto", progress: Progress | None = None
) -> Exported:
    """Write the bundle of a finished study.

    Args:
        study_dir: The study folder.
        trial: Key of a trial; by default the verdict's.
        jobs: Threads for reading photos; 0 takes every core.
        device: auto, cpu, cuda or mps; for the features of photos.
        progress: Shows how far it is.

    Raises:
        LeafgraftError: Its parts say what was asked, what was found, and what to do.
    """
    folder, looking = StudyFolder(study_dir), Looking(CacheFolder(default_cache_path()), progress or Silent(), jobs)
    run = folder.read_json("run.json")
    with folder.lock():
        study = load_study(folder.file("resolved.yaml"))
        manifest = read_manifest(folder.file("manifest.csv"), run["root"])
        splits = splits_from_json(folder.read_json("splits.json"))
        chosen = choose_trial(study, folder, len(splits.folds), trial)
        second = {name: one.manifest for name, one in look_at_second_folders(study, manifest, looking).items()}

        def pixels(of: Manifest) -> PixelMap:
            side = chosen.trial.recipe.image_size
            return open_pixel_map(of, side, looking.cache, looking.progress, jobs)

        inputs = TrialInputs(
            manifest,
            splits,
            pixels(manifest),
            looking.cache,
            fingerprint_of(manifest, splits, second),
            choose_device(device),
            {name: (of, pixels(of)) for name, of in second.items()},
        )
        return export_trial(study.name, folder, chosen, with_weights(inputs, chosen.trial), looking.progress)


def export_trial(name: str, folder: StudyFolder, chosen: Chosen, inputs: TrialInputs, progress: Progress) -> Exported:
    """Write the bundle of one trial.

    Args:
        name: Of the study.
        folder: Of the study.
        chosen: The trial.
        inputs: What it was trained on.
        progress: Shows how far it is.

    Raises:
        BundleError: The graph does not say what the network says, or cannot be written.
    """
    trial, of_trial = chosen.trial, folder.trial(chosen.trial.key)
    if not of_trial.is_done(inputs.fingerprint):
        raise StudyFolderError(
            f"Trial '{trial.key}' must be finished, on the photos, the split and the weights of this study.",
            "It is not.",
            "Run the study again: only what is missing is made.",
        )
    trained = open_trained(trial, inputs, of_trial, progress)
    calibration = calibrate(trained, of_trial.read_predictions())
    model, evidence = _graph(trained, calibration)
    session = open_session(model)
    parity, home = _check(trained, calibration, session, folder, progress)
    index = {
        "study": name,
        "recipe": trial.recipe.name,
        "trial": trial.key,
        "chosen": chosen.why,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "leafgraft": __version__,
        "classes": list(inputs.classes),
        "image_size": trial.recipe.image_size,
        "evidence": evidence,
        **_calibration_to_json(calibration),
        "parity": parity,
        "int8": {"kept": False, "reason": "it was not asked for"},
        "figures": {"test": describe_answers(home, calibration.thresholds)},
        "versions": {"leafgraft": __version__, **versions()},
    }
    write_bundle(folder.bundle, {MODEL: model}, index)
    return _with_phone_page(folder.bundle, index)


def _graph(trained: Trained, calibration: Calibration) -> tuple[bytes, str]:
    side = trained.trial.recipe.image_size
    network = trained.network.cpu()
    served = Served(network, trained.cut, calibration.temperature, calibration.known_leaf, side)
    return with_preprocessing(trace(served, side), side), served.evidence_kind


def _check(
    trained: Trained, calibration: Calibration, session: InferenceSession, folder: StudyFolder, progress: Progress
) -> tuple[dict[str, Any], Said]:
    """From the bytes of every test photo: against the network, and against what the study says of it."""
    inputs, trial = trained.inputs, trained.trial
    predictions = folder.trial(trial.key).read_predictions().rows("test")
    photo_of = {photo.photo_id: photo for photo in inputs.manifest.photos}
    photos = [photo_of[str(one)] for one in predictions.photo_id]
    paths = [photo.path for photo in photos]
    with progress.task("Parity on test photos", len(photos)) as advance:
        graph, distances = answer_all(session, read_photos(inputs.manifest.root, photos), advance)
    rows = inputs.pixels.array[inputs.pixels.indices([photo.photo_id for photo in photos])]
    network = network_probabilities(trained, rows, calibration.temperature)
    found = check_parity(graph, network, paths, inputs.classes, "the trained network")
    study = check_parity(
        graph, calibrated(predictions, calibration.temperature), paths, inputs.classes, "the study's predictions"
    )
    return {**asdict(found), "study": asdict(study)}, Said(graph, distances, predictions.group, predictions.label)


def read_photos(root: str, photos: Sequence[Photo]) -> Iterator[Pixels]:
    """Decode photos from the bytes of their files, one after the other."""
    for photo in photos:
        with open_photo(read_unchanged(Path(root) / photo.path, photo.photo_id)) as image:
            yield to_rgb(image)


def _calibration_to_json(calibration: Calibration) -> dict[str, Any]:
    features = calibration.features
    return {
        "temperature": calibration.temperature,
        "conformal": {
            "coverage": COVERAGE,
            "threshold": calibration.thresholds.in_set,
            "quantile": 1 - calibration.thresholds.in_set,
            "photos": calibration.validation_photos,
        },
        "known_leaf": {
            "method": calibration.known_leaf.method,
            "acceptance": ACCEPTANCE,
            "threshold": calibration.thresholds.known,
            "photos": calibration.validation_photos,
        },
        "training_features": {
            "photos": len(features),
            "width": features.shape[1],
            "mean": features.mean(axis=0, dtype=np.float64),
            "deviation": features.std(axis=0, dtype=np.float64),
        },
    }


def _with_phone_page(bundle: Path, index: dict[str, Any]) -> Exported:
    try:
        phone = write_phone_page(read_bundle(bundle), bundle / "phone")
    except BundleError as error:
        return Exported(bundle, index, None, str(error))
    return Exported(bundle, index, phone, "")
