"""Whether a part of the file names tells the leaf: it repeats in a class as counters, moments and sizes do not."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from leafgraft.data.groups.name_parts import (
    CAMERAS,
    COUNTED,
    GATHERED,
    LEAVES,
    PLACES,
    PLANTS,
    VIEWS,
    Part,
    parts_of_folders,
    parts_of_names,
    stem,
    tokens_of,
)
from leafgraft.data.read.spelling import composed
from leafgraft.records.pattern import captured
from leafgraft.records.photo import Photo

LEAST_MATCHED = 0.2  # of all photos
FEWEST_SHARED, LEAST_SHARED = 4, 0.1  # photos that share the part with another of their class; of those that match
MOST_IN_ONE = 0.6  # of a class: more is no leaf
FEWEST_VALUES = 3  # in a class, on average
FEWEST_WORDS = 5
FEWEST_NUMBERS, MOST_ON_AVERAGE = 5, 10  # where nothing but numbers speaks
LARGEST_VIEWS_SHARE = 0.5  # distinct rests of the names per photo, below which they are views
BEYOND_CHANCE, DEVIATIONS = 1.5, 4.0
FILLED = 0.9  # of the numbers from the lowest to the highest; of the views or copies that each number may have
YEARS = range(1950, 2050)
SIDES = frozenset(range(64, 4097, 32)) | {100, 150, 180, 200, 227, 250, 299, 300, 400, 500, 600, 720, 900, 1000, 1080}
COPY = re.compile(r"( - Copy)?( ?\(\d+\))?(~\d+)?$| copy( \d+)?$", re.IGNORECASE)
VIEW = re.compile(r"[\W_]*(?:[a-z]|(?:" + "|".join((*VIEWS, *COUNTED)) + r")[\W_]*\d{0,2})[\W_]*", re.IGNORECASE)
MARK = re.compile(
    r"[\W_]*(?:\d{1,2}|(?:" + "|".join((*VIEWS, *COUNTED)) + r")[\W_]*\d{0,2})?[\W_]*(?:"
    + "|".join(CAMERAS) + r")[\W_]*",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameGroups:
    """A part of the names that seems to tell the leaf.

    Attributes:
        pattern: Regular expression that captures it.
        value_of: What it captures, by path; photos that do not match are left out.
        shared: Photos that share it with another photo of their class.
    """

    pattern: str
    value_of: dict[str, str]
    shared: int

    @property
    def within_classes(self) -> str:
        """The same with the folder of the class, where the part is the first of the name; else empty."""
        first = re.fullmatch(r"\^\((.*?)\)(.*)", self.pattern)
        return f"([^/]+/{first[1]}){first[2].removesuffix('$')}[^/]*$" if first and "/" not in self.pattern else ""


@lru_cache(maxsize=1)  # the audit asks again with whatever more is known of the same photos
def suggest_groups(photos: tuple[Photo, ...]) -> NameGroups | None:
    """The part of names or folders that most likely tells the leaf, or the plant; None if none does."""
    if len(photos) < 2:
        return None
    spelled = [replace(photo, path=composed(photo.path)) for photo in photos]
    stems = {(photo.label, stem(photo.path)) for photo in spelled}
    first = [photo for photo in spelled if not _is_marked_copy(photo, stems)]
    texts = {photo.path: frozenset(token.text for token in tokens_of(stem(photo.path))) for photo in first}
    parts = [(part, _Columns(part, first, texts)) for part in [*parts_of_folders(first), *parts_of_names(first)]]
    parts = [(part, columns) for part, columns in parts if columns.repeat()]
    numbers = len({columns.sizes for part, columns in parts if part.kind == "number"})
    ranked = [
        ((rank, -columns.shared, part.pattern[-1] == ")" and not part.before, len(part.pattern), part.pattern), columns)
        for part, columns in parts
        if (rank := _rank(part, columns, numbers)) is not None
    ]
    if not ranked:
        return None
    (*_, pattern), columns = min(ranked, key=lambda one: one[0])
    found = {photo.path: value for photo in photos if (value := captured(pattern, photo.path))}
    return NameGroups(pattern, found, columns.shared) if found else None


def _is_marked_copy(photo: Photo, stems: set[tuple[str, str]]) -> bool:
    """Whether the name is another's with a mark such as (1) or - Copy: it then says that the other was there."""
    name = stem(photo.path)
    plain = COPY.sub("", name)
    return plain != name and (photo.label, plain) in stems


