"""One photo under the names of several tools."""

import pytest

from leafgraft.evaluation.predictions.photo_names import match_names

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
    assert match_names(names, KNOWN) == (found, how)
