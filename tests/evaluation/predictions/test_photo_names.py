"""One photo under the names of several tools."""

import pytest

from leafgraft.evaluation.predictions.photo_names import Matched, match_names

KNOWN = {"test/early/1.jpg": "e1", "test/late/1.jpg": "l1", "test/late/2.JPG": "l2"}


@pytest.mark.parametrize(
    ("names", "found", "how"),
    [
        (["test/early/1.jpg"], {"test/early/1.jpg": "e1"}, ""),
        (["test/early/1", "x"], {"test/early/1": "e1"}, "their whole names, without ending"),
        (["/a/early/1.jpg", "late/1.jpg"], {"/a/early/1.jpg": "e1", "late/1.jpg": "l1"}, "folder and name"),
        (["early/1.png"], {"early/1.png": "e1"}, "folder and name, without ending"),
        (["2.JPG"], {"2.JPG": "l2"}, "name alone"),
        (["2.txt"], {"2.txt": "l2"}, "name alone, without ending"),
        (["1.jpg"], {}, ""),
        (["a/2.JPG", "b/2.JPG"], {}, ""),
        (["3.jpg"], {}, ""),
    ],
)
def test_photos_are_found_by_as_much_as_agrees_and_never_by_a_name_that_two_have(names, found, how):
    assert match_names(names, KNOWN.items()) == Matched(found, how)


def test_a_name_of_two_photos_is_that_of_the_likely_one_unless_more_of_it_agrees():
    known = {("Training/Healthy/1.jpg", "a"), ("Testing/Healthy/1.jpg", "b"), ("Testing/Healthy/2.jpg", "c")}
    alike = ["Healthy/1.jpg", "Healthy/2.jpg"]
    assert match_names(alike, known) == Matched({"Healthy/2.jpg": "c"}, "folder and name", ("Healthy/1.jpg",))
    assert match_names(alike, known, {"b", "c"}).ids == {"Healthy/1.jpg": "b", "Healthy/2.jpg": "c"}
    whole = ["/pld/Training/Healthy/1.jpg", "/pld/Testing/Healthy/1.jpg"]
    found = Matched(dict(zip(whole, "ab", strict=True)), "the last three parts of their names")
    assert match_names(whole, known, {"b", "c"}) == found


def test_names_of_several_depths_are_found_by_what_agrees_with_the_most_of_them():
    known = [("Healthy/plant_01/1.jpg", "a"), ("Late/2.jpg", "b")]
    names = ["/x/PLD/Healthy/plant_01/1.jpg", "/x/PLD/Late/2.jpg"]
    assert match_names(names, known) == Matched(dict(zip(names, "ab", strict=True)), "folder and name")