class _Columns:
    """What a part captures, class by class, and what is left of the names."""

    def __init__(self, part: Part, photos: Sequence[Photo], texts: Mapping[str, frozenset[str]]) -> None:
        self.photos, self.of_side = len(photos), 0
        self.of_class: dict[str, list[tuple[str, str]]] = {}
        of_folder = Counter[tuple[str, str]]()
        for photo in photos:
            text = photo.path if part.kind == "folder" else photo.path.rsplit("/", 1)[-1]
            match = re.search(part.pattern, text)
            if not match or (part.kind not in {"folder", "code"} and match[1] not in texts[photo.path]):
                continue  # a part of something else, such as the day of a camera's time
            rest = stem(text) if part.kind == "folder" else f"{text[: match.start(1)]}\0{text[match.end(1) :]}"
            self.of_class.setdefault(photo.label, []).append((match[1], rest))
            self.of_side += match[1] in {str(photo.width), str(photo.height)}
            of_folder[photo.path.rsplit("/", 1)[0], match[1]] += 1
        # the same name in two parts of a split, as counters have, is no repeat
        self.of_class = {label: sorted(set(rows)) for label, rows in self.of_class.items()}
        self.counts = [Counter(value for value, _ in rows) for rows in self.of_class.values()]
        self.matched = sum(len(rows) for rows in self.of_class.values())
        self.values = sum(len(of) for of in self.counts)
        self.shared = sum(count for of in self.counts for count in of.values() if count > 1)
        self.shared_in_folder = sum(count for count in of_folder.values() if count > 1)

    @property
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """How many photos share each value, class by class: the same for two expressions of one part."""
        return tuple(tuple(sorted(of.values())) for of in self.counts)

    @property
    def numbered(self) -> tuple[Sequence[Counter[str]], ...]:
        """Photos of each value, as they are if numbers begin anew in each class, and if they go on over all."""
        return self.counts, [sum(self.counts, Counter())]

    def repeat(self) -> bool:
        """Whether the part repeats in a class as leaves would: often, and none of its values everywhere."""
        largest = sum(max(of.values()) for of in self.counts)
        return (
            self.matched >= LEAST_MATCHED * self.photos
            and self.shared >= max(FEWEST_SHARED, LEAST_SHARED * self.matched)
            and self.values >= FEWEST_VALUES * len(self.counts)
            and largest <= MOST_IN_ONE * self.matched
        )

    def rests(self) -> int:
        """Distinct rests of the names, over all classes."""
        return sum(len({rest for _, rest in rows}) for rows in self.of_class.values())

    def views_only(self) -> bool:
        """Whether only a view precedes the part, and nearly every value has every view."""
        rests = {rest for rows in self.of_class.values() for _, rest in rows}
        ahead = {rest.split("\0", 1)[0] for rest in rests}
        return all(VIEW.fullmatch(one) for one in ahead) and self.matched >= FILLED * self.values * len(ahead)

    def of_copies(self) -> bool:
        """Whether only marks of copies differ beside a camera's number, and nearly every number has every one."""
        rests = {rest for rows in self.of_class.values() for _, rest in rows}
        marks = all(MARK.fullmatch(one.split("\0", 1)[0]) for one in rests)
        return marks and self.matched >= FILLED * self.values * len(rests)

    def in_a_row(self) -> bool:
        """Whether equal values follow each other when photos are sorted by the numbers in the rest of their names."""
        runs = 0
        for rows in self.of_class.values():
            by_rest = sorted(rows, key=lambda row: (list(map(int, re.findall(r"\d+", row[1]))), row[1]))
            runs += 1 + sum(one[0] != other[0] for one, other in pairwise(by_rest))
        return self.rests() == self.matched and runs <= self.values + 0.25 * (self.matched - self.values)

    def often(self) -> bool:
        """Whether numbers are shared more often than if they were drawn from their range, as measurements are."""
        expected = variance = 0.0
        for rows in self.of_class.values():
            numbers = sorted(int(value) for value, _ in rows)
            cut = len(numbers) // 20
            span = (numbers[-1 - cut] - numbers[cut] + 1) / 0.9
            chance = 1 - math.exp(-(len(numbers) - 1) / span)
            expected += len(numbers) * chance
            variance += 2 * len(numbers) * chance * (1 - chance)
        excess = self.shared - expected
        return self.shared >= BEYOND_CHANCE * expected and excess >= DEVIATIONS * math.sqrt(variance)

    def evenly(self) -> bool:
        """Whether each number of their range is on about as many photos, in each class or in all: chance scatters."""
        return any(_deviations(of) <= -DEVIATIONS for of in self.numbered)

    def filled(self) -> bool:
        """Whether nearly every number of their range is there, in each class or in all."""
        return any(sum(map(len, of)) >= FILLED * sum(map(_span, of)) for of in self.numbered)

    def measure(self) -> bool:
        """Whether the numbers are years, or sides of photos."""
        numbers = {int(value) for of in self.counts for value in of if value.isdecimal()}
        sides = sum(number in SIDES for number in numbers)
        years = bool(numbers) and all(number in YEARS for number in numbers)
        return years or 2 * self.of_side > self.matched or sides > 0.8 * len(numbers)


