from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from leafgraft.errors import UsageError
from leafgraft.evaluation.field_answers import BundleAnswers, Thresholds, describe_answers, place_of_bundle
from leafgraft.languages.catalogue import catalogue
from leafgraft.web.answer import decide
from leafgraft.web.bundle import BundleIndex
from leafgraft.web.evidence import at_place, evidence_of

HOME = {"name": "home", "photos": 400, "share": 0.97, "interval": (0.95, 0.98), "floor": 0.4}
FIELD = {"name": "field", "photos": 1252, "share": 0.43, "interval": (0.40, 0.46), "floor": 0.58, "declined_too": True}
FARM = {"name": "farm", "photos": 90, "share": 0.82, "interval": (0.73, 0.89), "floor": 0.5}


def index(*places: dict[str, object], place: str = "", act_above: float = 0.7) -> BundleIndex:
    known = {"format": 1, "study": "s", "recipe": "r", "trial": "t", "created": "", "leafgraft": "0", "image_size": 64}
    known |= {"classes": ["a", "b"], "temperature": 1.0, "conformal": {"coverage": 0.9, "threshold": 0.5}}
    known |= {"known_leaf": {"method": "m", "acceptance": 0.95, "threshold": 5.0}, "int8": {"kept": False}, "files": {}}
    return BundleIndex.model_validate({**known, "places": list(places), "place": place, "act_above": act_above})


def test_the_place_where_it_is_right_least_often_stands_beside_every_answer():
    found = evidence_of(index(HOME, FARM, FIELD))
    assert found is not None
    assert (found.place, found.right_of_ten, found.act) == ("field", 4, False)
    assert found.words == (
        "Do not act on this. On photos like these 4 of 10 answers were right (40.0% to 46.0%), measured on 1,252 "
        "photos of field, counting photos that it would decline."
    )


@pytest.mark.parametrize("typed", ["밭", unicodedata.normalize("NFD", "밭"), " 밭 "])
def test_a_place_is_found_however_its_letters_are_composed(typed: str) -> None:
    assert at_place(index(HOME, {**FARM, "name": "밭"}), typed).place == "밭"


def test_the_place_that_a_bundle_is_for_stands_instead():
    found = evidence_of(index(HOME, FIELD, FARM, place="farm"))
    assert found is not None
    assert (found.place, found.act) == ("farm", True)
    assert found.words.startswith("On photos like these 8 of 10 answers were right")


def test_a_bundle_that_was_never_tested_elsewhere_says_so_first():
    found = evidence_of(index(HOME))
    assert found is not None
    assert found.act is None
    assert found.words.startswith("Never tested outdoors. On photos of home more than 9 of 10")
    assert "never tested outdoors: a 90.0%" in repr(decide("x", [0.9, 0.1], 1.0, index(HOME)))


@pytest.mark.parametrize(
    ("share", "words", "in_korean"),
    [
        (1.0, "10 of 10 answers were right", "답 10개 중 10개가 맞았습니다"),
        (0.998, "more than 9 of 10 answers were right", "답 10개 중 9개 넘게 맞았습니다"),
        (0.94, "9 of 10 answers were right", "답 10개 중 9개가 맞았습니다"),
        (0.06, "1 of 10 answers were right", "답 10개 중 1개가 맞았습니다"),
        (0.01, "fewer than 1 of 10 answers were right", "답 10개 중 1개 미만이 맞았습니다"),
        (0.0, "0 of 10 answers were right", "답 10개 중 0개가 맞았습니다"),
    ],
)
def test_rounding_says_neither_all_nor_none(share: float, words: str, in_korean: str) -> None:
    found = evidence_of(index({**HOME, "share": share}, {**FIELD, "share": share}))
    assert found is not None
    assert f"On photos like these {words} (" in found.words
    assert f"이런 사진에서는 {in_korean}(" in catalogue("ko").say(found.words)
    told = found.to_json()
    assert f"{told['right_of_ten_bound']} {told['right_of_ten']} of 10".lstrip() in words
    alone = evidence_of(index({**HOME, "share": share}))
    assert alone is not None
    assert f"On photos of home {words} (" in alone.words
    assert f"같은 곳의 사진에서는 {in_korean}(" in catalogue("ko").say(alone.words)


@pytest.mark.parametrize(
    ("right", "words", "in_korean"),
    [
        (9, "9 of 9 answers were right", "답 9개 중 9개가 맞았습니다"),
        (8, "8 of 9 answers were right", "답 9개 중 8개가 맞았습니다"),
        (0, "0 of 9 answers were right", "답 9개 중 0개가 맞았습니다"),
    ],
)
def test_fewer_than_ten_photos_are_not_called_ten(right: int, words: str, in_korean: str) -> None:
    found = evidence_of(index({**HOME, "photos": 9, "share": right / 9}, {**FIELD, "photos": 9, "share": right / 9}))
    assert found is not None
    assert f"On photos like these {words} (" in found.words
    assert in_korean in catalogue("ko").say(found.words)
    told = found.to_json()
    assert (told["right_of_ten"], told["right_of_ten_bound"], told["out_of"]) == (right, "", 9)


@pytest.mark.parametrize(
    ("place", "act_above", "act"),
    [
        (FARM, 0.7, True),
        (FARM, 0.95, False),  # the interval lies below it
        ({**FARM, "floor": 0.75}, 0.7, False),  # the interval reaches the largest class
        ({**FARM, "interval": (0.55, 0.71)}, 0.7, True),
        ({**FARM, "interval": (0.55, 0.69)}, 0.7, False),
    ],
)
def test_what_may_be_acted_on(place, act_above, act):
    found = evidence_of(index(HOME, place, act_above=act_above))
    assert found is not None
    assert found.act is act


