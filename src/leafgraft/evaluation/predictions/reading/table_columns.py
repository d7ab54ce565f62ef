"""Which column of a table says what, by the names that people and tools give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leafgraft.data.read.spelling import composed
from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.reading.tool_answers import texts
from leafgraft.storage.files.table_file import Table, given

# By role, the likeliest first. Keras' flow_from_directory: Filename, Predictions; scikit-learn: y_true, y_pred.
NAMES = {
    "photo": (
        *("photo_id", "filename", "filenames", "file_name", "filepath", "file_path", "file", "path", "photo"),
        *("image_path", "image_name", "img_name", "fname", "image", "img", "image_id", "id", "name"),
    ),
    "label": (
        *("label", "y_true", "true_label", "true_class", "true", "truth", "ground_truth", "actual"),
        *("target", "targets", "targs", "class"),
    ),
    "predicted": (
        *("predicted", "prediction", "predictions", "y_pred", "predicted_label", "predicted_class", "pred_label"),
        *("pred_class", "pred", "preds", "answer"),
    ),
}
FILE = re.compile(r"\.[A-Za-z]\w{1,4}$")
MEND = "Mend that line, or write the file anew."
OURS = ("group", "seed", "split", "place")
OF_PROBABILITIES = {"p", "prob", "probs", "proba", "probability", "score"}
WEAK = ("id", "name")  # which number or name classes and models, too: they are of photos where each is another
OF_ONE_RESULT = {"name", "class", "confidence"}  # Ultralytics' Results.to_csv() and summary()


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Names of columns, as the table writes them; empty where there is none.

    Attributes:
        photo: Names the photo.
        label: Its true class.
        predicted: The class answered.
        group: The photo's group.
        seed: The seed of the answer.
        split: The part of the split.
        place: The photo's place.
        others: All other columns, in their order.
    """

    photo: str = ""
    label: str = ""
    predicted: str = ""
    group: str = ""
    seed: str = ""
    split: str = ""
    place: str = ""
    others: tuple[str, ...] = ()


def find_columns(path: Path, table: Table) -> TableColumns:
    """Find the columns; beside ``photo_id`` and ``label`` every other column may be a class.

    Args:
        path: File to name in errors.
        table: What the file holds, with composed letters.

    Raises:
        PredictionsError: The table holds epochs of training, or no photo and no true class, or no answers.
    """
    names = {_plain(name): name for name in reversed(table.header)}
    _refuse_epochs(path, names)
    ours = {role: role if role in table.header else names.get(role, "") for role in OURS}
    if {"photo_id", "label"} <= set(table.header):
        found = {"photo": "photo_id", "label": "label", "predicted": _first(names, "predicted")}
    else:
        found = {role: _first(names, role) for role in NAMES} | {"photo": _photo(table, names)}
        if found["label"] == names.get("class") and set(names) >= OF_ONE_RESULT:
            found["label"] = ""  # the number of the answer
    if not found["predicted"] and set(names) >= OF_ONE_RESULT:
        found["predicted"] = names["name"]
    taken = {*found.values(), *ours.values()}
    columns = TableColumns(**found, **ours, others=tuple(name for name in table.header if name not in taken))
    _check(path, table, columns)
    return columns


def added_columns(names: Sequence[str]) -> TableColumns:
    """Find what a person adds to a table whose photos and answers are known: a true class, a group, a place.

    Args:
        names: Names of the columns that are added.
    """
    plain = {_plain(name): name for name in reversed(names)}
    label, group, place = _first(plain, "label"), plain.get("group", ""), plain.get("place", "")
    others = tuple(name for name in names if name not in {label, group, place})
    return TableColumns(label=label, group=group, place=place, others=others)


def values_of(table: Table, name: str) -> NDArray[np.str_]:
    """Values of a column as text, shape (N,).

    Args:
        table: Table of N rows.
        name: Name of one of its columns; empty for none, which gives shape (0,).
    """
    return texts(row[table.header.index(name)] for row in table.rows if name)


def check_filled(path: Path, table: Table, found: TableColumns) -> None:
    """Each line has what its column promises.

    Args:
        path: File to name in errors.
        table: What the file holds.
        found: Which of its columns says what, as `find_columns` finds them.

    Raises:
        PredictionsError: A line has no photo, true class, answer or place where others have one.
    """
    for what, name in (
        ("a name of the photo", found.photo),
        ("a true class", found.label),
        ("an answer", found.predicted),
        ("a place", found.place),
    ):
        column = values_of(table, name)
        lacking = next((row for row, cell in enumerate(column) if not given(str(cell))), None)
        if lacking is not None:
            shown = f"'{column[lacking]}', which tables write where a value is missing" if column[lacking] else "none"
            raise bad_line(path, table, lacking, f"{what} in every line", shown)