def _rank(part: Part, columns: _Columns, numbers: int) -> int | None:
    """How sure it is that the part tells the leaf, 0 the surest; None if it need not.

    Args:
        part: The part.
        columns: What it captures.
        numbers: Among how many numbers that repeat it is one.
    """
    if part.before.removesuffix("s") in PLANTS:
        return 0
    if part.before in LEAVES:
        return 1
    if part.before in (*VIEWS, *COUNTED, *GATHERED):
        return None
    views = columns.rests() <= LARGEST_VIEWS_SHARE * columns.matched
    if part.kind == "word":
        return 6 if views and columns.values >= FEWEST_WORDS * len(columns.counts) else None
    if part.kind in {"number", "code"}:
        of_number = _rank_beside_views(part, columns) if views else _rank_alone(part, columns, numbers)
        return None if columns.measure() else of_number
    return {"uuid": 2, "hash": 2, "stamp": 2, "folder": 3, "date": 7}[part.kind]


def _rank_beside_views(part: Part, columns: _Columns) -> int | None:
    """A number beside views: that of a camera's photo of which copies were made, or one that leads or follows views."""
    if part.before in CAMERAS and columns.values > columns.rests() and columns.of_copies():
        return 3
    return 4 if part.leads or part.before in PLACES or columns.views_only() else None


def _rank_alone(part: Part, columns: _Columns, numbers: int) -> int | None:
    """A number beside others that are not views: photos in a row, more repeats than by chance, or a counter's."""
    if columns.in_a_row():
        return 4
    if part.kind == "code" or columns.values < FEWEST_NUMBERS * len(columns.counts):
        return None
    anew = 2 * columns.shared_in_folder < columns.shared  # in each folder, as files are numbered
    if anew or columns.matched > MOST_ON_AVERAGE * columns.values:
        return 5 if columns.often() else None
    counter = (numbers == 1 and columns.filled()) or (part.leads and columns.evenly())
    return 5 if counter or columns.often() else None


def _span(counts: Counter[str]) -> int:
    """How many numbers there are from the lowest to the highest."""
    numbers = list(map(int, counts))
    return max(numbers) - min(numbers) + 1


def _deviations(counts: Sequence[Counter[str]]) -> float:
    """How far from chance the photos of each number are scattered, in standard deviations; below 0 if less.

    Source:
        Wilson and Hilferty 1931, The distribution of chi-square: its cube root is nearly normal.
    """
    scatter, free = 0.0, 0
    for of in counts:
        span = _span(of)
        mean = of.total() / span
        scatter += sum((count - mean) ** 2 / mean for count in of.values()) + (span - len(of)) * mean
        free += span - 1
    if not free:
        return 0.0
    variance = 2 / (9 * free)
    return (math.pow(scatter / free, 1 / 3) - (1 - variance)) / math.sqrt(variance)