def test_answers_carry_it_and_declined_ones_do_not():
    answered = decide("x", [0.9, 0.1], 1.0, index(HOME, FIELD))
    assert answered.to_json()["evidence"]["act"] is False
    assert "do not act on this: a" in repr(answered)
    assert decide("x", [0.9, 0.1], 9.0, index(HOME, FIELD)).to_json()["evidence"] is None
    assert decide("x", [0.9, 0.1], 1.0, index()).to_json()["evidence"] is None  # an earlier version's bundle


def test_a_place_that_it_was_not_tested_in_is_refused():
    found = evidence_of(at_place(index(HOME, FIELD, FARM), "farm"))
    assert found is not None
    assert found.place == "farm"
    with pytest.raises(UsageError, match="home, field"):
        at_place(index(HOME, FIELD), "moon")


def test_too_few_answers_count_every_photo():
    measured = {"photos": 200, "accuracy": {"share": 0.4, "interval": (0.3, 0.5)}, "largest_class": 0.6}
    measured |= {"accuracy_of_answers": {"share": 1.0, "interval": (0.2, 1.0)}, "answered": {"share": 0.01}}
    measured |= {"largest_class_of_answers": 1.0, "photos_of_class": [120, 80]}
    assert place_of_bundle("field", measured, ["a", "b"])["share"] == 0.4
    assert place_of_bundle("field", measured, ["a", "b"])["floor"] == 0.6
    many = place_of_bundle("field", {**measured, "answered": {"share": 0.5}}, ["a", "b"])
    assert (many["share"], many["photos"], many["declined_too"]) == (1.0, 100, False)


def test_answers_of_one_class_alone_are_held_against_the_commonest_class_of_what_is_answered() -> None:
    # 60 healthy and 40 blighted photos; 50 healthy and 5 blighted are answered, all as healthy
    label = np.repeat([0, 1], [60, 40])
    sure = np.isin(np.arange(100), [*range(50), *range(60, 65)])
    probabilities = np.where(sure[:, None], [[0.99, 0.01]], [[0.5, 0.5]])
    names = np.arange(100).astype(str)
    said = describe_answers(BundleAnswers(probabilities, np.zeros(100), names, label), Thresholds(0.3, 1.0))
    place = place_of_bundle("field", said, ["a", "b"])
    assert (place["photos"], place["share"], place["floor"]) == (55, 50 / 55, 50 / 55)
    assert place["interval"][0] > 0.6  # the commonest class of all photos
    found = evidence_of(index(HOME, place))
    assert found is not None
    assert found.act is False


def test_a_second_folder_called_home_is_a_place_like_any_other() -> None:
    own = {**HOME, "name": "field study", "own": True}
    found = evidence_of(index(own, {**HOME, "share": 0.5, "interval": (0.4, 0.6)}))
    assert found is not None
    assert (found.place, found.share, found.act) == ("home", 0.5, False)
    assert "Never tested outdoors" not in found.words
    alone = evidence_of(index(own))
    assert alone is not None
    assert alone.act is None


def test_a_class_of_which_a_place_has_no_photo_is_untested_there() -> None:
    label, names = np.repeat([0, 2], 20), np.arange(40).astype(str)
    sure = np.full((40, 3), [0.9, 0.05, 0.05])
    said = describe_answers(BundleAnswers(sure, np.zeros(40), names, label), Thresholds(0.3, 1.0))
    assert said["photos_of_class"] == [20, 0, 20]
    assert place_of_bundle("field", said, ["a", "b", "c"])["untested"] == ["b"]


def test_an_answer_that_was_never_tested_in_the_place_says_so_first() -> None:
    known = index(HOME, {**FARM, "untested": ["b"]})
    tested, untested = (decide("x", shares, 1.0, known) for shares in ([0.9, 0.1], [0.1, 0.9]))
    assert tested.to_json()["evidence"] == decide("x", [0.9, 0.1], 1.0, index(HOME, FARM)).to_json()["evidence"]
    told = untested.to_json()["evidence"]
    assert (told["act"], told["untested"]) == (None, ("b",))
    assert told["words"] == (
        "Never tested in farm: b, of which no photo from there was labelled. On photos of other classes 8 of 10 "
        "answers were right (73.0% to 89.0%), measured on 90 photos of farm."
    )
    assert "never tested in farm: b 90.0%" in repr(untested)
    assert "farm에서 확인한 적이 없는 답: b." in catalogue("ko").say(told["words"])
    assert "다른 클래스의 사진에서는 답 10개 중 8개가 맞았습니다(" in catalogue("ko").say(told["words"])


def test_an_answer_that_was_never_tested_is_not_to_be_acted_on_where_no_answer_is() -> None:
    found = decide("x", [0.1, 0.9], 1.0, index(HOME, {**FIELD, "untested": ["b"]})).evidence
    assert found is not None
    assert (found.act, found.warning) == (False, "do not act on this")
    assert found.words.startswith("Do not act on this. Never tested in field: b, of which no photo from there was")
    assert "b, of which" not in catalogue("ko").say(found.words)


def test_a_class_that_home_has_no_photo_of_is_said_after_that_nothing_was_tested_outdoors() -> None:
    found = decide("x", [0.1, 0.9], 1.0, index({**HOME, "untested": ["b"]})).evidence
    assert found is not None
    assert (found.act, found.warning) == (None, "never tested outdoors")
    assert found.words.startswith("Never tested outdoors. On photos of home")
    assert found.words.endswith("measured on 400 photos of home. None of these photos shows b.")
    assert catalogue("ko").say(found.words).endswith("이 사진 가운데 b의 것은 없습니다.")
