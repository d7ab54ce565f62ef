"""Last stage of the line: the bundle of the verdict, and what it does with photos."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onnx import ModelProto
from onnxruntime import InferenceSession

from leafgraft import __version__
from leafgraft.data.decode.pixel_rows import PixelMap, open_pixel_map
from leafgraft.data.read.manifest import read_manifest
from leafgraft.data.split import splits_from_json
from leafgraft.errors import BundleError, StudyFolderError
from leafgraft.evaluation.field import Said, describe_answers
from leafgraft.export.bundle import MODEL, MODEL_INT8, versions, write_bundle
from leafgraft.export.calibrate import Calibration, calibrate, calibrated, calibration_to_json
from leafgraft.export.card import CARD, build_card
from leafgraft.export.graph import trace, with_preprocessing
from leafgraft.export.int8 import make_int8
from leafgraft.export.parity import answer_all, check_parity, open_session
from leafgraft.export.served import Served
from leafgraft.export.trained import Trained, network_probabilities, open_trained
from leafgraft.records.photo import Manifest
from leafgraft.records.progress import Progress, Silent
from leafgraft.records.study import Study
from leafgraft.storage.cache_folder import CacheFolder, default_cache_path
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_file import load_study
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.bench import with_weights
from leafgraft.study.bundle_facts import describe_data, describe_training, test_figures
from leafgraft.study.chosen import Chosen, choose_trial
from leafgraft.study.field import look_elsewhere, read_photos
from leafgraft.study.journal import is_judged
from leafgraft.study.page import write_page
from leafgraft.study.photos import Looking, list_foreign, look_at_second_folders
from leafgraft.study.results import Exported
from leafgraft.study.trials import fingerprint_of, planned_trials
from leafgraft.training.inputs import TrialInputs
from leafgraft.training.launch import choose_device
from leafgraft.web.bundle import read_bundle
from leafgraft.web.phone import write_page as write_phone_page


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
        for name in ("resolved.yaml", "manifest.csv"):
            folder.read_bytes(name)  # whole, or refused by its checksum
        study = load_study(folder.file("resolved.yaml"))
        manifest = read_manifest(folder.file("manifest.csv"), run["root"])
        splits = splits_from_json(folder.read_json("splits.json"))
        planned = planned_trials(study, manifest, splits, folder.read_json("plan.json"))
        chosen = choose_trial(planned, folder, trial)
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
        exported = export_trial(study, folder, chosen, with_weights(inputs, chosen.trial), looking.progress)
        if is_judged(folder):  # a trial that is named may leave before the others are trained
            write_page(folder, {})
        return exported


def export_trial(
    study: Study, folder: StudyFolder, chosen: Chosen, inputs: TrialInputs, progress: Progress
) -> Exported:
    """Write the bundle of one trial.

    Args:
        study: The study.
        folder: Its folder.
        chosen: The trial.
        inputs: What it was trained on.
        progress: Shows how far it is.

    Raises:
        BundleError: The graph does not say what the network says, or cannot be written.
        StudyFolderError: The trial is not finished.
    """
    trial, of_trial = chosen.trial, folder.trial(chosen.trial.key)
    if not of_trial.is_done(inputs.fingerprint):
        raise StudyFolderError(
            f"Trial '{trial.key}' must be finished, on the photos, the split and the weights of this study.",
            "It is not.",
            "Run the study again: only what is missing is made.",
        )
    foreign = list_foreign(study.foreign, inputs.manifest)
    predictions = of_trial.read_predictions()
    trained = open_trained(trial, inputs, of_trial, progress)
    calibration = calibrate(trained, predictions)
    traced, evidence = _trace(trained, calibration)
    model = with_preprocessing(traced, trial.recipe.image_size)
    session = open_session(model)
    parity, home = _check(trained, calibration, session, predictions.rows("test"), progress)
    small, int8 = make_int8(traced, model, trained, calibration, progress)
    elsewhere = look_elsewhere(session, inputs, foreign, home, calibration.thresholds, progress)
    figures = test_figures(predictions.rows("test"), calibration, folder.read_json("audit.json")["floors"])
    index = {
        "study": study.name,
        "recipe": trial.recipe.name,
        "trial": trial.key,
        "chosen": chosen.why,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "leafgraft": __version__,
        "classes": list(inputs.classes),
        "image_size": trial.recipe.image_size,
        "evidence": evidence,
        **calibration_to_json(calibration),
        "parity": parity,
        "int8": int8,
        "data": describe_data(study, inputs, trial),
        "training": describe_training(trial, of_trial.read_info()),
        "figures": {"test": {**describe_answers(home, calibration.thresholds), **figures}, **elsewhere},
        "versions": {"leafgraft": __version__, **versions()},
    }
    files = {MODEL: model, **({MODEL_INT8: small} if small else {}), CARD: build_card(index).encode()}
    write_bundle(folder.bundle, files, index)
    return _with_phone_page(folder.bundle, index)


def _trace(trained: Trained, calibration: Calibration) -> tuple[ModelProto, str]:
    side = trained.trial.recipe.image_size
    served = Served(trained.network.cpu(), trained.cut, calibration.temperature, calibration.known_leaf, side)
    return trace(served, side), served.evidence_kind


def _check(
    trained: Trained, calibration: Calibration, session: InferenceSession, test: Predictions, progress: Progress
) -> tuple[dict[str, Any], Said]:
    """From the bytes of every test photo: against the network, and against what the study says of it."""
    inputs = trained.inputs
    photo_of = {photo.photo_id: photo for photo in inputs.manifest.photos}
    photos = [photo_of[str(one)] for one in test.photo_id]
    with progress.task("Parity on test photos", len(photos)) as advance:
        graph, distances = answer_all(session, read_photos(inputs.manifest.root, photos), advance)
    squares = inputs.pixels.array[inputs.pixels.indices([photo.photo_id for photo in photos])]
    paths = [photo.path for photo in photos]
    parity = [
        asdict(check_parity(graph, wanted, paths, inputs.classes, what))
        for wanted, what in (
            (network_probabilities(trained, squares, calibration.temperature), "the trained network"),
            (calibrated(test, calibration.temperature), "the study's predictions"),
        )
    ]
    return {**parity[0], "study": parity[1]}, Said(graph, distances, test.group, test.label)


def _with_phone_page(bundle: Path, index: dict[str, Any]) -> Exported:
    try:
        phone = write_phone_page(read_bundle(bundle), bundle / "phone")
    except BundleError as error:
        return Exported(bundle, index, None, str(error))
    return Exported(bundle, index, phone, "")
