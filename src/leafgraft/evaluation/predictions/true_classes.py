"""True classes of photos, where a file of another tool tells them by folders or not at all; classes told by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from leafgraft.errors import PredictionsError
from leafgraft.evaluation.predictions.photo_names import folder_of
from leafgraft.evaluation.predictions.reading.tool_answers import ToolAnswers, texts
from leafgraft.records.display import counted, first_of
from leafgraft.records.photo import class_key
from leafgraft.storage.predictions import Predictions

SHOWN = 5
FEW = 5  # photos of a folder; of fewer, all may have been corrected


def class_names(said: Iterable[Predictions | ToolAnswers]) -> set[str]:
    """All names by which files call classes, of photos or not; numbers and answers, such as "cannot tell", are none."""
    found: set[str] = set()
    for one in said:
        told = [one.classes] if isinstance(one, Predictions) else [one.classes, one.label]
        for names in ({str(name) for name in names} for names in told):
            found |= set() if are_numbers(names) else names
    return found


def labelled_by_folder(answers: ToolAnswers, named: set[str]) -> ToolAnswers:
    """The same with the folder of each photo as its true class, where the folders are classes.

    Args:
        answers: Answers, with or without true classes.
        named: Classes as any file names them.
    """
    if len(answers.label):
        return answers
    folders = texts(folder_of(name) for name in answers.photo.tolist())
    names = set(folders.tolist())
    answered = set(answers.classes) or set(answers.predicted.tolist())
    numbered = are_numbers(answered)
    if numbered:
        alike = len(names) == len(answers.classes) if answers.classes else len(names) > max(map(int, answered))
        are_classes = len(names) > 1 and (alike or names <= named)
    elif answers.classes:
        are_classes = names <= answered
    else:
        are_classes = bool(names & answered)
    return replace(answers, label=folders) if are_classes and "" not in names else answers


def labelled_otherwise(path: Path, photos: Sequence[str], labels: Sequence[str], classes: Iterable[str]) -> list[str]:
    """Says how many true classes are others than the folders of their photos, where the folders are classes.

    Args:
        path: To name in what is said.
        photos: Names of N photos.
        labels: Their true classes; none where the file tells none.
        classes: Names of all classes that are known.

    Raises:
        PredictionsError: Most are others, in the whole file or in a folder of `FEW` or more: the classes are mixed up.
    """
    known = {class_key(one) for one in classes if not one.isdecimal()}
    lines = [
        (photo, folder, label)
        for photo, label in dict.fromkeys(zip(photos, labels, strict=False))  # with several seeds, each photo once
        if not label.isdecimal() and class_key(folder := folder_of(photo)) in known and folder
    ]
    other = [line for line in lines if class_key(line[1]) != class_key(line[2])]
    if not other:
        return []
    photo, folder, label = other[0]
    found = (
        f"'{path}': the true class differs from the photo's folder in {len(other):,} of {counted(len(lines), 'row')}, "
        f"first of '{photo}', which is '{label}' there."
    )
    of_folder, others = (Counter(folder for _, folder, _ in some) for some in (lines, other))
    mixed = [name for name, count in others.items() if of_folder[name] >= FEW and 2 * count > of_folder[name]]
    if 2 * len(other) <= len(lines) and not mixed:
        return [found]
    raise PredictionsError(
        f"True classes of '{path}' must be those of the folders that its photos lie in, but for a few.",
        f"They differ in {len(other):,} of {counted(len(lines), 'row')}, first of '{photo}': it is '{label}'.",
        "Give the names of the classes in the order of their numbers (vocab, class_names), and each row its own true "
        "class. If the true classes are right, join folders and names in all files: rust-1.jpg for rust/1.jpg.",
    )


def labelled_by_others(path: Path, answers: ToolAnswers, known: Mapping[str, str]) -> ToolAnswers:
    """The same with true classes as other files tell them; rows that no other file has are left out.

    Args:
        path: File to name in errors.
        answers: Answers that call photos by the ids of `known`.
        known: True class by photo id.

    Raises:
        PredictionsError: No file tells the true class of any of its photos.
    """
    if len(answers.label):
        return answers
    photos = answers.photo.tolist()
    keep = np.array([one in known for one in photos], dtype=np.bool_)
    if not keep.any():
        folders = sorted({folder_of(name) for name in photos} - {""})
        found = f"Its photos are called {first_of(photos, 2)}"
        found += f", in folders that are no classes ({first_of(folders, SHOWN)})." if folders else "."
        raise PredictionsError(
            f"The true class of each photo must be told by '{path}' or by another file.",
            found,
            "Add a column 'label'; or write each name with the folder of its class (timm: --fullname); or name a study "
            "folder or file beside it that tells the classes of the same photos.",
        )
    label = texts(known.get(one, "") for one in photos)
    columns = ("photo", "predicted", "probabilities", "group", "place", "seed")
    kept = {name: value[keep] for name in columns if (value := getattr(answers, name)) is not None}
    notes = answers.notes
    if not keep.all():
        lost = [one for one in dict.fromkeys(photos) if one not in known]
        count, some = counted(len(lost), "photo is", "photos are"), first_of(lost, SHOWN)
        notes = (*notes, f"'{path}': {count} left out, as no file tells their true class: {some}.")
    return replace(answers, **kept, label=label[keep], notes=notes)


def named_classes(answers: ToolAnswers, names: Sequence[str]) -> ToolAnswers:
    """The same with names in place of numbers of classes, in the order in which the tool numbers folders.

    Args:
        answers: Answers with true classes.
        names: Names of all classes, whether they have test photos or not.
    """
    numbers = set(answers.classes) or set(answers.predicted.tolist())
    if not are_numbers(numbers) or are_numbers(names):
        return answers
    ordered, told = sorted(names, key=answers.folder_order), set(map(int, numbers))
    every = set(range(len(ordered)))
    if not (told == every if answers.classes else told <= every):
        return answers
    said = ", ".join(f"{number} {name}" for number, name in enumerate(ordered))
    note = f"Classes told by number are taken in the order in which their tool numbers folders: {said}."
    predicted = texts(ordered[int(one)] for one in answers.predicted.tolist())
    classes = tuple(ordered[int(one)] for one in answers.classes)
    return replace(answers, predicted=predicted, classes=classes, notes=(*answers.notes, note))


def called_by_others(answers: ToolAnswers, known: Mapping[str, str]) -> ToolAnswers:
    """The same with names in place of numbers, where other files name the classes of the same photos.

    Args:
        answers: Answers that call photos by the ids of `known`.
        known: Name of the true class by photo id.
    """
    labels = answers.label.tolist()
    if not are_numbers(labels):
        return answers
    pairs = {(label, known[one]) for label, one in zip(labels, answers.photo.tolist(), strict=True) if one in known}
    names, predicted = dict(pairs), answers.predicted.tolist()
    told = {*labels, *answers.classes, *(predicted if are_numbers(predicted) else ())}
    if not len(pairs) == len(names) == len(set(names.values())) or not told <= names.keys():
        return answers  # the true classes differ, or a class has no test photo
    if not are_numbers(predicted) and not set(predicted) & set(names.values()):
        return answers  # its answers are called otherwise
    said = ", ".join(f"{number} {names[number]}" for number in sorted(told))
    note = f"Classes told by number are called as other files call them: {said}."
    label, answered = (texts(names.get(one, one) for one in classes) for classes in (labels, predicted))
    classes = tuple(names[one] for one in answers.classes)
    return replace(answers, label=label, predicted=answered, classes=classes, notes=(*answers.notes, note))


def check_called_alike(path: Path, answers: ToolAnswers) -> None:
    """Refuse answers that can never be right, as they are called otherwise than the true classes.

    Args:
        path: File to name in errors.
        answers: Answers with true classes.

    Raises:
        PredictionsError: One side has numbers and the other names.
    """
    labels, predicted = set(answers.label.tolist()), set(answers.predicted.tolist())
    if not labels & predicted and are_numbers(labels) != are_numbers(predicted):
        found, other = (first_of(sorted(names), SHOWN) for names in (labels, predicted))
        mend = "Write names in both; or name a study or file beside it that names the classes of the same photos."
        asked = f"True classes and answers of '{path}' must be called alike."
        raise PredictionsError(asked, f"True classes are {found}; answers are {other}.", mend)


def check_spelled_alike(path: Path, classes: set[str]) -> None:
    """Refuse classes that answers alone tell in two spellings: each would count as one.

    Args:
        path: File to name in errors.
        classes: Names of the classes of this file and of those beside it.

    Raises:
        PredictionsError: Two of them differ in case, blanks, underscores, hyphens or invisible letters alone.
    """
    spelled: dict[str, str] = {}
    for one in sorted(classes):
        if (other := spelled.setdefault(class_key(one), one)) != one:
            raise PredictionsError(
                f"'{path}' and the files beside it must spell each class in one way.",
                f"One is called {other!r} and {one!r}.",
                "Spell each class in one way, as the true class and as the answer.",
            )


def never_right(path: Path, answers: ToolAnswers, classes: set[str]) -> list[str]:
    """Says which answers are no class of any photo: a word that is spelled otherwise counts as a wrong answer.

    Args:
        path: To name in what is said.
        answers: Without probabilities.
        classes: All that any file names, and all true ones.
    """
    other = Counter(one for one in answers.predicted.tolist() if one not in classes)
    if not other:
        return []
    some = first_of([f"{name} ({count:,})" for name, count in other.most_common()], SHOWN)
    return [
        (
            f"'{path}': answers that are no photo's true class count as wrong: {some}. If a class is meant, write it "
            "as the true class is written."
        )
    ]


def are_numbers(names: Sequence[str] | set[str]) -> bool:
    """Whether classes are told by number."""
    return bool(names) and all(one.isdecimal() for one in names)
