"""What stands beside every answer: how often such answers were right, on photos of which place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from leafgraft.data.read.spelling import one_of
from leafgraft.errors import UsageError
from leafgraft.records.display import counted, percent
from leafgraft.records.evaluation import Interval
from leafgraft.web.bundle import BundleIndex

HOME = "home"
DO_NOT_ACT, NEVER_TESTED = "do not act on this", "never tested outdoors"
MORE_THAN, FEWER_THAN = "more than", "fewer than"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How often answers were right on photos of one place.

    Attributes:
        place: Its name; `HOME` where the bundle was never tested elsewhere.
        share: Share of right answers.
        interval: 95% interval of it.
        photos: Measured on.
        declined_too: Every photo was counted, also those that are declined: too few were answered.
        act: Whether answers may be acted on: the interval lies above the floor, which is what answering one class alone
            would reach, and reaches `act_above` of the study; None where nobody knows: the bundle was never tested
            outside of home, or, beside an answer, no photo of its class was there to test with.
        untested: Classes of which no photo was there; beside an answer, its class if it is one of them.
        outdoors: The bundle was tested outside of home.
    """

    place: str
    share: float
    interval: Interval
    photos: int
    declined_too: bool
    act: bool | None
    untested: tuple[str, ...] = ()
    outdoors: bool = True

    def beside(self, answer: str) -> Evidence:
        """The same of one answer.

        Args:
            answer: Its class.
        """
        untested = tuple(name for name in self.untested if name == answer)
        return replace(self, untested=untested, act=None if untested and self.act else self.act)

    @property
    def out_of(self) -> int:
        """Ten, or the photos where there were fewer: nobody counted more."""
        return min(10, self.photos)

    @property
    def right_of_ten(self) -> int:
        """Of `out_of`, a number that can be pictured: never all where some were wrong, nor 0 where some were right."""
        rounded = round(self.out_of * self.share)
        return {MORE_THAN: self.out_of - 1, FEWER_THAN: 1}.get(self.right_of_ten_bound, rounded)

    @property
    def right_of_ten_bound(self) -> str:
        """What stands before that number where rounding would say all, or none; else empty."""
        rounded = round(self.out_of * self.share)
        if rounded == self.out_of and self.share < 1:
            return MORE_THAN
        return FEWER_THAN if rounded == 0 and self.share > 0 else ""

    @property
    def figures(self) -> str:
        """How often, and where that was measured."""
        low, high = map(percent, self.interval)
        counting = ", counting photos that it would decline" if self.declined_too else ""
        answers = f"{self.right_of_ten_bound} {self.right_of_ten} of {self.out_of} answers".lstrip()
        photos = counted(self.photos, "photo")
        right = f"{answers} were right ({low} to {high}), measured on {photos} of {self.place}{counting}."
        names = ", ".join(self.untested)
        if not self.outdoors:
            right = f"Never tested outdoors. On photos of home {right}"
            return f"{right} None of these photos shows {names}." if names else right
        if names:
            never = f"Never tested in {self.place}: {names}, of which no photo from there was labelled."
            return f"{never} On photos of other classes {right}"
        return f"On photos like these {right}"

    @property
    def warning(self) -> str:
        """What is said before an answer; empty where it may be acted on."""
        if self.act is None and self.outdoors:
            return f"never tested in {self.place}"
        return {True: "", None: NEVER_TESTED, False: DO_NOT_ACT}[self.act]

    @property
    def words(self) -> str:
        """The same, after what it means."""
        return f"Do not act on this. {self.figures}" if self.act is False else self.figures

    def to_json(self) -> dict[str, Any]:
        """The keys that programs read."""
        pictured = ("right_of_ten", "right_of_ten_bound", "out_of", "words")
        return {**asdict(self), **{name: getattr(self, name) for name in pictured}}


def evidence_of(index: BundleIndex) -> Evidence | None:
    """Of the place that a bundle is for, else of the one where it is right least often, else of home.

    None for a bundle of an earlier version, which does not say.
    """
    own = [one for one in index.places if one.own] or [one for one in index.places if one.name == HOME]
    elsewhere = [one for one in index.places if one not in own]
    home = own[0] if own else None
    named = next((one for one in index.places if one.name == index.place), None)
    found = named or min(elsewhere, key=lambda one: one.share, default=home)
    if found is None:
        return None
    act: bool | None = found.interval[0] > found.floor and found.interval[1] >= index.act_above
    outdoors = found is not home or named is not None
    measured = (found.name, found.share, found.interval, found.photos, found.declined_too)
    return Evidence(*measured, act if outdoors else None, tuple(found.untested), outdoors)


def at_place(index: BundleIndex, place: str) -> BundleIndex:
    """The same bundle, whose photos are said to come from a place.

    Raises:
        UsageError: It was not tested there.
    """
    names = [one.name for one in index.places]
    found = one_of(names, place)
    if not found:
        raise UsageError(
            "--place must name a place that the bundle was tested in.",
            f"It is '{place}'; there are {', '.join(names) or 'none'}.",
            "Name one of them, or leave it out.",
        )
    return index.model_copy(update={"place": found})
