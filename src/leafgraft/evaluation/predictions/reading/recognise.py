"""Which tool wrote a file, told by what it holds; what could run code when opened is refused unopened."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.given_groups import check_spelled_once
from leafgraft.evaluation.predictions.reading.answers_table import answers_of_table, check_test, read_answers_table
from leafgraft.evaluation.predictions.reading.arrays import is_of_another_tool, read_arrays
from leafgraft.evaluation.predictions.reading.bundle_answers import records_of_bundle
from leafgraft.evaluation.predictions.reading.label_files import read_label_files
from leafgraft.evaluation.predictions.reading.records import read_records, records_table
from leafgraft.evaluation.predictions.reading.timm_results import read_timm_json
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, texts
from leafgraft.storage.files.table_file import ARCHIVE, groups_of
from leafgraft.storage.predictions import DAMAGED, Predictions, load_arrays, read_predictions, refuse_probabilities

SAVE_INSTEAD = (
    "Where preds and targs are at hand, save plain arrays instead: import numpy as np; np.savez('answers.npz', "
    "preds=preds.numpy(), targs=targs.numpy(), vocab=list(learn.dls.vocab), items=[str(one) for one in dl.items])"
)
# First bytes of what other tools write and no answers can be read from.
OTHERS = {
    b"\x93NUMPY": ("one array without names of photos and classes, as numpy.save writes it", SAVE_INSTEAD),
    b"\x89HDF": ("an HDF5 file, such as weights of Keras", "Let the model predict the test photos, and write a CSV."),
    b"PAR1": ("a Parquet file", "Write CSV: --results-format csv in timm, to_csv in pandas."),
}


def read_answers(path: Path) -> Predictions | ToolAnswers:
    """Read answers of one model: our own file, with all its rows, or those to test photos that another tool wrote.

    Args:
        path: npz, CSV, JSON, or a folder of label files.

    Raises:
        PredictionsError: It is malformed, or holds something else; what to do is said.
    """
    said = _read(path)
    if isinstance(said, Predictions):
        tested = said.rows("test")  # no others are compared
        given = [] if (tested.group == tested.photo_id).all() else tested.group.tolist()
        check_spelled_once(path, given, [] if tested.place is None else tested.place.tolist())
        place = None if said.place is None else texts(said.place.tolist())
        group = texts(groups_of(said.group.tolist()))
        group = np.where(group == "", said.photo_id, group)
        return replace(said, classes=texts(said.classes.tolist()), group=group, place=place)
    if not len(said.predicted):
        raise PredictionsError(f"'{path}' must hold answers to photos.", "It holds none.", "Write the predictions.")
    places = [] if said.place is None else said.place.tolist()
    check_spelled_once(path, [] if said.group is None else said.group.tolist(), places)
    return said


def _read(path: Path) -> Predictions | ToolAnswers:
    if path.is_dir():
        return read_label_files(path)
    start = _first_bytes(path)
    _refuse_pickles(path, start)
    for mark, (what, mend) in OTHERS.items():
        if start.startswith(mark):
            raise PredictionsError(f"'{path}' must hold answers as CSV, JSON or npz.", f"It is {what}.", mend)
    if path.suffix.lower() == ".json" or start.lstrip()[:1] in (b"{", b"["):
        return _read_json(path)
    if path.suffix.lower() in {".csv", ".tsv", ".txt", ".xlsx", ".ods"}:  # of workbooks it says what to save
        return read_answers_table(path)
    arrays = load_arrays(path)
    if is_of_another_tool(arrays):
        return read_arrays(path, arrays)
    whole = read_predictions(path)
    refuse_probabilities(path, whole)
    check_test(path, {str(one) for one in whole.split})
    return whole


def _read_json(path: Path) -> ToolAnswers:
    records = read_records(path)
    if not records:
        return read_timm_json(path)
    return records_of_bundle(path, records) or answers_of_table(path, records_table(path, records))


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        found = f"The system said: {error.strerror or error}."
        raise PredictionsError(f"'{path}' must be a file that can be read.", found, "Mend it.") from error


def _holds_pickle(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except DAMAGED:
        return False  # the reader of its kind says what is wrong


def _refuse_pickles(path: Path, start: bytes) -> None:
    """Files of torch.save, old and new, and of pickle and joblib."""
    held = start.startswith(ARCHIVE) and _holds_pickle(path)
    if held or (start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")):
        what = "torch.save" if held or b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" in start else "pickle, joblib or torch.save"
        raise PredictionsError(
            f"'{path}' must hold plain arrays (npz) or text (CSV, JSON).",
            f"It was written by {what}: opening such a file can run any code, so it was left closed.",
            SAVE_INSTEAD,
        )
