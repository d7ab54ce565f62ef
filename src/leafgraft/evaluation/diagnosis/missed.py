"""Photos that all recipes miss, and classes that are taken for each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from leafgraft.evaluation.gaps import share_of_groups
from leafgraft.evaluation.predictions.aligned_rows import Rows
from leafgraft.records.evaluation import ConfusedPair, MissedPhoto

FEWEST_RECIPES, FEWEST_TRIALS = 3, 6


def missed_by_all(rows: Rows, trained: Sequence[bool], untrained: Collection[str] = ()) -> tuple[MissedPhoto, ...]:
    """Photos that no trained trial has right, those with the firmest other answer first.

    What one recipe misses is its error rate, and says nothing of labels. So there are none unless at least three
    recipes and six trials of them answered. Nor does it say anything of a place that none of them knows.

    Args:
        rows: Answers of K recipes.
        trained: Which recipes were trained; derived ones only repeat what those say.
        untrained: Places that were not trained on: photos of these are passed over.
    """
    of_trained = [answers for answers, is_trained in zip(rows.answers, trained, strict=True) if is_trained]
    if len(of_trained) < FEWEST_RECIPES or sum(len(answers.correct) for answers in of_trained) < FEWEST_TRIALS:
        return ()
    correct = np.concatenate([answers.correct for answers in of_trained])
    predicted = np.concatenate([answers.predicted for answers in of_trained])
    told = [answers.confidence for answers in of_trained if not answers.only_answers]
    confidence = np.concatenate(told) if told else None
    found = []
    known = np.ones(len(rows.label), bool) if rows.place is None else ~np.isin(rows.place, list(untrained))
    for row in np.flatnonzero(known & ~correct.any(axis=0)):
        votes = np.bincount(predicted[:, row], minlength=len(rows.classes))
        found.append(
            MissedPhoto(
                photo_id=str(rows.photo_id[row]),
                label=rows.classes[rows.label[row]],
                predicted=rows.classes[int(votes.argmax())],
                agreement=float(votes.max() / votes.sum()),
                confidence=None if confidence is None else float(confidence[:, row].mean()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.agreement, -(one.confidence or 0.0), one.photo_id)))


def confused_pairs(rows: Rows) -> tuple[ConfusedPair, ...]:
    """Pairs of classes over all trials, the most frequent confusion first; pairs never confused are left out.

    Args:
        rows: Answers of at least one recipe.
    """
    answers = np.concatenate([one.predicted for one in rows.answers])
    found = []
    for true, name in enumerate(rows.classes):
        of_class = rows.label == true
        answers_there, group = answers[:, of_class], rows.group[of_class]
        for other in sorted(set(np.unique(answers_there).tolist()) - {true}):
            taken = answers_there == other
            count = float(taken.sum() / len(taken))
            interval = share_of_groups(taken, group)[1]
            found.append(ConfusedPair(name, rows.classes[other], count, count / len(group), interval))
    return tuple(sorted(found, key=lambda pair: (-pair.rows, pair.true, pair.predicted)))
