"""What people correct of photos: labels, photos to leave out, and which two show one leaf."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leafgraft.records.display import counted
from leafgraft.records.split import Splits

KEEP = "keep"
RELABEL = "relabel"
EXCLUDE = "exclude"
SAME_LEAF = "same_leaf"
NOT_SAME_LEAF = "not_same_leaf"
ACTIONS = (RELABEL, EXCLUDE, NOT_SAME_LEAF, SAME_LEAF, KEEP)
OF_PAIRS = frozenset({SAME_LEAF, NOT_SAME_LEAF})
NOBODY = "somebody who gave no name"


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of corrections.csv.

    Attributes:
        path: Path of the photo, relative to the photos folder.
        label: The right class, of a relabelled photo; else not looked at.
        group: The other photo, of a pair; else not looked at.
        action: One of `ACTIONS`.
        labeller: Who says so; may be empty.
        time: When, in ISO 8601 with zone, to the second; may be empty.
        note: What else there is to say.
        line: Of the file, from 1; 0 if it is not from one.
    """

    path: str
    label: str = ""
    group: str = ""
    action: str = KEEP
    labeller: str = ""
    time: str = ""
    note: str = ""
    line: int = field(default=0, compare=False)

    @property
    def target(self) -> frozenset[str]:
        """The photo, or both of a pair: two corrections of one target replace each other, or contradict."""
        return frozenset({self.path, self.group}) if self.action in OF_PAIRS else frozenset({self.path})

    @property
    def said(self) -> tuple[frozenset[str], str, str]:
        """What is said of what, whoever says it."""
        return self.target, self.action, self.label if self.action == RELABEL else ""


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of a study, each of photos that are there.

    Attributes:
        file: Where they are written.
        rows: One for each photo or pair; `labeller` names all who say it.
        given: Label of each corrected photo as the photos came, by path.
        ids: Id of each corrected photo, by path.
        idle: Photos that are corrected though they are left out already.
    """

    file: str = ""
    rows: tuple[Correction, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    idle: tuple[str, ...] = ()

    def of(self, action: str) -> tuple[Correction, ...]:
        """All of one action."""
        return tuple(row for row in self.rows if row.action == action)

    def pairs(self, action: str) -> tuple[tuple[str, str], ...]:
        """Paths of the pairs of one action."""
        return tuple((row.path, row.group) for row in self.of(action))

    @property
    def settled(self) -> frozenset[str]:
        """Photos that a person looked at, and that stay: what is suspected of them is not listed again."""
        return frozenset(row.path for row in self.rows if row.action in {KEEP, RELABEL})

    def ids_of(self, action: str) -> frozenset[str]:
        """Ids of the photos of one action."""
        return frozenset(self.ids[row.path] for row in self.of(action))

    @property
    def by(self) -> dict[str, int]:
        """How many each labeller gave."""
        return dict(Counter(row.labeller or NOBODY for row in self.rows))


NO_CORRECTIONS = Corrections()


def corrections_to_json(corrections: Corrections, splits: Splits | None, before: Splits | None) -> dict[str, Any]:
    """As audit.json holds them.

    Args:
        corrections: Those of the study.
        splits: Which photo is where, if they can be split.
        before: The same without corrections.
    """
    parts, earlier = _parts(splits), _parts(before)
    tested, tested_before = ({one for one, of in some.items() if "test" in of} for some in (parts, earlier))
    return {
        "file": corrections.file,
        **{action: len(corrections.of(action)) for action in ACTIONS},
        "by": corrections.by,
        "test_labels_changed": len(corrections.ids_of(RELABEL) & tested),
        "test_photos_excluded": len(corrections.ids_of(EXCLUDE) & tested_before),
        "moved": sum(parts[one] != earlier[one] for one in parts.keys() & earlier.keys()),
        "rows": [
            {
                "path": row.path,
                "action": row.action,
                "given": corrections.given.get(row.path, ""),
                "label": row.label if row.action == RELABEL else "",
                "group": row.group if row.action in OF_PAIRS else "",
                "labeller": row.labeller,
                "photo_id": corrections.ids.get(row.path, ""),
                "tested": corrections.ids.get(row.path) in (tested_before if row.action == EXCLUDE else tested),
            }
            for row in corrections.rows
        ],
    }


def _parts(splits: Splits | None) -> dict[str, tuple[str, ...]]:
    """Part of each photo in every fold."""
    found: dict[str, tuple[str, ...]] = {}
    for fold in splits.folds if splits else ():
        for part in ("train", "validation", "test"):
            for one in getattr(fold, part):
                found[one] = (*found.get(one, ()), part)
    return found


def corrected_photos(told: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Label of each corrected photo by id, empty where it is excluded, and whether it is a test photo, of audit.json.

    Args:
        told: As `corrections_to_json` makes it, or empty.
    """
    rows = [row for row in told.get("rows", ()) if row["action"] in {RELABEL, EXCLUDE}]
    return {row["photo_id"]: (row["label"], row["tested"]) for row in rows}


def corrections_words(told: Mapping[str, Any]) -> list[str]:
    """What audit.json says of corrections, in sentences; nothing where there are none.

    Args:
        told: As `corrections_to_json` makes it, or empty.
    """
    if not told or not told["rows"]:
        return []
    counts = [
        counted(told[RELABEL], "label corrected", "labels corrected"),
        counted(told[EXCLUDE], "photo excluded", "photos excluded"),
        counted(told[NOT_SAME_LEAF], "pair told apart", "pairs told apart"),
        counted(told[SAME_LEAF], "pair said to show one leaf", "pairs said to show one leaf"),
        counted(told[KEEP], "photo looked at and kept", "photos looked at and kept"),
    ]
    all_of = [words for words, action in zip(counts, ACTIONS, strict=True) if told[action]]
    by = ", ".join(f"{name} ({number:,})" for name, number in told["by"].items())
    words = [f"{', '.join(all_of)}, by {by}."]
    if told["moved"]:
        moved = counted(told["moved"], "photo lies", "photos lie")
        words.append(f"{moved} in another part of the split than without corrections.")
    changed, gone = told["test_labels_changed"], told["test_photos_excluded"]
    if changed or gone:
        what = [
            f"the labels of {counted(changed, 'test photo')} were changed" if changed else "",
            f"{counted(gone, 'test photo was', 'test photos were')} excluded" if gone else "",
        ]
        sentence = " and ".join(filter(None, what))
        words.append(
            f"{sentence[0].upper()}{sentence[1:]}: these test figures cannot be compared with those from before the "
            "corrections."
        )
    return words
