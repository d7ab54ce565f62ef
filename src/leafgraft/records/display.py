"""How records show themselves in a notebook: small tables, every text in them escaped, in the language that is spoken.

What people named is a `Name`, and stands as it is.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from leafgraft.languages.speaking import Name, said, word

Rows = Sequence[Sequence[str]]
TABLE = "table"  # the context of what stands over columns and in cells
MOST_ROWS = 20
MOST_PLACES = 4  # with a column each
UNEQUAL = 3  # times as many test photos of one class as of another
SEEN = "added or changed after the test was seen"  # the mark of a recipe
PLAIN_YAML = re.compile(r"[^\W\d_][\w().+/-]*(?: [\w(.+/-][\w().+/-]*)*")
YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})
MOST_LETTERS = 300  # of one cell
CELL = 'style="text-align: left; vertical-align: top"'


def percent(share: float, digits: int = 1) -> str:
    """0.977 as 97.7%."""
    return f"{100 * share:.{digits}f}%"


def span(interval: Sequence[float]) -> str:
    """(0.959, 0.987) as 95.9 to 98.7."""
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f}"


def share_span(interval: Sequence[float]) -> str:
    """(0.4171, 0.53) as 0.417 to 0.530."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def duration(seconds: float) -> str:
    """600 as 10 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def size(size_bytes: float) -> str:
    """1500 as 2 kB."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def shared_work(work: Mapping[str, Any]) -> str:
    """One entry of ``shared`` in plan.json: what it is, and whether it is kept or computed again."""
    if work["kept"]:
        return f"{work['what']}: {duration(work['seconds'])}, {size(work['bytes'])}"
    return f"{work['what']}: over the budget of $LEAFGRAFT_MAPS_GB, so computed again in each epoch"


def floors_words(audit: Mapping[str, Any]) -> list[str]:
    """Floors of audit.json in a line, the highest first, and why others are not measured."""
    ranked = sorted(audit["floors"].items(), key=lambda one: -one[1]["accuracy"])
    named = [f"{name.replace('_', ' ')} {percent(one['accuracy'])} ({span(one['interval'])})" for name, one in ranked]
    line = [f"Accuracy that needs no leaf: {', '.join(named)}."] if named else []
    return [*line, *not_measured_words(audit.get("floors_not_measured", {}))]


def not_measured_words(reasons: Mapping[str, str]) -> list[str]:
    """Why floors are not measured, as audit.json has it by name: each sentence once."""
    return list(dict.fromkeys(reasons.values()))


def of_places(counts: Mapping[str, Any]) -> str:
    """What stands behind the number of photos in counts of audit.json: how many are of which place, if any has one."""
    by_place = [f"{name} {sum(classes.values()):,}" for name, classes in counts.get("places", {}).items()]
    return f" of {counted(len(by_place), 'place')} ({first_of(by_place, MOST_PLACES)})" if by_place else ""


def plan_sum(planned: Mapping[str, Any]) -> str:
    """The sums of plan.json."""
    kept, memory = size(planned["bytes"]), size(planned["memory_bytes"])
    return (
        f"In all: about {duration(planned['seconds'])} from photos to bundle, of which training "
        f"about {duration(planned['stages']['training'])}; {kept} kept in the cache, about {memory} of memory for "
        "each trial at a time."
    )