def with_photo_names(table: Table) -> Table:
    """The same, its nameless first column (the index of pandas) named where it names photos; row numbers go."""
    if not table.header or table.header[0] not in {"", "Unnamed: 0"}:
        return table
    index = [row[0] for row in table.rows]
    named = _photo(table, {_plain(name): name for name in table.header})
    if named and _plain(named) in WEAK and all(FILE.search(one) for one in index):
        named = ""
    if named or index == [str(n) for n in range(len(index))]:
        return replace(table, header=table.header[1:], rows=tuple(row[1:] for row in table.rows))
    if all(FILE.search(one) for one in index) or len(set(index)) == len(index):
        return replace(table, header=(NAMES["photo"][1], *table.header[1:]))
    return table


def with_composed_letters(path: Path, table: Table) -> Table:
    """The same with Unicode's composed letters: Hangul and accents are written in two ways.

    Args:
        path: File to name in errors.
        table: What the file holds.

    Raises:
        PredictionsError: Two columns are then called alike.
    """
    header = tuple(map(composed, table.header))
    if twice := sorted({name for name in header if name and header.count(name) > 1}):
        raise PredictionsError(
            f"Each column of '{path}' must be named once.",
            f"'{twice[0]}' stands twice in its first line.",
            "Rename one of them, or leave it out.",
        )
    return replace(table, header=header, rows=tuple(tuple(map(composed, row)) for row in table.rows))


def without_prefix(classes: Sequence[str], known: set[str]) -> tuple[str, ...]:
    """Names of classes without what all of them begin with, where true classes and answers are called so.

    Where none are known, what all begin with must be a word for probabilities: it may be the crop. Nor does it stay
    where numbers are left, and no known name is a number.

    Args:
        classes: Names of the columns of probabilities.
        known: Names that the file has as true classes and answers; may be empty.

    Example:
        >>> without_prefix(("proba_early", "proba_late"), {"early", "late"})
        ('early', 'late')
        >>> without_prefix(("potato_early", "potato_late"), set())
        ('potato_early', 'potato_late')
    """
    heads = {re.split(r"[_ .:-]", name, maxsplit=1)[0] for name in classes}
    if len(heads) == 1 and not known & set(classes):
        (head,) = heads
        bare = tuple(name[len(head) + 1 :] for name in classes)
        by_number = all(one.isdecimal() for one in bare) and not any(one.isdecimal() for one in known)
        called_so = known <= set(bare) if known else head.casefold() in OF_PROBABILITIES
        if all(bare) and (by_number or called_so):
            return bare
    return tuple(classes)


def bad_line(path: Path, table: Table, row: int, wanted: str, found: str, mend: str = MEND) -> PredictionsError:
    """What to raise of one line.

    Args:
        path: File to name in the error.
        table: What the file holds.
        row: Position of the line among the rows, counted from 0.
        wanted: What the file must have, as the error names it.
        found: What the line has instead.
        mend: What the error tells a person to do.
    """
    photo = find_columns(path, table).photo
    name = f"Photo {table.rows[row][table.header.index(photo)]}" if photo else "The photo"
    return PredictionsError(
        f"'{path}' must have {wanted}.",
        f"{name} (line {table.numbers[row]}) has {found}.",
        mend,
    )


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def _first(names: dict[str, str], role: str) -> str:
    return next((names[one] for one in NAMES[role] if one in names), "")


def _photo(table: Table, names: dict[str, str]) -> str:
    """What names the photo: not Ultralytics' ``name``, which is the answer, nor an ``id`` of classes or models."""
    if found := _first({one: name for one, name in names.items() if one not in WEAK}, "photo"):
        return found
    for one in WEAK:
        if one in names and not (one == "name" and set(names) >= OF_ONE_RESULT):
            told = [table.header.index(name) for name in (names[one], names.get("seed")) if name]
            if len({tuple(row[at] for at in told) for row in table.rows}) == len(table.rows):
                return names[one]
    return ""


def _refuse_epochs(path: Path, names: dict[str, str]) -> None:
    """Keras' CSVLogger, fastai's CSVLogger, Ultralytics' results.csv and timm's summary.csv lie beside the answers."""
    if next(iter(reversed(names)), "") == "epoch":
        raise PredictionsError(
            f"'{path}' must hold one line per test photo.",
            "It holds one line per epoch of training.",
            "Let the model predict the test photos, and write its answers: the page 'Use your own predictions' has the "
            "lines for each tool.",
        )


def _check(path: Path, table: Table, columns: TableColumns) -> None:
    answers = bool(columns.predicted) or len(columns.others) > 1
    if answers and (columns.photo or columns.label) and all(table.header):
        return
    mend = "Optional columns are group, seed, split and place; every other column is a class."
    if columns.predicted and not (columns.photo or columns.label):
        mend = "Add the name of each photo as a column 'filename': result.path in Ultralytics, filenames in Keras."
    raise PredictionsError(
        f"The first line of '{path}' must name photo_id or label, and either predicted or one probability column per "
        "class, each once.",
        f"It names {', '.join(name or 'nothing' for name in table.header) or 'nothing'}.",
        mend,
    )
