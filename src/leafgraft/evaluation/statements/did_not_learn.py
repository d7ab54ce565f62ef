"""Whether a recipe learned at all: its answers, and its own training photos against the best linear head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leafgraft.evaluation.metrics import Ints
from leafgraft.evaluation.statements.sentence import flag_in_words
from leafgraft.records.display import percent
from leafgraft.records.evaluation import DidNotLearn, Flag, Making

MARGIN = 0.10  # of the training photos, below the best linear head on frozen features
DID_NOT_LEARN = "did not learn"
ADVICE: dict[Making, str] = {
    "trained": (
        "Take another learning rate ('leafgraft tune STUDY.yaml --rate' suggests one) or more epochs, or let the head "
        "be solved for instead of trained: 'strategy: probe'."
    ),
    "solved": (
        "Its head is solved for, so that no rate and no epochs change it: add photos of the other classes, or take "
        "another backbone or image size."
    ),
    "elsewhere": "Look at how it was trained, and at how its answers were written.",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """Accuracy of one trial on its own training photos, and that of the best linear head on the same photos."""

    trained: float
    optimum: float


def may_fall_short(trained: float) -> bool:
    """Whether the best linear head can be better by 10 points or more at all.

    Args:
        trained: Accuracy of a trial on its own training photos, from 0 to 1.
    """
    return trained <= 1 - MARGIN


def short_of_optimum(trials: Sequence[Reached], of: int) -> DidNotLearn | None:
    """Trials of one recipe that end 10 points or more below the best linear head; None if there is none.

    Args:
        trials: Trials of the recipe, as far as they may fall short.
        of: How many trials it has.
    """
    short = [one for one in trials if one.optimum - one.trained >= MARGIN]
    if not short:
        return None
    worst = max(short, key=lambda one: one.optimum - one.trained)
    return DidNotLearn(len(short), of, None, worst.trained, worst.optimum, ADVICE["trained"])


def one_answer(predicted: Ints, label: Ints, classes: Sequence[str], making: Making) -> DidNotLearn | None:
    """Trials that answer one class for all photos, though they are of several; None if there is none.

    Args:
        predicted: Class indices, shape (trials, N).
        label: True class of each row as an index, shape (N,).
        classes: Names of the classes by index.
        making: How the recipe was made: what helps goes by that.
    """
    same = [int(line[0]) for line in predicted if (line == line[0]).all()]
    if not same or len(np.unique(label)) < 2:
        return None
    names = tuple(dict.fromkeys(classes[answer] for answer in same))
    return DidNotLearn(len(same), len(predicted), ", ".join(names), None, None, ADVICE[making])


def flag_of(found: DidNotLearn) -> Flag:
    """The warning, in words."""
    some = f" with {found.trials} of {found.of} trials" if found.of > 1 else ""
    trained, optimum = percent(found.train_accuracy or 0.0), percent(found.optimum or 0.0)
    if found.one_class is not None:
        what = f"It answers {found.one_class} for every test photo{some}."
    elif found.trials > 1:
        what = (
            f"With {found.trials} of {found.of} trials it ends 10 points or more below the best linear head on "
            f"features of the untouched backbone: at worst it is right for {trained} of its own training photos, that "
            f"head for {optimum}."
        )
    else:
        what = (
            f"On its own training photos it is right for {trained}{some}; the best linear head on features of the "
            f"untouched backbone is right for {optimum} of them."
        )
    return flag_in_words(DID_NOT_LEARN, f"{what} {found.advice}")