def second_folders(recipes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Names of the second folders that recipes have figures of."""
    return sorted({name for one in recipes for name in one.get("also_test", {})})


def recipe_rows(recipes: Iterable[Mapping[str, Any]], *, intervals: bool = False) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of recipes as in evaluation.json, the first tier first; with all `intervals`, or few columns."""
    listed = sorted(recipes, key=lambda one: (one["tier"], -one["accuracy"]))

    def figure(value: str, ends: Sequence[float] | None, shown: Callable[[Sequence[float]], str] = span) -> str:
        return Name(f"{value} ({said(shown(ends))})") if intervals and ends else value

    def accuracy(there: Mapping[str, Any]) -> str:
        return figure(percent(there["accuracy"]), there.get("interval"))

    def balanced(one: Mapping[str, Any]) -> str:
        return figure(percent(one["balanced_accuracy"]), one.get("intervals", {}).get("balanced_accuracy"))

    places, found = place_columns(listed, accuracy)
    second = second_folders(listed)
    unequal = any(are_unequal(of["support"] for of in one.get("per_class", {}).values()) for one in listed)
    rows = [
        [
            flagged_name(one),
            str(one["tier"]),
            percent(one["accuracy"]),
            span(one["interval"]),
            *([balanced(one)] if unequal else []),
            *of,
            figure(f"{one['macro_f1']:.3f}", one.get("intervals", {}).get("macro_f1"), share_span),
            *(accuracy(one["also_test"][name]) if name in one["also_test"] else "–" for name in second),
        ]
        for one, of in zip(listed, found, strict=True)
    ]
    besides = ["balanced accuracy"] if unequal else []
    return ["recipe", "tier", "accuracy", "95% interval", *besides, *places, "macro-F1", *map(Name, second)], rows


def are_unequal(counts: Iterable[float]) -> bool:
    """Whether a class has three times the test photos of another: the accuracy then says little of the small one."""
    some = [count for count in counts if count > 0]
    return bool(some) and max(some) >= UNEQUAL * min(some)


def place_columns(
    recipes: Sequence[Mapping[str, Any]], accuracy: Callable[[Mapping[str, Any]], str]
) -> tuple[list[str], list[list[str]]]:
    """Columns and cells of the accuracy in each place, recipe by recipe; of many places the worst alone."""
    places = [one.get("places", {}) for one in recipes]
    names = sorted({name for of in places for name in of})
    if len(names) <= MOST_PLACES:
        return list(map(Name, names)), [[accuracy(of[name]) if name in of else "" for name in names] for of in places]
    worst = [min(of.items(), key=lambda one: one[1]["accuracy"]) for of in places]
    return [f"worst of {len(names)} places"], [[Name(f"{accuracy(of)} {name}")] for name, of in worst]


def flagged_name(recipe: Mapping[str, Any]) -> Name:
    """Name of a recipe from evaluation.json, with the short names of its flags in the language that is spoken."""
    flags = [_flag_name(flag) for flag in recipe.get("flags", ())]
    flags += [SEEN] if recipe.get("seen_after_test") else []
    return Name(" ".join([recipe["name"], *(f"[{said(flag)}]" for flag in flags)]))


def _flag_name(flag: str | Mapping[str, Any]) -> str:
    """A name, or a whole flag of a record that was not written to a file."""
    return flag if isinstance(flag, str) else str(flag["name"])


def missed_words(evaluation: Mapping[str, Any]) -> str:
    """How many photos all trials miss, from evaluation.json; empty if none, without a full stop."""
    if not (missed := len(evaluation.get("missed_by_all", ()))):
        return ""
    trained = [one for one in evaluation["recipes"] if not one.get("derived_from")]
    trials = sum(one.get("seeds", 1) for one in trained)
    photos = f"{counted(missed, 'test photo')} {'is' if missed == 1 else 'are'}"
    if trials == 1:
        return f"{photos} missed by the only trial: look at the labels"
    return f"{photos} missed by all {trials:,} trials of {counted(len(trained), 'recipe')}: look at the labels"


def extent(evaluation: Mapping[str, Any]) -> str:
    """How much was compared, from evaluation.json."""
    tiers = len({one["tier"] for one in evaluation["recipes"]})
    counts = ((len(evaluation["recipes"]), "recipe"), (tiers, "tier"), (evaluation["rows"], "photo"))
    recipes, in_tiers, photos = (counted(count, noun) for count, noun in counts)
    groups, seeds = counted(evaluation["groups"], "leaf", "leaves"), counted(evaluation["seeds"], "seed")
    return f"{recipes} in {in_tiers}, {photos} of {groups}, {seeds}"


def counted(count: int, noun: str, several: str = "") -> str:
    """1 photo, 2 photos."""
    return f"{count:,} {plural(count, noun, several)}"


def plural(count: int, noun: str, several: str = "") -> str:
    """The noun of so many, alone."""
    return noun if count == 1 else several or f"{noun}s"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """What is spelled most like a word, whatever case, blanks and underscores; empty if nothing is.

    Example:
        >>> nearest("LATE BLIGHT", ["Early_blight", "Late_blight"])
        'Late_blight'
    """
    names = list(known)
    plain = [_letters(name) for name in names]
    found = difflib.get_close_matches(_letters(word), plain, n=1, cutoff=cutoff)
    return names[plain.index(found[0])] if found else ""


def _letters(name: str) -> str:
    return re.sub(r"[\s_]+", "", name.casefold())


def name_meant(written: str, names: Sequence[str]) -> str:
    """The name that is written: itself, or else the only one that differs in nothing but blanks, which tables lose.

    Example:
        >>> name_meant("Late blight", ["Early", " Late  blight"])
        ' Late  blight'
    """
    alike = [one for one in names if one.split() == written.split()]
    return alike[0] if len(alike) == 1 and written not in names else written


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", cutoff: float = 0.6) -> str:
    """The question whether another word was meant; `otherwise` if none is spelled alike."""
    near = nearest(word, known, cutoff)
    return f"Did you mean '{near}'?" if near else otherwise


def first_of(names: Sequence[str], most: int, between: str = ", ") -> str:
    """a, b, c and 4 more."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def in_yaml(*names: str) -> str:
    """Names as a list or mapping of a study file holds them, in quotes where YAML would read something else.

    Example:
        >>> in_yaml("Late blight", "Pepper,_bell", "No", "0")
        "Late blight, 'Pepper,_bell', 'No', '0'"
    """
    return ", ".join(map(_one_in_yaml, names))


def _one_in_yaml(name: str) -> str:
    if PLAIN_YAML.fullmatch(name) and name.casefold() not in YAML_WORDS:
        return name
    return "'" + name.replace("'", "''") + "'" if name.isprintable() else json.dumps(name)


def finding_line(finding: Mapping[str, Any]) -> str:
    """One finding of audit.json in one line; ``folder`` names the second folder that it is of, if any."""
    of = f"second folder '{finding['folder']}': " if finding.get("folder") else ""
    return f"{finding['code']} {finding['severity']}: {of}{finding['title']}"


def html_table(title: str, columns: Sequence[str], rows: Rows) -> str:
    """A table of texts, without a head if there are no columns; rows beyond the twentieth are counted."""
    head = f"<tr>{''.join(f'<th {CELL}>{_cell(name)}</th>' for name in columns)}</tr>" if columns else ""
    body = "".join(
        "<tr>" + "".join(f"<td {CELL}>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows[:MOST_ROWS]
    )
    more = f"<p>{_more(rows)}</p>" if len(rows) > MOST_ROWS else ""
    return f"<p><strong>{_shown(title)}</strong></p><table>{head}{body}</table>{more}"


def html_list(title: str, sentences: Sequence[str]) -> str:
    """Sentences under a title; nothing if there are none."""
    if not sentences:
        return ""
    items = "".join(f"<li>{_shown(sentence)}</li>" for sentence in sentences[:MOST_ROWS])
    more = f"<li>{_more(sentences)}</li>" if len(sentences) > MOST_ROWS else ""
    return f"<p><strong>{_shown(title)}</strong></p><ul>{items}{more}</ul>"


def html_note(text: str) -> str:
    """One paragraph."""
    return f"<p>{_shown(text)}</p>"


def html_claims(sentences: Mapping[str, Sequence[str]]) -> str:
    """What may and what may not be claimed."""
    return html_list("May be claimed", sentences["claims"]) + html_list("May not be claimed", sentences["refused"])


def _more(listed: Sequence[object]) -> str:
    return said(f"and {len(listed) - MOST_ROWS:,} more")


def _cell(text: str) -> str:
    return escape(_cut(word(text, TABLE)))


def _shown(text: str) -> str:
    """A text in the language that is spoken now; a `Name` as it is."""
    return escape(_cut(said(text)))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
