"""What a bundle does with photos: how often it answers, is right, or declines, with 95% intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from leafgraft.evaluation.conformal import conformal_sets
from leafgraft.evaluation.gaps import mean_of_groups, share_of_groups
from leafgraft.evaluation.metrics import Floats, Ints
from leafgraft.records.evaluation import Interval

LEAST_ANSWERS = 30  # that a share of right ones is taken of


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a bundle declines.

    Attributes:
        in_set: Least probability that puts a class into the set.
        known: Largest distance of a known leaf.
    """

    in_set: float
    known: float


@dataclass(frozen=True, slots=True, eq=False)
class BundleAnswers:
    """What a bundle says of some photos.

    Attributes:
        probabilities: Shape (N, C).
        distances: Shape (N,).
        group: Group of each photo, shape (N,); photos of one group are drawn together.
        label: True class of each, shape (N,); none for photos of no class.
    """

    probabilities: Floats
    distances: Floats
    group: NDArray[np.str_]
    label: Ints | None = None

    def of_place(self, name: str, place_n: NDArray[np.str_]) -> BundleAnswers:
        """What it says of the photos of one place.

        Args:
            name: Name of the place.
            place_n: Place of each photo, shape (N,).
        """
        keep, label = place_n == name, None if self.label is None else self.label[place_n == name]
        return BundleAnswers(self.probabilities[keep], self.distances[keep], self.group[keep], label)


def describe_answers(said: BundleAnswers, thresholds: Thresholds) -> dict[str, Any]:
    """Shares of photos answered and declined, and how right the answers are; each a share with its interval.

    Args:
        said: What the bundle says of at least one photo.
        thresholds: When it declines.

    Returns:
        ``photos``, ``answered``, ``not_sure``, ``not_known``, ``declined``, ``mean_confidence`` with
        ``mean_confidence_interval``; with labels also ``accuracy`` (of all, declined or not), ``accuracy_of_answers``
        (None if none is answered), ``coverage`` of the sets, ``mean_set_size``, ``largest_class``, the share of the
        commonest label, ``largest_class_of_answers``, the same of the answered photos (None if none is), and
        ``photos_of_class``, how many photos have each label.
    """
    sets = conformal_sets(said.probabilities, thresholds.in_set)
    not_known = said.distances > thresholds.known
    not_sure = ~not_known & (sets.sum(axis=1) != 1)
    answered = ~not_known & ~not_sure
    mean_confidence, of_confidence = mean_of_groups(said.probabilities.max(axis=1), said.group)
    found: dict[str, Any] = {
        "photos": len(said.distances),
        "answered": measured_share(answered, said.group),
        "not_sure": measured_share(not_sure, said.group),
        "not_known": measured_share(not_known, said.group),
        "declined": measured_share(~answered, said.group),
        "mean_confidence": mean_confidence,
        "mean_confidence_interval": of_confidence,
    }
    if said.label is not None:
        correct = said.probabilities.argmax(axis=1) == said.label
        covered = sets[np.arange(len(said.label)), said.label]
        found["accuracy"] = measured_share(correct, said.group)
        found["accuracy_of_answers"] = (
            measured_share(correct[answered], said.group[answered]) if answered.any() else None
        )
        found["coverage"] = measured_share(covered, said.group)
        found["mean_set_size"] = float(sets.sum(axis=1).mean())
        found["photos_of_class"] = np.bincount(said.label, minlength=said.probabilities.shape[1]).tolist()
        found["largest_class"] = _largest_class(said.label)
        found["largest_class_of_answers"] = _largest_class(said.label[answered]) if answered.any() else None
    return found


def _largest_class(label: Ints) -> float:
    return float(np.bincount(label).max() / len(label))


def place_of_bundle(name: str, answers: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """How often answers are right in a place, as bundle.json has it.

    Where a bundle answers too few photos to say, every photo counts. The floor is what answering one class alone would
    reach: there, and among the photos that are counted, whichever is larger. A class without a photo is untested there.

    Args:
        name: Name of the place.
        answers: Shares of answers of labelled photos, as `describe_answers` gives them.
        classes: Names of the classes.
    """
    answered = round(answers["answered"]["share"] * answers["photos"])
    declined_too = answered < LEAST_ANSWERS
    right = answers["accuracy"] if declined_too else answers["accuracy_of_answers"]
    of_counted = answers["largest_class"] if declined_too else answers["largest_class_of_answers"]
    return {
        "name": name,
        "photos": answers["photos"] if declined_too else answered,
        "share": right["share"],
        "interval": right["interval"],
        "floor": max(answers["largest_class"], of_counted),
        "declined_too": declined_too,
        "untested": [one for one, photos in zip(classes, answers["photos_of_class"], strict=True) if not photos],
    }


def measured_share(is_so: NDArray[np.bool_], group: NDArray[np.str_]) -> dict[str, Any]:
    """A share and its 95% interval over groups, as ``share`` and ``interval``.

    Args:
        is_so: Whether something holds of each photo, shape (N,); at least one photo.
        group: Group of each photo, shape (N,).
    """
    value, interval = share_of_groups(is_so[None], group)
    return {"share": value, "interval": interval}


def separation(home: BundleAnswers, other: BundleAnswers) -> dict[str, Any]:
    """How well the distance tells other photos from home ones: area under the ROC curve with its 95% interval.

    Args:
        home: What the bundle says of photos like those it was trained on.
        other: What it says of photos that should lie farther away.

    Returns:
        ``auroc``, from 0 to 1 (0.5: not at all), and its ``interval``.

    Source:
        DeLong, DeLong & Clarke-Pearson 1988, with the sums taken over groups; interval on the logit.
    """
    ranks = stats.rankdata(np.concatenate([other.distances, home.distances]))
    of_other = (ranks[: len(other.distances)] - stats.rankdata(other.distances)) / len(home.distances)
    of_home = 1 - (ranks[len(other.distances) :] - stats.rankdata(home.distances)) / len(other.distances)
    area = float(of_other.mean())
    variance = _variance_of_mean(of_other, other.group) + _variance_of_mean(of_home, home.group)
    fewer = min(len(np.unique(one.group)) for one in (other, home))
    return {"auroc": area, "interval": _area_interval(area, variance, fewer)}


def _area_interval(area: float, variance: float, groups: int) -> Interval:
    """On the logit; where no pair is out of order, or a side is one group, what so few groups could have missed."""
    if area in {0.0, 1.0} or variance <= 0 or groups < 2:
        missed = 1 - 0.025 ** (1 / groups)
        return (max(0.0, area - missed), min(1.0, area + missed))
    half = stats.norm.ppf(0.975) * np.sqrt(variance) / (area * (1 - area))
    low, high = special.expit(special.logit(area) + np.array([-half, half]))
    return (float(low), float(high))


def _variance_of_mean(values: Floats, group: NDArray[np.str_]) -> float:
    _, group_of = np.unique(group, return_inverse=True)
    sums = np.bincount(group_of, weights=values - values.mean())
    groups = len(sums)
    return float((sums**2).sum()) / len(values) ** 2 * groups / max(groups - 1, 1)
