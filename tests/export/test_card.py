"""The model card: each language says the same figures, and names of people stand as they are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from leafgraft.export.card import build_cards
from leafgraft.languages.catalogue import entries_of

CLASSES = ["trials", "none", "a|b\nc"]
NAMES = {*CLASSES, "linear", "frozen", "full", "features", "accuracy", "floors", "field"}
NAMES |= {"leafgraft", "torch", "AUROC"}
FIGURE = re.compile(r"\d+(?:[.,]\d+)*(?:e-\d+)?")
SENTENCE = re.compile(r"(?:\b[A-Za-z][A-Za-z'’-]*\b[ ,;:]*){3,}")


def share(value: float) -> dict[str, Any]:
    return {"share": value, "value": value, "interval": [value - 0.05, value + 0.03]}


def answers(photos: int, value: float = 0.8) -> dict[str, Any]:
    parts = ("accuracy", "answered", "accuracy_of_answers", "not_sure", "not_known", "declined", "coverage")
    return {"photos": photos, "mean_confidence": 0.911, **{part: share(value) for part in parts}}


def index(**changes: Any) -> dict[str, Any]:
    """As bundle.json has it, with other values in parts of it: `split`, `training`, `figures`, `int8`."""
    floors = {"largest_class": 0.593, "border_pixels": 0.608}
    per_class = {name: {"recall": 0.892, "precision": 0.917, "support": 74.0} for name in CLASSES}
    separation = {"auroc": 0.986, "interval": [0.964, 0.995]}
    split = {"origin": "drawn", "seed": 7, "leaves_kept_together": True, "folds": 5, "fold": 2}
    reason = (
        "on 250 held-out photos it loses -0.80 points of accuracy (95% interval -3.03 to +1.43), so a loss above 0.5 "
        "points is not ruled out"
    )
    return {
        "study": "linear",
        "recipe": "frozen",
        "trial": "a-key",
        "chosen": "It is the verdict of the study, chosen on validation photos.",
        "created": "2026-11-29T10:00:00+0000",
        "leafgraft": "0.1.0",
        "classes": CLASSES,
        "image_size": 224,
        "evidence": "class activation map (Zhou et al. 2016)",
        "temperature": 1.323,
        "conformal": {"coverage": 0.9, "threshold": 0.343, "photos": 125},
        "known_leaf": {
            "method": "Mahalanobis distance to the nearest class",
            "acceptance": 0.95,
            "threshold": 31.608,
            "photos": 1192,
        },
        "parity": {
            "same_class": 1124,
            "photos": 1125,
            "largest_difference": 1.8e-06,
            "study": {"largest_difference": 2.4e-06},
            "tolerance": 0.001,
        },
        "int8": {
            "kept": False,
            "reason": reason,
            "bytes": 1.9e6,
            "float_bytes": 4e6,
            "milliseconds": 3.7,
            "float_milliseconds": 4.26,
        }
        | changes.get("int8", {}),
        "data": {
            "name": "photos",
            "photos": 1252,
            "leaves": 1214,
            "classes": dict.fromkeys(CLASSES, 1043),
            "train": 1002,
            "validation": 126,
            "test": 125,
            "split": split | changes.get("split", {}),
        },
        "training": {
            "recipe": {"backbone": {"name": "vgg16"}, "weights": "imagenet", "strategy": {"name": "full"}},
            "identity": "8c33be3d",
            "epochs": 12,
            "best_epoch": 10,
        }
        | changes.get("training", {}),
        "figures": {
            "test": {
                **answers(125, 0.872),
                "macro_f1": share(0.843),
                "calibration_error": share(0.063),
                "per_class": per_class,
                "floors": floors,
            },
            "places": {},
            "also_test": {},
            "foreign": {
                "drawn pictures": {**answers(120, 0.975), "separation": separation},
                "features": {**answers(30, 0.5), "separation": separation},
            },
        }
        | changes.get("figures", {}),
        "versions": {"leafgraft": "0.1.0", "torch": "2.15.0"},
        **{key: changes[key] for key in ("adaptation", "place") if key in changes},
    }


UNANSWERED = {**answers(61, 0.4), "accuracy_of_answers": None}
CASES = {
    "plain": {},
    "given": {"split": {"origin": "given", "leaves_kept_together": False, "folds": 1}, "int8": {"kept": True}},
    "validation drawn": {
        "split": {"origin": "given", "leaves_kept_together": True, "folds": 1, "seed": 5, "validation_drawn": True}
    },
    "random": {"training": {"recipe": {"backbone": {"name": "b"}, "weights": "none", "strategy": {"name": "s"}}}},
    "probe": {"training": {"epochs": 0, "best_epoch": 0}},
    "places": {"figures": {"places": {"floors": answers(61), "밭": UNANSWERED}}},
    "left out": {"figures": {"places": {"밭": answers(61)}}, "split": {"left_out": "밭"}},
    "place of a test part": {
        "figures": {"places": {"floors": answers(61), "밭": answers(61)}},
        "split": {"origin": "given", "folds": 1, "leaves_kept_together": True, "untrained": ["밭"]},
    },
    "second folder": {"figures": {"also_test": {"accuracy": UNANSWERED, "the field": answers(1252)}}},
}
CASES["repeated"] = {"figures": {"also_test": {"the field": {**answers(1252), "seen_in_training": 31}}}}
CASES["adapted"] = {
    "figures": {"also_test": {"밭": answers(60)}},
    "place": "밭",
    "adaptation": {"labels": {"none": 60}, "said": ["Left out: nothing."], "home": {"part": "test"}},
}
JUDGED = {"part": "validation", "photos": 24, "before": 0.75, "after": 0.71}
CASES["adapted, left out"] = {
    **CASES["adapted"],
    "split": {"left_out": "밭"},
    "adaptation": {"labels": {"none": 60}, "said": [], "home": JUDGED},
}
FILES = {"MODEL_CARD.md", "MODEL_CARD.ko.md"}


@pytest.fixture(params=CASES.values(), ids=CASES)
def cards(request: pytest.FixtureRequest) -> tuple[str, str]:
    """English and Korean."""
    made = build_cards(index(**request.param))
    assert made.keys() == FILES
    return made["MODEL_CARD.md"].decode(), made["MODEL_CARD.ko.md"].decode()


def card_of(case: str) -> str:
    return build_cards(index(**CASES[case]))["MODEL_CARD.md"].decode()


def test_both_say_the_same_figures(cards: tuple[str, str]) -> None:
    english, korean = (
        [(len(part.split("\n- ")), part.count("\n|"), sorted(FIGURE.findall(part))) for part in card.split("\n## ")]
        for card in cards
    )
    assert english == korean
    assert sum(len(figures) for _, _, figures in english) > 80


def test_the_korean_card_has_no_english_sentence(cards: tuple[str, str]) -> None:
    english, korean = cards
    assert sum(bool(SENTENCE.search(line)) for line in english.splitlines()) > 25
    text = re.sub(r"`[^`]*`|\(Zhou et al\. 2016\)|\[English\].*|trials, none, ", "", korean)
    assert [line for line in text.splitlines() if SENTENCE.search(line)] == []
    assert set(re.findall("[A-Za-z]{4,}", text)) <= NAMES


def test_a_head_that_was_solved_for_has_no_epochs() -> None:
    english, korean = (card.decode() for card in build_cards(index(**CASES["probe"])).values())
    assert "Its head was solved for" in english
    assert "epochs of" not in english
    assert "0에포크" not in korean
    trained = build_cards(index())["MODEL_CARD.md"].decode()
    assert "Of its 12 epochs, number 11 was kept." in trained
    short = build_cards(index(training={"epochs": 1, "best_epoch": 0}))["MODEL_CARD.md"].decode()
    assert "It was trained for 1 epoch." in short
    assert "Confidence and its calibration error are at the temperature of this bundle" in trained


def test_the_card_of_an_adapted_network_says_what_it_was_adapted_to() -> None:
    card = card_of("adapted")
    assert "to the training photos and to 125 labelled ones of `밭`" in card
    assert "the threshold accepts 95% of 1,192 photos of the place" in card
    assert "Labelled photos of `밭`, which it was adapted to" in card
    for untrue in ("validation photos.", "validation photos)", "none of them trained on", "on photos like those of"):
        assert untrue not in card.split("## Data")[1]


def test_validation_photos_that_were_drawn_did_not_come_as_such() -> None:
    drawn = card_of("validation drawn")
    assert "the validation photos were drawn from the former with seed 5." in drawn
    assert "those that the photos came in" not in drawn
    assert "The parts are those that the photos came in." in card_of("given")


def test_a_place_of_the_test_part_alone_is_not_called_trained_on() -> None:
    untrained, trained = card_of("place of a test part"), card_of("places")
    assert "It was trained on no photo of `밭`, and on photos of every other place, too:" in untrained
    assert "photos of each were trained on, too:" not in untrained
    assert "photos of each were trained on, too:" in trained


def test_each_card_leads_to_the_other(cards: tuple[str, str]) -> None:
    english, korean = cards
    assert english.splitlines()[2] == "[한국어](MODEL_CARD.ko.md)"
    assert korean.splitlines()[2] == "[English](MODEL_CARD.md)"


def test_a_name_breaks_no_table_and_is_not_looked_up(cards: tuple[str, str]) -> None:
    for card in cards:
        assert "trials, none, a\\|b c" in card
        assert "| a\\|b c | 1,043 |" in card
        rows = [line.replace("\\|", "").count("|") for line in card.splitlines() if line.startswith("| ")]
        assert set(rows) <= {3, 4, 5, 6, 9}
        assert "{{" not in card
        assert "%(" not in card


def test_names_stand_as_they_are_whatever_marks_they_hold() -> None:
    name, marked = "Corn_(maize)*x* <b> `y` $1$ ~a~ [z](u) &amp; \\", "north_`1`*2*"
    made = index(figures={"places": {marked: answers(61)}}, split={"left_out": marked})
    made["study"] = name
    made["data"]["classes"] = {name: 3}
    for card in build_cards(made).values():
        text = card.decode()
        shown = r"Corn\_(maize)\*x\* \<b> \`y\` \$1\$ \~a\~ \[z\](u) \&amp; \\"
        assert text.startswith(f"# {shown}: ")
        assert f"| {shown} | 3 |" in text
        assert "`` north_`1`*2* ``" in text
        assert r"| north\_\`1\`\*2\* | 61 |" in text
        assert "MODEL_CARD" in text.splitlines()[2]


def test_a_bar_in_a_place_is_no_bar_of_a_table() -> None:
    for card in build_cards(index(**{**CASES["adapted"], "place": "north|south"})).values():
        lines = card.decode().splitlines()
        (cell,) = [line for line in lines if line.startswith("|") and "`north" in line]
        assert r"`north\|south`" in cell
        assert any("`north|south`" in line for line in lines)


def test_no_text_of_the_card_is_without_a_translation() -> None:
    entries = [one for one in entries_of("ko") if any("MODEL_CARD" in path for path, _ in one.occurrences)]
    assert len(entries) > 50
    assert [one.msgid for one in entries if not one.msgstr] == []


def test_figures_by_class_and_floors_have_intervals() -> None:
    made = index()
    test = made["figures"]["test"]
    test |= {"per_class_intervals": {name: {"recall": [0.8, 0.94], "precision": [0.83, 0.96]} for name in CLASSES}}
    test |= {"floor_intervals": {name: [0.5, 0.7] for name in test["floors"]}}
    card = build_cards(made)["MODEL_CARD.md"].decode()
    assert f"| {CLASSES[0]} | 89.2% (80.0 to 94.0) | 91.7% (83.0 to 96.0) | 74 |" in card
    assert "| largest class | 59.3% (50.0 to 70.0) |" in card
    earlier = build_cards(index())["MODEL_CARD.md"].decode()
    assert "| largest class | 59.3% |" in earlier


def test_a_second_folder_that_repeats_training_photos_is_not_called_elsewhere() -> None:
    card, plain = card_of("repeated"), card_of("second folder")
    assert "|\n\nIn `the field`, photos that show what a photo of the training folder shows: 31 of 1,252." in card
    assert "from elsewhere, none of them" not in card
    assert "from elsewhere, none of them trained on" in plain


def test_test_photos_of_a_place_that_was_left_out_are_not_called_home() -> None:
    card = " ".join(card_of("adapted, left out").split())
    assert "So 24 validation photos, on which its setting was chosen, too, say" in card
    assert "of which it was shown no photo before its head was fitted again" in card
    assert "they say whether what it knew before was kept" not in card
    assert not any("at home" in card_of(case) for case in CASES)
