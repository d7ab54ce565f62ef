"""Every sentence of the source has a translation, or is marked as not said to people."""

from __future__ import annotations

import re

import polib
import pytest

from catalogue import is_for_programs, is_kept, said_by_room, sentences, sentences_of_template
from leafgraft.languages.catalogue import Catalogue, entries_of, translations
from leafgraft.languages.speaking import ENGLISH, LANGUAGES

FIELD = re.compile(r"\{(\w+)([#!]?)\}")
CALLED_LIKE_NAMES = {"name", "name2", "recipe", "path", "paths", "place", "network", "labeller", "better", "worse"}
CALLED_LIKE_NAMES |= {"true", "predicted"}
OF_WORDS = (  # sentences in which such a field holds words of ours, or a number
    *("{name}: {total#} in", "{name}: {seconds#} s,", "{name}: {minutes#} min,", "{name}: {hours#} h,"),
    *("On the same features {name} ", "{rows} of {paths} photos differ"),
    *(
        "It may not look at the leaf: its interval reaches down to what {name}",
        "'{name} recognises the disease': {name2}",
    ),
    *("{place}: '{key}'", "{place}: a ", "{place}: '{name}'", "It names {photo} twice"),
    "{name} (line {line#}) and {count#} more",  # more of the same
)
PLURALS = {"files", "were", "word", "groups2", "places2", "rows2", "its"}  # words that Korean has no forms of
MAY_BE_LEFT_OUT = {  # empty, where the entry is found: with words in them, another entry stands beside it
    *("flip", "instead", "exclude"),
    "what",  # a figure or a table of the study
}


@pytest.fixture(scope="module", params=[one for one in LANGUAGES if one != ENGLISH])
def entries(request: pytest.FixtureRequest) -> list[polib.POEntry]:
    return list(entries_of(request.param))


def test_what_is_said_is_found_in_code_and_templates() -> None:
    code = """
'''A docstring of the module.'''
WORDS = re.compile("not for people at all")
def show(one: Annotated[str, Option(help="What to show.")]):
    raise UsageError(f"{one.name} must hold {counted(2, 'photo')}.", "It holds none.\\n  - Two lines here", "one")
"""
    found = {"{name} must hold {counted}.", "It holds none.", "Two lines here", "What to show."}
    assert set(sentences(code)) == found
    template = "{% trans name=one.name, share=two %}<b>{{ name }}</b> is right: {{ share }}{% endtrans %} as it is"
    assert set(sentences_of_template(template)) == {"<b>{name}</b> is right: {share}"}


def test_every_sentence_has_an_entry_with_a_translation(entries: list[polib.POEntry]) -> None:
    said = {sentence for room in said_by_room().values() for sentence in room}
    done = {entry.msgid for entry in entries if entry.msgstr or is_for_programs(entry)}
    assert not sorted(said - done), "python scripts/catalogue.py adds them to src/leafgraft/languages: translate them"


def test_no_entry_is_left_of_what_is_no_longer_said(entries: list[polib.POEntry]) -> None:
    said = {sentence for room in said_by_room().values() for sentence in room}
    assert not sorted({entry.msgid for entry in entries if not is_kept(entry)} - said)


def test_a_translation_has_no_field_of_its_own_and_no_entry_stands_twice(entries: list[polib.POEntry]) -> None:
    def fields(text: str) -> set[str]:
        return {name for name, _ in FIELD.findall(text)}

    assert not [one.msgid for one in entries if fields(one.msgstr) - fields(one.msgid)]
    assert len({(one.msgctxt, one.msgid) for one in entries}) == len(entries)


def test_a_translation_leaves_out_no_field_that_says_something(entries: list[polib.POEntry]) -> None:
    left_out = [
        (name, one.msgid)
        for one in entries
        if one.msgstr
        for name in {of for of, _ in FIELD.findall(one.msgid)} - {of for of, _ in FIELD.findall(one.msgstr)}
    ]
    assert [(name, said) for name, said in sorted(left_out) if name not in PLURALS | MAY_BE_LEFT_OUT] == []


def test_each_entry_is_found_by_its_own_pattern(entries: list[polib.POEntry]) -> None:
    """Filled with names, an English entry gives its own translation, not that of a greedier one."""
    translated = translations(entries)
    catalogue, wrong = Catalogue(translated), {}
    for source, said in translated.items():
        if "}{" in source:
            continue  # where the first ends cannot be known; an entry with numbers in its place stands beside it
        values = {name: "7" if number == "#" else f"«{name}»" for name, number in FIELD.findall(source)}
        found = catalogue.say(FIELD.sub(lambda field, of=values: of[field[1]], source))
        if found != FIELD.sub(lambda field, of=values: of[field[1]], said):
            wrong[source] = found
    assert not wrong


def test_what_people_named_is_marked(entries: list[polib.POEntry]) -> None:
    """A field that is called like a name stands in quotes, or is marked as one, so that it is not looked up."""
    unmarked = []
    for entry in entries:
        if entry.msgctxt or not entry.msgstr or entry.msgid.startswith(OF_WORDS):
            continue
        fields = {
            name for name, kind in FIELD.findall(re.sub(r"(?<=['`])\{\w+\}(?=['`])", "", entry.msgid)) if not kind
        }
        marked = {name for name, kind in FIELD.findall(entry.msgstr) if kind}
        said = {name for name, _ in FIELD.findall(entry.msgstr)}
        unmarked += [(name, entry.msgid) for name in sorted(fields & CALLED_LIKE_NAMES & said - marked)]
    assert unmarked == []


def test_the_same_sentence_has_the_same_names(entries: list[polib.POEntry]) -> None:
    """Whatever its fields are called: else the first of the two would decide what is looked up."""
    shapes: dict[tuple[str, str], set[tuple[bool, ...]]] = {}
    for entry in entries:
        marked = {name for name, kind in FIELD.findall(entry.msgstr) if kind}
        kinds = tuple(name in marked for name, _ in FIELD.findall(entry.msgid))
        if entry.msgstr and kinds:
            shapes.setdefault((entry.msgctxt or "", FIELD.sub(r"{\2}", entry.msgid)), set()).add(kinds)
    assert [shape for shape, found in shapes.items() if len(found) > 1] == []


def test_particles_are_written_as_they_are_chosen(entries: list[polib.POEntry]) -> None:
    """`과(와)`, not `와(과)`: that would be shown as it stands."""
    turned = re.compile(r"는\(은\)|가\(이\)|를\(을\)|와\(과\)|로\(으로\)")
    assert [entry.msgstr for entry in entries if turned.search(entry.msgstr)] == []


def test_a_particle_after_what_people_named_fits_every_ending(entries: list[polib.POEntry]) -> None:
    """`'{name}'은(는)`, which is chosen as it is said: a fixed one is wrong after every second name."""
    particle = r"(?:은|는|이|가|을|를|과|와|로|으로)(?=[ ,.])"
    fixed = re.compile(rf"\{{\w+!\}}['`]?{particle}|['`]\{{\w+\}}['`]{particle}")
    assert [entry.msgstr for entry in entries if fixed.search(entry.msgstr)] == []
