"""The last step of a run: the bundle of the verdict, and what it does with photos."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from onnx import ModelProto
from onnxruntime import InferenceSession

from leafgraft import __version__
from leafgraft.errors import BundleError, StudyFolderError
from leafgraft.evaluation.field_answers import BundleAnswers, describe_answers, place_of_bundle
from leafgraft.export.bundle import INDEX, MODEL, MODEL_INT8, versions, write_bundle
from leafgraft.export.calibrate import Calibration, calibrate, calibrated, calibration_to_json
from leafgraft.export.card import build_cards
from leafgraft.export.graph import trace, with_preprocessing
from leafgraft.export.int8 import make_int8
from leafgraft.export.parity import answer_all, check_parity, open_session
from leafgraft.export.served import Served
from leafgraft.export.trained import Trained, network_probabilities, open_trained
from leafgraft.records.digest import photo_id_of
from leafgraft.records.finding import seen_in_training
from leafgraft.records.progress import KEPT, Progress
from leafgraft.records.study import Study
from leafgraft.storage.files.json_file import read_json_file
from leafgraft.storage.predictions import Predictions
from leafgraft.storage.study_folder import StudyFolder
from leafgraft.study.measured import digest_of
from leafgraft.study.results import Exported
from leafgraft.study.steps.export.bundle_facts import describe_data, describe_training, test_figures
from leafgraft.study.steps.export.chosen_trial import Chosen
from leafgraft.study.steps.export.elsewhere import look_elsewhere, read_photos
from leafgraft.study.steps.photos import list_foreign
from leafgraft.training.photos.inputs import TrialInputs
from leafgraft.web.bundle import read_bundle
from leafgraft.web.evidence import HOME, evidence_of
from leafgraft.web.phone import write_page as write_phone_page


def kept_export(
    study: Study, folder: StudyFolder, chosen: Chosen, inputs: TrialInputs, progress: Progress
) -> Exported | None:
    """The bundle that is there, if all that it depends on is as it was; its phone page is written again."""
    try:
        index = read_json_file(folder.bundle / INDEX)
        if index.get("made_of") != _made_of(study, folder, chosen, inputs):
            return None
        if not all("untested" in one for one in index.get("places", [{}])):  # as earlier versions wrote it
            return None
        kept = {key: value for key, value in index.items() if key not in {"format", "files"}}
        exported = _with_phone_page(folder.bundle, kept)
    except (StudyFolderError, BundleError):  # none, damaged, or its phone page half-written
        return None
    progress.note(KEPT, what="the bundle")
    return exported


def _made_of(study: Study, folder: StudyFolder, chosen: Chosen, inputs: TrialInputs) -> str:
    """Digest of all that a bundle depends on."""
    foreign = list_foreign(study.foreign, inputs.manifest)
    second = {
        name: [[photo.photo_id, photo.label, photo.group] for photo in manifest.photos]
        for name, (manifest, _) in inputs.also_test.items()
    }
    audit = folder.read_json("audit.json")
    parts = {
        "study": [study.name, study.named_photos, study.act_above],
        "trial": [chosen.trial.key, chosen.trial.recipe.name, chosen.why, inputs.fingerprint],
        "learned": folder.trial(chosen.trial.key).learned(),
        "floors": audit["floors"],
        "seen_in_training": [inputs.splits.keep_groups, seen_in_training(audit)],
        "foreign": {name: [photo_id_of(path.read_bytes()) for path in paths] for name, paths in foreign.items()},
        "second": second,
        "versions": versions(),
    }
    return digest_of([json.dumps(parts)])


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """A network that leaves for the field.

    Attributes:
        why: How it was chosen, one sentence.
        trained: The network, as it leaves.
        calibration: When it answers.
        predictions: What it says of validation and test photos.
        places: Figures of places, as those of second folders.
        facts: Further keys of bundle.json.
    """

    why: str
    trained: Trained
    calibration: Calibration
    predictions: Predictions
    places: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


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
    if not of_trial.is_done(inputs.fingerprint, earlier=inputs.earlier):
        raise StudyFolderError(
            f"Trial '{trial.key}' must be finished, on the photos, the split and the weights of this study.",
            "It is not.",
            "Run the study again: only what is missing is made.",
        )
    predictions = of_trial.read_predictions()
    trained = open_trained(trial, inputs, of_trial, progress)
    facts = {"named": chosen.named, "made_of": _made_of(study, folder, chosen, inputs)}
    facts |= {"place": left_out} if (left_out := inputs.fold(trial.fold).left_out) else {}
    leaving = Leaving(chosen.why, trained, calibrate(trained, predictions), predictions, facts=facts)
    return export_network(study, folder, leaving, folder.bundle, progress)


def export_network(study: Study, folder: StudyFolder, leaving: Leaving, bundle: Path, progress: Progress) -> Exported:
    """Write the bundle of a network whose thresholds are set.

    Args:
        study: The study.
        folder: Its folder.
        leaving: The network.
        bundle: Where to.
        progress: Shows how far it is.

    Raises:
        BundleError: The graph does not say what the network says, or cannot be written.
    """
    trained, calibration, test = leaving.trained, leaving.calibration, leaving.predictions.rows("test")
    trial, inputs = trained.trial, trained.inputs
    foreign, audit = list_foreign(study.foreign, inputs.manifest), folder.read_json("audit.json")
    traced, evidence = _trace(trained, calibration)
    model = with_preprocessing(traced, trial.recipe.image_size)
    session = open_session(model)
    parity, home = _check(trained, calibration, session, test, progress)
    small, int8 = make_int8(traced, model, trained, calibration, progress)
    elsewhere = look_elsewhere(session, inputs, foreign, home, calibration.thresholds, progress)
    elsewhere["also_test"] = _with_seen(elsewhere["also_test"], audit) | dict(leaving.places)
    at_home = describe_answers(home, calibration.thresholds)
    by_place = _by_place(home, test, calibration)
    own = study.name if HOME in elsewhere["also_test"] else HOME
    tested = {**(by_place or {own: at_home}), **elsewhere["also_test"]}
    figures = test_figures(test, calibration, audit["floors"])
    index = {
        "study": study.name,
        "recipe": trial.recipe.name,
        "trial": trial.key,
        "chosen": leaving.why,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "leafgraft": __version__,
        "classes": list(inputs.classes),
        "image_size": trial.recipe.image_size,
        "evidence": evidence,
        **calibration_to_json(calibration),
        "parity": parity,
        "int8": int8,
        "data": describe_data(study, inputs, trial),
        "training": describe_training(trial, folder.trial(trial.key).read_info()),
        "figures": {"test": {**at_home, **figures}, "places": by_place, **elsewhere},
        "places": _places(tested, inputs.classes, "" if by_place else own),
        "act_above": study.act_above,
        "versions": {"leafgraft": __version__, **versions()},
        **leaving.facts,
    }
    files = {MODEL: model, **({MODEL_INT8: small} if small else {}), **build_cards(index)}
    write_bundle(bundle, files, index)
    return _with_phone_page(bundle, index)


def _places(tested: Mapping[str, Any], classes: Sequence[str], own: str) -> list[dict[str, Any]]:
    """Figures of each place as the index has them; `own` names that of a study without places."""
    return [{**place_of_bundle(name, one, classes), "own": name == own} for name, one in tested.items()]


def _with_seen(second: Mapping[str, dict[str, Any]], audit: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of second folders, each with the number of its photos that show what training photos show, if any."""
    seen = seen_in_training(audit)
    return {name: {**one, **({"seen_in_training": seen[name]} if name in seen else {})} for name, one in second.items()}


