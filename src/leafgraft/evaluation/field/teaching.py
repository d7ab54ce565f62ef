"""What all networks of a study say together of photos without a label, so that each learns from all.

Networks that were trained alike err on other photos each: right where another is wrong, they teach what a single one
could not know. They look at other views of each photo, too: answers to several views err less than an answer to one.
A head for features as they are knows common classes of the place better, one for scaled features rare ones; what learns
from both needs no scale, so that it keeps home.

Source: Blum and Mitchell 1998, Combining labeled and unlabeled data with co-training; Zou et al. 2018 for what is taken
of the answers, see `self_training`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leafgraft.choices.heads.optimum import LinearHead
from leafgraft.choices.heads.standardisation import Features, Floats
from leafgraft.evaluation.field.fit import SCALED, SETTINGS, FitSetting, Place, fit_settings
from leafgraft.evaluation.metrics import Ints

TEACHERS = (SETTINGS[1], SCALED)


@dataclass(frozen=True, slots=True, eq=False)
class Teachers:
    """Teachers of one network, and what each of them says.

    Attributes:
        heads: By their setting; none where the network knows no unlabelled photos.
        said: Probabilities of each for the unlabelled photos, mean over their views, of shape (M, C).
    """

    heads: dict[FitSetting, LinearHead]
    said: list[Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Teaching:
    """Teachers, and what they say.

    Attributes:
        heads: Teachers of each network by their setting; none where it knows no unlabelled photos.
        said: Mean probabilities of all of them for the unlabelled photos, over their views, shape (M, C); None without
            such photos.
    """

    heads: tuple[dict[FitSetting, LinearHead], ...]
    said: Floats | None


def teach(places: Sequence[Place], rows: Ints) -> Teaching:
    """Fit the teachers of every network to some of the labelled photos.

    Args:
        places: The same photos as every network sees them.
        rows: Positions among the labelled photos of those to fit to.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    return together([fit_teachers(place, rows) for place in places])


def fit_teachers(place: Place, rows: Ints) -> Teachers:
    """The same of one network.

    Args:
        place: The photos as it sees them.
        rows: Positions among the labelled photos of those to fit to.

    Raises:
        ConvergenceError: The optimum of a head is not reached.
    """
    unlabelled = place.known.unlabelled
    if unlabelled is None:
        return Teachers({}, [])
    heads = dict(fit_settings(place.known, place.labelled.rows(rows), TEACHERS))
    views = () if place.known.unlabelled_views is None else place.known.unlabelled_views
    return Teachers(heads, [_answers(head, [unlabelled, *views]) for head in heads.values()])


def together(teachers: Sequence[Teachers]) -> Teaching:
    """What the teachers of all networks say together.

    Args:
        teachers: Those of each network, fitted to the same photos.
    """
    said = [answers for one in teachers for answers in one.said]
    return Teaching(tuple(one.heads for one in teachers), np.mean(said, axis=0) if said else None)


def _answers(head: LinearHead, views: Sequence[Features]) -> Floats:
    """Mean probabilities for all views of each photo, shape (M, C)."""
    return np.asarray(np.mean([head.probabilities(view) for view in views], axis=0))