def _by_place(home: BundleAnswers, test: Predictions, calibration: Calibration) -> dict[str, Any]:
    """What the graph does with the test photos of each place of the study; nothing where photos have no place."""
    if test.place is None:
        return {}
    names = sorted(set(test.place.tolist()))
    return {name: describe_answers(home.of_place(name, test.place), calibration.thresholds) for name in names}


def _trace(trained: Trained, calibration: Calibration) -> tuple[ModelProto, str]:
    side = trained.trial.recipe.image_size
    served = Served(trained.network.cpu(), trained.cut, calibration.temperature, calibration.known_leaf, side)
    return trace(served, side), served.evidence_kind


def _check(
    trained: Trained, calibration: Calibration, session: InferenceSession, test: Predictions, progress: Progress
) -> tuple[dict[str, Any], BundleAnswers]:
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
    return {**parity[0], "study": parity[1]}, BundleAnswers(graph, distances, test.group, test.label)


def _with_phone_page(bundle: Path, index: dict[str, Any]) -> Exported:
    written = read_bundle(bundle)
    found = evidence_of(written.index)
    words = found.words if found else ""
    try:
        phone = write_phone_page(written, bundle / "phone")
    except BundleError as error:
        return Exported(bundle, index, None, str(error), words)
    return Exported(bundle, index, phone, "", words)
